"""Chips: the short ways that stand above a list, to other places or to a part of it."""

from dataclasses import dataclass

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area


@dataclass(frozen=True)
class Chip:
    """One way: ``count`` is how many rows it leaves, where that is known."""

    label: str
    url: str
    is_on: bool = False
    icon: str = ""
    count: int | None = None


def ways_from(actor: Actor, area: Area, right: str, *, keep: str = "") -> list[Chip]:
    """Return the way up from ``area``, where ``right`` reaches, and the ways down, for a page that
    is narrowed by ``?area=``; ``keep`` is the rest of its query.
    """
    up = []
    if area.parent and access.may(actor, right, area.parent):
        up = [Chip(area.parent.short_name, f"?area={area.parent.code}{keep}", icon="left")]
    below = area.children.order_by("prefix")
    return up + [Chip(a.short_name, f"?area={a.code}{keep}") for a in below]
