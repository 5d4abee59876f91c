"""Rules of casework: working days, windows and deadlines in force, and what a move carries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

import chinese_calendar

from zhicunbao.base.access import Actor
from zhicunbao.casework.models import Case, RuleVersion, Step
from zhicunbao.kernel import clock
from zhicunbao.kernel.flow import Flow, T
from zhicunbao.kernel.refusals import Invalid

NOTICE_DAYS: Final = "casework.notice_days"
OBJECTION_DAYS: Final = "casework.objection_days"
EVALUATE_DAYS: Final = "casework.evaluate_days"
REVIEW_DAYS: Final = "casework.review_days"
APPROVE_DAYS: Final = "casework.approve_days"
ZEROING_DAYS: Final = "casework.zeroing_days"
PICKUP_DAYS: Final = "rewards.pickup_days"


@dataclass(frozen=True)
class Adjustable:
    """A rule that a street may set: its name for people, its default and bounds, and whence."""

    label: str
    default: int
    low: int
    high: int
    source: str
    unit: str = "个工作日"


ADJUSTABLE: Final = {
    NOTICE_DAYS: Adjustable(
        "公示期",
        5,
        0,
        30,
        "默认 5 日，参照《山东省村务公开条例》第十三条公示不少于五日；浙江无统一日数，由街道决定",
    ),
    OBJECTION_DAYS: Adjustable(
        "异议答复期",
        5,
        1,
        30,
        "默认 5 日，参照《山东省村务公开条例》第十六条；由街道决定",
    ),
    EVALUATE_DAYS: Adjustable("考评期限", 3, 1, 30, "产品默认值，由街道决定"),
    REVIEW_DAYS: Adjustable("审核期限", 5, 1, 30, "产品默认值，由街道决定"),
    APPROVE_DAYS: Adjustable("复核期限", 3, 1, 30, "产品默认值，由街道决定"),
    PICKUP_DAYS: Adjustable(
        "兑换取货期", 7, 1, 60, "产品默认值，从下单那天算起；由街道决定", unit="日"
    ),
    ZEROING_DAYS: Adjustable(
        "清零预告期",
        30,
        30,
        365,
        "默认 30 日，从复核同意那天算起，也是下限：让大家来得及用掉；街道可以定得更长",
        unit="日",
    ),
}


@dataclass
class Move:
    """A transition under way: what guards look at and effects add to.

    ``data`` is what the person sent; ``detail`` is what the step will remember.
    """

    actor: Actor
    case: Case
    flow: Flow
    transition: T
    at: datetime
    reason: str
    data: dict[str, Any]
    steps: list[Step]
    key: str
    detail: dict[str, Any] = field(default_factory=dict)


def is_working_day(day: date) -> bool:
    """Whether offices work on ``day``: the State Council's calendar with its moved days.

    Beyond the years that the calendar library knows, Monday to Friday.
    """
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def working_days_after(start: datetime, days: int) -> list[date]:
    """Return the first ``days`` working days after the day of ``start``."""
    day, found = clock.local_date(start), list[date]()
    while len(found) < days:
        day += timedelta(days=1)
        if is_working_day(day):
            found.append(day)
    return found


def after_working_days(start: datetime, days: int) -> datetime:
    """Return the end of the ``days``-th working day after the day of ``start``; 0: ``start``."""
    return clock.end_of(working_days_after(start, days)[-1]) if days else start


def in_force(name: str, area_prefix: str, on: date) -> int:
    """Return the value of an adjustable rule at a place on a day: the nearest area's newest
    version that is valid by then, else the default.
    """
    versions = RuleVersion.objects.filter(
        name=name, area_prefix__in=prefixes_above(area_prefix), valid_from__lte=on
    )
    version = nearest(versions)
    return int(version.value) if version else ADJUSTABLE[name].default


def prefixes_above(area_prefix: str) -> list[str]:
    """Return the prefixes of every area that may lie above, from the whole to the place itself."""
    return [area_prefix[:n] for n in range(len(area_prefix) + 1)]


def nearest(versions: Iterable[RuleVersion]) -> RuleVersion | None:
    """Return the version of the nearest area, there the newest, there the last adopted."""
    return max(versions, key=lambda v: (len(v.area_prefix), v.valid_from, v.pk), default=None)


def due_after(name: str, move: Move) -> datetime:
    """Return when the next step of ``move`` is due by the adjustable rule ``name``."""
    days = in_force(name, move.case.area_prefix, clock.local_date(move.at))
    return after_working_days(move.at, days)


def checked_value(name: str, value: int) -> int:
    """Return ``value`` when the rule allows it, else refuse with its bounds."""
    rule = ADJUSTABLE[name]
    if not rule.low <= value <= rule.high:
        raise Invalid(
            f"“{rule.label}”要在 {rule.low} 到 {rule.high} 之间，请改后再存。",
            fields={"value": f"请填 {rule.low} 到 {rule.high} 之间的整数"},
        )
    return value


def actors_of(steps: Iterable[Step], verbs: Iterable[str]) -> set[int]:
    """Return the people who performed any of ``verbs``."""
    wanted = set(verbs)
    return {s.person_id for s in steps if s.verb in wanted and s.person_id is not None}


def last_actor_of(steps: Iterable[Step], verb: str) -> int | None:
    """Return the person who performed ``verb`` last: earlier ones have nothing to take back."""
    last = max((s for s in steps if s.verb == verb), key=lambda s: s.position, default=None)
    return last.person_id if last else None
