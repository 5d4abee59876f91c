"""The workbook of a place's ledger, for people who go on in Excel. Its first line says who took it
out, and when; so does every printed page of it.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from zhicunbao.kernel import clock
from zhicunbao.ledger.models import Purse
from zhicunbao.ledger.queries import AreaLine

Value = str | int | Decimal

COLUMNS: Final = (
    ("流水号", 10),
    ("时间", 18),
    ("类别", 10),
    ("内容", 34),
    ("编号", 18),
    ("居民或户", 26),
    ("谁做的", 12),
    ("地方", 18),
    ("资金池", 24),
    ("积分", 10),
    ("折合（元）", 14),
    ("经办", 12),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Text that begins so would be run by Excel as a formula."""


def ledger_workbook(
    lines: Iterable[AreaLine],
    purses: dict[str, Purse],
    *,
    title: str,
    watermark: str,
    narrowed: str,
) -> Workbook:
    """Return a workbook with one row a movement, newest first; ``lines`` are read once, one by one.

    ``purses`` are known by the units of their points. ``watermark`` and ``narrowed`` stand above
    the rows: who took them out, and which ones they are.
    """
    book = Workbook(write_only=True)
    # A sheet that is only written takes its settings like any other; its types do not say so.
    sheet: Any = book.create_sheet("台账")
    for number, (_, width) in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A5"
    sheet.print_title_rows = "4:4"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    # An ampersand begins a code of Excel's own in a footer.
    sheet.oddFooter.left.text = watermark.replace("&", "&&")
    sheet.oddFooter.right.text = "第 &P 页，共 &N 页"
    sheet.append([_bold(sheet, title)])
    sheet.append([plain(watermark)])
    sheet.append([plain(narrowed)])
    sheet.append([_bold(sheet, label) for label, _ in COLUMNS])
    for line in lines:
        sheet.append([plain(value) for value in _row(line, purses)])
    return book


def _bold(sheet: Any, text: str) -> object:
    cell: Any = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell


def _row(line: AreaLine, purses: dict[str, Purse]) -> list[Value]:
    row, change = line.transfer, line.line.change
    purse = purses.get(row.unit)
    return [
        row.pk,
        f"{row.at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M}",
        line.part,
        line.line.title,
        row.case_number,
        line.holders,
        line.earner,
        line.place,
        purse.name if purse else "",
        change,
        Decimal(change * purse.unit_value_fen).scaleb(-2) if purse else "",
        row.person.name if row.person else "系统",
    ]


def plain(value: Value) -> Value:
    """Return ``value`` so that Excel shows it and never computes it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
