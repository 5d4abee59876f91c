"""What those who judge ask: the queue of evaluations, one claim whole, the page of reviews with who
must stand aside. Nothing here decides; ``casework`` does when the move is made.
"""

from collections.abc import Iterable
from typing import Final

from django.db import models
from django.db.models import Prefetch, Q, QuerySet

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area, Attachment
from zhicunbao.casework.models import Case, Evidence, PublicNotice, Step
from zhicunbao.casework.queries import allowed, flow_of, flows, inbox, state_label, why_not
from zhicunbao.kernel import division
from zhicunbao.kernel.flow import T
from zhicunbao.kernel.refusals import Conflict, NotAllowed, NotFound, Refusal
from zhicunbao.registry.models import Place
from zhicunbao.registry.queries import kin_of
from zhicunbao.work.flags import EVIDENCE
from zhicunbao.work.lists import CLAIM, VIEW
from zhicunbao.work.models import Claim

EVALUATE: Final = "work.evaluate"
REVIEW: Final = "work.review"
VERDICTS: Final = ("evaluate", "return", "reject")
RECENT_MAX: Final = 50


def may_judge(actor: Actor, case: Case) -> bool:
    """Whether the actor judges claims where ``case`` lies and so reads what the machine noticed."""
    return access.may(actor, EVALUATE, case) or access.may(actor, REVIEW, case)


def fetch_claim(actor: Actor, pk: int) -> Claim:
    """Return one claim with all that was handed in and done, or refuse with 404.

    For those whose posts oversee it; claimants have pages of their own.
    """
    claims = (
        Claim.objects.filter(access.under(actor.reach(VIEW), "case__area_prefix"))
        .select_related(
            "case__area__parent", "claimant", "task__version__item", "task__case", "task__area"
        )
        .prefetch_related(EVIDENCE, "case__steps")
    )
    return access.fetch(actor, claims, pk=pk)


def fetch_evidence(claim: Claim, pk: int) -> Evidence:
    """Return one photo of ``claim``, or refuse with 404."""
    found = next((e for e in claim.case.evidence.all() if e.pk == pk and e.attachment_id), None)
    if found is None:
        raise NotFound("这件认领里没有这张照片。请回到上一页重新选择。")
    return found


def claim_with(actor: Actor, photo: Attachment) -> Claim | None:
    """Return the claim to which a photo was handed in, when the actor oversees it."""
    claims = Claim.objects.filter(
        access.under(actor.reach(VIEW), "case__area_prefix"), case__evidence__attachment=photo
    )
    return claims.select_related("case__area", "claimant", "task").first()


def next_to_evaluate(actor: Actor, after: Case) -> int | None:
    """Return the number of the claim that waits after this one by deadline, else the first."""
    waiting = inbox(actor, flow=CLAIM, state="submitted").exclude(pk=after.pk)
    later = Q(due_at__gt=after.due_at) | Q(due_at=after.due_at, pk__gt=after.pk)
    for rows in (waiting.filter(later) if after.due_at else waiting, waiting):
        found = rows.values_list("claim", flat=True).first()
        if found is not None:
            return int(found)
    return None


def recent_verdicts(actor: Actor) -> list[Step]:
    """Return the actor's last verdicts on claims, newest first, with their claims.

    One query a verb: each walks its index from the newest step back and stops, where a sort over
    all verdicts of somebody's years in the post would not.
    """
    mine = Step.objects.filter(
        person_id=actor.person_id or 0, case__flow=CLAIM, case__claim__isnull=False
    ).select_related("case__area", "case__claim__task__version__item", "case__claim__claimant")
    last = [
        step
        for verb in VERDICTS
        for step in mine.filter(verb=verb).order_by("-at", "-pk")[:RECENT_MAX]
    ]
    return sorted(last, key=lambda s: (s.at, s.pk), reverse=True)[:RECENT_MAX]


def why_not_evaluate(actor: Actor, claim: Claim) -> Refusal | None:
    """Return what keeps the actor from judging ``claim`` now, or None."""
    transition = flow_of(claim.case).find(claim.case.state, "evaluate")
    if transition is None:
        return Conflict(
            f"这一件现在是“{state_label(claim.case)}”，不用考评。请从待考评里另选一件。"
        )
    kin = kin_of(actor.person_id) if actor.person_id else set()
    return why_not(actor, claim.case, transition, claim.case.steps.all(), kin)


def may_recall(actor: Actor, claim: Claim) -> bool:
    """Whether the actor may take back the verdict on ``claim`` now."""
    return any(t.verb == "recall" for t in allowed(actor, claim.case, list(claim.case.steps.all())))


def is_last(step: Step) -> bool:
    """Whether nothing happened to the case since ``step`` (a case's version counts its steps)."""
    return step.position == step.case.version


def to_review(actor: Actor, *, first: int | None = None) -> QuerySet[Claim]:
    """Return the evaluated claims where the actor reviews, those included that somebody else must
    judge, earliest deadline first, with what was handed in and the steps that bear on reviewing.
    The claim ``first``, if it is among them, stands before all others.
    """
    bearing = Step.objects.filter(verb__in={*_review().not_same_as, "evaluate"})
    ahead = [] if first is None else [models.Case(models.When(pk=first, then=0), default=1)]
    return (
        Claim.objects.filter(
            access.under(actor.reach(REVIEW), "case__area_prefix"),
            case__flow=CLAIM,
            case__state="evaluated",
        )
        .select_related("case__area", "claimant", "task__version__item", "task__area")
        .prefetch_related(EVIDENCE, Prefetch("case__steps", queryset=bearing))
        .order_by(*ahead, "case__due_at", "pk")
    )


def _review() -> T:
    transition = flows()[CLAIM].find("evaluated", "review")
    if transition is None:
        raise LookupError("claims are reviewed from the state evaluated")
    return transition


def recusals(actor: Actor, claims: Iterable[Claim]) -> dict[int, NotAllowed]:
    """Return the claims (by number) that the actor may not review, each with the reason."""
    kin = kin_of(actor.person_id) if actor.person_id else set()
    refusals = {c.pk: why_not(actor, c.case, _review(), c.case.steps.all(), kin) for c in claims}
    return {pk: refusal for pk, refusal in refusals.items() if refusal is not None}


def cases_picked(actor: Actor, pks: Iterable[int]) -> dict[int, Case]:
    """Return the claims' cases with these numbers, or refuse with 404 when one is not the actor's
    to see.
    """
    wanted = set(pks)
    cases = Case.objects.filter(pk__in=wanted, flow=CLAIM).select_related("owner", "claim")
    found = access.visible_to(actor, cases).in_bulk()
    if set(found) != wanted:
        raise NotFound("勾选的里面有一件没有找到，或不在您的范围内。请刷新页面后再勾。")
    return found


def notices_of(cases: Iterable[int]) -> list[PublicNotice]:
    """Return the notices on which these cases stand."""
    return list(PublicNotice.objects.filter(entries__case__in=list(cases)).distinct())


def outlines_around(area: Area) -> tuple[list[list[list[float]]], list[list[list[list[float]]]]]:
    """Return the outline of ``area`` and those of its neighbours of the same kind (one query)."""
    kind = Place.Kind.COMMUNITY if area.level in division.VILLAGE_LEVELS else area.level
    places = Place.objects.filter(kind=kind, area__parent_id=area.parent_id)
    drawn = {p.area_id: p.outline for p in places if p.outline}
    own = drawn.pop(area.pk, [])
    return own, list(drawn.values())
