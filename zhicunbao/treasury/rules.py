"""Pure rules of treasury: what may be corrected, what a resolution takes, its words. No tables."""

from datetime import date
from typing import Final

from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger.rules import REVERSIBLE

REQUEST, APPROVE = "treasury.request", "treasury.approve"
CORRECTABLE: Final = ("award", "fund", "household", "expiry")
"""Reasons of rows that can be taken back here. A redemption has goods behind it and goes back with
them."""
BOOKED: Final = tuple(str(kind) for kind in REVERSIBLE)
FLOWS: Final = ("treasury.correction", "treasury.household_move", "treasury.zeroing")


def taken(available: int, fresh: int) -> int:
    """Return what a resolution takes of an account: what may be spent, less what was booked since
    its day and still stands. So what was spent since came out of the oldest points.
    """
    return max(0, available - fresh)


def check_ahead(effective_on: date, today: date, days: int) -> None:
    """Refuse a day of zeroing that is nearer than the warning before it (``days``)."""
    if (effective_on - today).days < days:
        raise Conflict(
            f"从今天到{day_words(effective_on)}不足 {days} 日，来不及预告。"
            "请撤回，改一个更晚的清零日再登记。",
            code="too_soon",
        )


def day_words(day: date) -> str:
    """Say 2026年12月31日."""
    return f"{day.year}年{day.month}月{day.day}日"


def scope_words(booked_before: date | None) -> str:
    """Say which points a resolution takes."""
    if booked_before is None:
        return "全部未用的积分"
    return f"{day_words(booked_before)}之前（不含当天）入账、还没用掉的积分"
