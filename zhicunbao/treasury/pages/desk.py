"""The list of all matters, one matter with what may be done, a resolution on paper."""

from collections.abc import Sequence
from typing import Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from zhicunbao.base import access
from zhicunbao.base.http import Request, signed_in
from zhicunbao.casework.models import Case
from zhicunbao.casework.pages.cases import sight_of
from zhicunbao.casework.pages.lists import ListRow, Tab
from zhicunbao.casework.queries import rows, state_label
from zhicunbao.treasury import queries, rules
from zhicunbao.treasury.models import VIEW
from zhicunbao.treasury.rules import REQUEST

PAGE_SIZE: Final = 30
KINDS: Final = {
    "correction": "冲正申请",
    "household_move": "户间转移",
    "zeroing": "清零决议",
}


@require_safe
@signed_in
def matters(request: Request) -> HttpResponse:
    """List the treasury's matters, all or of one kind."""
    actor = request.actor
    access.require(actor, VIEW)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    counted = queries.counts(actor)
    found = queries.matters(actor, flow=f"treasury.{kind}" if kind else "")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "treasury/matters.html",
        {
            "tabs": [
                Tab("全部", "?", not kind, sum(counted.values())),
                *(
                    Tab(label, f"?kind={name}", name == kind, counted.get(f"treasury.{name}", 0))
                    for name, label in KINDS.items()
                ),
            ],
            "page": page,
            "items": _items(request, list(page.object_list)),
            "kind_label": KINDS.get(kind, ""),
            "may_request": access.may(actor, REQUEST),
        },
    )


def _items(request: Request, cases: Sequence[Case]) -> list[ListRow]:
    return [ListRow.of(row) for row in rows(request.actor, cases, to_desk=True)]


@require_safe
@signed_in
def matter(request: Request, pk: int) -> HttpResponse:
    """Show one matter: what is asked on what ground, what it would do, who did what."""
    case = queries.fetch_matter(request.actor, pk)
    sight = sight_of(request.actor, case)
    moves = list(sight.moves)
    ahead = next((t for t in moves if not t.side and not t.reason), None)
    return render(
        request,
        "treasury/matter.html",
        {
            "sight": sight,
            "ahead": ahead,
            "others": [t for t in moves if t is not ahead],
            "standing": queries.standing_of(case),
            "back_url": reverse("treasury:matters"),
        },
    )


@require_safe
@signed_in
def resolution(request: Request, pk: int) -> HttpResponse:
    """Show a resolution as a sheet of paper, to staff and to whose points it is about."""
    found = queries.fetch_zeroing(request.actor, pk)
    is_desk = bool(request.actor.reach(VIEW))
    back = reverse("treasury:matter", args=[found.case_id]) if is_desk else ""
    return render(
        request,
        "treasury/resolution.html",
        {
            "zeroing": found,
            "scope": rules.scope_words(found.booked_before),
            "state": state_label(found.case),
            "approved_at": queries.approved_at(found),
            "back_url": back or reverse("ledger:points"),
        },
    )


urlpatterns = [
    path("treasury/", matters, name="matters"),
    path("treasury/<int:pk>/", matter, name="matter"),
    path("treasury/zeroing/<int:pk>/", resolution, name="resolution"),
]
