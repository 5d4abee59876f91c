"""Workbooks of work for people who go on in Excel. Tasks only: no names of those who do them."""

from collections.abc import Iterable
from typing import Final

from openpyxl import Workbook
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
    """Return a workbook with one row a task, times as people in China read them."""
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise LookupError("a new workbook has a sheet")
    sheet.title = "任务"
    sheet.append([title for title, _ in COLUMNS])
    for number, (_, width) in enumerate(COLUMNS, start=1):
        sheet.cell(row=1, column=number).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = width
    for task in tasks:
        sheet.append([_plain(value) for value in _row(task)])
    sheet.freeze_panes = "C2"
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
