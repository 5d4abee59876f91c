"""The phone's shelf: what there is for points at the places that serve somebody, and one goods."""

from dataclasses import dataclass
from typing import Final

from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from zhicunbao.base import access, files
from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel.refusals import NotFound
from zhicunbao.rewards import queries
from zhicunbao.rewards.models import KEEP, Goods, PickupPlace
from zhicunbao.rewards.pages.basket import basket_of
from zhicunbao.rewards.queries import Item, Purse

PAGE_SIZE: Final = 24
TEXT_LENGTH_MAX: Final = 30
PLACE: Final = "shop_place"
"""Where the session keeps the place that was looked at last."""


@dataclass(frozen=True)
class Filter:
    """A chip of the shelf."""

    label: str
    url: str
    is_on: bool
    count: int | None = None


@dataclass(frozen=True)
class Offer:
    """Goods as the shelf shows them to somebody with so many points."""

    item: Item
    points: int
    in_basket: int = 0

    @property
    def missing(self) -> int:
        """How many points are missing for one piece."""
        return max(0, self.item.goods.price_points - self.points)

    @property
    def may_order(self) -> bool:
        """Whether at least one more piece can be ordered."""
        return self.item.count_max > 0 and not self.missing


@require_safe
@signed_in
def shelf(request: Request) -> HttpResponse:
    """Show the shelf of a place, narrowed as the address says."""
    asked, actor = request.GET, request.actor
    places = list(queries.places_near(actor))
    place = _chosen(request, places)
    if place is None:
        return render(request, "rewards/no_shop.html", {"orders_url": _orders_url()})
    purses = queries.purses_of(actor.person_id or 0)
    most = max(purse.available for purse in purses)
    text = asked.get("q", "").strip()[:TEXT_LENGTH_MAX]
    category = asked.get("category", "")
    category = category if category in Goods.Category.values else ""
    is_mine = "mine" in asked
    items = queries.shelf(
        actor, place, text=text, category=category, points_max=most if is_mine else None
    )
    page = Paginator(items, PAGE_SIZE).get_page(asked.get("page"))
    basket = basket_of(request, place)
    return render(
        request,
        "rewards/shelf.html",
        {
            "place": place,
            "places": _places(places, place),
            "purses": purses,
            "points": purses[0].available,
            "shared": purses[1] if len(purses) > 1 else None,
            "filters": _filters(place, category, text, is_mine=is_mine),
            "text": text,
            "category": category,
            "is_mine": is_mine,
            "is_narrowed": bool(text or category or is_mine),
            "page": page,
            "offers": [Offer(item, most, basket.get(item.goods.pk, 0)) for item in page],
            "basket_count": len(basket),
            "keeps": access.may(actor, KEEP),
            "keeps_count": queries.open_count(actor),
            "waiting_count": queries.my_order_counts(actor)["waiting"],
        },
    )


def _orders_url() -> str:
    return reverse("rewards:my_orders")


def _chosen(request: Request, places: list[PickupPlace]) -> PickupPlace | None:
    """Return the place that is asked for, else the nearest one; None when none serves the actor."""
    wanted = number_in(request.GET.get("place", ""))
    found = next((place for place in places if place.pk == wanted), None)
    return found or (places[0] if places else None)


def _places(places: list[PickupPlace], here: PickupPlace) -> list[Filter]:
    if len(places) < 2:
        return []
    return [Filter(p.name, f"?place={p.pk}", p.pk == here.pk) for p in places]


def _filters(place: PickupPlace, category: str, text: str, *, is_mine: bool) -> list[Filter]:
    base = f"?place={place.pk}" + (f"&q={text}" if text else "")
    chips = [Filter("都看", base, not category and not is_mine)]
    chips += [
        Filter(str(one.label), f"{base}&category={one.value}", one.value == category)
        for one in Goods.Category
    ]
    return [*chips, Filter("我换得起", f"{base}&mine=1", is_mine)]


@require_safe
@signed_in
def goods(request: Request, place_id: int, goods_id: int) -> HttpResponse:
    """Show one goods at a place, and the way to have it or why there is none."""
    place = queries.fetch_place(request.actor, place_id)
    item = queries.fetch_item(request.actor, place, goods_id)
    purses = queries.purses_of(request.actor.person_id or 0)
    most = max(purse.available for purse in purses)
    offer = Offer(item, most, basket_of(request, place).get(goods_id, 0))
    refusal = queries.may_order_at(request.actor, place)
    return render(
        request,
        "rewards/goods.html",
        {
            "place": place,
            "item": item,
            "goods": item.goods,
            "offer": offer,
            "why_not": refusal.message if refusal else _why_not(offer, purses),
            "counts": range(1, min(item.count_max, 10) + 1),
            "back_url": f"{reverse('rewards:shelf')}?place={place.pk}",
        },
    )


def _why_not(offer: Offer, purses: list[Purse]) -> str:
    if offer.item.is_sold_out:
        return "这样暂时换完了，补货以后再来看。"
    if offer.item.is_used_up:
        return f"{offer.item.limit_words}，您家这段时间已经换满。"
    if offer.missing:
        more = "（个人和我家的积分不能合在一起用）" if len(purses) > 1 else ""
        return f"还差 {offer.missing} 分{more}。做成一件任务，积分就多一些。"
    return ""


@require_safe
@signed_in
def picture(request: Request, goods_id: int) -> HttpResponseBase:
    """Hand out the picture of goods to everyone who may see them."""
    found = queries.fetch_goods(request.actor, goods_id)
    if found.picture is None:
        raise NotFound("这样商品还没有照片。")
    is_small = "small" in request.GET
    response = FileResponse(
        files.stored_file(found.picture, thumbnail=is_small).open("rb"),
        content_type=found.picture.media_type,
    )
    # The address carries the picture's number, so another picture has another address.
    response.headers["Cache-Control"] = "private, max-age=86400"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [
    path("shop/", shelf, name="shelf"),
    path("shop/<int:place_id>/goods/<int:goods_id>/", goods, name="goods"),
    path("shop/goods/<int:goods_id>/picture/", picture, name="picture"),
]
