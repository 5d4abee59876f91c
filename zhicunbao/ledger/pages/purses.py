"""Purses on the desk: which there are with their figures, and the forms that open and close one."""

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from zhicunbao.base import access
from zhicunbao.base.forms import show_refusal
from zhicunbao.base.http import Request, ask, signed_in
from zhicunbao.kernel.refusals import Invalid
from zhicunbao.ledger import actions, queries
from zhicunbao.ledger.forms import PurseForm
from zhicunbao.ledger.models import Purse

VIEW, FUND = "ledger.view", "ledger.fund"
STATES: Final = {
    "running": ("在用", "ok", "check"),
    "stopped": ("停发", "wait", "pause"),
    "empty": ("已发完", "wait", "alert"),
    "closed": ("已停用", "", ""),
    "ended": ("已到期", "", ""),
    "early": ("还没到使用期", "", ""),
}
"""How a purse stands → in a word, the tone and the icon of its badge."""


@dataclass(frozen=True)
class Row:
    """A purse in the list."""

    purse: Purse
    figures: queries.PurseFigures
    state: str
    word: str
    tone: str
    icon: str


@signed_in
def purses(request: Request) -> HttpResponse:
    """List the purses that one may look into."""
    access.require(request.actor, VIEW)
    seen = queries.purses_seen(request.actor)
    figures = queries.figures_by_purse(seen)
    rows = []
    for purse in seen:
        state = queries.state_of(purse, figures[purse.pk])
        rows.append(Row(purse, figures[purse.pk], state, *STATES[state]))
    return render(
        request,
        "ledger/purses.html",
        {"rows": rows, "may_open": access.may(request.actor, FUND)},
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
                credited=asked["credited"],
                stop_below=asked["stop_below"],
                valid_from=asked["valid_from"],
                valid_to=asked["valid_to"],
                key=request.POST.get("key", ""),
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
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
        "action_url": request.path,
        "back_url": reverse("ledger:purse", args=[found.pk]),
        "danger": True,
    }
    return ask(request, asked)


urlpatterns = [
    path("purses/", purses, name="purses"),
    path("purses/new/", create, name="create_purse"),
    path("purses/<int:pk>/close/", close, name="close_purse"),
]
