"""Ordering for somebody without a phone, whose card or household was looked at on the counter."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from zhicunbao.base import access
from zhicunbao.base.forms import number_in, show_refusal
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.models import Person
from zhicunbao.kernel.refusals import Conflict, Invalid, Refusal
from zhicunbao.ledger.rules import HOUSEHOLD, PERSON
from zhicunbao.rewards import actions, queries
from zhicunbao.rewards.forms import CodeForm, HouseholdForm
from zhicunbao.rewards.models import KEEP, PickupPlace
from zhicunbao.rewards.pages.counter import counter_page, keep_shown, kept_shown, order_rows
from zhicunbao.rewards.queries import Item, Known
from zhicunbao.rewards.rules import Shown


@dataclass(frozen=True)
class Choice:
    """Somebody who may be ordered for."""

    person: Person
    points: int
    is_on: bool


@dataclass(frozen=True)
class Row:
    """Goods that can be ordered, and what was typed beside them."""

    item: Item
    typed: str


@require_POST
@signed_in
def household(request: Request, place_id: int) -> HttpResponse:
    """Take a card's number, or a household's number and a name, and lead to that household."""
    place = _kept(request, place_id)
    form = HouseholdForm(request.POST)
    if form.is_valid():
        shown = Shown(**form.cleaned_data)
        try:
            actions.identify(request.actor, place, shown=shown)
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            keep_shown(request, place, shown)
            return redirect("rewards:order_for", place.pk)
    return counter_page(request, place, CodeForm(), form)


def _kept(request: Request, place_id: int) -> PickupPlace:
    place = queries.fetch_place(request.actor, place_id)
    access.require(request.actor, KEEP, place)
    return place


@require_http_methods(["GET", "POST"])
@signed_in
def order_for(request: Request, place_id: int) -> HttpResponse:
    """Order for one of the household that was looked at; its open orders stand beside."""
    place = _kept(request, place_id)
    shown = kept_shown(request, place)
    known = queries.known_at(place, shown) if shown and not shown.code else None
    if shown is None or known is None:
        return redirect("rewards:counter", place.pk)
    if request.method == "GET":
        return _page(request, place, known, QueryDict())
    sent = request.POST
    try:
        made = actions.order_for(
            request.actor,
            place,
            shown=shown,
            orderer_id=number_in(sent.get("orderer", "")) or 0,
            wanted=_wanted(sent),
            payer=sent.get("payer", ""),
            key=sent.get("key", ""),
        )
    except (Invalid, Conflict) as refusal:
        return _page(request, place, known, sent, refusal)
    messages.success(request, f"已替{made.orderer.name}下单，现在可以交付。")
    return redirect("rewards:counter_order", made.pk)


def _wanted(sent: Mapping[str, str]) -> dict[int, int]:
    """Read the counts that were typed; an empty one is none."""
    wanted: dict[int, int] = {}
    for name, text in sent.items():
        goods_id = number_in(name.removeprefix("count-")) if name.startswith("count-") else None
        if goods_id is None or text.strip() in ("", "0"):
            continue
        count = number_in(text.strip())
        if count is None:
            raise Invalid("数量请填整数。", fields={name: "请填整数"})
        wanted[goods_id] = count
    return wanted


def _page(
    request: Request,
    place: PickupPlace,
    known: Known,
    sent: Mapping[str, str],
    refusal: Refusal | None = None,
) -> HttpResponse:
    people = known.people
    points = queries.points_of([person.pk for person in people], known.household.pk)
    chosen = number_in(sent.get("orderer", "")) or people[0].pk
    items = [item for item in queries.shelf_for(place, people[0].pk) if not item.is_sold_out]
    waiting = queries.orders_of_people(place, people, known.household)
    return render(
        request,
        "rewards/order_for.html",
        {
            "place": place,
            "household": known.household,
            "choices": [
                Choice(person, points[PERSON, person.pk], person.pk == chosen) for person in people
            ],
            "shared": points[HOUSEHOLD, known.household.pk],
            "is_shared": sent.get("payer") == HOUSEHOLD,
            "rows": [Row(item, sent.get(f"count-{item.goods.pk}", "")) for item in items],
            "waiting": order_rows(request, waiting),
            "refusal": refusal,
            "back_url": reverse("rewards:counter", args=[place.pk]),
        },
        status=refusal.status if refusal else 200,
    )


urlpatterns = [
    path("shop/desk/<int:place_id>/household/", household, name="household"),
    path("shop/desk/<int:place_id>/for/", order_for, name="order_for"),
]
