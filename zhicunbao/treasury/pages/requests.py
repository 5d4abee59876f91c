"""The forms that open a matter: a correction from a row of the ledger, a move from a household, a
resolution on zeroing.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from zhicunbao.base import access
from zhicunbao.base.forms import show_refusal
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel.refusals import Invalid, NotFound
from zhicunbao.ledger import queries as ledger
from zhicunbao.ledger import rules as amounts
from zhicunbao.treasury import actions, queries
from zhicunbao.treasury.forms import CorrectionForm, MoveForm, ZeroingForm
from zhicunbao.treasury.models import HouseholdMove
from zhicunbao.treasury.rules import REQUEST

both_ways = require_http_methods(["GET", "HEAD", "POST"])


@both_ways
@signed_in
def correct(request: Request, pk: int) -> HttpResponse:
    """Ask for the reversal of a booked row, with the reason."""
    actor = request.actor
    row = ledger.fetch_transfer(actor, pk)
    access.require(actor, REQUEST, queries.place_of(row))
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        key = request.POST.get("key", "")
        reason = form.cleaned_data["reason"]
        try:
            made = actions.request_correction(actor, transfer=row, reason=reason, key=key)
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "冲正申请已提交，等另一个人复核。")
            return redirect("treasury:matter", made.case_id)
    context = {
        "form": form,
        "facts": queries.facts_of_row(actor, row),
        "back_url": reverse("ledger:transfer", args=[row.pk]),
    }
    return render(request, "treasury/correct.html", context, status=422 if form.errors else 200)


@both_ways
@signed_in
def move(request: Request) -> HttpResponse:
    """Choose a household, then say where its points go, how many and on what ground."""
    actor = request.actor
    access.require(actor, REQUEST)
    number = request.GET.get("from", "").strip()
    source = queries.fetch_household(actor, number) if number else None
    if number and source is None:
        raise NotFound("没有这一户，或不在您办理的范围内。请重新查找。")
    if source is None:
        text = request.GET.get("q", "").strip()
        found = queries.households_named(actor, text)
        return render(request, "treasury/choose_household.html", {"text": text, "found": found})
    balance = ledger.balance(ledger.accounts_of(amounts.HOUSEHOLD, source.pk))
    form = MoveForm(request.POST or None, members=queries.members_ever(source))
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        is_member = asked["kind"] == HouseholdMove.Kind.MEMBER
        target = None if is_member else queries.fetch_household(actor, asked["target"])
        try:
            made = actions.request_move(
                actor,
                source=source,
                target=target,
                person=queries.member_ever(source, asked["person"]) if is_member else None,
                kind=asked["kind"],
                points=asked["points"],
                document=asked["document"],
                reason=asked["reason"],
                key=request.POST.get("key", ""),
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "转移申请已提交，等另一个人复核。")
            return redirect("treasury:matter", made.case_id)
    context = {
        "form": form,
        "source": source,
        "balance": balance,
        "back_url": reverse("treasury:move"),
    }
    return render(request, "treasury/move.html", context, status=422 if form.errors else 200)


@both_ways
@signed_in
def propose(request: Request) -> HttpResponse:
    """Register a resolution on zeroing."""
    actor = request.actor
    access.require(actor, REQUEST)
    purses = queries.purses_to_zero(actor)
    form = ZeroingForm(request.POST or None, purses=purses)
    if request.method == "POST" and form.is_valid():
        asked = dict(form.cleaned_data)
        purse = asked.pop("purse")
        try:
            made = actions.propose_zeroing(
                actor,
                purse=purse,
                resolution=actions.Resolution(**asked),
                key=request.POST.get("key", ""),
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "清零决议已登记，等另一个人复核。")
            return redirect("treasury:matter", made.case_id)
    context = {
        "form": form,
        "days": queries.days_ahead(actor),
        "has_purses": purses.exists(),
        "back_url": reverse("treasury:matters"),
    }
    return render(request, "treasury/propose.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("treasury/correct/<int:pk>/", correct, name="correct"),
    path("treasury/move/", move, name="move"),
    path("treasury/zeroing/new/", propose, name="propose"),
]
