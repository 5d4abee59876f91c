"""The desk's pages about stock: what lies at a place, how goods moved, its orders, workbooks."""

from dataclasses import dataclass
from typing import Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from zhicunbao.base import access
from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import NotFound
from zhicunbao.ledger.queries import Line, Statement
from zhicunbao.rewards import queries, sheets
from zhicunbao.rewards.models import KEEP, VIEW, PickupPlace
from zhicunbao.rewards.pages.counter import order_rows
from zhicunbao.rewards.pages.orders import STAGE_LABELS, Stage
from zhicunbao.rewards.queries.orders import STAGES, Narrowing
from zhicunbao.rewards.queries.stock import LISTS

PAGE_SIZE: Final = 50
SHEET_ROWS_MAX: Final = 10_000
MOVES: Final = {"all": "全部", "booked": "进出", "held": "已预订"}


def place_at_desk(request: Request, place_id: int, right: str = VIEW) -> PickupPlace:
    """Return a place where the actor holds ``right``; who may only shop there is told so."""
    place = queries.fetch_place(request.actor, place_id)
    access.require(request.actor, right, place)
    return place


@require_safe
@signed_in
def stock(request: Request, place_id: int) -> HttpResponse:
    """Show what lies at a place: on hand, promised, to be had."""
    place = place_at_desk(request, place_id)
    everything = queries.stock_at(place)
    show = request.GET.get("show", "")
    show = show if show in LISTS else ""
    lists = {name: queries.narrowed(everything, name) for name in LISTS}
    return render(
        request,
        "rewards/stock.html",
        {
            "place": place,
            "rows": lists[show],
            "tabs": [
                Stage(label, f"?show={name}" if name else "?", name == show, len(lists[name]))
                for name, label in LISTS.items()
            ],
            "show": show,
            "pieces": sum(row.on_hand for row in everything),
            "promised": sum(row.promised for row in everything),
            "cost_fen": sum(row.cost_fen for row in everything),
            "is_kept": access.may(request.actor, KEEP, place),
            "back_url": reverse("rewards:desk"),
        },
    )


@dataclass(frozen=True)
class MoveRow:
    """One movement of goods, and where the order behind it opens."""

    line: Line
    order_url: str


def _lines(page: Statement) -> list[MoveRow]:
    found = queries.orders_behind(line.transfer for line in page.lines)
    return [
        MoveRow(
            line,
            reverse("rewards:counter_order", args=[found[line.transfer.case_number]])
            if line.transfer.case_number in found
            else "",
        )
        for line in page.lines
    ]


@require_safe
@signed_in
def moves(request: Request, place_id: int, goods_id: int) -> HttpResponse:
    """Show how goods moved at a place, row by row."""
    place = place_at_desk(request, place_id)
    goods = queries.fetch_goods(request.actor, goods_id)
    show = request.GET.get("show", "all")
    if show not in MOVES:
        raise NotFound("没有这样的明细。请从“全部”重新选择。")
    found = queries.movements(
        place, goods, show=show, before=number_in(request.GET.get("before", ""))
    )
    if found is None:
        raise NotFound("这个兑换点没有进过这样商品。请回到库存重新选择。")
    return render(
        request,
        "rewards/moves.html",
        {
            "place": place,
            "goods": goods,
            "found": found,
            "lines": _lines(found.page),
            "tabs": [
                Stage(label, f"?show={name}", name == show, None) for name, label in MOVES.items()
            ],
            "back_url": reverse("rewards:stock", args=[place.pk]),
        },
    )


@require_safe
@signed_in
def place_orders(request: Request, place_id: int) -> HttpResponse:
    """List the orders of a place by where they stand, perhaps those of one goods, or those that a
    keeper made for others.
    """
    place = place_at_desk(request, place_id)
    by, stage = _narrowing(request)
    page = Paginator(queries.orders_at(request.actor, place, by), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    also = f"&goods={by.goods.pk}" if by.goods else ""
    also += "&entered=1" if by.is_entered else ""
    counts = queries.order_counts_at(request.actor, place, by)
    return render(
        request,
        "rewards/place_orders.html",
        {
            "place": place,
            "by": by,
            "page": page,
            "rows": order_rows(request, page),
            "tabs": [
                Stage(label, f"?stage={name}{also}", name == stage, counts[name])
                for name, label in STAGE_LABELS.items()
            ],
            "stage": stage,
            "is_kept": access.may(request.actor, KEEP, place),
            "back_url": reverse("rewards:desk"),
        },
    )


def _narrowing(request: Request) -> tuple[Narrowing, str]:
    wanted = request.GET.get("stage", "")
    stage = wanted if wanted in STAGES else "waiting"
    number = number_in(request.GET.get("goods", ""))
    goods = queries.fetch_goods(request.actor, number) if number is not None else None
    return Narrowing(stage, goods, is_entered="entered" in request.GET), stage


@require_safe
@signed_in
def stock_workbook(request: Request, place_id: int) -> HttpResponse:
    """Save what lies at a place as a workbook."""
    place = place_at_desk(request, place_id)
    return sheets.answer(sheets.stock_sheet(queries.stock_at(place)), f"{place.name}库存")


@require_safe
@signed_in
def orders_workbook(request: Request, place_id: int) -> HttpResponse:
    """Save the orders of a place as a workbook: goods and points, no names."""
    place = place_at_desk(request, place_id)
    by, stage = _narrowing(request)
    orders = queries.orders_at(request.actor, place, by)[:SHEET_ROWS_MAX]
    return sheets.answer(
        sheets.orders_sheet(orders), f"{place.name}{STAGE_LABELS[stage]}{clock.today():%Y%m%d}"
    )


urlpatterns = [
    path("shop/desk/<int:place_id>/stock/", stock, name="stock"),
    path("shop/desk/<int:place_id>/stock/workbook/", stock_workbook, name="stock_workbook"),
    path("shop/desk/<int:place_id>/stock/<int:goods_id>/", moves, name="moves"),
    path("shop/desk/<int:place_id>/orders/", place_orders, name="place_orders"),
    path("shop/desk/<int:place_id>/orders/workbook/", orders_workbook, name="orders_workbook"),
]
