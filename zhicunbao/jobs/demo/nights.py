"""Seals the ledger of the demo's month night by night, as a worker would have done meanwhile."""

from datetime import datetime

from zhicunbao.kernel import clock
from zhicunbao.ledger.actions import sealing
from zhicunbao.ledger.models import Transfer


def seal_each_night(now: datetime) -> None:
    """Seal what stood at the end of each day up to ``now``, and then what is settled now."""
    first = Transfer.objects.order_by("pk").first()
    if first is None:
        return
    day = clock.local_date(first.at)
    while (night := clock.end_of(day)) < now:
        _seal(night)
        day += clock.DAY
    _seal(now)


def _seal(moment: datetime) -> None:
    while sealing.seal_now(moment):
        pass
