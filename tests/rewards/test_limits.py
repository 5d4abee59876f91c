"""Limits a household, and whose points pay."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Town
from tests.rewards import shop
from tests.tables import unchanged
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, Refusal
from zhicunbao.ledger.queries import accounts_of, balance, balance_of
from zhicunbao.registry.models import Membership
from zhicunbao.rewards.models import Goods

pytestmark = pytest.mark.django_db


def available(town: Town, who: str) -> int:
    return balance_of(town.person(who).pk).available


def refused(
    kind: type[Refusal], code: str, act: Callable[..., object], *about: Any, says: str = "。$"
) -> None:
    """Expect a refusal with a full sentence, and every table as it was."""
    with unchanged(), pytest.raises(kind, match=says) as caught:
        act(*about)
    assert caught.value.code == code


# --- limits ------------------------------------------------------------------------------------


def limited(town: Town, period: str = "month") -> tuple[shop.Shop, Goods]:
    built = shop.shop(town)
    few = shop.goods(
        town, name="限量米", unit="袋", price_points=10, limit_count=2, limit_period=period
    )
    shop.receive(town, built.place, {few: 50})
    return built, few


def test_a_limit_counts_over_the_whole_household(town: Town) -> None:
    built, few = limited(town)
    shop.household(town, "member", "member2")
    shop.earn(town, "member", 100)
    shop.earn(town, "member2", 100)
    shop.order(town, built.place, {few: 1}, by="member")
    shop.hand_over(town, shop.order(town, built.place, {few: 1}, by="member2"))
    for who in ("member", "member2"):
        refused(
            Conflict,
            "limit_reached",
            lambda who: shop.order(town, built.place, {few: 1}, by=who),
            who,
            says="每户每月限 2 袋，您家这个月已换 2",
        )


def test_what_was_cancelled_does_not_count(town: Town) -> None:
    built, few = limited(town)
    shop.earn(town, "member", 100)
    shop.cancel(town, shop.order(town, built.place, {few: 2}))
    assert shop.order(town, built.place, {few: 2}).points == 20


def test_whoever_moves_takes_along_what_was_had(town: Town) -> None:
    built, few = limited(town)
    shop.earn(town, "member", 100)
    shop.order(town, built.place, {few: 2})
    shop.household(town, "member")
    refused(Conflict, "limit_reached", lambda: shop.order(town, built.place, {few: 1}))


@pytest.mark.parametrize(("period", "days"), [("month", 31), ("quarter", 92), ("year", 366)])
def test_a_limit_begins_anew_with_its_period(town: Town, period: str, days: int) -> None:
    built, few = limited(town, period)
    shop.earn(town, "member", 100)
    shop.order(town, built.place, {few: 2})
    with clock.at(clock.now() + timedelta(days=days)):
        assert shop.order(town, built.place, {few: 2}).points == 20


def test_a_household_of_others_has_its_own_limit(town: Town) -> None:
    built, few = limited(town)
    shop.household(town, "member")
    shop.household(town, "member2")
    for who in ("member", "member2"):
        shop.earn(town, who, 100)
        shop.order(town, built.place, {few: 2}, by=who)
    assert shop.stock(built.place, few).promised == 4


# --- the household's points --------------------------------------------------------------------


def test_the_households_points_pay_when_they_are_chosen(town: Town) -> None:
    built = shop.shop(town)
    home = shop.household(town, "member", "member2")
    shop.give(town, f"household/{home.pk}/", 250)
    shop.earn(town, "member", 250)
    made = shop.order(town, built.place, {built.oil: 1}, payer="household")
    assert (made.payer_kind, made.payer_id) == ("household", home.pk)
    assert available(town, "member") == 250
    shop.hand_over(town, made)
    assert balance(accounts_of("household", home.pk)).posted == 50


def test_own_and_household_points_are_never_added_up(town: Town) -> None:
    built = shop.shop(town)
    home = shop.household(town, "member")
    shop.give(town, f"household/{home.pk}/", 150)
    shop.earn(town, "member", 150)
    for payer in ("person", "household"):
        refused(
            Conflict,
            "balance_short",
            lambda payer: shop.order(town, built.place, {built.oil: 1}, payer=payer),
            payer,
        )


@pytest.mark.parametrize("payer", ["household", "purse", ""])
def test_without_a_household_only_ones_own_points_pay(town: Town, payer: str) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    refused(Invalid, "invalid", lambda: shop.order(town, built.place, {built.oil: 1}, payer=payer))


def test_whoever_left_a_household_no_longer_spends_its_points(town: Town) -> None:
    built = shop.shop(town)
    home = shop.household(town, "member")
    shop.give(town, f"household/{home.pk}/", 250)
    Membership.objects.filter(household=home).update(ends_on=clock.today())
    refused(
        Invalid, "invalid", lambda: shop.order(town, built.place, {built.oil: 1}, payer="household")
    )
