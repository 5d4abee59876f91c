"""Workbooks of work for people who go on in Excel. Tasks only: no names of those who do them."""

from collections.abc import Iterable
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from zhicunbao.casework.queries import number_of, state_label
from zhicunbao.kernel import clock
from zhicunbao.work.models import Task

COLUMNS: Final = (
    ("编号", 16),
    ("任务名称", 34),
    ("工作事项", 18),
    ("模块", 12),
    ("范围", 18),
    ("具体地点", 18),
    ("难度", 6),
    ("积分", 6),
    ("名额", 6),
    ("已认领", 8),
    ("每人用时（分钟）", 16),
    ("开始认领", 18),
    ("完成期限", 18),
    ("状态", 10),
)
_FORMULA: Final = ("=", "+", "-", "@")
"""Text that begins so would be run by Excel as a formula."""


def tasks_sheet(tasks: Iterable[Task]) -> Workbook:
    """Return a workbook with one row a task, times as people in China read them.

    It can be saved once: rows are written as they come, and not kept as cells.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("任务")
    # A row that is written is out of reach, so what holds for the whole sheet comes first.
    sheet.freeze_panes = "C2"
    for number, (_, width) in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    heads = [WriteOnlyCell(sheet, title) for title, _ in COLUMNS]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for task in tasks:
        sheet.append([_plain(value) for value in _row(task)])
    return book


def _row(task: Task) -> list[str | int]:
    item = task.version.item
    return [
        number_of(task.case),
        task.title,
        item.name,
        item.get_module_display(),
        task.area.short_name,
        task.place,
        task.level,
        task.points,
        task.slots,
        task.taken_count,
        task.minutes,
        f"{task.opens_at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M}",
        f"{task.due_at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M}",
        state_label(task.case),
    ]


def _plain(value: str | int) -> str | int:
    """Return ``value`` so that Excel shows it and never computes it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
