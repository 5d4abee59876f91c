"""Finding a matter by its number, its subject, the name of the person concerned, or its place."""

import re
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.urls import reverse

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area, Post
from zhicunbao.casework.models import Case
from zhicunbao.casework.queries.cases import flows
from zhicunbao.casework.queries.rows import Row, rows
from zhicunbao.kernel import clock

FOUND_MAX: Final = 20
"""Rows shown of each group; the figure beside it counts all."""
NUMBER = re.compile(r"([A-Za-z]{2})[-－ ]?([2２]\d{3})[-－ ]?(\d{1,18})")
"""The number of a case as people write it; its year begins with a 2."""


@dataclass(frozen=True)
class Found:
    """One group of results: how many there are, and the first of them."""

    label: str
    count: int
    rows: list[Row]


def search(actor: Actor, text: str) -> list[Found]:
    """Return what ``actor`` may see of the cases that ``text`` names, grouped by how it names them.

    Names of people find cases only for those who may know whose case it is.
    """
    wanted = text.strip()
    if not wanted:
        return []
    seen = access.visible_to(actor, Case.objects.select_related("area", "owner"))
    groups = {
        "编号": seen.filter(_numbered(wanted)),
        "事项": seen.filter(subject__icontains=wanted),
        "姓名": seen.filter(_named(actor), owner__name__icontains=wanted),
        "地方": seen.filter(area__name__icontains=wanted),
    }
    shown = {
        label: list(cases.order_by("-opened_at", "-pk")[:FOUND_MAX])
        for label, cases in groups.items()
    }
    everything = {case.pk: case for cases in shown.values() for case in cases}
    looks = {row.case.pk: row for row in rows(actor, list(everything.values()))}
    return [
        Found(label, groups[label].count(), [looks[case.pk] for case in cases])
        for label, cases in shown.items()
        if cases
    ]


@dataclass(frozen=True)
class Way:
    """A person or a place that was found, and where it opens."""

    label: str
    note: str
    url: str


def people_named(actor: Actor, text: str) -> list[Way]:
    """Return those in office whose name holds ``text``, for whoever may look up people there."""
    reach = actor.reach("base.view_people")
    if not text or not reach:
        return []
    posts = (
        Post.objects.filter(
            Post.open_on(clock.today()), access.under(reach), person__name__icontains=text
        )
        .select_related("person", "area")
        .order_by("area_prefix", "pk")[:FOUND_MAX]
    )
    return [
        Way(
            p.person.name,
            f"{p.area.short_name}，{p.get_role_display()}",
            reverse("base:person", args=[p.person_id]),
        )
        for p in posts
    ]


def places_named(actor: Actor, text: str) -> list[Way]:
    """Return the areas whose name holds ``text``, for whoever may look up areas there."""
    reach = actor.reach("base.view_areas")
    if not text or not reach:
        return []
    areas = (
        Area.objects.filter(access.under(reach, "prefix"), name__icontains=text)
        .select_related("parent")
        .order_by("prefix")[:FOUND_MAX]
    )
    return [
        Way(
            a.short_name,
            a.parent.short_name if a.parent else "",
            reverse("base:area", args=[a.code]),
        )
        for a in areas
    ]


def _numbered(text: str) -> Q:
    if text.isdecimal() and len(text) <= 18:
        return Q(pk=int(text))
    match = NUMBER.fullmatch(text)
    if match is None:
        return Q(pk__in=[])
    mark, year, number = match[1].upper(), int(match[2]), int(match[3])
    marked = [f.name for f in flows().values() if f.mark == mark]
    return Q(pk=number, opened_at__year=year, flow__in=marked)


def _named(actor: Actor) -> Q:
    """Return the condition "the actor may know whose case it is", as ``knows_owner`` decides."""
    condition = Q(owner_id=actor.person_id or 0)
    for table in flows().values():
        reach = {prefix for right in table.known_by for prefix in actor.reach(right)}
        condition |= Q(flow=table.name) & access.under(reach)
    return condition
