"""Builders for tests of the shop: a place with goods on its shelf, people with points, orders."""

from dataclasses import dataclass
from itertools import count as counting
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import Town
from tests.work import street
from zhicunbao.base.models import Area
from zhicunbao.casework.actions import adopt_rule
from zhicunbao.casework.rules import PICKUP_DAYS
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger.models import Account, Purse
from zhicunbao.ledger.rules import code_of
from zhicunbao.registry.models import Household, Membership
from zhicunbao.rewards import actions
from zhicunbao.rewards.actions import CountLine, GoodsWords, PlaceWords, StockLine
from zhicunbao.rewards.models import SHOP, Delivery, Goods, Order, PickupPlace, StockCount
from zhicunbao.rewards.rules import Shown

_keys = counting(1)
_numbers = counting(1)
PURSE = "兑换测试资金池"


def key() -> str:
    """Return a fresh idempotency key."""
    return f"shop-{next(_keys)}"


@dataclass
class Shop:
    """The shop of 东门社区: oil and rice stand on its shelf."""

    place: PickupPlace
    oil: Goods
    rice: Goods


def words(**changes: Any) -> GoodsWords:
    """Return what is written about goods; ``changes`` override it."""
    about: dict[str, Any] = {
        "name": "菜籽油 5 L",
        "category": "food",
        "unit": "瓶",
        "price_points": 200,
        "cost_fen": 5_500,
        "words": "非转基因，一级。",
    }
    return GoodsWords(**about | changes)


def place(
    town: Town, *, area: Area | None = None, by: str = "admin", **changes: Any
) -> PickupPlace:
    """Open a place in 东门社区 (or ``area``)."""
    about: dict[str, Any] = {
        "name": "东门社区积分超市",
        "address": "红光里 8 号便民中心一楼",
        "opening": "周一至周五 8:30–17:00",
    }
    return actions.open_place(
        town.actor(by), PlaceWords(**about | changes), area=area or town.dongmen, key=key()
    )


def goods(town: Town, *, area: Area | None = None, by: str = "admin", **changes: Any) -> Goods:
    """Add goods to 东门社区 (or ``area``)."""
    picture = changes.pop("picture", None)
    return actions.add_goods(
        town.actor(by), words(**changes), area=area or town.dongmen, key=key(), picture=picture
    )


def receive(
    town: Town, at: PickupPlace, pieces: dict[Goods, int], *, by: str = "keeper"
) -> Delivery:
    """Bring pieces to a place."""
    return actions.receive_stock(
        town.actor(by),
        at,
        lines=[StockLine(what, number, what.cost_fen) for what, number in pieces.items()],
        supplier="云和县供销社",
        document="送货单 0001",
        received_on=clock.today(),
        key=key(),
    )


def photo(seed: int = 1) -> SimpleUploadedFile:
    """Return a picture as a page sends it."""
    return SimpleUploadedFile(f"{seed}.jpg", street.jpeg(seed), content_type="image/jpeg")


def wait_for_pickup(town: Town, *, days: int) -> None:
    """Let goods wait so many days at the places of 东门社区."""
    adopt_rule(
        town.actor("officer"),
        name=PICKUP_DAYS,
        area=town.dongmen,
        value=days,
        valid_from=clock.today(),
        source="测试会议纪要",
        key=key(),
    )


def shop(town: Town, *, oil: int = 10, rice: int = 10) -> Shop:
    """Open the shop with so many pieces on its shelf."""
    here = place(town)
    built = Shop(
        here,
        goods(town, picture=photo()),
        goods(town, name="云和本地大米 5 kg", unit="袋", price_points=300, cost_fen=3_200),
    )
    receive(town, here, {built.oil: oil, built.rice: rice})
    return built


def fund(town: Town, points: int = 1_000_000) -> Purse:
    """Return the purse from which ``earn`` gives. It lies in 庄前村, where nothing else happens, so
    that no award of another test is drawn from it.
    """
    found = Purse.objects.filter(name=PURSE).first()
    if found is not None:
        return found
    actor = town.actor("leader")
    purse = ledger.create_purse(
        actor,
        name=PURSE,
        area=town.area("331125001204"),
        unit_value_fen=100,
        source_document="测试文件 2 号",
        funder="浮云街道",
        key=key(),
    )
    ledger.fund_purse(actor, purse=purse, points=points, document="测试拨款", key=key())
    return purse


def earn(town: Town, who: str, points: int) -> None:
    """Give a member of the cast points, as a posted award does."""
    give(town, code_of("person", town.person(who).pk, ""), points)


def give(town: Town, holder: str, points: int) -> None:
    """Book points to a holder such as ``household/7/``."""
    paying = fund(town)
    ledger.transfer(
        town.actor("leader"),
        ledger.Movement(
            key=key(),
            debit=f"purse/{paying.pk}/fund",
            credit=f"{holder.rstrip('/')}/points/{paying.pk}",
            amount=points,
            reason="award",
            memo="测试奖励",
        ),
    )


def count(
    town: Town, at: PickupPlace, what: Goods, difference: int, *, by: str = "keeper"
) -> StockCount:
    """Count goods at a place: so many more (or fewer) than the book says."""
    book = stock(at, what).on_hand
    line = CountLine(what, book, book + difference, "数错了" if difference else "")
    return actions.count_stock(town.actor(by), at, lines=[line], key=key())


def household(town: Town, *people: str, card: str = "") -> Household:
    """Register members of the cast as one household of 红光里, the first its head."""
    number = next(_numbers)
    home = Household.objects.create(
        number=f"H-{number:04d}",
        area=town.red_lane,
        area_prefix=town.red_lane.prefix,
        address=f"红光里 {number} 号",
        card_number=card or None,
    )
    for place_in, who in enumerate(people):
        relation = Membership.Relation.SPOUSE if place_in else Membership.Relation.HEAD
        Membership.objects.create(household=home, person=town.person(who), relation=relation)
    return home


def order(
    town: Town, at: PickupPlace, wanted: dict[Goods, int], *, by: str = "member", **more: Any
) -> Order:
    """Order for oneself; points must have been earned."""
    return actions.order_goods(
        town.actor(by),
        at,
        wanted={what.pk: number for what, number in wanted.items()},
        key=more.pop("key", None) or key(),
        **{"payer": "person"} | more,
    )


def hand_over(town: Town, made: Order, *, by: str = "keeper", **more: Any) -> Order:
    """Hand an order over by its code."""
    shown = more.pop("shown", Shown(code=made.code))
    return actions.hand_over(
        town.actor(by), made, shown=shown, key=more.pop("key", None) or key(), **more
    )


@dataclass(frozen=True)
class Pieces:
    """What the ledger says of goods at a place."""

    on_hand: int
    promised: int


def stock(at: PickupPlace, what: Goods) -> Pieces:
    """Return what lies at a place."""
    account = Account.objects.get(code=code_of(SHOP, at.pk, what.stock_unit))
    return Pieces(account.posted, account.debits_pending)


def cancel(town: Town, made: Order, *, by: str = "member") -> Order:
    """Give an order up."""
    return actions.cancel_order(town.actor(by), made, key=key())


def order_for(
    town: Town, at: PickupPlace, who: str, wanted: dict[Goods, int], *, card: str
) -> Order:
    """Let the keeper order for somebody who shows the household's card."""
    return actions.order_for(
        town.actor("keeper"),
        at,
        shown=Shown(card=card),
        orderer_id=town.person(who).pk,
        wanted={what.pk: number for what, number in wanted.items()},
        payer="person",
        key=key(),
    )


def ordered(town: Town, built: Shop, *, by: str = "member") -> Order:
    """Let somebody earn a bottle of oil and order it."""
    earn(town, by, 200)
    return order(town, built.place, {built.oil: 1}, by=by)
