"""One's own points on the phone: what there is and every row of it, for oneself, for one's
household, and the record of what one earned for a household.
"""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.module_loading import import_string

from zhicunbao.base import feature, holders
from zhicunbao.base.chips import Chip
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import NotFound
from zhicunbao.ledger import queries, rules
from zhicunbao.ledger.pages.parts import before_in, myself

LISTS: Final = (("all", "全部"), ("in", "得到"), ("out", "用掉"), ("waiting", "待入账"))
SHOWN: Final = (*(name for name, _ in LISTS), "held")
YEARS: Final = range(2000, 2200)


@dataclass(frozen=True)
class Row:
    """A line of a statement, and who earned it where that is not the reader of their own points."""

    line: queries.Line
    who: str = ""


@dataclass(frozen=True)
class Month:
    """A month's rows on this page, under its whole totals."""

    first: date
    total: queries.MonthTotal | None
    rows: list[Row]


@signed_in
def my_points(request: Request) -> HttpResponse:
    """Show what the person has and the statement behind it."""
    homes = queries.homes_of(myself(request))
    return _points(request, (rules.PERSON, myself(request)), homes)


@signed_in
def home_points(request: Request) -> HttpResponse:
    """Show what the person's household has, and who earned what."""
    homes = queries.homes_of(myself(request))
    if not homes:
        return render(
            request,
            "ledger/no_home.html",
            {"switch": _switch(request, homes, "ledger:home_points")},
        )
    return _points(request, homes[0], homes)


def _points(
    request: Request, holder: tuple[str, int], homes: list[tuple[str, int]]
) -> HttpResponse:
    kind, number = holder
    accounts = queries.accounts_of(kind, number)
    show, year = _show(request), _year(request)
    found = queries.statement(
        accounts,
        show=show,
        since=clock.start_of(date(year, 1, 1)) if year else None,
        before=before_in(request),
    )
    this_year, is_home = clock.today().year, kind != rules.PERSON
    oldest = min([date(this_year, 1, 1), *(line.month for line in found.lines)])
    totals = queries.month_totals(accounts, oldest) if accounts else {}
    earners = queries.earners_of(myself(request), holder)
    rows = [Row(line, earners.name(line)) for line in found.lines]
    url_name = "ledger:home_points" if is_home else "ledger:points"
    return render(
        request,
        "ledger/points.html",
        {
            "statement": found,
            "balance": found.balance,
            "is_home": is_home,
            "notes": _notes(kind, number),
            "earned": queries.earned_in(totals, this_year),
            "months": _grouped(rows, totals if show == "all" and not year else {}),
            "show": show,
            "this_year": this_year,
            "earned_url": f"?show=in&year={this_year}",
            "switch": _switch(request, homes, url_name),
            "print_url": reverse("ledger:home_passbook" if is_home else "ledger:passbook"),
            "filters": [
                Chip(label, f"?show={name}", name == show and not year) for name, label in LISTS
            ],
        },
    )


@signed_in
def my_record(request: Request) -> HttpResponse:
    """Show what the person earned for households: it stays theirs when they move."""
    person_id = myself(request)
    found = queries.record_of(person_id, before=before_in(request))
    booked, waiting = queries.earned_for_home(person_id)
    faces = queries.faces_in(line.transfer for line in found.lines)
    home = set(queries.homes_of(person_id))
    rows = [Row(line, _to_whom(line, faces, home)) for line in found.lines]
    return render(
        request,
        "ledger/record.html",
        {
            "booked": booked,
            "waiting": waiting,
            "months": _grouped(rows, {}),
            "next_before": found.next_before,
            "this_year": clock.today().year,
            "switch": _switch(request, sorted(home), "ledger:record"),
        },
    )


def _to_whom(
    line: queries.Line,
    faces: dict[tuple[str, int], holders.HolderFace],
    home: set[tuple[str, int]],
) -> str:
    row = line.transfer
    for account in (row.credit_account, row.debit_account):
        holder = (account.holder_kind, account.holder_id)
        if holder in faces:
            return "记到我家" if holder in home else f"记到{faces[holder].masked}"
    return ""


def _switch(request: Request, homes: list[tuple[str, int]], here: str) -> list[Chip]:
    """Return the ways to one's own points, the household's and one's record; none for one alone."""
    wanted = [("我的", "ledger:points")]
    if here == "ledger:home_points" or any(queries.accounts_of(*home) for home in homes):
        wanted.append(("我家的", "ledger:home_points"))
    if here == "ledger:record" or queries.has_record(myself(request)):
        wanted.append(("我的记录", "ledger:record"))
    if len(wanted) == 1:
        return []
    return [Chip(label, reverse(name), name == here) for label, name in wanted]


def _grouped(rows: list[Row], totals: dict[date, queries.MonthTotal]) -> list[Month]:
    months = groupby(rows, lambda row: row.line.month)
    return [Month(first, totals.get(first), list(found)) for first, found in months]


def _notes(kind: str, number: int) -> list[feature.Note]:
    names = [config.holder_notes for config in feature.all_features() if config.holder_notes]
    return [note for name in names for note in import_string(name)(kind, number)]


def _show(request: Request) -> str:
    show = request.GET.get("show", "all")
    if show not in SHOWN:
        raise NotFound("没有这样的明细。请从“全部”重新选择。")
    return show


def _year(request: Request) -> int:
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else 0
    if year and year not in YEARS:
        raise NotFound("没有这一年的明细。请回到积分页重新选择。")
    return year


urlpatterns = [
    path("points/", my_points, name="points"),
    path("points/home/", home_points, name="home_points"),
    path("points/record/", my_record, name="record"),
]
