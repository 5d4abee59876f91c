"""Looking somebody up on the desk: whose balance, as of which day, and the rows that make it."""

from datetime import date
from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from zhicunbao.base import access
from zhicunbao.base.chips import Chip
from zhicunbao.base.forms import show_refusal
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid, NotFound
from zhicunbao.ledger import queries, rules
from zhicunbao.ledger.forms import BalanceForm, DayForm
from zhicunbao.ledger.pages.parts import HOLDER_ICONS, before_in
from zhicunbao.ledger.queries import NAMES, VIEW

LISTS: Final = {"booked": "已入账", "waiting": "待入账", "held": "占用中"}
PAGE_SIZE: Final = 50


@require_safe
@signed_in
def lookup(request: Request) -> HttpResponse:
    """Ask whose balance is wanted; with one answer, go there."""
    access.require(request.actor, VIEW)
    asked = "who" in request.GET
    sees_names = bool(request.actor.reach(NAMES))
    form = BalanceForm(request.GET if asked else None, sees_names=sees_names)
    found: list[queries.Holder] = []
    if asked and form.is_valid():
        try:
            found = queries.find_holders(request.actor, form.cleaned_data["who"])
        except Invalid as refusal:
            show_refusal(form, refusal)
    on = form.cleaned_data.get("on") if asked and form.is_valid() else None
    if len(found) == 1:
        return redirect(_url(found[0], on))
    context = {
        "form": form,
        "is_asked": asked and not form.errors,
        "found": [(h, _url(h, on), HOLDER_ICONS.get(h.kind, "people")) for h in found],
        "places": queries.place_names(found),
        "back_url": reverse("ledger:area"),
    }
    return render(request, "ledger/lookup.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in
def holder(request: Request, kind: str, number: int) -> HttpResponse:
    """Show what somebody had at the end of a day, and every row of it."""
    found = queries.fetch_holder(request.actor, kind, number)
    show = request.GET.get("show", "booked")
    if show not in LISTS:
        raise NotFound("没有这样的明细。请从“已入账”重新选择。")
    form = DayForm(request.GET if "on" in request.GET else None)
    today = clock.today()
    on = (form.cleaned_data["on"] if form.is_bound and form.is_valid() else None) or today
    accounts = queries.accounts_of(kind, number)
    now = queries.balance(accounts)
    listed = queries.statement(
        accounts,
        show=show,
        until=clock.start_of(on + clock.DAY) if show == "booked" else None,
        before=before_in(request),
        size=PAGE_SIZE,
    )
    then = queries.balances_on(accounts, on)
    day = "" if on == today else f"&on={on:%Y-%m-%d}"
    context = {
        "holder": found,
        "form": form if form.errors else DayForm(initial={"on": on}),
        "on": on,
        "is_today": on == today,
        "posted": sum(points for _, points in then),
        "now": now,
        "purses": [
            (purse, points, rules.yuan(points, purse.unit_value_fen)) for purse, points in then
        ],
        "show": show,
        "tabs": [
            Chip(label, f"?show={name}{day}", name == show, count=count)
            for (name, label), count in zip(
                LISTS.items(), (None, now.pending, now.held), strict=True
            )
        ],
        "lines": listed.lines,
        "next_before": listed.next_before,
        "is_home": kind == rules.HOUSEHOLD,
        "place": queries.place_names([found]).get(found.place, ""),
        "passbook_url": reverse("ledger:holder_passbook", args=[kind, number]),
        "back_url": reverse("ledger:lookup"),
    }
    return render(request, "ledger/holder.html", context, status=422 if form.errors else 200)


def _url(found: queries.Holder, on: date | None) -> str:
    url = reverse("ledger:holder", args=[found.kind, found.number])
    return f"{url}?on={on:%Y-%m-%d}" if on else url


urlpatterns = [
    path("ledger/holders/", lookup, name="lookup"),
    path("ledger/holders/<slug:kind>/<int:number>/", holder, name="holder"),
]
