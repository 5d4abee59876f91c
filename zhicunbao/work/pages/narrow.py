"""How the desk's lists are narrowed by their address: state, module, area, work item, words."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict

from zhicunbao.base.http import Request
from zhicunbao.work import forms, lists
from zhicunbao.work.lists import VIEW, Narrowing
from zhicunbao.work.models import Module


def narrowing_of(request: Request, states: Iterable[str]) -> Narrowing:
    """Return how the list is narrowed by the address; what is unknown there does not narrow."""
    asked = request.GET
    module = asked.get("module", "")
    state = asked.get("state", "")
    return Narrowing(
        state=state if state in states else "",
        module=int(module) if module in {str(m) for m in Module.values} else 0,
        area=lists.area_in_reach(request.actor, VIEW, asked.get("area", "")),
        item=asked.get("item", ""),
        text=asked.get("q", "").strip()[:40],
    )


@dataclass(frozen=True)
class Tab:
    """A state by which a list is narrowed; ``count`` is None where it would not be the rows."""

    label: str
    url: str
    is_on: bool
    count: int | None


def tabs_of(request: Request, labels: Mapping[str, str], counts: Counter[str]) -> list[Tab]:
    """Return a tab for each state in which something is, and for the chosen one. They count only
    while nothing but the area narrows the list.
    """
    kept = {n: str(v) for n, v in request.GET.items() if v and n not in ("state", "page")}
    is_counted = set(kept) <= {"area"}
    tabs = []
    for state, label in {"": "全部", **labels}.items():
        is_on = request.GET.get("state", "") == state
        if state and not counts[state] and not is_on:
            continue
        query = QueryDict(mutable=True)
        query.update(kept | ({"state": state} if state else {}))
        number = counts[state] if state else counts.total()
        tabs.append(Tab(label, f"?{query.urlencode()}", is_on, number if is_counted else None))
    return tabs


def areas_to_choose(request: Request) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the areas by which a list can be narrowed, down to grids."""
    return forms.grouped_areas(lists.areas_in_reach(request.actor, VIEW, deepest="grid"))
