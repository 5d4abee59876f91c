"""Races of the points shop: two phones and one purse, the last piece, one order at two counters, a
household's limit, goods taken in opposite orders.

Each stands beside its control, the same race written carelessly.
"""

import pytest
from django.db import OperationalError, transaction
from django.db.models import Sum

from tests import cast
from tests.cast import Town
from tests.races.together import Turn, together
from tests.rewards import shop
from tests.rewards.shop import Pieces
from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Person, Post
from zhicunbao.casework.models import Case, Step
from zhicunbao.casework.queries import broken_chains
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger.models import Account
from zhicunbao.ledger.queries import balance_of, verify
from zhicunbao.ledger.rules import code_of
from zhicunbao.rewards import actions, queries
from zhicunbao.rewards.models import SHOP, Goods, Order, OrderLine, PickupPlace
from zhicunbao.rewards.rules import Shown

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

CROWD = 6


@pytest.fixture
def town(transactional_db: None) -> Town:
    """The town, in rows that every thread sees."""
    return cast.build()


def codes(refusals: list[object]) -> list[str]:
    return [str(getattr(refusal, "code", refusal)) for refusal in refusals]


def another(town: Town, role: str, name: str) -> Actor:
    """Return one more holder of a role in 东门社区."""
    person = Person.objects.create(name=name)
    area = town.red_lane if role == "grid_member" else town.dongmen
    Post.objects.create(person=person, role=role, area=area, area_prefix=area.prefix)
    return access.actor_of(person)


def crowd(town: Town, number: int, points: int) -> list[Actor]:
    """Return members of 东门社区 who have so many points each."""
    people = [another(town, "grid_member", f"网格员{n}") for n in range(number)]
    for actor in people:
        shop.give(town, code_of("person", actor.person_id or 0, ""), points)
    return people


def buy(actor: Actor, place: PickupPlace, wanted: dict[int, int], key: str) -> Order:
    return actions.order_goods(actor, place, wanted=wanted, payer="person", key=key)


# --- one purse, two phones -----------------------------------------------------------------------


def test_two_phones_spend_a_purse_once(town: Town) -> None:
    built = shop.shop(town, oil=10)
    shop.earn(town, "member", 300)
    member = town.actor("member")
    outcomes = together(
        2, lambda turn: buy(member, built.place, {built.oil.pk: 1}, f"k{turn.index}")
    )
    assert len(outcomes.answers) == 1
    assert codes([*outcomes.refusals]) == ["balance_short"]
    assert balance_of(member.person_id or 0).available == 100
    assert shop.stock(built.place, built.oil) == Pieces(10, 1)
    assert Case.objects.filter(flow="rewards.order").count() == 1
    assert verify() == []


def test_reading_checking_and_saving_spends_it_twice(town: Town) -> None:
    shop.earn(town, "member", 300)
    person = town.person("member").pk

    def careless(turn: Turn) -> int:
        account = Account.objects.get(holder_kind="person", holder_id=person)
        if account.available < 200:
            raise Conflict("积分不够。")
        turn.meet()
        account.debits_pending += 200
        account.save()
        return 200

    assert sum(together(2, careless).answers) == 400 > 300


# --- the last piece ------------------------------------------------------------------------------


def test_the_last_piece_goes_to_one_of_many(town: Town) -> None:
    built = shop.shop(town, oil=1)
    people = crowd(town, CROWD, 200)
    outcomes = together(
        CROWD, lambda turn: buy(people[turn.index], built.place, {built.oil.pk: 1}, "k")
    )
    assert len(outcomes.answers) == 1
    assert codes([*outcomes.refusals]) == ["sold_out"] * (CROWD - 1)
    assert shop.stock(built.place, built.oil) == Pieces(1, 1)
    left = [balance_of(actor.person_id or 0).available for actor in people]
    assert sorted(left) == [0] + [200] * (CROWD - 1), "no points without pieces"
    assert Order.objects.count() == 1
    assert verify() == []


def test_reading_checking_and_saving_sells_it_to_all(town: Town) -> None:
    built = shop.shop(town, oil=1)

    def careless(turn: Turn) -> int:
        code = code_of(SHOP, built.place.pk, built.oil.stock_unit)
        shelf = Account.objects.get(code=code)
        if shelf.available < 1:
            raise Conflict("换完了。")
        turn.meet()
        shelf.debits_pending += 1
        shelf.save()
        return 1

    assert sum(together(CROWD, careless).answers) == CROWD
    assert shop.stock(built.place, built.oil) == Pieces(1, 1)


# --- one order, two counters ---------------------------------------------------------------------


def open_order(town: Town, built: shop.Shop) -> Order:
    shop.earn(town, "member", 200)
    return shop.order(town, built.place, {built.oil: 1})


def test_two_keepers_hand_an_order_over_once(town: Town) -> None:
    built = shop.shop(town, oil=1)
    made = open_order(town, built)
    keepers = [town.actor("keeper"), another(town, "shop_keeper", "另一柜管")]

    def hand_over(turn: Turn) -> Order:
        shown = Shown(code=made.code)
        return actions.hand_over(keepers[turn.index], made, shown=shown, key="k")

    outcomes = together(2, hand_over)
    assert len(outcomes.answers) == 1
    assert codes([*outcomes.refusals]) == ["moved_on"]
    assert Step.objects.filter(case=made.case, verb="hand_over").count() == 1
    assert shop.stock(built.place, built.oil) == Pieces(0, 0)
    assert verify() == []
    assert list(broken_chains()) == []


def test_reading_checking_and_saving_hands_it_over_twice(town: Town) -> None:
    built = shop.shop(town, oil=2)
    made = open_order(town, built)

    def careless(turn: Turn) -> int:
        order = Order.objects.get(pk=made.pk)
        if not order.is_open:
            raise Conflict("已经领走。")
        turn.meet()
        order.is_open = False
        order.save()
        return 1

    assert sum(together(2, careless).answers) == 2


def test_an_order_is_cancelled_or_handed_over_but_never_both(town: Town) -> None:
    built = shop.shop(town, oil=1)
    made = open_order(town, built)

    def act(turn: Turn) -> Order:
        if turn.index:
            return actions.cancel_order(town.actor("member"), made, key="k")
        return actions.hand_over(town.actor("keeper"), made, shown=Shown(code=made.code), key="k")

    outcomes = together(2, act)
    assert len(outcomes.answers) == 1
    assert codes([*outcomes.refusals]) == ["moved_on"]
    made.case.refresh_from_db()
    spent = 200 - balance_of(town.person("member").pk).posted
    gone = 1 - shop.stock(built.place, built.oil).on_hand
    assert (made.case.state, spent, gone) in (("handed_over", 200, 1), ("cancelled", 0, 0))
    assert verify() == []


# --- a household's limit -------------------------------------------------------------------------


def few(town: Town, built: shop.Shop) -> Goods:
    """Return goods of which a household may have one a month."""
    goods = shop.goods(town, name="限量米", price_points=10, limit_count=1)
    shop.receive(town, built.place, {goods: 10})
    return goods


def test_a_limit_holds_when_a_household_orders_at_once(town: Town) -> None:
    built = shop.shop(town)
    goods = few(town, built)
    shop.household(town, "member", "member2")
    for who in ("member", "member2"):
        shop.earn(town, who, 100)
    people = [town.actor("member"), town.actor("member2")]
    outcomes = together(
        4, lambda turn: buy(people[turn.index % 2], built.place, {goods.pk: 1}, f"k{turn.index}")
    )
    assert len(outcomes.answers) == 1
    assert codes([*outcomes.refusals]) == ["limit_reached"] * 3
    assert shop.stock(built.place, goods).promised == 1


def test_counting_without_a_lock_passes_the_limit(town: Town) -> None:
    built = shop.shop(town)
    goods = few(town, built)
    home = shop.household(town, "member", "member2")
    first = open_order(town, built)

    def careless(turn: Turn) -> int:
        taken = queries.taken_by_household([goods], town.person("member").pk, home)
        if taken.get(goods.pk, 0):
            raise Conflict("已经换满。")
        turn.meet()
        case = Case.objects.create(
            flow="rewards.order", state="ordered", subject="x", area=town.dongmen
        )
        order = Order.objects.create(
            case=case,
            place=built.place,
            orderer=town.person("member"),
            household=home,
            payer_kind="person",
            payer_id=1,
            points=10,
            code=f"{turn.index:08d}",
            point_holds=[],
        )
        OrderLine.objects.create(
            order=order, goods=goods, count=1, price_points=10, hold_id=first.point_holds[0]
        )
        return 1

    together(3, careless)
    taken = OrderLine.objects.filter(goods=goods).aggregate(pieces=Sum("count"))
    assert taken["pieces"] == 3 > goods.limit_count


# --- goods in opposite orders --------------------------------------------------------------------


def test_opposite_baskets_never_deadlock(town: Town) -> None:
    built = shop.shop(town, oil=100, rice=100)
    people = crowd(town, CROWD, 5_000)

    def shopping(turn: Turn) -> int:
        both = [built.oil.pk, built.rice.pk]
        wanted = dict.fromkeys(both if turn.index % 2 else reversed(both), 1)
        for n in range(4):
            made = buy(people[turn.index], built.place, wanted, f"k{n}")
            if n % 2:
                actions.cancel_order(people[turn.index], made, key=f"c{n}")
        return 4

    assert sum(together(CROWD, shopping).answers) == CROWD * 4
    assert shop.stock(built.place, built.oil) == Pieces(100, CROWD * 2)
    assert verify() == []


def test_taking_goods_as_they_were_typed_deadlocks(town: Town) -> None:
    built = shop.shop(town, oil=100, rice=100)
    keeper = town.actor("keeper")

    def careless(turn: Turn) -> int:
        both = [built.oil, built.rice]
        with transaction.atomic():
            for place, goods in enumerate(both if turn.index else reversed(both)):
                ledger.hold(
                    keeper,
                    ledger.Movement(
                        key=f"typed:{turn.index}:{goods.pk}",
                        debit=code_of(SHOP, built.place.pk, goods.stock_unit),
                        credit=code_of("outside", 0, goods.stock_unit),
                        amount=1,
                        reason="stock_out",
                    ),
                )
                if not place:
                    turn.meet()
        return 1

    with pytest.raises(OperationalError, match="deadlock"):
        together(2, careless)


# --- counting beside ordering --------------------------------------------------------------------


def test_counting_beside_ordering_leaves_whole_books(town: Town) -> None:
    built = shop.shop(town, oil=3)
    people = crowd(town, CROWD, 200)

    def act(turn: Turn) -> object:
        if turn.index == CROWD:
            line = actions.CountLine(built.oil, 3, 2, "破损一瓶")
            return actions.count_stock(town.actor("keeper"), built.place, lines=[line], key="k")
        return buy(people[turn.index], built.place, {built.oil.pk: 1}, "k")

    outcomes = together(CROWD + 1, act)
    assert set(codes([*outcomes.refusals])) <= {"sold_out", "promised"}
    left = shop.stock(built.place, built.oil)
    assert left.on_hand - left.promised >= 0
    assert left.promised == Order.objects.count()
    assert verify() == []
