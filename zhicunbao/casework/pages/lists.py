"""What the lists of casework's pages share: a row with its deadline in words, a tab."""

from dataclasses import dataclass

from zhicunbao.base.templatetags.look import cn_date, cn_day, cn_left, cn_time, tone_of_due
from zhicunbao.casework.models import Case
from zhicunbao.casework.queries.rows import Row

END_OF_DAY = "23:59"


@dataclass(frozen=True)
class Tab:
    """A section of a page."""

    label: str
    url: str
    is_on: bool
    count: int


@dataclass(frozen=True)
class ListRow:
    """A row and its deadline: 超 1 天, 今天 18:00, 11月24日, or nothing."""

    row: Row
    due: str
    tone: str

    @classmethod
    def of(cls, row: Row) -> "ListRow":
        """Return the row with its deadline in words."""
        return cls(row, due_words(row.case), tone_of_due(row.case.due_at))


def due_words(case: Case) -> str:
    """Return the deadline in the few words that a row has room for; a day's end has no hour."""
    if case.due_at is None or case.closed_at is not None:
        return ""
    tone = tone_of_due(case.due_at)
    if tone == "late":
        return cn_left(case.due_at)
    if tone == "wait" and cn_time(case.due_at) != END_OF_DAY:
        return f"{cn_day(case.due_at)} {cn_time(case.due_at)}"
    return cn_day(case.due_at) if tone == "wait" else cn_date(case.due_at)
