"""The desk's pages about claims: the list behind every figure, one claim whole to read, two alike
photos side by side, and the list of tasks as a workbook.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from zhicunbao.base import access
from zhicunbao.base.files import photo_url
from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request, signed_in
from zhicunbao.casework.queries import LinePart, line_of, number_of, state_label
from zhicunbao.kernel.refusals import NotFound
from zhicunbao.work import judging, lists
from zhicunbao.work.flags import flags_of
from zhicunbao.work.flows import CLAIM, TASK
from zhicunbao.work.lists import VIEW
from zhicunbao.work.models import Claim, Module
from zhicunbao.work.pages.narrow import areas_to_choose, narrowing_of, tabs_of
from zhicunbao.work.pages.shown import claim_context, claimant_name
from zhicunbao.work.sheets import tasks_sheet

PAGE_SIZE: Final = 50
ON_THE_LINE: Final = ("claimed", "submitted", "evaluated", "in_notice", "posted")
"""States that have a tab of their own; the others are in the list of states."""
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class ClaimRow:
    """One row of a list of claims."""

    claim: Claim
    number: str
    who: str
    grid: str
    state: str
    line: list[LinePart]


def claim_rows(request: Request, claims: Sequence[Claim]) -> list[ClaimRow]:
    """Return how claims stand in a list, claimants masked for those who need not know them."""
    return [
        ClaimRow(
            claim=claim,
            number=number_of(claim.case),
            who=claimant_name(request.actor, claim),
            grid=claim.case.area.short_name,
            state=state_label(claim.case),
            line=line_of(claim.case),
        )
        for claim in claims
    ]


@require_GET
@signed_in
def desk_claims(request: Request) -> HttpResponse:
    """List the claims that the actor's posts oversee; every figure of work opens this list."""
    access.require(request.actor, VIEW)
    by = narrowing_of(request, CLAIM.states)
    wanted = number_in(request.GET.get("task", ""))
    task = lists.fetch_overseen(request.actor, wanted) if wanted is not None else None
    claims = lists.desk_claims(request.actor, by, task=task)
    total = lists.sum_of(claims)
    paginator = Paginator(claims.values_list("pk", flat=True), PAGE_SIZE)
    paginator.count = total.count
    page = paginator.get_page(request.GET.get("page"))
    counts = lists.state_counts(request.actor, by.area)
    shown = {*ON_THE_LINE, by.state}
    context = {
        "page": page,
        "rows": claim_rows(request, lists.rows_of(page)),
        "points": total.points,
        "by": by,
        "task": task,
        "tabs": tabs_of(
            request,
            {n: s.label for n, s in CLAIM.states.items() if n in shown},
            counts.claims,
        ),
        "states": [(n, s.label) for n, s in CLAIM.states.items()],
        "modules": Module.choices,
        "areas": areas_to_choose(request),
    }
    return render(request, "work/desk_claims.html", context)


@require_GET
@signed_in
def desk_claim(request: Request, pk: int) -> HttpResponse:
    """Show one claim whole, to read: large photos, plan, flags, what happened."""
    access.require(request.actor, VIEW)
    claim = judging.fetch_claim(request.actor, pk)
    context = claim_context(request.actor, claim, flags_of(claim))
    context["may_evaluate"] = (
        access.may(request.actor, judging.EVALUATE, claim.case)
        and judging.why_not_evaluate(request.actor, claim) is None
    )
    return render(request, "work/desk_claim.html", context)


@require_GET
@signed_in
def compare(request: Request, pk: int, evidence: int) -> HttpResponse:
    """Show a photo beside the one that it is like, for those who may see both."""
    access.require(request.actor, VIEW)
    claim = judging.fetch_claim(request.actor, pk)
    row = judging.fetch_evidence(claim, evidence)
    flag = next((f for f in flags_of(claim) if f.evidence_id == row.pk and f.similar), None)
    other = flag.similar if flag else None
    if other is None or not access.may(request.actor, "base.view_files", other):
        raise NotFound("这张照片没有可以并排看的。请回到认领页。")
    context = {
        "claim": claim,
        "number": number_of(claim.case),
        "row": row,
        "flag": flag,
        "other": other,
        "url": photo_url(row.attachment) if row.attachment else "",
        "other_url": photo_url(other),
        "other_claim": judging.claim_with(request.actor, other),
    }
    return render(request, "work/desk_compare.html", context)


@require_GET
@signed_in
def tasks_workbook(request: Request) -> HttpResponse:
    """Send the list of tasks, narrowed as on the page, as a workbook. It names no claimants."""
    access.require(request.actor, VIEW)
    tasks = lists.sheet_tasks(request.actor, narrowing_of(request, TASK.states))
    out = BytesIO()
    tasks_sheet(tasks).save(out)
    response = HttpResponse(out.getvalue(), content_type=WORKBOOK)
    response["Content-Disposition"] = 'attachment; filename="tasks.xlsx"'
    return response


urlpatterns = [
    path("desk/claims/", desk_claims, name="desk_claims"),
    path("desk/claims/<int:pk>/", desk_claim, name="desk_claim"),
    path("desk/claims/<int:pk>/compare/<int:evidence>/", compare, name="compare"),
    path("desk/tasks.xlsx", tasks_workbook, name="tasks_workbook"),
]
