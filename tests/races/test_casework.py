"""Races of casework: two batches of one place at once, and the control beside it."""

import time
from datetime import timedelta

import pytest
from django.db import transaction

from tests import cast
from tests.cast import Town
from tests.races.together import Turn, together
from tests.work import street
from zhicunbao.casework.actions import put_on_notice
from zhicunbao.casework.models import PublicNotice
from zhicunbao.casework.queries import flow_of
from zhicunbao.casework.rules import Move
from zhicunbao.kernel import clock
from zhicunbao.work.models import Claim

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town(transactional_db: None) -> Town:
    """The town, in rows that every thread sees."""
    return cast.build()


def review_of(town: Town, claim: Claim, key: str) -> Move:
    """Return the review of a claim, under way."""
    flow = flow_of(claim.case)
    review = flow.find("evaluated", "review")
    assert review is not None
    return Move(town.actor("reviewer"), claim.case, flow, review, clock.now(), "", {}, [], key)


def test_two_batches_at_once_bear_two_numbers(town: Town) -> None:
    claims = [street.evaluated(town) for _ in range(2)]

    def put(turn: Turn) -> str:
        move = review_of(town, claims[turn.index], f"k{turn.index}")
        with transaction.atomic():
            entry = put_on_notice(move, area=town.dongmen, subject="消防安全", points=20)
            time.sleep(0.3)  # the other one is now counting
            return entry.notice.title.partition("第")[2]

    assert sorted(together(2, put).answers) == [" 1 批积分公示", " 2 批积分公示"]


def test_counting_and_saving_gives_both_one_number(town: Town) -> None:
    def careless(turn: Turn) -> int:
        with transaction.atomic():
            number = 1 + PublicNotice.objects.filter(area=town.dongmen).count()
            turn.meet()
            PublicNotice.objects.create(
                batch_key=f"b{turn.index}",
                title=f"第 {number} 批",
                area=town.dongmen,
                area_prefix=town.dongmen.prefix,
                window_days=5,
                opens_at=clock.now(),
                closes_at=clock.now() + timedelta(days=7),
            )
            return number

    assert together(2, careless).answers == [1, 1]
