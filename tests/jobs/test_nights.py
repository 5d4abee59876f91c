"""The demo's nights: each day's transfers stand under a seal of their own night."""

from datetime import timedelta

from tests.ledger import sealed
from tests.ledger.cast import Cast, build
from tests.ledger.sealed import NOON
from zhicunbao.jobs.demo.nights import seal_each_night
from zhicunbao.kernel import clock
from zhicunbao.ledger.models import Checkpoint
from zhicunbao.ledger.queries.seal_check import seal_problems


def test_each_day_is_sealed_at_its_end(db: None) -> None:
    seal_each_night(NOON)
    assert not Checkpoint.objects.exists()
    cast: Cast = build()
    purse = sealed.post(cast, 4)
    for day in (1, 3):
        sealed.post(cast, 5, purse=purse, at=NOON + day * clock.DAY)
    seal_each_night(NOON + 3 * clock.DAY + timedelta(hours=1))
    found = Checkpoint.objects.order_by("number").values_list("size", "sealed_at")
    night = clock.end_of(clock.local_date(NOON))
    assert list(found) == [
        (5, night),
        (10, night + clock.DAY),
        (15, NOON + 3 * clock.DAY + timedelta(hours=1)),
    ]
    assert list(seal_problems()) == []
