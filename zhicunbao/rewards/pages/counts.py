"""Counting what lies at a place against the book: the list, one stock-taking, entering one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from zhicunbao.base import access
from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel.refusals import Conflict, Invalid, Refusal
from zhicunbao.rewards import actions, queries
from zhicunbao.rewards.actions import CountLine
from zhicunbao.rewards.models import KEEP, PickupPlace
from zhicunbao.rewards.pages.stock import place_at_desk
from zhicunbao.rewards.queries import StockRow

PAGE_SIZE: Final = 50


@dataclass(frozen=True)
class Row:
    """Goods in the form of a stock-taking, the book that was shown, and what was typed."""

    stock: StockRow
    counted: str
    reason: str
    wrong: str = ""


@require_safe
@signed_in
def counts(request: Request, place_id: int) -> HttpResponse:
    """List the stock-takings of a place."""
    place = place_at_desk(request, place_id)
    page = Paginator(queries.counts_at(place), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "place": place,
        "page": page,
        "is_kept": access.may(request.actor, KEEP, place),
        "back_url": reverse("rewards:stock", args=[place.pk]),
    }
    return render(request, "rewards/counts.html", context)


@require_safe
@signed_in
def stock_count(request: Request, pk: int) -> HttpResponse:
    """Show one stock-taking: book, counted, and why they differ."""
    found = queries.fetch_count(request.actor, pk)
    lines = list(found.lines.all())
    return render(
        request,
        "rewards/stock_count.html",
        {
            "count": found,
            "lines": lines,
            "off": [line for line in lines if line.difference],
            "back_url": reverse("rewards:counts", args=[found.place_id]),
        },
    )


@require_http_methods(["GET", "POST"])
@signed_in
def count(request: Request, place_id: int) -> HttpResponse:
    """Enter what was counted; goods that are left empty are not counted this time."""
    place = place_at_desk(request, place_id, KEEP)
    stock = queries.stock_at(place)
    if request.method == "GET":
        return _page(request, place, _rows(stock, QueryDict(), {}))
    try:
        made = actions.count_stock(
            request.actor,
            place,
            lines=_lines(stock, request.POST),
            key=request.POST.get("key", ""),
        )
    except (Invalid, Conflict) as refusal:
        rows = _rows(queries.stock_at(place), request.POST, refusal.fields)
        return _page(request, place, rows, refusal)
    messages.success(request, "盘点已记账。")
    return redirect("rewards:stock_count", made.pk)


def _rows(
    stock: Sequence[StockRow], sent: Mapping[str, str], wrong: Mapping[str, str]
) -> list[Row]:
    rows = []
    for row in stock:
        pk = row.goods.pk
        said = wrong.get(f"counted-{pk}") or wrong.get(f"reason-{pk}") or ""
        counted, reason = sent.get(f"counted-{pk}", ""), sent.get(f"reason-{pk}", "")
        rows.append(Row(row, counted.strip(), reason.strip(), said))
    return rows


def _lines(stock: Sequence[StockRow], sent: Mapping[str, str]) -> list[CountLine]:
    lines, wrong = [], {}
    for row in stock:
        pk = row.goods.pk
        typed = sent.get(f"counted-{pk}", "").strip()
        if not typed:
            continue
        counted, book = number_in(typed), number_in(sent.get(f"book-{pk}", ""))
        if counted is None or book is None:
            wrong[f"counted-{pk}"] = "实数请填 0 以上的整数"
        else:
            lines.append(CountLine(row.goods, book, counted, sent.get(f"reason-{pk}", "")))
    if wrong:
        raise Invalid("这次盘点还不能记账，请改好标出的几处。", fields=wrong)
    return lines


def _page(
    request: Request, place: PickupPlace, rows: Sequence[Row], refusal: Refusal | None = None
) -> HttpResponse:
    return render(
        request,
        "rewards/count.html",
        {
            "place": place,
            "rows": rows,
            "refusal": refusal,
            "back_url": reverse("rewards:stock", args=[place.pk]),
        },
        status=refusal.status if refusal else 200,
    )


urlpatterns = [
    path("shop/desk/<int:place_id>/counts/", counts, name="counts"),
    path("shop/desk/<int:place_id>/count/", count, name="count"),
    path("shop/desk/counts/<int:pk>/", stock_count, name="stock_count"),
]
