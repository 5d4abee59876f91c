"""One's own orders: the list, one with its pick-up code, cancelling, a slip to print."""

from dataclasses import dataclass
from typing import Final

import segno
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request, ask, signed_in
from zhicunbao.casework.queries import (
    LinePart,
    allowed,
    history_of,
    line_of,
    number_of,
    state_label,
)
from zhicunbao.kernel.flow import CLAIMANT
from zhicunbao.kernel.refusals import NotAllowed
from zhicunbao.rewards import actions, queries
from zhicunbao.rewards.models import Order
from zhicunbao.rewards.queries.orders import STAGES
from zhicunbao.rewards.rules import spoken_code

PAGE_SIZE: Final = 20
STAGE_LABELS: Final = {"waiting": "待领取", "taken": "已领取", "ended": "没换成"}
EMPTY: Final = {
    "waiting": ("没有待领取的东西", "下单以后，取货码在这里"),
    "taken": ("还没有领到过东西", "领取以后，都记在这里"),
    "ended": ("没有取消或过期的订单", "取消、过期的会记在这里，积分都已退回"),
}


@dataclass(frozen=True)
class Stage:
    """A tab of the list."""

    label: str
    url: str
    is_on: bool
    count: int | None


@dataclass(frozen=True)
class Slip:
    """An order as its owner sees it."""

    order: Order

    @property
    def number(self) -> str:
        """The number that people quote."""
        return number_of(self.order.case)

    @property
    def state(self) -> str:
        """Where it stands, in words."""
        return state_label(self.order.case)

    @property
    def line(self) -> list[LinePart]:
        """Where it stands, as dots."""
        return line_of(self.order.case)

    @property
    def is_waiting(self) -> bool:
        """Whether the goods wait to be fetched."""
        return self.order.is_open

    @property
    def is_ended(self) -> bool:
        """Whether nothing came of it and the points went back."""
        return self.order.case.state in ("cancelled", "expired", "voided")

    @property
    def code(self) -> str:
        """The pick-up code as it is read aloud."""
        return spoken_code(self.order.code)

    @property
    def qr(self) -> str:
        """The pick-up code as a QR code that stands in a page as it is."""
        svg: str = segno.make(self.order.code, error="m", micro=False).svg_inline(
            border=4, dark="#000", light="#fff", omitsize=True
        )
        return svg

    @property
    def is_shared(self) -> bool:
        """Whether the household's points pay."""
        return self.order.payer_kind != "person"


@require_safe
@signed_in
def my_orders(request: Request) -> HttpResponse:
    """List one's own orders of a stage."""
    wanted = request.GET.get("stage", "")
    stage = wanted if wanted in STAGES else "waiting"
    counts = queries.my_order_counts(request.actor)
    page = Paginator(queries.my_orders(request.actor, stage), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "rewards/my_orders.html",
        {
            "stages": [
                Stage(label, f"?stage={name}", name == stage, counts[name])
                for name, label in STAGE_LABELS.items()
            ],
            "stage": stage,
            "page": page,
            "slips": [Slip(order) for order in page],
            "empty": EMPTY[stage],
            "back_url": reverse("rewards:shelf"),
        },
    )


@require_safe
@signed_in
def order(request: Request, pk: int) -> HttpResponse:
    """Show one's own order: its code as long as it is open, its lines, where it stands."""
    found = _own(request, pk)
    may = {t.verb: t for t in allowed(request.actor, found.case) if t.by == CLAIMANT}
    return render(
        request,
        "rewards/order.html",
        {
            "slip": Slip(found),
            "order": found,
            "history": history_of(request.actor, found.case),
            "may_cancel": "cancel" in may,
            "is_orderer": found.orderer_id == request.actor.person_id,
            "back_url": reverse("rewards:my_orders"),
        },
    )


def _own(request: Request, pk: int) -> Order:
    """Return an order that one made or one's household pays; staff handle it at the counter."""
    found = queries.fetch_order(request.actor, pk)
    if not queries.my_orders(request.actor).filter(pk=pk).exists():
        raise NotAllowed("这不是您的订单，请在柜台办理。", code="not_the_owner")
    return found


@require_safe
@signed_in
def slip(request: Request, pk: int) -> HttpResponse:
    """Show one's own order as a slip of paper for the counter."""
    found = _own(request, pk)
    return render(request, "rewards/slip.html", {"slip": Slip(found), "order": found})


@require_http_methods(["GET", "POST"])
@signed_in
def cancel(request: Request, pk: int) -> HttpResponse:
    """Ask once, then give one's own order up."""
    found = _own(request, pk)
    if request.method == "POST":
        actions.cancel_order(
            request.actor,
            found,
            key=request.POST.get("key", ""),
            seen=number_in(request.POST.get("seen", "")),
        )
        messages.success(request, f"已取消，{found.points} 分已经退回。")
        return redirect("rewards:order", pk)
    if not found.is_open:
        return redirect("rewards:order", pk)
    return ask(
        request,
        {
            "title": "取消这份订单？",
            "lead": found.case.subject,
            "consequences": [f"{found.points} 分马上退回", "商品放回货架，别人可以换"],
            "action_url": reverse("rewards:cancel", args=[pk]),
            "action_label": "取消订单",
            "back_url": reverse("rewards:order", args=[pk]),
            "danger": True,
            "hidden": {"seen": found.case.version},
        },
    )


urlpatterns = [
    path("shop/orders/", my_orders, name="my_orders"),
    path("shop/orders/<int:pk>/", order, name="order"),
    path("shop/orders/<int:pk>/cancel/", cancel, name="cancel"),
    path("shop/orders/<int:pk>/slip/", slip, name="slip"),
]
