"""Questions about areas: what lies where, how many of each kind, and exactly which. A figure and
its rows are the same query.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Length, Substr
from django.urls import reverse
from django.utils.module_loading import import_string

from zhicunbao.base import feature, reach
from zhicunbao.base.access import Actor
from zhicunbao.base.feature import Figure
from zhicunbao.base.models import Area, Organisation, Post
from zhicunbao.kernel import clock, division

Rows = QuerySet[Any]


@dataclass(frozen=True)
class Kind:
    """A kind of thing that an area counts: its name, its unit, which areas show it."""

    code: str
    label: str
    unit: str
    digits: int
    """Shown on areas whose prefix is shorter than this."""
    rows: Callable[[Area], Rows]


def _areas_of(*levels: str) -> Callable[[Area], Rows]:
    def rows(area: Area) -> Rows:
        below = Area.objects.filter(_standing(), reach.under([area.prefix], "prefix"))
        return below.filter(level__in=levels).select_related("parent")

    return rows


def _cooperatives(area: Area) -> Rows:
    inside = Organisation.objects.filter(reach.under([area.prefix]))
    return inside.filter(kind=Organisation.Kind.COOPERATIVE).select_related("area")


def _grid_members(area: Area) -> Rows:
    held = Post.objects.filter(reach.under([area.prefix]), Post.open_on(clock.today()))
    return held.filter(role="grid_member").select_related("person", "area", "area__parent")


def _standing() -> Q:
    today = clock.today()
    return Q(valid_to__isnull=True) | Q(valid_to__gt=today)


KINDS: Final = {
    kind.code: kind
    for kind in (
        Kind("counties", "县（市、区）", "个", 6, _areas_of("county")),
        Kind("townships", "街道、镇、乡", "个", 9, _areas_of(*division.TOWNSHIP_LEVELS)),
        Kind("communities", "社区", "个", 12, _areas_of("community")),
        Kind("villages", "村", "个", 12, _areas_of("village")),
        Kind("cooperatives", "经济合作社", "个", 14, _cooperatives),
        Kind("grids", "网格", "个", 14, _areas_of("grid")),
        Kind("micro_grids", "微网格", "个", 17, _areas_of("micro_grid")),
        Kind("grid_members", "网格员", "人", 18, _grid_members),
    )
}
"""What the base floor counts; the features add their own figures."""


def own_figures(area: Area) -> list[Figure]:
    """Return what the base floor counts in ``area``, every figure with the address of its rows."""
    return [
        Figure(kind.label, kind.rows(area).count(), rows_url(area, kind), kind.unit)
        for kind in KINDS.values()
        if len(area.prefix) < kind.digits
    ]


def feature_figures(actor: Actor, area: Area) -> list[Figure]:
    """Return what the features count in ``area``; each leaves out what this actor may not see."""
    found: list[Figure] = []
    for config in feature.all_features():
        if config.area_figures:
            found += import_string(config.area_figures)(actor, area)
    return found


def rows_url(area: Area, kind: Kind) -> str:
    """Return the address of exactly the rows that the figure counts."""
    return reverse("base:area_rows", args=[area.code, kind.code])


def search(rows: Rows, text: str) -> Rows:
    """Return those of ``rows`` whose name (person's, organisation's, area's) contains ``text``."""
    if not text:
        return rows
    if rows.model is Post:
        return rows.filter(Q(person__name__icontains=text) | Q(area__name__icontains=text))
    return rows.filter(name__icontains=text)


def find_under(area: Area, text: str) -> QuerySet[Area]:
    """Return the areas under ``area`` whose name, alias or code matches ``text``.

    A name as once misprinted is an alias and finds the area too.
    """
    below = Area.objects.filter(_standing(), reach.under([area.prefix], "prefix"))
    # Few areas have aliases, and no two databases search JSON text alike.
    known_as = [
        pk
        for pk, aliases in below.exclude(aliases=[]).values_list("pk", "aliases")
        if any(text in alias for alias in aliases)
    ]
    named = Q(name__icontains=text) | Q(pk__in=known_as)
    if text.isdigit():
        named |= Q(prefix__startswith=text)
    return below.filter(named).exclude(pk=area.pk).select_related("parent")


def path_to(area: Area) -> list[Area]:
    """Return the areas above ``area`` from the county or city down; the province is left out."""
    lengths = sorted({length for _, length in division.LEVELS.values()})
    above = [area.prefix[:n] for n in lengths if 2 < n < len(area.prefix)]
    return list(Area.objects.filter(prefix__in=above).order_by("prefix"))


@dataclass(frozen=True)
class Child:
    """An area directly below, with what the table counts in it."""

    area: Area
    communities: int
    villages: int
    micro_grids: int
    grid_members: int


def children(area: Area) -> list[Child]:
    """Return the areas directly below with their counts, in official order, in three queries."""
    below = list(area.children.filter(_standing()).order_by("prefix"))
    if not below:
        return []
    digits = len(below[0].prefix)
    inside = Area.objects.filter(reach.under([area.prefix], "prefix"), _standing())
    levels = _counted(inside.filter(level__in=("community", "village", "micro_grid")), digits)
    members = _counted(_grid_members(area), digits, field="area_prefix")
    return [
        Child(
            child,
            levels.get((child.prefix, "community"), 0),
            levels.get((child.prefix, "village"), 0),
            levels.get((child.prefix, "micro_grid"), 0),
            members.get((child.prefix, ""), 0),
        )
        for child in below
    ]


def _counted(rows: QuerySet[Any], digits: int, field: str = "") -> dict[tuple[str, str], int]:
    """Count ``rows`` by the first ``digits`` of their place, and areas by level as well."""
    source = field or "prefix"
    by = ["place"] if field else ["place", "level"]
    grouped = (
        rows.order_by()
        .annotate(place=Substr(source, 1, digits), depth=Length(source))
        .filter(depth__gt=digits - 1)
        .values(*by)
        .annotate(n=Count("pk"))
    )
    return {(row["place"], row.get("level", "")): row["n"] for row in grouped}


def home_of(actor: Actor, right: str) -> Area | None:
    """Return the widest place where the actor holds ``right``."""
    prefix = min(actor.reach(right), key=len, default="")
    return Area.objects.filter(prefix=prefix).first()
