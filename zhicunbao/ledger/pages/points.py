"""One's own points: what there is, every row of it, one row's story, and a sheet to print."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.module_loading import import_string

from zhicunbao.base import access, feature, holders
from zhicunbao.base.access import Actor
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import NotFound
from zhicunbao.ledger import queries, rules
from zhicunbao.ledger.models import Account, Transfer

STATES: Final = {
    "pending": ("待入账", "clock"),
    "posted": ("已入账", "check"),
    "post_pending": ("已入账", "check"),
    "void_pending": ("没有入账", "x"),
    "reversal": ("已冲正", "undo"),
}
"""Last row of a matter → how it stands, and its icon."""
LISTS: Final = (("all", "全部"), ("in", "得到"), ("out", "用掉"), ("waiting", "待入账"))
KINDS: Final = {rules.PERSON: "个人", rules.HOUSEHOLD: "户"}
"""Kind of holder → what is said when nobody is found behind its number."""
PARTS: Final = {"issue": "，发行", "redeemed": "，已兑换", "expired": "，已清零"}
"""Account of a purse → how its name goes on."""
YEARS: Final = range(2000, 2200)


@dataclass(frozen=True)
class Chip:
    """A list of the statement."""

    label: str
    url: str
    is_on: bool
    icon: str = ""
    count: int | None = None


@dataclass(frozen=True)
class Month:
    """A month's rows on this page, under its whole totals."""

    first: date
    total: queries.MonthTotal | None
    lines: list[queries.Line]


@signed_in
def my_points(request: Request) -> HttpResponse:
    """Show what the person has and the statement behind it."""
    accounts = queries.accounts_of(rules.PERSON, _person(request))
    show = request.GET.get("show", "all")
    if show not in queries.SHOW:
        raise NotFound("没有这样的明细。请从“全部”重新选择。")
    year = _year(request, default=0)
    before = request.GET.get("before", "")
    found = queries.statement(
        accounts,
        show=show,
        since=_new_year(year) if year else None,
        before=int(before) if before.isdecimal() else None,
    )
    this_year = clock.today().year
    return render(
        request,
        "ledger/points.html",
        {
            "statement": found,
            "balance": found.balance,
            "notes": _notes(rules.PERSON, _person(request)),
            "earned": queries.earned_since(accounts, _new_year(this_year)),
            "months": _months(found, with_totals=show == "all"),
            "show": show,
            "this_year": this_year,
            "earned_url": f"?show=in&year={this_year}",
            "filters": [
                Chip(label, f"?show={name}", name == show and not year) for name, label in LISTS
            ],
        },
    )


def _months(found: queries.Statement, *, with_totals: bool) -> list[Month]:
    grouped = [(first, list(lines)) for first, lines in groupby(found.lines, lambda o: o.month)]
    totals: dict[date, queries.MonthTotal] = {}
    if grouped and with_totals:
        totals = queries.month_totals(found.accounts, grouped[-1][0])
    return [Month(first, totals.get(first), lines) for first, lines in grouped]


@signed_in
def print_sheet(request: Request) -> HttpResponse:
    """Show a year's booked points as a sheet of paper."""
    accounts = queries.accounts_of(rules.PERSON, _person(request))
    year = _year(request, default=clock.today().year)
    sheet = queries.sheet(accounts, _new_year(year), _new_year(year + 1))
    return render(
        request,
        "ledger/sheet.html",
        {
            "sheet": sheet,
            "year": year,
            "last_day": min(date(year, 12, 31), clock.today()),
            "printed_on": clock.today(),
            "back_url": reverse("ledger:points"),
        },
    )


@signed_in
def one_transfer(request: Request, pk: int) -> HttpResponse:
    """Show one row: how much, from where to where, and how it came to it."""
    row = queries.fetch_transfer(request.actor, pk)
    faces, story = queries.faces_in([row]), queries.story_of(row)
    purse, own = row.debit_account.purse, holders.of_person(request.actor.person_id)
    sign = -1 if _is_of(own, row.debit_account) else 1
    is_own = _is_of(own, row.debit_account) or _is_of(own, row.credit_account)
    sees_purse = purse is not None and access.may(request.actor, "ledger.view")
    return render(
        request,
        "ledger/transfer.html",
        {
            "row": row,
            "change": sign * row.amount,
            "reason": rules.REASONS[row.reason],
            "is_own": is_own,
            "story": story,
            "state": STATES[story[-1].kind],
            "from_name": _holder(request.actor, row.debit_account, faces),
            "to_name": _holder(request.actor, row.credit_account, faces),
            "purse": purse if sees_purse else None,
            "full_names": sees_purse,
            "links": _links(request.actor, row),
            "back_url": reverse("ledger:purse", args=[purse.pk])
            if sees_purse and purse and not is_own
            else reverse("ledger:points"),
        },
    )


def _links(actor: Actor, row: Transfer) -> list[feature.Link]:
    names = [config.transfer_links for config in feature.all_features() if config.transfer_links]
    return [link for name in names for link in import_string(name)(actor, row)]


def _notes(kind: str, number: int) -> list[feature.Note]:
    names = [config.holder_notes for config in feature.all_features() if config.holder_notes]
    return [note for name in names for note in import_string(name)(kind, number)]


def _holder(
    actor: Actor, account: Account, faces: dict[tuple[str, int], holders.HolderFace]
) -> str:
    """Name the holder of an account; other people only by a masked name."""
    kind, number = account.holder_kind, account.holder_id
    if kind == rules.PURSE and account.purse is not None:
        part = PARTS.get(account.code.rpartition("/")[2], "")
        return f"资金池“{account.purse.name}”{part}"
    if kind == rules.PERSON and number == actor.person_id:
        return "我"
    face = faces.get((kind, number))
    return face.masked if face else KINDS.get(kind, "")


def _is_of(own: dict[str, list[int]], account: Account) -> bool:
    return account.holder_id in own.get(account.holder_kind, [])


def _person(request: Request) -> int:
    # Behind signed_in there is always somebody, and nobody has the number 0.
    return request.actor.person_id or 0


def _year(request: Request, *, default: int) -> int:
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else default
    if year and year not in YEARS:
        raise NotFound("没有这一年的明细。请回到积分页重新选择。")
    return year


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=clock.LOCAL)


urlpatterns = [
    path("points/", my_points, name="points"),
    path("points/print/", print_sheet, name="sheet"),
    path("points/<int:pk>/", one_transfer, name="transfer"),
]
