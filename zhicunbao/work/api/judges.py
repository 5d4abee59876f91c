"""Judging: the community's verdict on one claim, the committee's review of many."""

from typing import Annotated, Final, Literal

from django.db.models import BigIntegerField
from ninja import Router
from pydantic import Field

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.api import Fetched, Key, Sent, SessionCookie, Shown
from zhicunbao.base.api.problems import Problem, problem_of
from zhicunbao.base.http import Request
from zhicunbao.casework.actions import Outcome
from zhicunbao.casework.api.shapes import CaseRow, case_row
from zhicunbao.kernel.refusals import Invalid, NotFound
from zhicunbao.work import actions, judging
from zhicunbao.work.api.shapes import ClaimWhole, claim_whole
from zhicunbao.work.models import Claim
from zhicunbao.work.rules import LEVELS

router = Router()

ROWS_MAX: Final = 100
"""As many as a page of the desk shows."""
JudgedClaim = Annotated[Claim, Fetched(judging.fetch_claim)]


class Verdict(Sent):
    """``evaluate`` (done, at a level beside the published one at most), ``return`` or ``reject``,
    both with a reason. ``seen`` is the version of the claim's case.
    """

    verb: Literal["evaluate", "return", "reject"]
    seen: int
    level: int | None = Field(None, ge=LEVELS[0], le=LEVELS[-1])
    reason: str = ""


@router.post(
    "/claims/{int:claim}/evaluation",
    url_name="evaluate",
    response=ClaimWhole,
    auth=SessionCookie(judging.EVALUATE),
)
def evaluate(request: Request, claim: JudgedClaim, key: Key, sent: Verdict) -> ClaimWhole:
    """Judge a submitted claim.

    Needs `work.evaluate` where the claim lies. Refused with 403 for one's own claim, one's kin's,
    and one that the same person submitted; 409 when the claim moved since `seen`.
    """
    actions.evaluate(
        request.actor,
        claim,
        verb=sent.verb,
        key=key,
        seen=sent.seen,
        level=sent.level if sent.verb == "evaluate" else None,
        reason=sent.reason,
    )
    return claim_whole(request.actor, claim.pk)


class ReviewRow(Sent):
    """A claim and the version of its case that was seen."""

    claim: int = Field(ge=0, le=BigIntegerField.MAX_BIGINT)
    seen: int


class Review(Sent):
    """Which claims pass (``review``) or go back to evaluation (``send_back``, with a reason)."""

    verb: Literal["review", "send_back"] = "review"
    reason: str = ""
    rows: list[ReviewRow] = Field(min_length=1, max_length=ROWS_MAX)


class Reviewed(Shown):
    """What became of a row: where its case stands now, and the problem that kept it there."""

    claim: int
    is_done: bool
    case: CaseRow
    problem: Problem | None


class ReviewAnswer(Shown):
    """What became of each row, in the order sent, and the public notices that were opened."""

    rows: list[Reviewed]
    notices: list[int]


@router.post(
    "/claims/review",
    url_name="review",
    response=ReviewAnswer,
    auth=SessionCookie(judging.REVIEW),
)
def review(request: Request, key: Key, sent: Review) -> ReviewAnswer:
    """Review evaluated claims, each row by itself; what passes is put on one public notice.

    Needs `work.review`. Answers 200 also when rows are refused (recused, moved on, purse short):
    each says so itself and leaves the others alone. 404 when one of the claims is not there.
    """
    claims = _claims(request.actor, [row.claim for row in sent.rows])
    outcomes = actions.review_batch(
        request.actor,
        [(claims[row.claim].case, row.seen) for row in sent.rows],
        key=key,
        verb=sent.verb,
        reason=sent.reason,
    )
    rows = [_row(row.claim, o) for row, o in zip(sent.rows, outcomes, strict=True)]
    done = [row.case.id for row in rows if row.is_done and row.case.state == "in_notice"]
    return ReviewAnswer(rows=rows, notices=sorted(n.pk for n in judging.notices_of(done)))


def _claims(actor: Actor, numbers: list[int]) -> dict[int, Claim]:
    """Return the claims with these numbers, or refuse with 404 when one is not to be seen."""
    wanted = set(numbers)
    if len(wanted) < len(numbers):
        raise Invalid("同一件认领写了两次，请只留一次。", fields={"rows": "有重复的 claim"})
    found = access.visible_to(
        actor, Claim.objects.filter(pk__in=wanted).select_related("case")
    ).in_bulk()
    if set(found) != wanted:
        raise NotFound("里面有一件没有找到，或不在您的范围内。请重新取清单后再审核。")
    return found


def _row(claim: int, outcome: Outcome) -> Reviewed:
    refusal = outcome.refusal
    return Reviewed(
        claim=claim,
        is_done=outcome.is_done,
        case=case_row(outcome.case),
        problem=problem_of(refusal) if refusal else None,
    )
