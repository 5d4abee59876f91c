"""Who comes through which door of the shop."""

from dataclasses import dataclass

from tests.cast import Town
from tests.doors import ABOVE, DONGMEN, SIGNED_IN, STAFF, Door
from tests.rewards import shop
from zhicunbao.rewards.models import Delivery, Order, PickupPlace, StockCount

OWNER = frozenset({"member"})
KEEPER = frozenset({"keeper"})
NEAR = frozenset(
    ("admin", "reviewer", "reviewer2", "oversight", "keeper", "head", "member", "member2")
    + ("villager", "merchant")
)
"""Those who belong to 东门社区: its shop serves them."""
LOOK = ABOVE | DONGMEN | KEEPER
"""Whose posts look at the shop of 东门社区."""
SEE = NEAR | LOOK


@dataclass
class Scene:
    """The shop of 东门社区 and an open order of the member."""

    built: shop.Shop
    order: Order

    @property
    def place(self) -> PickupPlace:
        return self.built.place


def scene(town: Town) -> Scene:
    """Open the shop, and bring the member's orders to every state that a list shows."""
    shop.earn(town, "member", 50_000)
    # Other scenes let days pass, and this order must not have expired by then.
    shop.wait_for_pickup(town, days=60)
    built = shop.shop(town, oil=1_000, rice=1_000)
    _orders(town, built)
    shop.count(town, built.place, built.oil, -1)
    return Scene(built, shop.order(town, built.place, {built.oil: 1, built.rice: 2}))


def more(town: Town, scene: Scene) -> None:
    """Add two of everything that the pages list."""
    for name in ("洗衣液 2 kg", "纯棉毛巾"):
        what = shop.goods(town, name=name, category="daily", price_points=60)
        shop.receive(town, scene.place, {what: 20})
        shop.order(town, scene.place, {what: 1, scene.built.oil: 1})
        shop.place(town, name=f"{name}专柜")
        _orders(town, scene.built)
        shop.count(town, scene.place, what, 1)


def _orders(town: Town, built: shop.Shop) -> None:
    shop.hand_over(town, shop.order(town, built.place, {built.oil: 1}))
    shop.cancel(town, shop.order(town, built.place, {built.rice: 1}))


def _place(scene: Scene) -> dict[str, int]:
    return {"place_id": scene.place.pk}


def _goods(scene: Scene) -> dict[str, int]:
    return {"place_id": scene.place.pk, "goods_id": scene.built.oil.pk}


def _picture(scene: Scene) -> dict[str, int]:
    return {"goods_id": scene.built.oil.pk}


def _order(scene: Scene) -> dict[str, int]:
    return {"pk": scene.order.pk}


def _what(scene: Scene) -> dict[str, int]:
    return {"pk": scene.built.oil.pk}


def _where(scene: Scene) -> dict[str, int]:
    return {"pk": scene.place.pk}


def _delivery(scene: Scene) -> dict[str, int]:
    return {"pk": Delivery.objects.filter(place=scene.place).order_by("pk")[0].pk}


def _count(scene: Scene) -> dict[str, int]:
    return {"pk": StockCount.objects.filter(place=scene.place).order_by("pk")[0].pk}


def _put(scene: Scene) -> dict[str, object]:
    return {"count": 1}


def _buy(scene: Scene) -> dict[str, object]:
    return {"wanted": f"{scene.built.oil.pk}:1", "payer": "person"}


PHONE = [
    Door("rewards:shelf", SIGNED_IN),
    Door("rewards:shelf", SIGNED_IN, query="?category=food&mine=1&q=油&page=2"),
    Door("rewards:goods", SEE, at=_goods),
    Door("rewards:picture", SEE, at=_picture),
    Door("rewards:put", SEE, at=_goods, method="post", send=_put),
    Door("rewards:basket", SEE, at=_place),
    Door("rewards:order_basket", SEE, at=_place),
    Door("rewards:order_basket", NEAR - KEEPER, at=_place, method="post", send=_buy, sees=SEE),
    Door("rewards:my_orders", SIGNED_IN),
    Door("rewards:my_orders", SIGNED_IN, query="?stage=taken"),
    Door("rewards:my_orders", SIGNED_IN, query="?stage=ended"),
    Door("rewards:order", OWNER, at=_order, sees=LOOK),
    Door("rewards:slip", OWNER, at=_order, sees=LOOK),
    Door("rewards:cancel", OWNER, at=_order, sees=LOOK),
    Door("rewards:cancel", OWNER, at=_order, method="post", sees=LOOK),
]
DESK = [
    Door("rewards:desk", STAFF | KEEPER | {"other_keeper"}),
    Door("rewards:counter", KEEPER, at=_place, sees=SEE),
    Door("rewards:counter", KEEPER, at=_place, method="post", sees=SEE),
    Door("rewards:household", KEEPER, at=_place, method="post", sees=SEE),
    Door("rewards:order_for", KEEPER, at=_place, sees=SEE),
    Door("rewards:order_for", KEEPER, at=_place, method="post", sees=SEE),
    Door("rewards:counter_order", LOOK, at=_order, sees=OWNER),
    Door("rewards:hand_over", KEEPER, at=_order, method="post", sees=LOOK | OWNER),
    Door("rewards:void", KEEPER, at=_order, sees=LOOK | OWNER),
    Door("rewards:void", KEEPER, at=_order, method="post", sees=LOOK | OWNER),
]
MANAGER = frozenset({"admin", "leader", "officer"})
"""Who keeps the list of goods and places of 东门社区."""
MANAGERS = MANAGER | {"other_admin", "cadre"}
STOCK = [
    Door("rewards:stock", LOOK, at=_place, sees=SEE),
    Door("rewards:stock", LOOK, at=_place, sees=SEE, query="?show=low"),
    Door("rewards:stock", LOOK, at=_place, sees=SEE, query="?show=idle"),
    Door("rewards:stock_workbook", LOOK, at=_place, sees=SEE),
    Door("rewards:moves", LOOK, at=_goods, sees=SEE),
    Door("rewards:moves", LOOK, at=_goods, sees=SEE, query="?show=booked"),
    Door("rewards:place_orders", LOOK, at=_place, sees=SEE),
    Door("rewards:place_orders", LOOK, at=_place, sees=SEE, query="?stage=taken"),
    Door("rewards:place_orders", LOOK, at=_place, sees=SEE, query="?stage=ended&entered=1"),
    Door("rewards:orders_workbook", LOOK, at=_place, sees=SEE),
    Door("rewards:deliveries", LOOK, at=_place, sees=SEE),
    Door("rewards:delivery", LOOK, at=_delivery),
    Door("rewards:receive", KEEPER, at=_place, sees=SEE),
    Door("rewards:receive", KEEPER, at=_place, method="post", sees=SEE),
    Door("rewards:receive_workbook", KEEPER, at=_place, sees=SEE),
    Door("rewards:receive_workbook", KEEPER, at=_place, method="post", sees=SEE),
    Door("rewards:counts", LOOK, at=_place, sees=SEE),
    Door("rewards:stock_count", LOOK, at=_count),
    Door("rewards:count", KEEPER, at=_place, sees=SEE),
    Door("rewards:count", KEEPER, at=_place, method="post", sees=SEE),
]
MANAGE = [
    Door("rewards:goods_list", STAFF | KEEPER | {"other_keeper"}),
    Door("rewards:goods_list", STAFF | KEEPER | {"other_keeper"}, query="?q=油"),
    Door("rewards:add_goods", MANAGERS),
    Door("rewards:add_goods", MANAGERS, method="post"),
    Door("rewards:revise_goods", MANAGER, at=_what, sees=SEE),
    Door("rewards:revise_goods", MANAGER, at=_what, method="post", sees=SEE),
    Door("rewards:add_place", MANAGERS),
    Door("rewards:add_place", MANAGERS, method="post"),
    Door("rewards:revise_place", MANAGER, at=_where, sees=SEE),
    Door("rewards:revise_place", MANAGER, at=_where, method="post", sees=SEE),
]
DOORS = [*PHONE, *DESK, *STOCK, *MANAGE]
