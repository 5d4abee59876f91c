"""Purses on the desk: which there are, what each holds with the rows behind every figure, and the
forms that open, fund and close one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from zhicunbao.base import access
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.models import Area
from zhicunbao.kernel.refusals import Invalid, NotFound
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.models import PURSE_TEXT_MAX, Purse
from zhicunbao.ledger.pages.gauge import Arc, half_ring

VIEW, FUND = "ledger.view", "ledger.fund"
KINDS: Final = {
    "in_purse": ("池内余额", "var(--track)"),
    "pending": ("公示中，待入账", "var(--seq-2)"),
    "outstanding": ("在居民手里", "var(--gold-fill)"),
    "redeemed": ("已兑换", "var(--seq-3)"),
    "expired": ("已清零", "var(--ink-3)"),
    "funded": ("共注入", ""),
}
"""Figure → what people call it, its colour in the half ring; the last is the sum of the others."""
LATEST: Final = 8


@dataclass(frozen=True)
class Share:
    """A figure of a purse, in points and in money, and the address of its rows."""

    label: str
    points: int
    yuan: str
    url: str
    colour: str


@dataclass(frozen=True)
class Tab:
    """A list of a purse's rows."""

    label: str
    url: str
    is_on: bool
    count: int


@dataclass(frozen=True)
class Row:
    """A line of a purse's table: whom it concerns, and what went in or out."""

    line: queries.Line
    holder: str


def _yuan(purse: Purse, points: int) -> str:
    """Say what points are worth: 59,200 or 2,532.50."""
    return f"{Decimal(points * purse.unit_value_fen) / 100:,.2f}".removesuffix(".00")


def _shares(purse: Purse) -> list[Share]:
    figures, url = queries.purse_figures(purse), reverse("ledger:purse_rows", args=[purse.pk])
    return [
        Share(label, points, _yuan(purse, points), f"{url}?kind={kind}", colour)
        for kind, (label, colour) in KINDS.items()
        for points in [getattr(figures, kind)]
    ]


def _rows(found: queries.Statement) -> list[Row]:
    faces = queries.faces_in(line.transfer for line in found.lines)
    rows = []
    for line in found.lines:
        accounts = (line.transfer.debit_account, line.transfer.credit_account)
        named = [faces.get((a.holder_kind, a.holder_id)) for a in accounts]
        rows.append(Row(line, "、".join(face.masked for face in named if face)))
    return rows


@signed_in
def purses(request: Request) -> HttpResponse:
    """List the purses that one may look into."""
    access.require(request.actor, VIEW)
    seen = queries.purses_seen(request.actor)
    figures = queries.figures_by_purse(seen)
    return render(
        request,
        "ledger/purses.html",
        {
            "rows": [(purse, figures[purse.pk]) for purse in seen],
            "may_open": access.may(request.actor, FUND),
        },
    )


class FundForm(forms.Form):
    """What is asked to put points into a purse."""

    points = forms.IntegerField(label="补充多少", min_value=1, max_value=rules.AMOUNT_MAX)
    document = forms.CharField(
        label="来源文件或凭据",
        max_length=PURSE_TEXT_MAX,
        help_text="如 浮财〔2026〕3号，资金要有出处",
    )


@signed_in
def purse(request: Request, pk: int) -> HttpResponse:
    """Show a purse; let those who may put points into it."""
    found = queries.fetch_purse(request.actor, pk)
    may_fund = access.may(request.actor, FUND, found)
    form = FundForm(request.POST or None)
    if request.method == "POST":
        access.require(request.actor, FUND, found)
        if form.is_valid() and _fund(request, found, form):
            return redirect("ledger:purse", found.pk)
    shares, worth = _shares(found), _yuan(found, 1)
    latest = queries.purse_rows(found, "in_purse", size=LATEST)
    return render(
        request,
        "ledger/purse.html",
        {
            "purse": found,
            "worth": worth,
            "worth_note": f"1 分 = {worth} 元",
            "parts": shares[:-1],
            "whole": shares[-1],
            "arcs": _arcs(shares),
            "left_percent": _percent(shares[0].points, shares[-1].points),
            "rows": _rows(latest),
            "form": form if may_fund and found.is_running else None,
            "may_close": may_fund and found.is_open,
            "back_url": reverse("ledger:purses"),
        },
        status=422 if form.errors else 200,
    )


def _fund(request: Request, found: Purse, form: FundForm) -> bool:
    """Fund the purse; False when a refusal was put under its field."""
    try:
        row = actions.fund_purse(
            request.actor,
            purse=found,
            points=form.cleaned_data["points"],
            document=form.cleaned_data["document"],
            key=request.POST.get("key", ""),
        )
    except Invalid as refusal:
        _show(form, refusal)
        return False
    messages.success(request, f"已补充 {row.amount:,} 分。")
    return True


def _arcs(shares: list[Share]) -> list[Arc]:
    return half_ring((share.points, share.colour) for share in shares[:-1])


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "0%"


@signed_in
def purse_rows(request: Request, pk: int) -> HttpResponse:
    """List exactly the rows behind one figure of a purse."""
    found = queries.fetch_purse(request.actor, pk)
    kind = request.GET.get("kind", "in_purse")
    if kind not in KINDS:
        raise NotFound("没有这样的明细。请从资金池重新选择。")
    before = request.GET.get("before", "")
    listed = queries.purse_rows(
        found, kind, before=int(before) if before.isdecimal() else None, size=50
    )
    figures = queries.purse_figures(found)
    return render(
        request,
        "ledger/purse_rows.html",
        {
            "purse": found,
            "kind": kind,
            "label": KINDS[kind][0],
            "figure": getattr(figures, kind),
            "is_balance": kind == "in_purse",
            "rows": _rows(listed),
            "next_before": listed.next_before,
            "is_first": not before,
            "tabs": [
                Tab(label, f"?kind={name}", name == kind, getattr(figures, name))
                for name, (label, _) in KINDS.items()
            ],
            "back_url": reverse("ledger:purse", args=[found.pk]),
        },
    )


class AreaField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in stubs alone
    """A choice of areas, each by the name people use."""

    def label_from_instance(self, obj: Area) -> str:
        """Say 庄前村, not 庄前村委会."""
        return obj.short_name


class PurseForm(forms.Form):
    """What is asked to open a purse."""

    name = forms.CharField(
        label="名称", max_length=PURSE_TEXT_MAX, help_text="如 2026年基层治理积分"
    )
    area = AreaField(
        None,
        label="用在哪里",
        empty_label="请选择",
        help_text="街道的资金池，下面的社区和村都用得到",
    )
    worth = forms.DecimalField(
        label="1 分相当于",
        min_value=Decimal("0.01"),
        max_value=Decimal(1_000),
        max_digits=6,
        decimal_places=2,
    )
    source_document = forms.CharField(label="来源文件", max_length=PURSE_TEXT_MAX)
    funder = forms.CharField(label="出资单位", max_length=PURSE_TEXT_MAX)
    valid_to = forms.DateField(
        label="用到哪天",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="不填就一直用",
    )


@signed_in
def create(request: Request) -> HttpResponse:
    """Ask for a purse's particulars and open it."""
    access.require(request.actor, FUND)
    form = PurseForm(request.POST or None)
    areas = queries.areas_to_fund(request.actor)
    form.fields["area"].queryset = areas  # type: ignore[attr-defined]  # a ModelChoiceField's own
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            found = actions.create_purse(
                request.actor,
                name=asked["name"],
                area=asked["area"],
                unit_value_fen=int(asked["worth"] * 100),
                source_document=asked["source_document"],
                funder=asked["funder"],
                valid_to=asked["valid_to"],
                key=request.POST.get("key", ""),
            )
        except Invalid as refusal:
            _show(form, refusal)
        else:
            messages.success(request, "资金池已开设，请接着补充积分。")
            return redirect("ledger:purse", found.pk)
    return render(
        request,
        "ledger/create.html",
        {"form": form, "back_url": reverse("ledger:purses")},
        status=422 if form.errors else 200,
    )


@signed_in
def close(request: Request, pk: int) -> HttpResponse:
    """Ask once, then close a purse."""
    found = queries.fetch_purse(request.actor, pk)
    access.require(request.actor, FUND, found)
    if request.method == "POST":
        actions.close_purse(request.actor, purse=found, key=request.POST.get("key", ""))
        messages.success(request, f"资金池“{found.name}”已停用。")
        return redirect("ledger:purse", found.pk)
    asked = {
        "title": "停用这个资金池？",
        "lead": f"“{found.name}”停用后不再发放积分。",
        "consequences": ["公示中的积分照常入账", "已发给居民的积分照常使用", "停用后不能再开"],
        "action_label": "停用",
        "back_url": reverse("ledger:purse", args=[found.pk]),
    }
    return _ask(request, asked)


def _ask(request: Request, asked: Mapping[str, object], *, status: int = 200) -> HttpResponse:
    """Ask once before something that binds: a sheet for htmx, otherwise a page."""
    template = "base/_sheet_confirm.html" if request.htmx else "ledger/ask.html"
    context = {**asked, "danger": True, "action_url": request.path}
    return render(request, template, context, status=status)


def _show(form: forms.Form, refusal: Invalid) -> None:
    """Put a refusal's sentences under the fields that they name, or above the form."""
    for name, sentence in (refusal.fields or {"": refusal.message}).items():
        form.add_error(name if name in form.fields else None, sentence)


urlpatterns = [
    path("purses/", purses, name="purses"),
    path("purses/new/", create, name="create_purse"),
    path("purses/<int:pk>/", purse, name="purse"),
    path("purses/<int:pk>/rows/", purse_rows, name="purse_rows"),
    path("purses/<int:pk>/close/", close, name="close_purse"),
]
