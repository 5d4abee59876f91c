"""Evaluating claims one after another: the queue, one claim with all that was handed in, the
verdict, and taking a verdict back.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST

from zhicunbao.base import access
from zhicunbao.base.files import photo_url
from zhicunbao.base.http import Request, signed_in
from zhicunbao.casework.actions import perform
from zhicunbao.casework.models import Step
from zhicunbao.casework.queries import LinePart, line_of, state_label
from zhicunbao.kernel.refusals import Invalid
from zhicunbao.work import actions, judging, queries
from zhicunbao.work.flags import flags_of
from zhicunbao.work.forms import VERDICTS, EvaluationForm, seen_in, show
from zhicunbao.work.judging import EVALUATE
from zhicunbao.work.models import Claim
from zhicunbao.work.pages.shown import claim_context

QUEUE_MAX: Final = 50
"""Rows of the queue beside a claim; those behind them come up as these are done."""


@dataclass(frozen=True)
class QueueRow:
    """A claim in the queue, with its first photo."""

    claim: Claim
    grid: str
    thumb: str
    is_on: bool


@dataclass(frozen=True)
class GivenVerdict:
    """A verdict that the actor gave, and whether it can still be taken back."""

    step: Step
    claim: Claim
    word: str
    may_recall: bool
    state: str
    line: list[LinePart]


@require_GET
@signed_in
def evaluate(request: Request) -> HttpResponse:
    """Go to the claim that waits longest; say so when none waits."""
    access.require(request.actor, EVALUATE)
    first = queries.numbers_waiting(request.actor, "submitted").first()
    if first is not None:
        return redirect("work:evaluate_one", first)
    return render(request, "work/desk_evaluated.html", _lists(request))


@require_GET
@signed_in
def evaluate_list(request: Request) -> HttpResponse:
    """List what waits for the actor's verdict, and the verdicts that the actor gave last."""
    access.require(request.actor, EVALUATE)
    return render(request, "work/desk_evaluated.html", _lists(request))


def _lists(request: Request) -> dict[str, Any]:
    recent = judging.recent_verdicts(request.actor)
    return {
        "queue": _queue(request),
        "queue_count": queries.to_evaluate_count(request.actor),
        "recent": [
            GivenVerdict(
                step=step,
                claim=step.case.claim,
                word=VERDICTS[step.verb],
                may_recall=step.verb == "evaluate" and judging.is_last(step),
                state=state_label(step.case),
                line=line_of(step.case),
            )
            for step in recent
        ],
    }


def _queue(request: Request, present: Claim | None = None) -> list[QueueRow]:
    rows = []
    claims = queries.claims_waiting(request.actor, "submitted", count_max=QUEUE_MAX)
    for claim in claims:
        photos = [e.attachment for e in queries.last_round(claim) if e.attachment is not None]
        thumb = photo_url(photos[0], thumbnail=True) if photos else ""
        is_on = present is not None and claim.pk == present.pk
        rows.append(QueueRow(claim, claim.case.area.short_name, thumb, is_on))
    return rows


@signed_in
def evaluate_one(request: Request, pk: int) -> HttpResponse:
    """Show one claim whole and take the verdict; then go to the next one that waits.

    A claim that has been judged meanwhile, or that the actor may not judge, is shown as it stands
    with the reason in place of the form.
    """
    access.require(request.actor, EVALUATE)
    claim = judging.fetch_claim(request.actor, pk)
    form = EvaluationForm(request.POST if request.method == "POST" else None, task=claim.task)
    if request.method == "POST" and form.is_valid():
        following = judging.next_to_evaluate(request.actor, claim.case)
        try:
            _judge(request, claim, form)
        except Invalid as refusal:
            show(form, refusal)
        else:
            if following is None:
                return redirect("work:evaluate")
            return redirect("work:evaluate_one", following)
    refusal_to_judge = judging.why_not_evaluate(request.actor, claim)
    context = {
        **claim_context(request.actor, claim, flags_of(claim)),
        "queue": _queue(request, claim),
        "queue_count": queries.to_evaluate_count(request.actor),
        "form": form,
        "may_judge": refusal_to_judge is None,
        "why_not": refusal_to_judge.message if refusal_to_judge else "",
        "may_recall": judging.may_recall(request.actor, claim),
        "levels": [(n, claim.task.version.points(n)) for n in form.levels],
        "following": judging.next_to_evaluate(request.actor, claim.case),
    }
    return render(request, "work/desk_evaluate.html", context, status=422 if form.errors else 200)


def _judge(request: Request, claim: Claim, form: EvaluationForm) -> None:
    verb = form.cleaned_data["verb"]
    done = actions.evaluate(
        request.actor,
        claim,
        verb=verb,
        key=request.POST.get("key", ""),
        seen=seen_in(request.POST),
        level=form.cleaned_data["level"] if verb == "evaluate" else None,
        reason=form.cleaned_data["reason"],
    )
    who, title = claim.claimant.name, claim.task.title
    if verb == "evaluate":
        undo = f"undo:{reverse('work:recall', args=[claim.pk])}"
        words = f"{who}“{title}”：做到了，{done.points} 分。审核前可以撤回。"
        messages.success(request, words, extra_tags=undo)
    elif verb == "return":
        messages.success(request, f"{who}“{title}”：已退回补充，对方会看到您写的理由。")
    else:
        messages.success(request, f"{who}“{title}”：没做到，对方会看到您写的理由。")


@require_POST
@signed_in
def recall(request: Request, pk: int) -> HttpResponse:
    """Take one's own verdict “做到了” back before the review, and judge anew."""
    access.require(request.actor, EVALUATE)
    claim = judging.fetch_claim(request.actor, pk)
    perform(
        request.actor,
        claim.case,
        "recall",
        key=request.POST.get("key", ""),
        seen=seen_in(request.POST),
    )
    messages.success(request, "考评已撤回，这一件又等您考评。")
    return redirect("work:evaluate_one", claim.pk)


urlpatterns = [
    path("evaluate/", evaluate, name="evaluate"),
    path("evaluate/list/", evaluate_list, name="evaluate_list"),
    path("evaluate/<int:pk>/", evaluate_one, name="evaluate_one"),
    path("evaluate/<int:pk>/recall/", recall, name="recall"),
]
