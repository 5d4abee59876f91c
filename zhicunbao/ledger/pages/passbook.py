"""The printable passbook (存折): what was booked in a stretch of time, page by page, for oneself,
for one's household, and for whoever prints it at the counter.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from zhicunbao.base import holders
from zhicunbao.base.chips import Chip
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel import clock
from zhicunbao.ledger import queries, rules
from zhicunbao.ledger.forms import StretchForm
from zhicunbao.ledger.pages.parts import myself

LINES_A_LEAF: Final = 12
"""Lines on one half of a sheet of A4, each with room for two rows of words."""


@dataclass(frozen=True)
class Entry:
    """A line of the passbook, and who earned it for a household."""

    line: queries.Line
    who: str


@dataclass(frozen=True)
class Leaf:
    """One page of the passbook; ``brought`` and ``carried`` are the balances above and below it."""

    number: int
    entries: Sequence[Entry]
    brought: int
    carried: int
    is_first: bool
    is_last: bool


def leaves_of(
    sheet: queries.Sheet, name: Callable[[queries.Line], str], size: int = LINES_A_LEAF
) -> Iterator[Leaf]:
    """Cut a sheet into leaves, naming who earned each line; one without lines has one leaf."""
    count = max(-(-len(sheet.lines) // size), 1)
    brought = sheet.opening
    for number in range(count):
        lines = sheet.lines[number * size : (number + 1) * size]
        carried = brought + sum(line.change for line in lines)
        entries = [Entry(line, name(line)) for line in lines]
        yield Leaf(number + 1, entries, brought, carried, number == 0, number == count - 1)
        brought = carried


@require_safe
@signed_in
def my_passbook(request: Request) -> HttpResponse:
    """Show one's own passbook."""
    mine = (rules.PERSON, myself(request))
    return _passbook(request, mine, request.actor.name, reverse("ledger:points"))


@require_safe
@signed_in
def home_passbook(request: Request) -> HttpResponse:
    """Show the passbook of one's household."""
    homes = queries.homes_of(myself(request))
    if not homes:
        return redirect("ledger:home_points")
    name = holders.faces_of(homes)[homes[0]].label
    return _passbook(request, homes[0], name, reverse("ledger:home_points"))


@require_safe
@signed_in
def holder_passbook(request: Request, kind: str, number: int) -> HttpResponse:
    """Show somebody's passbook at the counter, named as the reader may name them."""
    found = queries.fetch_holder(request.actor, kind, number)
    back = reverse("ledger:holder", args=[kind, number])
    return _passbook(request, (kind, number), found.name, back, in_full=found.is_named)


def _passbook(
    request: Request, holder: tuple[str, int], name: str, back_url: str, *, in_full: bool = False
) -> HttpResponse:
    today = clock.today()
    asked = {name for name in ("since", "until") if request.GET.get(name)}
    form = StretchForm(request.GET if asked else None)
    is_right = form.is_bound and form.is_valid()
    since = (form.cleaned_data["since"] if is_right else None) or date(today.year, 1, 1)
    until = (form.cleaned_data["until"] if is_right else None) or today
    since = min(since, until)
    earners = queries.earners_of(myself(request), holder, in_full=in_full, says_me=False)
    accounts = queries.accounts_of(*holder)
    sheet = queries.sheet(accounts, clock.start_of(since), clock.start_of(until + clock.DAY))
    context = {
        "form": form if form.errors else StretchForm(initial={"since": since, "until": until}),
        "holder_name": name,
        "is_home": holder[0] == rules.HOUSEHOLD,
        "since": since,
        "until": until,
        "sheet": sheet,
        "leaves": list(leaves_of(sheet, earners.name)),
        "into": sum(line.change for line in sheet.lines if line.change > 0),
        "out": -sum(line.change for line in sheet.lines if line.change < 0),
        "printed_on": today,
        "years": [
            Chip(
                f"{year}年",
                f"?since={year}-01-01&until={min(date(year, 12, 31), today):%Y-%m-%d}",
                (since, until) == (date(year, 1, 1), min(date(year, 12, 31), today)),
            )
            for year in (today.year, today.year - 1)
        ],
        "back_url": back_url,
    }
    return render(request, "ledger/passbook.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("points/print/", my_passbook, name="passbook"),
    path("points/home/print/", home_passbook, name="home_passbook"),
    path("ledger/holders/<slug:kind>/<int:number>/print/", holder_passbook, name="holder_passbook"),
]
