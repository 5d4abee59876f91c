"""The page of a purse: where its points are, in points and in money, how long they last, the rows
behind every figure, and the forms that fund it and set its stop line.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from zhicunbao.base import access
from zhicunbao.base.chips import Chip
from zhicunbao.base.forms import show_refusal
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid, NotFound
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.forms import FundForm, StopLineForm
from zhicunbao.ledger.models import Account, Purse
from zhicunbao.ledger.pages.drawing import Arc, Chart, half_ring, left_chart
from zhicunbao.ledger.pages.parts import before_in
from zhicunbao.ledger.queries import sealing

VIEW, FUND = "ledger.view", "ledger.fund"
KINDS: Final = {
    "in_purse": ("池内余额", "var(--track)"),
    "pending": ("公示中，待入账", "var(--seq-2)"),
    "outstanding": ("在居民手里", "var(--gold-fill)"),
    "redeemed": ("已兑换", "var(--ink-2)"),
    "expired": ("已清零", "var(--track-rest)"),
    "funded": ("共注入", ""),
}
"""Figure → what people call it, its colour in the half ring; the last is the sum of the others."""
DRAWN: Final = "drawn"
LATEST: Final = 8
FUNDINGS: Final = 5
DESK_CHART, PHONE_CHART = (610, 216), (311, 190)
"""Width and height at which the chart is drawn, so that its words keep their size."""


@dataclass(frozen=True)
class Share:
    """A figure of a purse, in points and in money, and the address of its rows."""

    label: str
    points: int
    yuan: str
    url: str
    colour: str


@dataclass(frozen=True)
class Row:
    """A line of a purse's table: whom it concerns, and what went in or out."""

    line: queries.Line
    holder: str


@dataclass(frozen=True)
class Rate:
    """How fast a purse is drawn on, and how long it lasts so."""

    drawn: int
    dry_on: date | None
    stop_on: date | None
    url: str


@dataclass(frozen=True)
class Heap:
    """An account with much of a purse, its holder masked."""

    holder: str
    points: int
    yuan: str
    url: str


@signed_in
def purse(request: Request, pk: int) -> HttpResponse:
    """Show a purse; let those who may put points into it."""
    found = queries.fetch_purse(request.actor, pk)
    form = FundForm(request.POST or None)
    if request.method == "POST":
        access.require(request.actor, FUND, found)
        if form.is_valid():
            try:
                row = actions.fund_purse(
                    request.actor,
                    purse=found,
                    points=form.cleaned_data["points"],
                    document=form.cleaned_data["document"],
                    key=request.POST.get("key", ""),
                )
            except Invalid as refusal:
                show_refusal(form, refusal)
            else:
                messages.success(request, f"已补充 {row.amount:,} 分。")
                return redirect("ledger:purse", found.pk)
    return _gauge(request, found, form, StopLineForm(initial={"stop_below": found.stop_below}))


@require_POST
@signed_in
def set_stop_line(request: Request, pk: int) -> HttpResponse:
    """Set the points at which a purse stops giving."""
    found = queries.fetch_purse(request.actor, pk)
    access.require(request.actor, FUND, found)
    form = StopLineForm(request.POST)
    if form.is_valid():
        try:
            actions.set_stop_line(
                request.actor,
                purse=found,
                stop_below=form.cleaned_data["stop_below"],
                key=request.POST.get("key", ""),
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            line = found.stop_below
            messages.success(request, f"停发线已设为 {line:,} 分。" if line else "不再设停发线。")
            return redirect("ledger:purse", found.pk)
    return _gauge(request, found, FundForm(), form)


def _gauge(
    request: Request, found: Purse, fund_form: FundForm, stop_form: StopLineForm
) -> HttpResponse:
    figures = queries.purse_figures(found)
    shares, rate = _shares(found, figures), _rate(found, figures)
    may_fund = access.may(request.actor, FUND, found)
    gap = shares[-1].points - sum(share.points for share in shares[:-1])
    context = {
        "purse": found,
        "state": queries.state_of(found, figures),
        "worth": rules.yuan(1, found.unit_value_fen),
        "parts": shares[:-1],
        "whole": shares[-1],
        "gap": gap,
        "arcs": _arcs(shares),
        "left_percent": _percent(figures.in_purse, figures.funded),
        "rate": rate,
        "seal": sealing.newest(),
        "rate_days": rules.RATE_DAYS,
        "charts": _charts(found, rate) if figures.funded else [],
        "rows": _rows(queries.purse_rows(found, "in_purse", size=LATEST)),
        "fundings": _rows(queries.purse_rows(found, "funded", size=FUNDINGS)),
        "heaps": _heaps(found) if access.may(request.actor, VIEW, found) else None,
        "form": fund_form if may_fund and found.is_running else None,
        "stop_form": stop_form if may_fund and found.is_open else None,
        "may_close": may_fund and found.is_open,
        "back_url": reverse("ledger:purses"),
    }
    status = 422 if fund_form.errors or stop_form.errors else 200
    return render(request, "ledger/purse.html", context, status=status)


def _shares(found: Purse, figures: queries.PurseFigures) -> list[Share]:
    url = reverse("ledger:purse_rows", args=[found.pk])
    return [
        Share(label, points, rules.yuan(points, found.unit_value_fen), f"{url}?kind={kind}", colour)
        for kind, (label, colour) in KINDS.items()
        for points in [getattr(figures, kind)]
    ]


def _rate(found: Purse, figures: queries.PurseFigures) -> Rate:
    drawn, today = queries.drawn_lately(found), clock.today()
    above = figures.in_purse - found.stop_below
    return Rate(
        drawn=drawn,
        dry_on=rules.runs_dry_on(today, figures.in_purse, drawn),
        stop_on=rules.runs_dry_on(today, above, drawn) if found.stop_below and above > 0 else None,
        url=reverse("ledger:purse_rows", args=[found.pk]) + f"?kind={DRAWN}",
    )


def _charts(found: Purse, rate: Rate) -> list[tuple[str, Chart]]:
    """Draw the same chart for a desk and for a phone, with the class that shows it there."""
    days = queries.left_by_day(found)
    return [
        (
            shown,
            left_chart(
                days,
                dry_on=rate.dry_on,
                ends_on=found.valid_to,
                stop_below=found.stop_below,
                width=width,
                height=height,
            ),
        )
        for shown, (width, height) in (("only-desk", DESK_CHART), ("only-phone", PHONE_CHART))
    ]


def _heaps(found: Purse) -> list[Heap]:
    accounts = queries.top_holders(found)
    faces = queries.faces_of(accounts)
    return [
        Heap(_masked(account, faces), account.posted, _worth(found, account.posted), _url(account))
        for account in accounts
    ]


def _masked(account: Account, faces: queries.Faces) -> str:
    face = faces.get((account.holder_kind, account.holder_id))
    return face.masked if face else ""


def _worth(found: Purse, points: int) -> str:
    return rules.yuan(points, found.unit_value_fen)


def _url(account: Account) -> str:
    return reverse("ledger:holder", args=[account.holder_kind, account.holder_id])


def _rows(found: queries.Statement) -> list[Row]:
    faces = queries.faces_in(line.transfer for line in found.lines)
    rows = []
    for line in found.lines:
        accounts = (line.transfer.debit_account, line.transfer.credit_account)
        named = [faces.get((a.holder_kind, a.holder_id)) for a in accounts]
        rows.append(Row(line, "、".join(face.masked for face in named if face)))
    return rows


def _arcs(shares: list[Share]) -> list[Arc]:
    return half_ring((share.points, share.colour) for share in shares[:-1])


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "0%"


@signed_in
def purse_rows(request: Request, pk: int) -> HttpResponse:
    """List exactly the rows behind one figure of a purse."""
    found = queries.fetch_purse(request.actor, pk)
    kind, before = request.GET.get("kind", "in_purse"), before_in(request)
    if kind not in KINDS and kind != DRAWN:
        raise NotFound("没有这样的明细。请从资金池重新选择。")
    figures = queries.purse_figures(found)
    if kind == DRAWN:
        label, figure = f"近 {rules.RATE_DAYS} 天发出", queries.drawn_lately(found)
        listed = queries.drawn_rows(found, before=before, size=50)
    else:
        label, figure = KINDS[kind][0], getattr(figures, kind)
        listed = queries.purse_rows(found, kind, before=before, size=50)
    return render(
        request,
        "ledger/purse_rows.html",
        {
            "purse": found,
            "kind": kind,
            "label": label,
            "figure": figure,
            "yuan": rules.yuan(figure, found.unit_value_fen),
            "is_balance": kind == "in_purse",
            "rows": _rows(listed),
            "next_before": listed.next_before,
            "is_first": before is None,
            "tabs": [
                Chip(name, f"?kind={k}", k == kind, count=getattr(figures, k))
                for k, (name, _) in KINDS.items()
            ],
            "back_url": reverse("ledger:purse", args=[found.pk]),
        },
    )


urlpatterns = [
    path("purses/<int:pk>/", purse, name="purse"),
    path("purses/<int:pk>/rows/", purse_rows, name="purse_rows"),
    path("purses/<int:pk>/stop-line/", set_stop_line, name="stop_line"),
]
