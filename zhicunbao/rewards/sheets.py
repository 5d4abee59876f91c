"""Workbooks of the shop, out and in: stock, orders, and the rows of a delivery. No names of those
who order; every text is written so that Excel never computes it.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import quote
from zipfile import BadZipFile

from django.http import HttpResponse
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from zhicunbao.base.files import Upload
from zhicunbao.casework.queries import number_of, state_label
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid, TooLarge
from zhicunbao.rewards.models import Goods, Order
from zhicunbao.rewards.queries import StockRow
from zhicunbao.rewards.rules import fen_in

_FORMULA: Final = ("=", "+", "-", "@")
"""Text that begins so would be run by Excel as a formula."""
FILE_BYTES_MAX: Final = 1024 * 1024
ROWS_MAX: Final = 500
DELIVERY: Final = (("商品", 28), ("数量", 8), ("单价（元）", 12))
"""Columns of the template for a delivery; the first row names them."""

Cell = str | int | float


def answer(book: Workbook, name: str) -> HttpResponse:
    """Return a workbook as a download called ``name``."""
    out = io.BytesIO()
    book.save(out)
    response = HttpResponse(
        out.getvalue(),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.xlsx"
    return response


def _book(
    title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Cell]]
) -> Workbook:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, (_, width) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    heads = [WriteOnlyCell(sheet, label) for label, _ in columns]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in rows:
        sheet.append([_plain(value) for value in row])
    return book


def _plain(value: Cell) -> Cell:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def stock_sheet(rows: Iterable[StockRow]) -> Workbook:
    """Return a workbook with one row a goods."""
    columns = (
        ("商品", 28),
        ("类别", 8),
        ("单位", 6),
        ("账面", 8),
        ("已预订", 8),
        ("可换", 8),
        ("积分", 8),
        ("进价（元）", 12),
        ("账面金额（元）", 14),
        ("最近进出", 18),
    )
    return _book(
        "库存",
        columns,
        (
            [
                row.goods.name,
                str(row.goods.get_category_display()),
                row.goods.unit,
                row.on_hand,
                row.promised,
                row.available,
                row.goods.price_points,
                row.goods.cost_fen / 100,
                row.cost_fen / 100,
                f"{row.moved_at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M}" if row.moved_at else "",
            ]
            for row in rows
        ),
    )


def orders_sheet(orders: Iterable[Order]) -> Workbook:
    """Return a workbook with one row a line of an order."""
    columns = (
        ("编号", 16),
        ("下单时间", 18),
        ("状态", 10),
        ("办结时间", 18),
        ("商品", 28),
        ("数量", 6),
        ("单价（分）", 10),
        ("积分", 8),
        ("谁的积分", 10),
        ("代办人", 10),
    )
    return _book(
        "订单",
        columns,
        (
            [
                number_of(order.case),
                f"{order.ordered_at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M}",
                state_label(order.case),
                f"{order.case.closed_at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M}"
                if order.case.closed_at
                else "",
                line.goods.name,
                line.count,
                line.price_points,
                line.points,
                "个人" if order.payer_kind == "person" else "户",
                order.entered_by.name if order.entered_by else "",
            ]
            for order in orders
            for line in order.lines.all()
        ),
    )


def delivery_template(goods: Iterable[Goods]) -> Workbook:
    """Return a workbook to fill in: every goods that the place may have, its usual cost beside."""
    return _book("进货单", DELIVERY, ([g.name, "", g.cost_fen / 100] for g in goods))


@dataclass(frozen=True)
class ReadRow:
    """A row of a workbook as it was read: what is wrong with it, or what it says."""

    number: int
    name: str
    goods: Goods | None = None
    count: int = 0
    cost_fen: int = 0
    wrong: str = ""


def read_delivery(upload: Upload, goods: Mapping[str, Goods]) -> list[ReadRow]:
    """Return the rows of a filled-in template, each with its error; rows without a count are left
    out. Writes nothing. Refuses a file that is no workbook, is too long or has other columns.
    """
    rows = _rows(upload)
    heads = [str(cell or "").strip() for cell in (rows[0] if rows else [])]
    if heads[: len(DELIVERY)] != [label for label, _ in DELIVERY]:
        named = "、".join(label for label, _ in DELIVERY)
        raise Invalid(
            f"这张表的列名对不上。请下载模板，第一行保留 {named}。",
            fields={"file": f"列名对不上，第一行请保留 {named}"},
        )
    read, seen = list[ReadRow](), set[str]()
    for number, cells in enumerate(rows[1:], start=2):
        name = str(cells[0] or "").strip()
        if not name or cells[1] in (None, ""):
            continue
        read.append(_read(number, name, cells, goods, seen))
        seen.add(name)
    if not read:
        raise Invalid(
            "表里没有填数量的行。请填好数量再上传。", fields={"file": "没有填数量，填好再上传"}
        )
    return read


def _rows(upload: Upload) -> list[list[Any]]:
    if (upload.size or 0) > FILE_BYTES_MAX:
        raise TooLarge("表格文件最大 1 MB。请只留要进货的行再上传。")
    try:
        book = load_workbook(upload, read_only=True, data_only=True)
        found = [
            (list(row) + [None] * len(DELIVERY))[: len(DELIVERY)]
            for row in book.worksheets[0].iter_rows(
                max_row=ROWS_MAX + 2, max_col=len(DELIVERY), values_only=True
            )
        ]
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, IndexError) as fault:
        raise Invalid(
            "打不开这个文件。请上传 .xlsx 表格，可以先下载模板。",
            fields={"file": "打不开这个文件，请用下载的模板填写"},
        ) from fault
    if len(found) > ROWS_MAX + 1:
        raise Invalid(
            f"一次最多 {ROWS_MAX} 行。请分几次进货。",
            fields={"file": f"一次最多 {ROWS_MAX} 行，请分几次"},
        )
    return found


def _read(
    number: int, name: str, cells: Sequence[Any], goods: Mapping[str, Goods], seen: set[str]
) -> ReadRow:
    found = goods.get(name)
    count = _whole(cells[1])
    cost = _fen(cells[2], found.cost_fen if found else 0)
    if found is None:
        wrong = "没有这样商品，请先在商品里添加，或核对名称"
    elif name in seen:
        wrong = "同一样商品有两行，请合成一行"
    elif count is None:
        wrong = "数量请填 1 以上的整数"
    elif cost is None:
        wrong = "单价请填数字，单位是元"
    else:
        return ReadRow(number, name, found, count, cost)
    return ReadRow(number, name, wrong=wrong)


def _whole(cell: object) -> int | None:
    value = _decimal(cell)
    if value is None or value != value.to_integral_value() or not 0 < value <= 100_000:
        return None
    return int(value)


def _fen(cell: object, usual: int) -> int | None:
    return usual if cell in (None, "") else fen_in(str(cell))


def _decimal(cell: object) -> Decimal | None:
    try:
        value = Decimal(str(cell).strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
