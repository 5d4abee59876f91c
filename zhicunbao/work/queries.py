"""What pages ask of work: the board, one's claims, what waits for judging, the machine's flags."""

from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from zhicunbao.base import access, files
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Attachment
from zhicunbao.casework.models import Evidence
from zhicunbao.casework.queries import inbox
from zhicunbao.kernel import clock, division
from zhicunbao.work.models import Claim, Task, WorkItemVersion


def board(
    actor: Actor, *, module: int | None = None, only_open: bool = False, near: bool = False
) -> QuerySet[Task]:
    """Return published tasks for the actor's area, soonest window first.

    ``only_open``: what can still be claimed. ``near``: in the actor's own grid or naming the whole
    community. Each row says by ``is_mine`` whether the actor has a live claim on it.
    """
    now = clock.now()
    mine = Claim.objects.filter(
        task=OuterRef("pk"), claimant_id=actor.person_id or 0, is_active=True
    )
    tasks = (
        access.visible_to(actor, Task.objects.all())
        .filter(case__state="published")
        .select_related("case", "area", "version__item")
        .annotate(is_mine=Exists(mine))
    )
    if module:
        tasks = tasks.filter(version__item__module=module)
    if only_open:
        tasks = tasks.filter(opens_at__lte=now, closes_at__gt=now, is_mine=False).exclude(
            Q(way=Task.Way.ASSIGN) | Q(taken_count__gte=F("slots"))
        )
    if near and actor.home_prefix:
        home = actor.home_prefix
        above = [home[:n] for n in (9, 12, 14, 17)]
        low, past = division.prefix_range(home[:14])
        tasks = tasks.filter(
            Q(area_prefix__in=above) | Q(area_prefix__gte=low, area_prefix__lt=past)
        )
    return tasks.order_by("due_at", "pk")


def current_versions() -> QuerySet[WorkItemVersion]:
    """Return the newest version in force of each work item, in catalogue order."""
    newer = WorkItemVersion.objects.filter(
        item=OuterRef("item"), number__gt=OuterRef("number"), valid_from__lte=clock.today()
    )
    return (
        WorkItemVersion.objects.filter(~Exists(newer), valid_from__lte=clock.today())
        .select_related("item")
        .order_by("item__code")
    )


def my_claims(actor: Actor) -> QuerySet[Claim]:
    """Return the actor's own claims, newest first, with what a list shows."""
    return Claim.objects.filter(claimant_id=actor.person_id or 0).select_related(
        "case", "task__version__item", "task__area"
    )


def claims_waiting(actor: Actor, state: str) -> QuerySet[Claim]:
    """Return the claims in ``state`` that wait for the actor, earliest deadline first, with the
    photos of their last round.
    """
    waiting = inbox(actor, flow="work.claim", state=state)
    photos = Evidence.objects.select_related("attachment").order_by("round", "pk")
    return (
        Claim.objects.filter(case__in=waiting.order_by().values("pk"))
        .select_related("case", "claimant", "task__version__item", "case__area")
        .prefetch_related(Prefetch("case__evidence", queryset=photos), "case__steps")
        .order_by("case__due_at", "pk")
    )


def to_evaluate_count(actor: Actor) -> int:
    """Return how many claims wait for the actor's evaluation."""
    return inbox(actor, flow="work.claim", state="submitted").count()


def to_review_count(actor: Actor) -> int:
    """Return how many claims wait for the actor's review."""
    return inbox(actor, flow="work.claim", state="evaluated").count()


def last_round(claim: Claim) -> list[Evidence]:
    """Return the evidence of the claim's last submission."""
    evidence = list(claim.case.evidence.all())
    newest = max((e.round for e in evidence), default=0)
    return [e for e in evidence if e.round == newest]


@dataclass(frozen=True)
class Flag:
    """Something that the machine noticed. It is shown beside the case and never blocks."""

    kind: str
    text: str
    evidence_id: int | None = None
    similar: Attachment | None = None


def flags_of(claim: Claim) -> list[Flag]:
    """Return what a person who judges should look at twice: near-duplicate photos, a camera time
    before the claim, a position outside the area or missing although wanted.
    """
    found: list[Flag] = []
    evidence = last_round(claim)
    for row in evidence:
        if row.attachment is None:
            continue
        similar = files.near_duplicates(row.attachment)
        if similar:
            other = similar[0].attachment
            day = clock.local_date(other.uploaded_at)
            text = f"与 {day.month}月{day.day}日这张相似"
            found.append(Flag("similar", text, row.pk, other))
        taken = row.attachment.camera_at
        if taken is not None and taken < claim.claimed_at - clock.DAY:
            day = clock.local_date(taken)
            found.append(Flag("old", f"相机时间是 {day.month}月{day.day}日，早于认领", row.pk))
    positions = [e for e in evidence if e.kind == Evidence.Kind.POSITION]
    if any(p.is_inside is False for p in positions):
        found.append(Flag("outside", "位置不在任务范围内"))
    elif claim.task.wants_position and not positions:
        found.append(Flag("no_position", "没有提供位置"))
    return found
