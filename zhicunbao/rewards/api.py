"""The shop's operations of the JSON door: places, shelf, ordering, one's own orders."""

from datetime import datetime
from typing import Annotated, Literal

from django.urls import reverse
from ninja import Query, Router, Status
from pydantic import Field

from zhicunbao.base.access import Actor
from zhicunbao.base.api import Asked, Fetched, Key, Page, Place, Sent, Shown, page_of
from zhicunbao.base.http import Request
from zhicunbao.casework.api.shapes import CaseRow, StepShown, case_row, steps_of
from zhicunbao.kernel.refusals import Invalid, NotAllowed
from zhicunbao.rewards import actions, queries
from zhicunbao.rewards.models import Order, OrderLine, PickupPlace
from zhicunbao.rewards.queries import Item
from zhicunbao.rewards.rules import LINES_MAX, PIECES_MAX

router = Router(tags=["rewards"])

SeenShop = Annotated[PickupPlace, Fetched(queries.fetch_place)]


def own_order(actor: Actor, pk: int) -> Order:
    """Return an order that one made or one's household pays; staff handle it at the counter."""
    found = queries.fetch_order(actor, pk)
    if not queries.my_orders(actor).filter(pk=pk).exists():
        raise NotAllowed("这不是您的订单，请在柜台办理。", code="not_the_owner")
    return found


OwnOrder = Annotated[Order, Fetched(own_order)]


# ---- the shelf ----


class ShopShown(Shown):
    """A points shop, and the area whose people it serves."""

    id: int
    name: str
    area: Place
    address: str
    opening: str


class PurseShown(Shown):
    """Whose points can pay: ``person`` or ``household``, and how many there are."""

    payer: str
    points: int


class GoodsShown(Shown):
    """Goods as a shop has them. ``left``: what can be ordered; ``limit_left``: what one's household
    may still have in this period, null without a limit.
    """

    id: int
    name: str
    words: str
    category: str
    unit: str
    points: int
    left: int
    limit: str
    limit_left: int | None
    picture_url: str | None


class ShelfShown(Shown):
    """A shop's shelf, what can be had first, and the purses that can pay."""

    shop: ShopShown
    purses: list[PurseShown]
    goods: list[GoodsShown]


class ShelfAsked(Sent):
    """How the shelf is narrowed."""

    category: Literal["", "food", "daily", "study", "service"] = ""
    text: str = Field("", max_length=30)


@router.get("/shops", url_name="shops", response=list[ShopShown])
def list_shops(request: Request) -> list[ShopShown]:
    """List the open shops that serve where the person belongs, the nearest first."""
    return [_shop(place) for place in queries.places_near(request.actor)]


@router.get("/shops/{int:shop}/shelf", url_name="shop_shelf", response=ShelfShown)
def show_shelf(request: Request, shop: SeenShop, asked: Query[ShelfAsked]) -> ShelfShown:
    """Show what a shop has, for how many points, and how many are left."""
    items = queries.shelf(request.actor, shop, text=asked.text.strip(), category=asked.category)
    purses = queries.purses_of(request.actor.person_id or 0)
    return ShelfShown(
        shop=_shop(shop),
        purses=[PurseShown(payer=purse.kind, points=purse.available) for purse in purses],
        goods=[_goods(item) for item in items],
    )


def _shop(place: PickupPlace) -> ShopShown:
    return ShopShown(
        id=place.pk,
        name=place.name,
        area=Place.of(place.area),
        address=place.address,
        opening=place.opening,
    )


def _goods(item: Item) -> GoodsShown:
    goods = item.goods
    return GoodsShown(
        id=goods.pk,
        name=goods.name,
        words=goods.words,
        category=goods.category,
        unit=goods.unit,
        points=goods.price_points,
        left=item.left,
        limit=item.limit_words,
        limit_left=item.limit_left,
        picture_url=reverse("rewards:picture", args=[goods.pk]) if goods.picture_id else None,
    )


# ---- orders ----


class WantedSent(Sent):
    """So many pieces of one goods."""

    goods: int
    count: int = Field(ge=1, le=PIECES_MAX)


class OrderSent(Sent):
    """What is ordered and whose points pay. ``points``: the sum that was shown; when it has changed
    the order is refused.
    """

    wanted: list[WantedSent] = Field(min_length=1, max_length=LINES_MAX)
    payer: Literal["person", "household"] = "person"
    points: int | None = None


class CancelSent(Sent):
    """``seen`` is the version of the order's case."""

    seen: int


class OrderLineShown(Shown):
    """So many pieces of one goods, at the price of the day of the order."""

    goods: int
    name: str
    unit: str
    count: int
    points: int


class OrderRow(Shown):
    """An order in a list."""

    id: int
    case: CaseRow
    subject: str
    shop: int
    points: int
    payer: str
    ordered_at: datetime


class OrderWhole(OrderRow):
    """An order. ``code`` is what the counter asks for, null once the order is no longer open."""

    code: str | None
    place: ShopShown
    lines: list[OrderLineShown]
    entered_by: str | None
    steps: list[StepShown]


class OrdersAsked(Asked):
    """``stage``: waiting to be fetched, taken, or come to nothing; empty: all."""

    stage: Literal["", "waiting", "taken", "ended"] = ""


@router.post("/shops/{int:shop}/orders", url_name="order_goods", response={201: OrderWhole})
def order_goods(request: Request, shop: SeenShop, key: Key, sent: OrderSent) -> Status[OrderWhole]:
    """Order goods for oneself: points and pieces are set aside until they are fetched.

    Refused with 409 when something is sold out, passes the household's limit or costs more points
    than there are, and when the price changed; with 403 at a shop that does not serve the person.
    """
    wanted = {one.goods: one.count for one in sent.wanted}
    if len(wanted) < len(sent.wanted):
        raise Invalid(
            "同一样商品请合成一行。", code="goods_twice", fields={"wanted": "有商品写了两次"}
        )
    made = actions.order_goods(
        request.actor, shop, wanted=wanted, payer=sent.payer, points_seen=sent.points, key=key
    )
    return Status(201, _whole(request.actor, made.pk))


@router.get("/orders", url_name="orders", response=Page[OrderRow])
def list_orders(request: Request, asked: Query[OrdersAsked]) -> Page[OrderRow]:
    """List one's own orders and those that one's household pays, newest first."""
    rows = queries.my_orders(request.actor, asked.stage)
    orders, following = page_of(rows, asked, "-id")
    return Page[OrderRow](items=[_row(order) for order in orders], next=following)


@router.get("/orders/{int:order}", url_name="order", response=OrderWhole)
def show_order(request: Request, order: OwnOrder) -> OrderWhole:
    """Show one's own order with its pick-up code and every step."""
    return _whole(request.actor, order.pk)


@router.post("/orders/{int:order}/cancellation", url_name="cancel_order", response=OrderWhole)
def cancel_order(request: Request, order: OwnOrder, key: Key, sent: CancelSent) -> OrderWhole:
    """Give one's own order up before it is fetched: the points come back, the goods go back.

    Refused with 409 when the order moved since `seen`.
    """
    actions.cancel_order(request.actor, order, key=key, seen=sent.seen)
    return _whole(request.actor, order.pk)


def _row(order: Order) -> OrderRow:
    return OrderRow(
        id=order.pk,
        case=case_row(order.case),
        subject=order.case.subject,
        shop=order.place_id,
        points=order.points,
        payer=order.payer_kind,
        ordered_at=order.ordered_at,
    )


def _whole(actor: Actor, pk: int) -> OrderWhole:
    order = queries.fetch_order(actor, pk)
    steps = order.case.steps.order_by("position")
    return OrderWhole(
        **_row(order).model_dump(),
        code=order.code if order.is_open else None,
        place=_shop(order.place),
        lines=[_line(line) for line in order.lines.all()],
        entered_by=order.entered_by.name if order.entered_by else None,
        steps=steps_of(actor, order.case, steps),
    )


def _line(line: OrderLine) -> OrderLineShown:
    return OrderLineShown(
        goods=line.goods_id,
        name=line.goods.name,
        unit=line.goods.unit,
        count=line.count,
        points=line.points,
    )
