"""The basket, kept in the session by place, and ordering what is in it. The basket promises
nothing: prices, stock and limits are looked at again when the order is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request, ask, signed_in
from zhicunbao.base.templatetags.look import cn_day
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid
from zhicunbao.rewards import actions, queries, rules
from zhicunbao.rewards.models import PickupPlace
from zhicunbao.rewards.queries import Item, Purse

KEPT: Final = "shop_basket"
WANTED_LENGTH_MAX: Final = 600


def basket_of(request: Request, place: PickupPlace) -> dict[int, int]:
    """Return what is in the basket of a place: goods' number → pieces."""
    kept: dict[str, dict[str, int]] = request.session.get(KEPT, {})
    return {int(number): count for number, count in kept.get(str(place.pk), {}).items()}


def _keep(request: Request, place: PickupPlace, basket: Mapping[int, int]) -> None:
    kept = dict(request.session.get(KEPT, {}))
    kept[str(place.pk)] = {str(number): count for number, count in basket.items() if count > 0}
    request.session[KEPT] = {where: goods for where, goods in kept.items() if goods}


@dataclass(frozen=True)
class Line:
    """Goods in the basket, and how many of them."""

    item: Item
    count: int

    @property
    def points(self) -> int:
        """What the line costs."""
        return self.item.goods.price_points * self.count

    @property
    def wrong(self) -> str:
        """Why so many cannot be had; empty: they can."""
        if self.count <= self.item.count_max:
            return ""
        if self.item.is_sold_out:
            return "换完了，请去掉这样"
        if self.item.is_used_up:
            return f"{self.item.limit_words}，已经换满"
        return f"最多还能换 {rules.pieces(self.item.goods, self.item.count_max)}"

    @property
    def counts(self) -> range:
        """What can be chosen instead, with the present count among it."""
        return range(1, max(self.count, min(self.item.count_max, 10)) + 1)


@dataclass(frozen=True)
class Payer:
    """A purse and whether it pays for the basket."""

    purse: Purse
    is_on: bool
    missing: int


@require_POST
@signed_in
def put(request: Request, place_id: int, goods_id: int) -> HttpResponse:
    """Set how many pieces of goods are in the basket; none takes them out."""
    place = queries.fetch_place(request.actor, place_id)
    item = queries.fetch_item(request.actor, place, goods_id)
    count = number_in(request.POST.get("count", ""))
    if count is None or count > rules.PIECES_MAX:
        raise Invalid(
            f"数量请填 0 到 {rules.PIECES_MAX} 的整数。", fields={"count": "请重新填数量"}
        )
    basket = basket_of(request, place) | {goods_id: count}
    if len(basket) > rules.LINES_MAX:
        raise Invalid(f"一次最多换 {rules.LINES_MAX} 样，请先下单，再选别的。")
    _keep(request, place, basket)
    if request.POST.get("then") == "more":
        messages.success(request, f"已放进兑换篮：{item.goods.name}。")
        return redirect(f"{reverse('rewards:shelf')}?place={place.pk}")
    return redirect("rewards:basket", place.pk)


@require_safe
@signed_in
def basket(request: Request, place_id: int) -> HttpResponse:
    """Show what is in the basket, what it costs, and whose points can pay."""
    place = queries.fetch_place(request.actor, place_id)
    lines = _lines(request, place)
    points = sum(line.points for line in lines)
    payers = _payers(request, points, request.GET.get("payer", ""))
    chosen = next(payer for payer in payers if payer.is_on)
    refusal = queries.may_order_at(request.actor, place)
    return render(
        request,
        "rewards/basket.html",
        {
            "place": place,
            "lines": lines,
            "points": points,
            "payers": payers,
            "chosen": chosen,
            "why_not": refusal.message if refusal else "",
            "is_ready": not refusal and not chosen.missing and not any(o.wrong for o in lines),
            "until": queries.pickup_until(place.area_prefix, clock.now()),
            "back_url": f"{reverse('rewards:shelf')}?place={place.pk}",
        },
    )


def _lines(request: Request, place: PickupPlace) -> list[Line]:
    kept = basket_of(request, place)
    items = queries.items_of(request.actor.person_id or 0, place, list(kept))
    return [Line(item, kept[item.goods.pk]) for item in items]


def _payers(request: Request, points: int, wanted: str) -> list[Payer]:
    """Return the purses with the one that pays: the wanted one, else the first that has enough."""
    purses = queries.purses_of(request.actor.person_id or 0)
    rich = next((p.kind for p in purses if p.available >= points), purses[0].kind)
    kind = wanted if wanted in {p.kind for p in purses} else rich
    return [Payer(p, p.kind == kind, max(0, points - p.available)) for p in purses]


@require_http_methods(["GET", "POST"])
@signed_in
def order(request: Request, place_id: int) -> HttpResponse:
    """Ask once, with what follows; then order what was asked about."""
    place = queries.fetch_place(request.actor, place_id)
    if request.method == "POST":
        made = actions.order_goods(
            request.actor,
            place,
            wanted=_wanted(request.POST.get("wanted", "")),
            payer=request.POST.get("payer", ""),
            points_seen=number_in(request.POST.get("points", "")),
            key=request.POST.get("key", ""),
        )
        _keep(request, place, {})
        messages.success(request, "已下单，凭取货码领取。")
        return redirect("rewards:order", made.pk)
    lines = _lines(request, place)
    if not lines:
        return redirect("rewards:basket", place.pk)
    points = sum(line.points for line in lines)
    payers = _payers(request, points, request.GET.get("payer", ""))
    chosen = next(payer for payer in payers if payer.is_on)
    until = cn_day(queries.pickup_until(place.area_prefix, clock.now()))
    things = "、".join(f"{o.item.goods.name} × {o.count}" for o in lines)
    return ask(
        request,
        {
            "title": f"用 {points} 分换？",
            "lead": f"{things}，{until}前到{place.name}领取。",
            "consequences": [
                f"用{chosen.purse.label}，现在先留出，领到才用掉",
                "领取以前都可以取消，积分马上退回",
                "过期没来取会自动取消，积分退回",
            ],
            "action_url": reverse("rewards:order_basket", args=[place.pk]),
            "action_label": "确认下单",
            "back_url": reverse("rewards:basket", args=[place.pk]),
            "hidden": {
                "wanted": ",".join(f"{o.item.goods.pk}:{o.count}" for o in lines),
                "payer": chosen.purse.kind,
                "points": points,
            },
        },
    )


def _wanted(text: str) -> dict[int, int]:
    """Read 5:2,7:1, what the question named: a basket that changed meanwhile changes nothing."""
    wanted: dict[int, int] = {}
    for part in text[:WANTED_LENGTH_MAX].split(","):
        number, _, count = part.partition(":")
        goods_id, pieces = number_in(number), number_in(count)
        if goods_id is None or pieces is None:
            raise Invalid("没有看清要换什么，请回到兑换篮再下单。", code="empty")
        wanted[goods_id] = pieces
    return wanted


urlpatterns = [
    path("shop/<int:place_id>/basket/", basket, name="basket"),
    path("shop/<int:place_id>/basket/<int:goods_id>/", put, name="put"),
    path("shop/<int:place_id>/order/", order, name="order_basket"),
]
