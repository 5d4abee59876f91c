"""The counter: what is shown there, who hands over to whom, and serving those without a phone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Town
from tests.rewards import shop
from tests.tables import unchanged
from zhicunbao.base.models import AuditEntry, OutboxMessage
from zhicunbao.casework.actions import perform, tick
from zhicunbao.casework.models import Step
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, Locked, NotAllowed, Refusal
from zhicunbao.ledger.queries import balance_of, verify
from zhicunbao.rewards import actions
from zhicunbao.rewards.models import CounterTry, Order
from zhicunbao.rewards.rules import TRIES_MAX, Shown

pytestmark = pytest.mark.django_db

TRIES = ("rewards_countertry",)


def refused(
    kind: type[Refusal],
    code: str,
    act: Callable[..., object],
    *about: Any,
    is_counted: bool = False,
) -> str:
    """Expect a refusal that leaves every table as it was; a wrong try alone may be counted."""
    before = CounterTry.objects.count()
    with unchanged(but=TRIES), pytest.raises(kind, match=r"。$") as caught:
        act(*about)
    assert caught.value.code == code
    assert CounterTry.objects.count() - before == is_counted
    return caught.value.message


# --- the code ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["{}", " {} ", "{0[0]}{0[1]}{0[2]}{0[3]} {0[4]}{0[5]}{0[6]}{0[7]}"]
)
def test_a_code_leads_to_its_order(town: Town, typed: str) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    found = actions.find_order(town.actor("keeper"), built.place, code=typed.format(made.code))
    assert found == made
    assert CounterTry.objects.count() == 0


def wrong(code: str) -> str:
    """Return another code."""
    return f"{(int(code) + 1) % 10**8:08d}"


def test_a_wrong_code_is_refused_and_counted(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    for typed in (wrong(made.code), made.code[:7], "", "１２３４５６７８"):
        refused(
            Invalid,
            "code_unknown",
            lambda typed: actions.find_order(town.actor("keeper"), built.place, code=typed),
            typed,
            is_counted=True,
        )


def test_a_code_of_another_place_opens_nothing(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    other = shop.place(town, name="东门第二超市")
    said = refused(
        Invalid,
        "code_unknown",
        lambda: actions.find_order(town.actor("keeper"), other, code=made.code),
        is_counted=True,
    )
    assert "核对 8 位数字和兑换点" in said


def test_a_keeper_of_elsewhere_neither_finds_nor_hands_over(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    keeper = town.actor("other_keeper")
    refused(
        NotAllowed,
        "not_your_area",
        lambda: actions.find_order(keeper, built.place, code=made.code),
    )
    refused(NotAllowed, "not_your_area", lambda: shop.hand_over(town, made, by="other_keeper"))


@pytest.mark.parametrize("who", ["admin", "leader", "member", "merchant"])
def test_only_a_keeper_stands_at_the_counter(town: Town, who: str) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    refused(NotAllowed, "no_right", lambda: shop.hand_over(town, made, by=who))


def test_a_code_is_good_for_one_hand_over(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    shop.hand_over(town, made)
    refused(
        Invalid,
        "code_unknown",
        lambda: actions.find_order(town.actor("keeper"), built.place, code=made.code),
        is_counted=True,
    )
    refused(Conflict, "moved_on", lambda: shop.hand_over(town, made))
    assert shop.stock(built.place, built.oil).on_hand == 9


def test_the_same_hand_over_sent_twice_is_one(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    for _ in range(2):
        shop.hand_over(town, made, key="twice")
    assert Step.objects.filter(case=made.case, verb="hand_over").count() == 1
    assert shop.stock(built.place, built.oil).on_hand == 9


def test_a_code_that_expired_opens_nothing(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    assert made.case.due_at is not None
    tick(made.case.due_at)
    made.refresh_from_db()
    with clock.at(made.case.moved_at):
        refused(
            Invalid,
            "code_unknown",
            lambda: actions.find_order(town.actor("keeper"), built.place, code=made.code),
            is_counted=True,
        )
        refused(Conflict, "moved_on", lambda: shop.hand_over(town, made))


def test_another_orders_code_does_not_hand_over(town: Town) -> None:
    built = shop.shop(town)
    made, other = shop.ordered(town, built), shop.ordered(town, built, by="member2")
    refused(
        Invalid,
        "code_wrong",
        lambda: shop.hand_over(town, made, shown=Shown(code=other.code)),
        is_counted=True,
    )


def test_after_too_many_wrong_codes_the_right_one_waits(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    keeper, start = town.actor("keeper"), clock.now()
    with clock.at(start):
        for _ in range(TRIES_MAX):
            with pytest.raises(Invalid):
                actions.find_order(keeper, built.place, code=wrong(made.code))
        refused(
            Locked,
            "too_many_tries",
            lambda: actions.find_order(keeper, built.place, code=made.code),
        )
        refused(Locked, "too_many_tries", lambda: shop.hand_over(town, made))
        refused(
            Locked,
            "too_many_tries",
            lambda: actions.identify(keeper, built.place, shown=Shown(card="C-1")),
        )
    with clock.at(start + timedelta(minutes=10, seconds=1)):
        assert actions.find_order(keeper, built.place, code=made.code) == made


def test_old_tries_are_forgotten(town: Town) -> None:
    built = shop.shop(town)
    keeper, start = town.actor("keeper"), clock.now()
    for days in (0, 2):
        with clock.at(start + timedelta(days=days)), pytest.raises(Invalid):
            actions.find_order(keeper, built.place, code="00000000")
    assert CounterTry.objects.count() == 1


# --- handing over is judged -------------------------------------------------------------------


def test_a_keeper_hands_nothing_to_his_own_household(town: Town) -> None:
    built = shop.shop(town)
    shop.household(town, "keeper", "member")
    made = shop.ordered(town, built)
    refused(NotAllowed, "kin", lambda: shop.hand_over(town, made))


def test_nothing_is_handed_over_past_the_counter(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    for data in ({}, {"shown": ""}, {"shown": "trust me"}):
        refused(
            NotAllowed,
            "not_shown",
            lambda data: perform(town.actor("keeper"), made.case, "hand_over", key="k", data=data),
            data,
        )


def test_a_page_left_open_hands_nothing_over(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    refused(Conflict, "moved_on", lambda: shop.hand_over(town, made, seen=made.case.version + 1))


def test_the_step_remembers_what_was_shown(town: Town) -> None:
    built = shop.shop(town)
    home = shop.household(town, "member", card="C-77")
    for shown, way in (
        (Shown(card="C-77"), "card"),
        (Shown(number=home.number, name="徐美兰"), "known"),
    ):
        made = shop.ordered(town, built)
        shop.hand_over(town, made, shown=shown)
        step = Step.objects.get(case=made.case, verb="hand_over")
        assert step.detail["shown"] == way
        assert step.actor_name == "胡柜管"


# --- cards and households ------------------------------------------------------------------------


def test_a_card_leads_to_everyone_of_its_household(town: Town) -> None:
    built = shop.shop(town)
    home = shop.household(town, "member", "member2", card="C-1")
    known = actions.identify(town.actor("keeper"), built.place, shown=Shown(card=" C-1 "))
    assert known.household == home
    assert [person.name for person in known.people] == ["徐美兰", "陈晓梅"]


def test_a_number_leads_only_to_whoever_is_named(town: Town) -> None:
    built = shop.shop(town)
    home = shop.household(town, "member", "member2")
    shown = Shown(number=home.number, name="陈晓梅")
    known = actions.identify(town.actor("keeper"), built.place, shown=shown)
    assert [person.name for person in known.people] == ["陈晓梅"]


@pytest.mark.parametrize(
    "shown",
    [
        Shown(card="C-2"),
        Shown(card="C-elsewhere"),
        Shown(number="H-none", name="徐美兰"),
        Shown(number="H-here", name="陈晓梅"),
        Shown(number="H-here", name=""),
        Shown(),
    ],
)
def test_who_is_not_found_is_refused_alike_and_counted(town: Town, shown: Shown) -> None:
    built = shop.shop(town)
    here = shop.household(town, "member", card="C-1")
    there = shop.household(town, "other_member", card="C-elsewhere")
    area = town.area("33112500100101001")
    type(there).objects.filter(pk=there.pk).update(area=area, area_prefix=area.prefix)
    type(here).objects.filter(pk=here.pk).update(number="H-here")
    said = refused(
        Invalid,
        "household_unknown",
        lambda: actions.identify(town.actor("keeper"), built.place, shown=shown),
        is_counted=True,
    )
    assert said.startswith("没有找到这一户。")


def test_goods_do_not_go_to_another_household(town: Town) -> None:
    built = shop.shop(town)
    shop.household(town, "member", card="C-1")
    shop.household(town, "member2", card="C-2")
    made = shop.ordered(town, built)
    said = refused(
        Invalid,
        "wrong_household",
        lambda: shop.hand_over(town, made, shown=Shown(card="C-2")),
    )
    assert "不是这一户的" in said


def test_what_the_household_pays_any_of_it_may_fetch(town: Town) -> None:
    built = shop.shop(town)
    home = shop.household(town, "member", "member2")
    shop.give(town, f"household/{home.pk}/", 200)
    made = shop.order(town, built.place, {built.oil: 1}, payer="household")
    shown = Shown(number=home.number, name="陈晓梅")
    assert not shop.hand_over(town, made, shown=shown).is_open


def test_ones_own_points_are_fetched_by_oneself_or_with_the_card(town: Town) -> None:
    built = shop.shop(town)
    home = shop.household(town, "member", "member2", card="C-1")
    made = shop.ordered(town, built)
    refused(
        Invalid,
        "wrong_household",
        lambda: shop.hand_over(town, made, shown=Shown(number=home.number, name="陈晓梅")),
    )
    assert not shop.hand_over(town, made, shown=Shown(card="C-1")).is_open


# --- ordering for somebody -----------------------------------------------------------------------


def order_for(
    town: Town, built: shop.Shop, who: str, shown: Shown, *, by: str = "keeper", pieces: int = 1
) -> Order:
    return actions.order_for(
        town.actor(by),
        built.place,
        shown=shown,
        orderer_id=town.person(who).pk,
        wanted={built.oil.pk: pieces},
        payer="person",
        key=shop.key(),
    )


def test_a_keeper_orders_for_somebody_without_a_phone(town: Town) -> None:
    built = shop.shop(town)
    shop.household(town, "member", card="C-1")
    shop.earn(town, "member", 200)
    made = order_for(town, built, "member", Shown(card="C-1"))
    assert made.orderer == made.case.owner == town.person("member")
    assert made.entered_by == town.person("keeper")
    assert balance_of(town.person("member").pk).available == 0
    told = OutboxMessage.objects.get(person=town.person("member"), key=f"order:{made.case_id}")
    assert told.text.startswith("胡柜管在东门社区积分超市替您下单，用去 200 分")
    entry = AuditEntry.objects.get(verb="rewards.order_entered")
    assert entry.person == town.person("keeper")
    assert entry.detail["for"] == town.person("member").pk
    shop.hand_over(town, made, shown=Shown(card="C-1"))
    assert verify() == []


def test_limits_and_points_hold_at_the_counter_too(town: Town) -> None:
    built = shop.shop(town)
    shop.household(town, "member", card="C-1")
    refused(Conflict, "balance_short", lambda: order_for(town, built, "member", Shown(card="C-1")))


def test_a_keeper_orders_for_nobody_of_his_own(town: Town) -> None:
    built = shop.shop(town)
    shop.household(town, "keeper", "member", card="C-1")
    shop.earn(town, "member", 200)
    for who in ("keeper", "member"):
        refused(NotAllowed, "kin", lambda who: order_for(town, built, who, Shown(card="C-1")), who)


def test_a_card_orders_for_nobody_else(town: Town) -> None:
    built = shop.shop(town)
    shop.household(town, "member", card="C-1")
    shop.household(town, "member2", card="C-2")
    shop.earn(town, "member2", 200)
    refused(Invalid, "invalid", lambda: order_for(town, built, "member2", Shown(card="C-1")))


def test_ordering_for_others_is_the_keepers(town: Town) -> None:
    built = shop.shop(town)
    shop.household(town, "member", card="C-1")
    shop.earn(town, "member", 200)
    for who, code in (("admin", "no_right"), ("other_keeper", "not_your_area")):
        refused(
            NotAllowed,
            code,
            lambda who: order_for(town, built, "member", Shown(card="C-1"), by=who),
            who,
        )
