"""Ordering, and every way out of an order: points and pieces move together or not at all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Town
from tests.rewards import shop
from tests.rewards.shop import Pieces
from tests.tables import unchanged
from zhicunbao.base.models import AuditEntry, OutboxMessage
from zhicunbao.casework.actions import perform, tick
from zhicunbao.casework.queries import broken_chains
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed, Refusal
from zhicunbao.ledger.models import Transfer
from zhicunbao.ledger.queries import balance_of, verify
from zhicunbao.rewards import actions
from zhicunbao.rewards.models import Order

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


# --- ordering ---------------------------------------------------------------------------------


def test_from_order_to_hand_over(town: Town) -> None:
    built = shop.shop(town, oil=10)
    shop.earn(town, "member", 500)
    made = shop.order(town, built.place, {built.oil: 1})
    assert (made.points, made.case.state, len(made.code)) == (200, "ordered", 8)
    assert made.code.isdigit()
    assert available(town, "member") == 300
    assert shop.stock(built.place, built.oil) == Pieces(10, 1)

    taken = shop.hand_over(town, made)
    taken.case.refresh_from_db()
    assert (taken.case.state, taken.is_open) == ("handed_over", False)
    assert balance_of(town.person("member").pk).posted == 300
    assert shop.stock(built.place, built.oil) == Pieces(9, 0)
    assert verify() == []
    assert list(broken_chains()) == []


def test_an_order_of_two_goods_freezes_their_prices(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 1_000)
    made = shop.order(town, built.place, {built.oil: 2, built.rice: 1})
    actions.revise_goods(
        town.actor("admin"), built.oil, shop.words(price_points=900), key=shop.key()
    )
    lines = {line.goods.name: line.points for line in made.lines.all()}
    assert lines == {"菜籽油 5 L": 400, "云和本地大米 5 kg": 300}
    shop.hand_over(town, made)
    assert balance_of(town.person("member").pk).posted == 300


def test_the_orderer_is_told_where_and_until_when(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    with clock.at(clock.now().replace(month=3, day=2)):
        made = shop.order(town, built.place, {built.oil: 1})
    message = OutboxMessage.objects.get(person=town.person("member"), key=f"order:{made.case_id}")
    assert "200 分已留出，3月9日前到东门社区积分超市领取" in message.text
    assert message.url == f"/shop/orders/{made.pk}/"
    assert made.code not in message.text


def test_the_same_order_sent_twice_is_one(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 1_000)
    first = shop.order(town, built.place, {built.oil: 1}, key="twice")
    again = shop.order(town, built.place, {built.oil: 1}, key="twice")
    assert again == first
    assert Order.objects.count() == 1
    refused(
        Conflict,
        "key_reused",
        lambda: shop.order(town, built.place, {built.oil: 2}, key="twice"),
    )


def test_open_orders_of_a_place_have_codes_of_their_own(town: Town) -> None:
    built = shop.shop(town, oil=30)
    shop.earn(town, "member", 6_000)
    codes = {shop.order(town, built.place, {built.oil: 1}).code for _ in range(30)}
    assert len(codes) == 30


# --- what an order is refused for --------------------------------------------------------------


def test_more_points_than_there_are_are_refused(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 199)
    refused(Conflict, "balance_short", lambda: shop.order(town, built.place, {built.oil: 1}))


def test_points_that_are_promised_are_not_spent_again(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 300)
    shop.order(town, built.place, {built.oil: 1})
    refused(Conflict, "balance_short", lambda: shop.order(town, built.place, {built.oil: 1}))


def test_more_pieces_than_there_are_are_refused(town: Town) -> None:
    built = shop.shop(town, oil=2)
    shop.earn(town, "member", 1_000)
    refused(
        Conflict,
        "sold_out",
        lambda: shop.order(town, built.place, {built.rice: 1, built.oil: 3}),
        says="“菜籽油 5 L”只剩 2 瓶",
    )


def test_promised_pieces_are_sold_to_nobody_else(town: Town) -> None:
    built = shop.shop(town, oil=1)
    shop.earn(town, "member", 200)
    shop.earn(town, "member2", 200)
    shop.order(town, built.place, {built.oil: 1})
    refused(
        Conflict,
        "sold_out",
        lambda: shop.order(town, built.place, {built.oil: 1}, by="member2"),
        says="刚刚换完了",
    )


def test_goods_of_another_place_or_off_the_shelf_are_refused(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 1_000)
    elsewhere = shop.goods(town, name="从没进过货的")
    refused(Invalid, "not_on_shelf", lambda: shop.order(town, built.place, {elsewhere: 1}))
    actions.revise_goods(
        town.actor("admin"), built.oil, shop.words(is_listed=False), key=shop.key()
    )
    refused(Invalid, "not_on_shelf", lambda: shop.order(town, built.place, {built.oil: 1}))


@pytest.mark.parametrize(
    ("wanted", "code"), [({}, "empty"), ({1: 0}, "invalid"), ({1: 100}, "invalid")]
)
def test_an_order_of_nothing_or_too_much_is_refused(
    town: Town, wanted: dict[int, int], code: str
) -> None:
    built = shop.shop(town)
    refused(
        Invalid,
        code,
        lambda: actions.order_goods(
            town.actor("member"), built.place, wanted=wanted, payer="person", key="k"
        ),
    )


def test_a_price_that_changed_since_it_was_shown_is_refused(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 1_000)
    refused(
        Conflict,
        "price_changed",
        lambda: shop.order(town, built.place, {built.oil: 1}, points_seen=180),
        says="现在一共要 200 分",
    )


def test_a_closed_place_takes_no_order_but_hands_over(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 400)
    made = shop.order(town, built.place, {built.oil: 1})
    words = actions.PlaceWords("东门社区积分超市", "红光里", "周一", is_open=False)
    actions.revise_place(town.actor("admin"), built.place, words, key=shop.key())
    refused(Conflict, "place_closed", lambda: shop.order(town, built.place, {built.oil: 1}))
    assert not shop.hand_over(town, made).is_open


def test_the_keeper_is_not_served_at_his_own_counter(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "keeper", 1_000)
    refused(
        NotAllowed,
        "own_counter",
        lambda: shop.order(town, built.place, {built.oil: 1}, by="keeper"),
    )


@pytest.mark.parametrize("who", ["other_member", "leader", "auditor", "sysadmin"])
def test_whom_a_place_does_not_serve_is_refused(town: Town, who: str) -> None:
    built = shop.shop(town)
    shop.earn(town, who, 1_000)
    refused(NotAllowed, "not_served", lambda: shop.order(town, built.place, {built.oil: 1}, by=who))


# --- the other ways out --------------------------------------------------------------------------


def test_cancelling_gives_points_and_pieces_back(town: Town) -> None:
    built = shop.shop(town, oil=5)
    shop.earn(town, "member", 200)
    made = shop.order(town, built.place, {built.oil: 1})
    shop.cancel(town, made)
    made.refresh_from_db()
    assert (made.case.state, made.is_open, available(town, "member")) == ("cancelled", False, 200)
    assert shop.stock(built.place, built.oil) == Pieces(5, 0)
    assert verify() == []


def test_only_the_orderer_cancels(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    made = shop.order(town, built.place, {built.oil: 1})
    for who in ("member2", "keeper", "admin"):
        refused(NotAllowed, "not_the_owner", lambda who: shop.cancel(town, made, by=who), who)


def test_voiding_gives_everything_back_and_says_why(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    made = shop.order(town, built.place, {built.oil: 1})
    actions.void_order(town.actor("keeper"), made, reason="瓶子漏了", key=shop.key())
    made.refresh_from_db()
    assert (made.case.state, available(town, "member")) == ("voided", 200)
    told = OutboxMessage.objects.filter(person=town.person("member")).latest("pk")
    assert told.text.startswith("作废，退回积分：瓶子漏了。现在是“已作废”，由胡柜管办理")
    assert verify() == []


def test_voiding_wants_a_reason_and_the_counters_keeper(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    made = shop.order(town, built.place, {built.oil: 1})

    def void(who: str, reason: str) -> Order:
        return actions.void_order(town.actor(who), made, reason=reason, key=shop.key())

    refused(Invalid, "invalid", lambda: void("keeper", ""))
    refused(NotAllowed, "not_your_area", lambda: void("other_keeper", "没有货"))
    refused(NotAllowed, "no_right", lambda: void("admin", "没有货"))
    refused(NotAllowed, "no_right", lambda: void("member", "没有货"))


def test_what_nobody_fetches_goes_back_by_the_clock(town: Town) -> None:
    built = shop.shop(town, oil=5)
    shop.earn(town, "member", 200)
    made = shop.order(town, built.place, {built.oil: 1})
    assert made.case.due_at is not None
    assert clock.local_date(made.case.due_at) == clock.today() + timedelta(days=7)
    tick(made.case.due_at - timedelta(seconds=1))
    made.case.refresh_from_db()
    assert made.case.state == "ordered"
    tick(made.case.due_at)
    made.refresh_from_db()
    assert (made.case.state, made.is_open, available(town, "member")) == ("expired", False, 200)
    assert shop.stock(built.place, built.oil) == Pieces(5, 0)
    tick(made.case.moved_at + timedelta(days=1))
    assert Transfer.objects.filter(kind="void_pending").count() == 2
    assert verify() == []


def test_the_street_sets_how_long_goods_wait(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    shop.wait_for_pickup(town, days=3)
    made = shop.order(town, built.place, {built.oil: 1})
    assert made.case.due_at == clock.end_of(clock.today() + timedelta(days=3))


def test_the_orderer_is_reminded_once(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 400)
    shop.order(town, built.place, {built.oil: 1})
    done = shop.order(town, built.place, {built.oil: 1})
    shop.hand_over(town, done)
    due = Order.objects.get(is_open=True).case.due_at
    assert due is not None
    assert actions.remind_of_pickup(due - timedelta(days=2)) == 0
    for _ in range(2):
        assert actions.remind_of_pickup(due - timedelta(hours=20)) == 1
    told = OutboxMessage.objects.filter(key__startswith="remind:", text__contains="领取")
    assert told.count() == 1


@pytest.mark.parametrize("verb", ["hand_over", "cancel", "void", "expire"])
@pytest.mark.parametrize("end", ["handed_over", "cancelled", "voided", "expired"])
def test_an_order_ends_once(town: Town, end: str, verb: str) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    made = shop.order(town, built.place, {built.oil: 1})
    assert made.case.due_at is not None
    ways: dict[str, Any] = {
        "handed_over": lambda: shop.hand_over(town, made),
        "cancelled": lambda: shop.cancel(town, made),
        "voided": lambda: actions.void_order(
            town.actor("keeper"), made, reason="没有货", key=shop.key()
        ),
        "expired": lambda: tick(made.case.due_at),
    }
    ways[end]()
    made.case.refresh_from_db()
    assert made.case.state == end
    who = {"cancel": "member"}.get(verb, "keeper")
    refused(
        Conflict,
        "moved_on",
        lambda: perform(
            town.actor(who), made.case, verb, key="again", reason="理由", data={"shown": "code"}
        ),
    )


def test_every_step_is_in_the_audit(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    made = shop.order(town, built.place, {built.oil: 1})
    shop.hand_over(town, made)
    verbs = AuditEntry.objects.filter(subject_id=str(made.case_id), verb__startswith="casework.")
    assert list(verbs.order_by("pk").values_list("verb", flat=True)) == [
        "casework.case_opened",
        "casework.case_moved",
    ]
