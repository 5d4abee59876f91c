"""Stock: what comes in, what is counted, and what the ledger says of it, to the piece."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tests.cast import Town
from tests.rewards import shop
from tests.rewards.shop import Pieces
from tests.tables import unchanged
from zhicunbao.base.models import Attachment, OutboxMessage
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed, Refusal
from zhicunbao.ledger.models import Transfer
from zhicunbao.ledger.queries import verify
from zhicunbao.rewards import actions, queries
from zhicunbao.rewards.actions import CountLine, StockLine
from zhicunbao.rewards.models import Delivery, Goods, StockCount

pytestmark = pytest.mark.django_db


def refused(kind: type[Refusal], code: str, act: Callable[..., object], *about: Any) -> Refusal:
    with unchanged(), pytest.raises(kind, match=r"。$") as caught:
        act(*about)
    assert caught.value.code == code
    return caught.value


def receive(town: Town, built: shop.Shop, *, by: str = "keeper", **changes: Any) -> Delivery:
    asked: dict[str, Any] = {
        "lines": [StockLine(built.oil, 3, 5_400)],
        "supplier": "供销社",
        "document": "送货单 2",
        "received_on": clock.today(),
        "key": shop.key(),
    }
    return actions.receive_stock(town.actor(by), built.place, **asked | changes)


# --- what comes in -------------------------------------------------------------------------------


def test_what_comes_in_is_to_be_had_at_once(town: Town) -> None:
    built = shop.shop(town, oil=2)
    made = receive(town, built, scan=shop.photo(9))
    assert shop.stock(built.place, built.oil) == Pieces(5, 0)
    [line] = made.lines.all()
    assert (line.count, line.cost_fen, line.total_fen) == (3, 5_400, 16_200)
    assert made.keeper == town.person("keeper")
    assert made.scan is not None
    moved = Transfer.objects.get(key=f"delivery:{made.pk}:goods:{built.oil.pk}")
    assert (moved.reason, moved.memo, moved.unit) == ("stock_in", "送货单 2", built.oil.stock_unit)
    assert verify() == []


def test_the_same_delivery_sent_twice_comes_in_once(town: Town) -> None:
    built = shop.shop(town, oil=2)
    first = receive(town, built, key="twice")
    assert receive(town, built, key="twice") == first
    assert shop.stock(built.place, built.oil) == Pieces(5, 0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": []}, "lines"),
        ({"supplier": " "}, "supplier"),
        ({"document": "字" * 61}, "document"),
        ({"received_on": clock.today() + timedelta(days=1)}, "received_on"),
    ],
)
def test_a_delivery_without_its_papers_is_refused(
    town: Town, changes: dict[str, Any], field: str
) -> None:
    built = shop.shop(town)
    assert field in refused(Invalid, "invalid", lambda: receive(town, built, **changes)).fields


def test_lines_that_cannot_be_are_refused(town: Town) -> None:
    built = shop.shop(town)
    strange = shop.goods(town, area=town.area("331125001001"), by="other_admin", name="中山的米")
    for lines in (
        [StockLine(built.oil, 0, 100)],
        [StockLine(built.oil, 1, -1)],
        [StockLine(built.oil, 200_000, 100)],
        [StockLine(built.oil, 1, 100), StockLine(built.oil, 2, 100)],
        [StockLine(strange, 1, 100)],
    ):
        found = refused(Invalid, "invalid", lambda lines: receive(town, built, lines=lines), lines)
        assert "lines" in found.fields


def test_a_refused_delivery_keeps_no_photo(town: Town) -> None:
    built = shop.shop(town)
    before = Attachment.objects.count()
    refused(Invalid, "invalid", lambda: receive(town, built, lines=[], scan=shop.photo(9)))
    assert Attachment.objects.count() == before


@pytest.mark.parametrize(
    ("who", "code"),
    [("admin", "no_right"), ("member", "no_right"), ("other_keeper", "not_your_area")],
)
def test_only_the_keeper_receives_and_counts(town: Town, who: str, code: str) -> None:
    built = shop.shop(town)
    refused(NotAllowed, code, lambda: receive(town, built, by=who))
    refused(NotAllowed, code, lambda: shop.count(town, built.place, built.oil, 0, by=who))


def test_the_streets_goods_come_to_every_place(town: Town) -> None:
    built = shop.shop(town)
    common = shop.goods(town, area=town.street, by="officer", name="街道的毛巾", price_points=5)
    assert common in queries.goods_for(built.place)
    receive(town, built, lines=[StockLine(common, 4, 100)])
    assert shop.stock(built.place, common) == Pieces(4, 0)


# --- counting ------------------------------------------------------------------------------------


def count(town: Town, built: shop.Shop, *lines: CountLine) -> StockCount:
    return actions.count_stock(town.actor("keeper"), built.place, lines=lines, key=shop.key())


@pytest.mark.parametrize(("counted", "change"), [(8, -2), (13, 3)])
def test_the_book_follows_what_was_counted(town: Town, counted: int, change: int) -> None:
    built = shop.shop(town, oil=10)
    made = count(town, built, CountLine(built.oil, 10, counted, "破损两瓶"))
    assert shop.stock(built.place, built.oil) == Pieces(counted, 0)
    [line] = made.lines.all()
    assert line.difference == change
    moved = Transfer.objects.get(reason="stock_count")
    assert (moved.amount, moved.memo) == (abs(change), "破损两瓶")
    assert verify() == []


def test_those_who_manage_hear_of_differences_alone(town: Town) -> None:
    built = shop.shop(town, oil=10)
    count(town, built, CountLine(built.oil, 10, 10))
    assert not OutboxMessage.objects.filter(key__startswith="count:").exists()
    count(town, built, CountLine(built.oil, 10, 9, "破损一瓶"))
    told = OutboxMessage.objects.filter(key__startswith="count:")
    assert {row.person.name for row in told} == {"周敏", "街领导", "街干部"}
    assert {row.text for row in told} == {"菜籽油 5 L -1。"}


def test_a_difference_wants_a_reason(town: Town) -> None:
    built = shop.shop(town, oil=10)
    found = refused(
        Invalid, "invalid", lambda: count(town, built, CountLine(built.oil, 10, 9, " "))
    )
    assert found.fields == {f"reason-{built.oil.pk}": "账实不符，请写原因"}


def test_nothing_counted_or_impossible_counts_are_refused(town: Town) -> None:
    built = shop.shop(town, oil=10)
    refused(Invalid, "invalid", lambda: count(town, built))
    refused(Invalid, "invalid", lambda: count(town, built, CountLine(built.oil, 10, -1, "少")))
    long = CountLine(built.oil, 10, 9, "字" * 61)
    refused(Invalid, "invalid", lambda: count(town, built, long))


def test_a_book_that_moved_since_it_was_shown_is_refused(town: Town) -> None:
    built = shop.shop(town, oil=10)
    shop.earn(town, "member", 200)
    shop.hand_over(town, shop.order(town, built.place, {built.oil: 1}))
    found = refused(
        Conflict, "book_moved", lambda: count(town, built, CountLine(built.oil, 10, 9, "少一瓶"))
    )
    assert "刚刚变成 9" in found.message


def test_promised_pieces_are_not_counted_away(town: Town) -> None:
    built = shop.shop(town, oil=2)
    shop.earn(town, "member", 400)
    shop.order(town, built.place, {built.oil: 2})
    refused(Conflict, "promised", lambda: count(town, built, CountLine(built.oil, 2, 1, "破损")))
    refused(Conflict, "book_moved", lambda: count(town, built, CountLine(built.rice, 0, 1, "多")))


# --- what the lists say --------------------------------------------------------------------------


def row(built: shop.Shop, goods: Goods) -> queries.StockRow:
    return next(r for r in queries.stock_at(built.place) if r.goods == goods)


def test_stock_is_on_hand_promised_and_to_be_had(town: Town) -> None:
    built = shop.shop(town, oil=10)
    shop.earn(town, "member", 400)
    shop.order(town, built.place, {built.oil: 2})
    found = row(built, built.oil)
    assert (found.on_hand, found.promised, found.available) == (10, 2, 8)
    assert found.cost_fen == 10 * 5_500


def test_low_stock_counts_what_is_still_to_be_had(town: Town) -> None:
    built = shop.shop(town, oil=6, rice=4)
    assert [r.goods for r in queries.narrowed(queries.stock_at(built.place), "low")] == [built.rice]
    shop.earn(town, "member", 400)
    shop.order(town, built.place, {built.oil: 2})
    low = queries.narrowed(queries.stock_at(built.place), "low")
    assert {r.goods for r in low} == {built.oil, built.rice}


def test_what_has_not_moved_for_thirty_days_is_listed(town: Town) -> None:
    start = clock.now()
    with clock.at(start):
        built = shop.shop(town)
    with clock.at(start + timedelta(days=20)):
        shop.earn(town, "member", 200)
        shop.order(town, built.place, {built.oil: 1})
    with clock.at(start + timedelta(days=31)):
        idle = queries.narrowed(queries.stock_at(built.place), "idle")
        assert [r.goods for r in idle] == [built.rice]


def test_movements_explain_the_figures(town: Town) -> None:
    built = shop.shop(town, oil=10)
    shop.earn(town, "member", 600)
    shop.hand_over(town, shop.order(town, built.place, {built.oil: 1}))
    shop.cancel(town, shop.order(town, built.place, {built.oil: 1}))
    shop.order(town, built.place, {built.oil: 1})
    booked = queries.movements(built.place, built.oil, show="booked")
    held = queries.movements(built.place, built.oil, show="held")
    assert booked is not None
    assert held is not None
    assert sum(line.change for line in booked.page.lines) == booked.row.on_hand == 9
    assert -sum(line.change for line in held.page.lines) == held.row.promised == 1
    elsewhere = shop.place(town, name="东门第二超市")
    assert queries.movements(elsewhere, built.oil) is None


@pytest.mark.parametrize("model", [Delivery, StockCount])
def test_what_was_written_stays(town: Town, model: Any) -> None:
    built = shop.shop(town)
    shop.count(town, built.place, built.oil, -1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(at=clock.now())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.get().lines.update(goods=built.rice)
