"""The inbox: what waits for one's posts and oneself, by when it is due, with a look at one case
beside the list. It shows; handling happens where each row opens.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request, signed_in
from zhicunbao.casework import queries
from zhicunbao.casework.pages.cases import sight_of
from zhicunbao.casework.pages.lists import ListRow, Tab
from zhicunbao.casework.queries.rows import DUE_LABELS, LATE, TODAY, Tally, due_of
from zhicunbao.kernel import clock

PAGE_SIZE: Final = 50
LAST_WEEK: Final = "last_week"


@dataclass(frozen=True)
class Figure:
    """A number at the head of the page; it opens exactly the rows that it counts."""

    label: str
    value: int
    url: str
    tone: str = ""


@dataclass(frozen=True)
class Group:
    """The rows that are due at one time; the figure counts those on other pages too."""

    label: str
    count: int
    rows: list[ListRow]


@require_safe
@signed_in
def inbox(request: Request) -> HttpResponse:
    """Show what waits for the actor; asked by htmx, only the look at one case."""
    actor = request.actor
    chosen = number_in(request.GET.get("case", ""))
    if request.htmx and chosen is not None:
        sight = sight_of(actor, queries.fetch_case(actor, chosen))
        return render(request, "casework/_peek.html", {"sight": sight})
    kind, due = request.GET.get("kind", ""), request.GET.get("due", "")
    due = due if due in DUE_LABELS else ""
    is_done = request.GET.get("done") == LAST_WEEK
    tallies = queries.tallies(actor)
    done = queries.handled_last_week(actor)
    cases = done if is_done else queries.waiting(actor, kind=kind, due=due)
    page = Paginator(cases, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [ListRow.of(row) for row in queries.rows(actor, list(page), to_desk=not is_done)]
    peeked = chosen or (rows[0].row.case.pk if rows else 0)
    return render(
        request,
        "casework/inbox.html",
        {
            "today": clock.today(),
            "figures": _figures(tallies, done.count()),
            "tabs": _tabs(tallies, kind, due, is_done=is_done),
            "groups": _groups(rows, tallies, kind, due, is_done=is_done),
            "page": page,
            "due_label": DUE_LABELS.get(due, ""),
            "is_done": is_done,
            "chosen": peeked,
            "sight": sight_of(actor, queries.fetch_case(actor, peeked)) if peeked else None,
        },
    )


def _figures(tallies: list[Tally], done: int) -> list[Figure]:
    here = reverse("casework:inbox")
    today, late = (sum(t.due[name] for t in tallies) for name in (TODAY, LATE))
    return [
        Figure("等我处理", sum(t.count for t in tallies), here),
        Figure("今天到期", today, f"{here}?due={TODAY}", "wait" if today else ""),
        Figure("已超期", late, f"{here}?due={LATE}", "late" if late else ""),
        Figure("上周办结", done, f"{here}?done={LAST_WEEK}"),
    ]


def _number(tally: Tally, due: str) -> int:
    return tally.due[due] if due else tally.count


def _tabs(tallies: list[Tally], kind: str, due: str, *, is_done: bool) -> list[Tab]:
    here = reverse("casework:inbox")
    also = f"&due={due}" if due else ""
    first = Tab(
        "全部",
        f"{here}?due={due}" if due else here,
        is_on=not kind and not is_done,
        count=sum(_number(t, due) for t in tallies),
    )
    return [
        first,
        *(
            Tab(t.label, f"{here}?kind={t.kind}{also}", t.kind == kind, _number(t, due))
            for t in tallies
            if _number(t, due) or t.kind == kind
        ),
    ]


def _groups(
    rows: list[ListRow], tallies: Iterable[Tally], kind: str, due: str, *, is_done: bool
) -> list[Group]:
    if is_done:
        return [Group("上周您办过的", len(rows), rows)] if rows else []
    now = clock.now()
    counted = [t for t in tallies if not kind or t.kind == kind]
    return [
        Group(DUE_LABELS[name], sum(t.due[name] for t in counted), list(found))
        for name, found in groupby(rows, key=lambda r: due_of(r.row.case, now))
        if not due or name == due
    ]


urlpatterns = [path("inbox/", inbox, name="inbox")]
