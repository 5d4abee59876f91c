"""What came in at a place: the list, one delivery, entering one by hand or from a workbook, which
is read and shown first and written only when the keeper has looked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from zhicunbao.base import access, files
from zhicunbao.base.forms import number_in, show_refusal
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Refusal
from zhicunbao.rewards import actions, queries, sheets
from zhicunbao.rewards.actions import StockLine
from zhicunbao.rewards.forms import DeliveryForm, WorkbookForm
from zhicunbao.rewards.models import KEEP, Goods, PickupPlace
from zhicunbao.rewards.pages.stock import place_at_desk
from zhicunbao.rewards.rules import fen_in
from zhicunbao.rewards.sheets import ReadRow

PAGE_SIZE: Final = 50


@dataclass(frozen=True)
class Row:
    """Goods in the form of a delivery, and what was typed beside them."""

    goods: Goods
    count: str
    cost: str
    wrong: str = ""


@require_safe
@signed_in
def deliveries(request: Request, place_id: int) -> HttpResponse:
    """List what came in at a place."""
    place = place_at_desk(request, place_id)
    page = Paginator(queries.deliveries_at(place), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "place": place,
        "page": page,
        "is_kept": access.may(request.actor, KEEP, place),
        "back_url": reverse("rewards:stock", args=[place.pk]),
    }
    return render(request, "rewards/deliveries.html", context)


@require_safe
@signed_in
def delivery(request: Request, pk: int) -> HttpResponse:
    """Show one delivery with its lines and its document."""
    found = queries.fetch_delivery(request.actor, pk)
    lines = list(found.lines.all())
    return render(
        request,
        "rewards/delivery.html",
        {
            "delivery": found,
            "lines": lines,
            "pieces": sum(line.count for line in lines),
            "paid_fen": sum(line.total_fen for line in lines),
            "scan_url": files.photo_url(found.scan) if found.scan else "",
            "back_url": reverse("rewards:deliveries", args=[found.place_id]),
        },
    )


@require_http_methods(["GET", "POST"])
@signed_in
def receive(request: Request, place_id: int) -> HttpResponse:
    """Enter what came in: a count and a cost beside each goods that the place may have."""
    place = place_at_desk(request, place_id, KEEP)
    if request.method == "GET":
        form = DeliveryForm(initial={"received_on": clock.today()})
        return _page(request, place, form, _rows(queries.goods_for(place), QueryDict()))
    goods = queries.goods_for(place)
    form, rows = DeliveryForm(request.POST, request.FILES), _rows(goods, request.POST)
    if not form.is_valid() or any(row.wrong for row in rows):
        return _page(request, place, form, rows)
    sent = form.cleaned_data
    try:
        made = actions.receive_stock(
            request.actor,
            place,
            lines=_lines(rows),
            supplier=sent["supplier"],
            document=sent["document"],
            received_on=sent["received_on"],
            scan=files.clean_photo(sent["scan"]) if sent["scan"] else None,
            key=request.POST.get("key", ""),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        if "lines" in refusal.fields:
            form.add_error(None, refusal.fields["lines"])
        return _page(request, place, form, rows, status=refusal.status)
    messages.success(request, f"已入库：{made.document}。")
    return redirect("rewards:delivery", made.pk)


def _rows(goods: Sequence[Goods], sent: Mapping[str, str]) -> list[Row]:
    rows = []
    for one in goods:
        count = sent.get(f"count-{one.pk}", "").strip()
        cost = sent.get(f"cost-{one.pk}", f"{Decimal(one.cost_fen) / 100}").strip()
        wrong = ""
        if count and number_in(count) is None:
            wrong = "数量请填整数"
        elif count and fen_in(cost) is None:
            wrong = "单价请填数字，单位是元"
        rows.append(Row(one, count, cost, wrong))
    return rows


def _lines(rows: Sequence[Row]) -> list[StockLine]:
    return [
        StockLine(row.goods, number_in(row.count) or 0, fen_in(row.cost) or 0)
        for row in rows
        if row.count not in ("", "0")
    ]


def _page(
    request: Request,
    place: PickupPlace,
    form: DeliveryForm,
    rows: Sequence[Row],
    *,
    status: int = 0,
    read: Sequence[ReadRow] = (),
    workbook: WorkbookForm | None = None,
) -> HttpResponse:
    is_wrong = bool(form.errors) or any(row.wrong for row in rows)
    return render(
        request,
        "rewards/receive.html",
        {
            "place": place,
            "form": form,
            "rows": rows,
            "workbook": workbook or WorkbookForm(),
            "read": read,
            "read_wrong": [row for row in read if row.wrong],
            "back_url": reverse("rewards:deliveries", args=[place.pk]),
        },
        status=status or (422 if is_wrong else 200),
    )


@require_http_methods(["GET", "POST"])
@signed_in
def receive_workbook(request: Request, place_id: int) -> HttpResponse:
    """Hand out the template; read a filled-in one into the form and name every row that is wrong.
    Nothing is written by it.
    """
    place = place_at_desk(request, place_id, KEEP)
    goods = queries.goods_for(place)
    if request.method == "GET":
        return sheets.answer(sheets.delivery_template(goods), f"{place.name}进货单")
    workbook = WorkbookForm(request.POST, request.FILES)
    form = DeliveryForm(initial={"received_on": clock.today()})
    if not workbook.is_valid():
        rows = _rows(goods, QueryDict())
        return _page(request, place, form, rows, status=422, workbook=workbook)
    try:
        read = sheets.read_delivery(workbook.cleaned_data["file"], {one.name: one for one in goods})
    except Refusal as refusal:
        show_refusal(workbook, refusal)
        rows = _rows(goods, QueryDict())
        return _page(request, place, form, rows, status=refusal.status, workbook=workbook)
    typed: dict[str, str] = {}
    for row in read:
        if row.goods is not None and not row.wrong:
            typed[f"count-{row.goods.pk}"] = str(row.count)
            typed[f"cost-{row.goods.pk}"] = f"{Decimal(row.cost_fen) / 100}"
    status = 422 if any(row.wrong for row in read) else 200
    return _page(request, place, form, _rows(goods, typed), status=status, read=read)


urlpatterns = [
    path("shop/desk/<int:place_id>/deliveries/", deliveries, name="deliveries"),
    path("shop/desk/<int:place_id>/receive/", receive, name="receive"),
    path("shop/desk/<int:place_id>/receive/workbook/", receive_workbook, name="receive_workbook"),
    path("shop/desk/deliveries/<int:pk>/", delivery, name="delivery"),
]
