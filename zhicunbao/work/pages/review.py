"""Reviewing evaluated claims by the page: who must stand aside is shown and kept out, what the
machine noticed is shown and left to people, and each row passes or is refused by itself.
"""

from collections.abc import Sequence
from typing import Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_GET

from zhicunbao.base import access
from zhicunbao.base.chips import Chip
from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request, signed_in
from zhicunbao.casework.actions import Outcome
from zhicunbao.casework.models import Case
from zhicunbao.casework.queries import number_of
from zhicunbao.kernel.masks import mask_name
from zhicunbao.kernel.refusals import Invalid
from zhicunbao.ledger.queries import purse_figures, purse_for
from zhicunbao.work import actions, judging
from zhicunbao.work.flags import flags_of_many
from zhicunbao.work.forms import ReviewForm, seen_in, show
from zhicunbao.work.judging import REVIEW
from zhicunbao.work.pages.shown import ReviewRow, review_rows

PAGE_SIZE: Final = 100
"""Rows of one page: a committee looks through a hundred in a sitting."""
RESULT: Final = "work.review"
"""Where the session keeps what became of the last page that was sent."""


@signed_in
def review(request: Request) -> HttpResponse:
    """Show up to a hundred evaluated claims and review those that were ticked.

    ``?first=`` puts the claim that a link led to before all others, ``?only=flagged`` or ``aside``
    narrows the page to those rows, ``?look=`` shows one row's photos without scripts.
    """
    access.require(request.actor, REVIEW)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _act(request, form)
        except Invalid as refusal:
            show(form, refusal)
    first = number_in(request.GET.get("first", ""))
    paginator = Paginator(judging.to_review(request.actor, first=first), PAGE_SIZE)
    page = paginator.get_page(request.GET.get("page"))
    claims = list(page)
    rows = review_rows(
        request.actor, claims, flags_of_many(claims), judging.recusals(request.actor, claims)
    )
    only = request.GET.get("only", "")
    shown = [row for row in rows if _is_in(row, only)]
    looked = request.GET.get("look", "")
    free_points = sum(row.claim.points for row in rows if row.refusal is None)
    purse = purse_for(max(request.actor.reach(REVIEW), key=len))
    in_purse = purse_figures(purse).in_purse if purse else 0
    context = {
        "page": page,
        "rows": shown,
        "filters": _filters(rows, only),
        "free_points": free_points,
        "purse": purse,
        "in_purse": in_purse,
        "is_short": in_purse < free_points,
        "look": next((r for r in shown if str(r.claim.pk) == looked), shown[0] if shown else None),
        "is_looking": bool(looked),
        "first": first,
        "is_gone": first is not None and page.number == 1 and first not in {c.pk for c in claims},
        "picked": set(request.POST.getlist("pick")),
        "form": form,
    }
    return render(request, "work/desk_review.html", context, status=422 if form.errors else 200)


def _is_in(row: ReviewRow, only: str) -> bool:
    if only == "flagged":
        return bool(row.flags)
    return row.refusal is not None if only == "aside" else True


def _filters(rows: Sequence[ReviewRow], only: str) -> list[Chip]:
    chips = [("", "全部", ""), ("flagged", "有提示", "alert"), ("aside", "需回避", "")]
    return [
        Chip(
            label=label,
            url=f"?only={name}" if name else "?",
            is_on=only == name,
            count=sum(_is_in(row, name) for row in rows),
            icon=icon,
        )
        for name, label, icon in chips
    ]


def _act(request: Request, form: ReviewForm) -> HttpResponse:
    picked, verb = form.cleaned_data["pick"], form.cleaned_data["verb"]
    cases = judging.cases_picked(request.actor, picked)
    outcomes = actions.review_batch(
        request.actor,
        [(cases[pk], seen_in(request.POST, f"seen-{pk}")) for pk in dict.fromkeys(picked)],
        key=request.POST.get("key", ""),
        verb=verb,
        reason=form.cleaned_data["reason"],
    )
    done = [cases[o.case.pk] for o in outcomes if o.is_done]
    request.session[RESULT] = {
        "verb": verb,
        "cases": [case.pk for case in done],
        "points": sum(case.claim.points for case in done),
        "refused": [_refused(o, cases[o.case.pk]) for o in outcomes if not o.is_done],
    }
    return redirect("work:review_done")


def _refused(outcome: Outcome, case: Case) -> dict[str, str | int]:
    return {
        "claim": case.claim.pk,
        "number": number_of(case),
        "subject": case.subject,
        "who": mask_name(case.owner.name if case.owner else ""),
        "why": outcome.refusal.message if outcome.refusal else "",
    }


@require_GET
@signed_in
def review_done(request: Request) -> HttpResponse:
    """Say what became of the page sent last: what passed, and each refused row with its reason."""
    access.require(request.actor, REVIEW)
    result = request.session.get(RESULT)
    if result is None:
        return redirect("work:review")
    notices = judging.notices_of(result["cases"]) if result["verb"] == "review" else []
    context = {
        "is_review": result["verb"] == "review",
        "count": len(result["cases"]),
        "points": result["points"],
        "refused": result["refused"],
        "notices": notices,
    }
    return render(request, "work/desk_review_done.html", context)


urlpatterns = [
    path("review/", review, name="review"),
    path("review/done/", review_done, name="review_done"),
]
