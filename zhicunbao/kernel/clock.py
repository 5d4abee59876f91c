"""The only source of time. Tests and the demo freeze it with ``at``; nothing else reads the
machine's clock. Times are aware and in UTC; people read them in ``LOCAL``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """Return the present moment in UTC, or the moment that ``at`` holds."""
    return _frozen.get() or datetime.now(UTC)


def today() -> date:
    """Return today's date as people in China read it."""
    return local_date(now())


def local_date(moment: datetime) -> date:
    """Return the Chinese calendar day of an aware moment."""
    return moment.astimezone(LOCAL).date()


def start_of(day: date) -> datetime:
    """Return the first moment of a Chinese day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return the last second of a Chinese day, in UTC: a deadline "by the 5th" ends then."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=LOCAL).astimezone(UTC)


def is_believable(moment: datetime) -> bool:
    """Whether the clock of a phone or camera can have said so: one that was never set lies years
    back, one that runs wild ahead.
    """
    return moment.year >= 2000 and moment < now() + 2 * DAY


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """Hold the clock at ``moment`` (aware) inside the block."""
    if moment.tzinfo is None:
        raise ValueError("the clock needs an aware moment")
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield moment
    finally:
        _frozen.reset(token)
