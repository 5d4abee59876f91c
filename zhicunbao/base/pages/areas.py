"""Pages of areas: one area with its figures and what lies below it, and the rows of each figure."""

from typing import Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_safe

from zhicunbao.base import access, areas, queries
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.models import Area
from zhicunbao.kernel.refusals import NotFound

RIGHT: Final = "base.view_areas"
PAGE_SIZE: Final = 50
FOUND_MAX: Final = 100


@require_safe
@signed_in
def area_home(request: Request) -> HttpResponse:
    """Go to the widest area that the actor works in."""
    access.require(request.actor, RIGHT)
    home = areas.home_of(request.actor, RIGHT)
    if home is None:
        raise NotFound("还没有载入区划。请管理员先载入区划表。")
    return redirect("base:area", home.code)


@require_safe
@signed_in
def area(request: Request, code: str) -> HttpResponse:
    """Show one area; with a search, the places below it that match instead of its children."""
    found = queries.fetch_area(request.actor, code)
    text = request.GET.get("q", "").strip()
    return render(
        request,
        "base/area.html",
        {
            "area": found,
            "trail": _trail(request, found),
            "figures": (areas.own_figures(found), areas.feature_figures(request.actor, found)),
            "text": text,
            "found": areas.find_under(found, text)[:FOUND_MAX] if text else [],
            "children": [] if text else areas.children(found),
        },
    )


@require_safe
@signed_in
def area_rows(request: Request, code: str, kind: str) -> HttpResponse:
    """List exactly the rows that one of the area's figures counts."""
    found = queries.fetch_area(request.actor, code)
    chosen = areas.KINDS.get(kind)
    if chosen is None:
        raise NotFound("没有这一项统计。请回到区划页重新选择。")
    text = request.GET.get("q", "").strip()
    rows = areas.search(chosen.rows(found), text)
    return render(
        request,
        "base/area_rows.html",
        {
            "area": found,
            "kind": chosen,
            "text": text,
            "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        },
    )


def _trail(request: Request, found: Area) -> list[tuple[Area, bool]]:
    """Return the areas above, each with whether the actor may open it."""
    return [(a, access.may(request.actor, RIGHT, a)) for a in areas.path_to(found)]


urlpatterns = [
    path("areas/", area_home, name="area_home"),
    path("areas/<str:code>/", area, name="area"),
    path("areas/<str:code>/rows/<str:kind>/", area_rows, name="area_rows"),
]
