"""Races of sealers: two workers, a worker and a hand, a sealer and those who post meanwhile."""

from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from tests.ledger import sealed
from tests.ledger.cast import Cast, build
from tests.ledger.sealed import HOUR, NOON
from tests.races.together import Turn, together
from zhicunbao.ledger.actions import sealing as acting
from zhicunbao.ledger.models import Checkpoint, Leaf, Transfer
from zhicunbao.ledger.queries import sealing
from zhicunbao.ledger.queries.seal_check import seal_problems

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

CROWD = 6


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The ledger's people, in rows that every thread sees."""
    return build()


def whole() -> bool:
    return list(seal_problems()) == []


def test_the_first_seal_is_made_once(cast: Cast) -> None:
    sealed.post(cast, 400)
    outcomes = together(CROWD, lambda _: acting.seal_now(NOON + HOUR))
    assert sorted(outcomes.answers) == [0] * (CROWD - 1) + [401]
    assert Checkpoint.objects.count() == 1
    assert whole()


def test_every_row_is_sealed_once_whoever_seals(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting, "SEAL_SIZE", 100)
    purse = sealed.post(cast, 99)
    sealed.seal()
    sealed.post(cast, 350, purse=purse, at=NOON + HOUR)

    def work(_: Turn) -> int:
        return sum(iter(lambda: acting.seal_now(NOON + 2 * HOUR), 0))

    outcomes = together(CROWD, work)
    assert sum(outcomes.answers) == 350
    assert Leaf.objects.count() == Transfer.objects.count() == 450
    assert whole()


def test_sealing_and_posting_do_not_disturb_each_other(cast: Cast) -> None:
    purse = sealed.post(cast, 200)

    def work(turn: Turn) -> int:
        if turn.index % 2:
            return acting.seal_now(NOON + HOUR)
        cast.award(purse, 30, key=f"claim {turn.index}")
        return 0

    together(CROWD, work)
    assert Transfer.objects.count() == 201 + CROWD // 2
    assert Leaf.objects.count() == 201
    assert whole()


def test_files_are_published_once_by_many(cast: Cast, ledger_folder: Path) -> None:
    sealed.post(cast, 400)
    sealed.seal()
    before = sealed.files(ledger_folder)
    (ledger_folder / "checkpoint").unlink()
    outcomes = together(CROWD, lambda _: acting.publish())
    assert sum(outcomes.answers) == 1
    assert sealed.files(ledger_folder) == before


def test_without_the_lock_two_sealers_take_the_same_place(cast: Cast) -> None:
    sealed.post(cast, 20)

    def careless(turn: Turn) -> None:
        with transaction.atomic():
            last = sealing.newest()
            waiting = acting._waiting(last, NOON + HOUR)
            turn.meet()
            acting._add(last, waiting, NOON + HOUR)

    with pytest.raises(IntegrityError):
        together(CROWD, careless)
