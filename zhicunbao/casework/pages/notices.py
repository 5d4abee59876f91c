"""The notice board, a notice as a paper on screen and in print, and objecting to one of its lines.
Everyone of the street reads the same: masked names, and never who objected.
"""

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from zhicunbao.base.chips import Chip
from zhicunbao.base.forms import show_refusal
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.qr import qr_code
from zhicunbao.casework import actions, queries
from zhicunbao.casework.forms import ObjectionForm
from zhicunbao.casework.models import PublicNotice
from zhicunbao.casework.pages.lists import Tab
from zhicunbao.casework.queries.notices import PAST, RUNNING, STOPPED, Line, Window
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid

PAGE_SIZE: Final = 20
PLACES: Final = {RUNNING: "公示中", STOPPED: "处理异议", PAST: "已结束"}


@dataclass(frozen=True)
class Card:
    """A notice in the list."""

    notice: PublicNotice
    window: Window
    is_on: bool


@dataclass(frozen=True)
class Board:
    """The list beside the paper."""

    tabs: list[Tab]
    chips: list[Chip]
    cards: list[Card]
    page: "Page[PublicNotice]"


@require_safe
@signed_in
def notices(request: Request) -> HttpResponse:
    """List the notices of one's street; on a desk the first of them is open beside the list."""
    place = request.GET.get("place", RUNNING)
    place = place if place in PLACES else RUNNING
    board = _board(request, place, request.GET.get("area", ""))
    first = board.page.object_list[0] if board.cards else None
    context = {"board": board, "place": place, **(_paper(request, first) if first else {})}
    return render(request, "casework/notices.html", context)


@require_safe
@signed_in
def notice(request: Request, pk: int) -> HttpResponse:
    """Show one notice; on a desk the list stands beside it."""
    found = queries.fetch_notice(request.actor, pk)
    board = _board(request, queries.place_of(found), request.GET.get("area", ""), open_pk=pk)
    context = {"board": board, "is_open": True, **_paper(request, found)}
    return render(request, "casework/notices.html", context)


@require_safe
@signed_in
def notice_print(request: Request, pk: int) -> HttpResponse:
    """Show a notice alone, as it goes on the wall."""
    found = queries.fetch_notice(request.actor, pk)
    return render(request, "casework/notice_print.html", _paper(request, found))


def _board(request: Request, place: str, area: str, *, open_pk: int = 0) -> Board:
    actor = request.actor
    here = reverse("casework:notices")
    counts = queries.board_counts(actor, area)
    also = f"&area={area}" if area else ""
    page = Paginator(queries.board(actor, place, area), PAGE_SIZE).get_page(request.GET.get("page"))
    first = page.object_list[0].pk if page.object_list and not open_pk else open_pk
    areas = queries.notice_areas(actor)
    return Board(
        [
            Tab(label, f"{here}?place={name}{also}", name == place, counts[name])
            for name, label in PLACES.items()
        ],
        [Chip("全街道", f"{here}?place={place}", is_on=not area)]
        + [
            Chip(a.short_name, f"{here}?place={place}&area={a.code}", is_on=a.code == area)
            for a in areas
        ],
        [Card(n, queries.window_of(n), n.pk == first) for n in page],
        page,
    )


def _paper(request: Request, found: PublicNotice) -> dict[str, object]:
    """Return what the paper of a notice shows."""
    lines: list[Line] = queries.lines_of(request.actor, found)
    address = request.build_absolute_uri(reverse("casework:notice", args=[found.pk]))
    return {
        "notice": found,
        "number": f"公示〔{clock.local_date(found.opens_at).year}〕{found.pk} 号",
        "window": queries.window_of(found),
        "lines": lines,
        "answered": [(line, answer) for line in lines for answer in line.answers],
        "may_object": any(line.may_object for line in lines),
        "qr": qr_code(address),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def object_(request: Request, pk: int) -> HttpResponse:
    """Take an objection to a line of a notice, and lead to its own page."""
    entry = queries.fetch_entry(request.actor, pk)
    queries.require_objector(request.actor, entry.notice)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            objection = actions.object_to(
                request.actor,
                entry,
                text=form.cleaned_data["text"],
                key=request.POST.get("key", ""),
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "异议已提出，这一笔先不入账。有了答复会通知您。")
            return redirect("casework:case", objection.case_id)
    context = {
        "entry": entry,
        "form": form,
        "days": queries.objection_days(entry),
        "back_url": reverse("casework:notice", args=[entry.notice_id]),
    }
    status = 422 if form.errors else 200
    return render(request, "casework/object.html", context, status=status)


urlpatterns = [
    path("notices/", notices, name="notices"),
    path("notices/<int:pk>/", notice, name="notice"),
    path("notices/<int:pk>/print/", notice_print, name="notice_print"),
    path("notices/entries/<int:pk>/object/", object_, name="object"),
]
