"""Races of the register: one household that two people enter at once."""

import time

import pytest
from django.db import transaction

from tests import cast
from tests.cast import Town
from tests.races.together import Turn, together
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.registry import actions, rules
from zhicunbao.registry.models import Household

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ADDRESS = "红光里 12 号"


@pytest.fixture
def town(transactional_db: None) -> Town:
    """The town, in rows that every thread sees."""
    return cast.build()


def test_an_address_is_registered_once_by_two_at_once(town: Town) -> None:
    clerks = [town.actor("admin"), town.actor("officer")]

    def register(turn: Turn) -> Household:
        with transaction.atomic():
            household = actions.register_household(
                clerks[turn.index], area_id=town.red_lane.pk, address=ADDRESS, key="k"
            )
            time.sleep(0.3)  # the other one is now looking for the address
            return household

    outcomes = together(2, register)
    assert [h.number for h in outcomes.answers] == ["331125001004-00001"]
    assert ["已经有一户" in refusal.message for refusal in outcomes.refusals] == [True]
    assert Household.objects.count() == 1


def test_looking_and_saving_registers_it_twice(town: Town) -> None:
    def careless(turn: Turn) -> Household:
        if Household.objects.filter(address=ADDRESS).exists():
            raise Conflict("已经有一户。")
        turn.meet()
        return Household.objects.create(
            number=rules.household_number("331125001004", turn.index + 1),
            area=town.red_lane,
            area_prefix=town.red_lane.prefix,
            address=ADDRESS,
        )

    assert len(together(2, careless).answers) == 2
