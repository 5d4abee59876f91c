"""The counter: one box for the code, the queue, one order handed over or voided, and ordering for
somebody without a phone. What was shown at the counter stays in the session of the keeper.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhicunbao.base import access
from zhicunbao.base.forms import number_in, show_refusal
from zhicunbao.base.http import Request, signed_in
from zhicunbao.casework.queries import (
    allowed,
    history_of,
    line_of,
    number_of,
    owner_name,
    state_label,
)
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid, Refusal
from zhicunbao.rewards import actions, queries
from zhicunbao.rewards.forms import CodeForm, HouseholdForm, VoidForm
from zhicunbao.rewards.models import KEEP, Order, PickupPlace
from zhicunbao.rewards.queries.orders import Narrowing
from zhicunbao.rewards.rules import Shown

PAGE_SIZE: Final = 50
SHOWN: Final = "shop_shown"
"""Where the session keeps what was shown last, when, and at which place."""
SHOWN_SECONDS_MAX: Final = 15 * 60
"""Whoever showed a card has been served by then; the next one shows theirs."""


def kept_shown(request: Request, place: PickupPlace) -> Shown | None:
    """Return what was shown at this place's counter last, if that was not long ago."""
    kept = request.session.get(SHOWN)
    if not kept or kept["place"] != place.pk:
        return None
    if clock.now().timestamp() - kept["at"] > SHOWN_SECONDS_MAX:
        return None
    return Shown(**kept["shown"])


def keep_shown(request: Request, place: PickupPlace, shown: Shown) -> None:
    """Remember what was shown at this place's counter."""
    at = clock.now().timestamp()
    request.session[SHOWN] = {"place": place.pk, "at": at, "shown": asdict(shown)}


@dataclass(frozen=True)
class OrderRow:
    """An order in the desk's lists."""

    order: Order
    number: str
    who: str
    state: str


def order_rows(request: Request, orders: Any) -> list[OrderRow]:
    """Return the rows of some orders as the actor may read them."""
    return [
        OrderRow(o, number_of(o.case), owner_name(request.actor, o.case), state_label(o.case))
        for o in orders
    ]


@require_http_methods(["GET", "POST"])
@signed_in
def counter(request: Request, place_id: int) -> HttpResponse:
    """Take a code and lead to its order; below it stands the queue."""
    place = queries.fetch_place(request.actor, place_id)
    access.require(request.actor, KEEP, place)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        try:
            found = actions.find_order(request.actor, place, code=code)
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            keep_shown(request, place, Shown(code=found.code))
            return redirect("rewards:counter_order", found.pk)
    return counter_page(request, place, form, HouseholdForm())


def counter_page(
    request: Request, place: PickupPlace, form: CodeForm, household: HouseholdForm
) -> HttpResponse:
    """Show the counter of a place with its two forms and the queue."""
    waiting = queries.orders_at(request.actor, place, Narrowing("waiting"))
    page = Paginator(waiting, PAGE_SIZE).get_page(request.GET.get("page"))
    status = 422 if form.errors or household.errors else 200
    return render(
        request,
        "rewards/counter.html",
        {
            "place": place,
            "form": form,
            "household": household,
            "page": page,
            "rows": order_rows(request, page),
        },
        status=status,
    )


# ---- one order ----


@require_safe
@signed_in
def counter_order(request: Request, pk: int) -> HttpResponse:
    """Show an order with its pictures, and what can be done with it at the counter."""
    return _order_page(request, _seen_at_desk(request, pk), CodeForm())


def _seen_at_desk(request: Request, pk: int) -> Order:
    found = queries.fetch_order(request.actor, pk)
    access.require(request.actor, "rewards.view", found.place)
    return found


def _order_page(
    request: Request, found: Order, form: CodeForm, refusal: Refusal | None = None
) -> HttpResponse:
    actor = request.actor
    may = {t.verb for t in allowed(actor, found.case)}
    shown = kept_shown(request, found.place) if "hand_over" in may else None
    return render(
        request,
        "rewards/counter_order.html",
        {
            "order": found,
            "number": number_of(found.case),
            "who": owner_name(actor, found.case),
            "state": state_label(found.case),
            "steps": line_of(found.case),
            "history": history_of(actor, found.case),
            "may_hand_over": "hand_over" in may,
            "may_void": "void" in may,
            "is_kept": access.may(actor, KEEP, found.place),
            "shown": shown if shown and (not shown.code or shown.code == found.code) else None,
            "form": form,
            "refusal": refusal,
        },
        status=refusal.status if refusal else 200,
    )


@require_POST
@signed_in
def hand_over(request: Request, pk: int) -> HttpResponse:
    """Hand an order over to whoever showed its code or is known."""
    found = _seen_at_desk(request, pk)
    access.require(request.actor, KEEP, found.place)
    typed = request.POST.get("code", "")
    shown = Shown(code=typed) if typed else kept_shown(request, found.place)
    if shown is None:
        refusal = Invalid(
            "请先输入取货码，或在柜台核对户码。", fields={"code": "请输入 8 位取货码"}
        )
        return _refused(request, found, refusal)
    try:
        actions.hand_over(
            request.actor,
            found,
            shown=shown,
            key=request.POST.get("key", ""),
            seen=number_in(request.POST.get("seen", "")),
        )
    except Invalid as refusal:
        return _refused(request, found, refusal)
    request.session.pop(SHOWN, None)
    messages.success(request, f"已交付：{found.case.subject}。")
    return redirect("rewards:counter", found.place_id)


def _refused(request: Request, found: Order, refusal: Refusal) -> HttpResponse:
    request.session.pop(SHOWN, None)
    form = CodeForm({"code": request.POST.get("code", "")})
    form.is_valid()
    form.errors.clear()
    show_refusal(form, refusal)
    return _order_page(request, found, form, refusal)


@require_http_methods(["GET", "POST"])
@signed_in
def void(request: Request, pk: int) -> HttpResponse:
    """Ask for the reason, then void an order that cannot be handed over."""
    found = _seen_at_desk(request, pk)
    access.require(request.actor, KEEP, found.place)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.void_order(
            request.actor,
            found,
            reason=form.cleaned_data["reason"],
            key=request.POST.get("key", ""),
            seen=number_in(request.POST.get("seen", "")),
        )
        messages.success(request, f"已作废，{found.points} 分退回给本人。")
        return redirect("rewards:counter", found.place_id)
    status = 422 if form.errors else 200
    context = {"order": found, "form": form, "number": number_of(found.case)}
    return render(request, "rewards/void.html", context, status=status)


urlpatterns = [
    path("shop/desk/<int:place_id>/counter/", counter, name="counter"),
    path("shop/desk/orders/<int:pk>/", counter_order, name="counter_order"),
    path("shop/desk/orders/<int:pk>/hand-over/", hand_over, name="hand_over"),
    path("shop/desk/orders/<int:pk>/void/", void, name="void"),
]
