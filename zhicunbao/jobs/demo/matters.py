"""What took two people about points this month: one correction carried out, one that waits, and a
resolution on zeroing that was announced. Invented, and made by the product's own actions.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from zhicunbao.base.access import Actor
from zhicunbao.base.models import Person
from zhicunbao.casework import actions as casework
from zhicunbao.casework.models import Case
from zhicunbao.kernel import clock
from zhicunbao.ledger.models import Purse, Transfer
from zhicunbao.treasury import actions as treasury

DAYS_AHEAD: Final = 38
"""From today to the day of the zeroing: the warning was given some days ago and is 30 days long."""
OLD_BEFORE: Final = 20
"""Points booked earlier than this many days ago go, so that most people keep some."""
TWICE: Final = "同一次排查记了两笔，这一笔是重复的。"
MIXED_UP: Final = "照片是邻组交的，分记错了人。"


class Calendar(Protocol):
    """What the month offers to whoever lives in it."""

    cast: dict[str, Person]

    def put(self, when: datetime, act: Callable[..., object], *about: Any) -> None:
        """Have ``act`` happen at ``when``."""

    def day(self, back: int, hour: int, minute: int = 0) -> datetime:
        """Return a moment ``back`` days before today."""

    def actor(self, person: Person) -> Actor:
        """Return how a person acts."""

    def key(self) -> str:
        """Return a fresh key."""


def plan_matters(month: Calendar) -> None:
    """Put the month's matters about points into its calendar."""
    month.put(month.day(6, 10), _request, month, "grid_member", TWICE)
    month.put(month.day(5, 16), _approve, month, "oversight", "treasury.correction")
    month.put(month.day(4, 9), _propose, month)
    month.put(month.day(3, 9), _approve, month, "leader", "treasury.zeroing")
    month.put(month.day(1, 11), _request, month, "other_grid_member", MIXED_UP)


def _request(month: Calendar, holder: str, reason: str) -> None:
    """The community's admin finds a row that is wrong."""
    booked = Transfer.objects.filter(
        credit_account__holder_kind="person",
        credit_account__holder_id=month.cast[holder].pk,
        kind=Transfer.Kind.POST_PENDING,
        reason="award",
    )
    row = booked.order_by("-pk").first()
    if row is not None:
        admin = month.actor(month.cast["admin"])
        treasury.request_correction(admin, transfer=row, reason=reason, key=month.key())


def _propose(month: Calendar) -> None:
    """The street registers what its meeting decided."""
    today = clock.today()
    treasury.propose_zeroing(
        month.actor(month.cast["officer"]),
        purse=Purse.objects.earliest("pk"),
        resolution=treasury.Resolution(
            body="浮云街道党工委会议（演示）",
            decided_on=today - timedelta(days=1),
            document="演示纪要〔2026〕9 号（虚构）",
            effective_on=today + timedelta(days=4 + DAYS_AHEAD),
            booked_before=today - timedelta(days=OLD_BEFORE - 4),
        ),
        key=month.key(),
    )


def _approve(month: Calendar, who: str, flow: str) -> None:
    """A second person looks at it and agrees."""
    for case in Case.objects.filter(flow=flow, closed_at=None).order_by("pk"):
        casework.perform(month.actor(month.cast[who]), case, "approve", key=month.key())
