"""How tasks and claims look in JSON."""

from datetime import datetime

from zhicunbao.base.access import Actor
from zhicunbao.base.api import Place, Shown
from zhicunbao.casework.api.shapes import (
    Allowed,
    CaseRow,
    RoundShown,
    StepShown,
    allowed_of,
    case_row,
    evidence_of,
    steps_of,
)
from zhicunbao.casework.queries import owner_name
from zhicunbao.work import queries
from zhicunbao.work.flags import flags_of
from zhicunbao.work.judging import may_judge
from zhicunbao.work.models import Claim, Task
from zhicunbao.work.rules import stairs_of


class TaskRow(Shown):
    """A task as the board shows it. ``module`` is 1 to 5, ``level`` the difficulty, 1 to 5."""

    id: int
    case: CaseRow
    title: str
    item: str
    module: int
    level: int
    points: int
    area: Place
    place: str
    way: str
    slots: int
    taken: int
    opens_at: datetime
    closes_at: datetime
    due_at: datetime
    photos_min: int
    minutes: int


class BoardRow(TaskRow):
    """A row of the board. ``is_mine``: the reader has a live claim on it."""

    is_mine: bool


class FieldAsked(Shown):
    """Something that the proof of a task has to say, or may."""

    label: str
    is_required: bool


class LevelShown(Shown):
    """A difficulty with its points and what it means."""

    level: int
    points: int
    meaning: str


class TaskWhole(TaskRow):
    """A task with all that it asks and gives. ``claim``: the number of the reader's live claim on
    it; ``why_not``: the sentence that keeps the reader from claiming it now, or null.
    """

    text: str
    photo_labels: list[str]
    wants_position: bool
    fields: list[FieldAsked]
    levels: list[LevelShown]
    allowed: list[Allowed]
    claim: int | None
    why_not: str | None


def task_row(task: Task) -> TaskRow:
    """Return a task as lists show it; it needs its case, area and item at hand."""
    return TaskRow(
        id=task.pk,
        case=case_row(task.case),
        title=task.title,
        item=task.version.item.name,
        module=task.version.item.module,
        level=task.level,
        points=task.points,
        area=Place.of(task.area),
        place=task.place,
        way=task.way,
        slots=task.slots,
        taken=task.taken_count,
        opens_at=task.opens_at,
        closes_at=task.closes_at,
        due_at=task.due_at,
        photos_min=task.photos_min,
        minutes=task.minutes,
    )


def task_whole(actor: Actor, task: Task) -> TaskWhole:
    """Return a task as ``actor`` sees it on its own."""
    mine = queries.own_claim(actor, task)
    refusal = queries.why_not_claim(actor, task)
    return TaskWhole(
        **task_row(task).model_dump(),
        text=task.text,
        photo_labels=[str(label) for label in task.photo_labels],
        wants_position=task.wants_position,
        fields=[
            FieldAsked(label=str(f["label"]), is_required=bool(f.get("is_required")))
            for f in task.fields
        ],
        levels=[
            LevelShown(level=s.level, points=s.points, meaning=s.meaning)
            for s in stairs_of(task.version)
        ],
        allowed=allowed_of(actor, task.case, list(task.case.steps.all())),
        claim=mine.pk if mine else None,
        why_not=refusal.message if refusal else None,
    )


class TaskBrief(Shown):
    """The task of a claim, in short."""

    id: int
    title: str
    item: str
    module: int
    area: Place
    place: str
    photos_min: int


class ClaimRow(Shown):
    """A claim in a list. ``level`` and ``points`` are as evaluated, before that as published;
    ``notice`` is the number of the public notice in which it stands.
    """

    id: int
    case: CaseRow
    task: TaskBrief
    level: int
    points: int
    claimed_at: datetime
    notice: int | None


class ClaimWhole(ClaimRow):
    """A claim with what was handed in, what happened, and what the reader may do. ``flags`` are
    what the machine noticed; only those who judge claims there read them.
    """

    claimant: str
    is_own: bool
    allowed: list[Allowed]
    evidence: list[RoundShown]
    steps: list[StepShown]
    flags: list[str]


def claim_row(claim: Claim) -> ClaimRow:
    """Return a claim as lists show it; it needs its case with notice, and its task, at hand."""
    task = claim.task
    entry = getattr(claim.case, "notice_entry", None)
    return ClaimRow(
        id=claim.pk,
        case=case_row(claim.case),
        task=TaskBrief(
            id=task.pk,
            title=task.title,
            item=task.version.item.name,
            module=task.version.item.module,
            area=Place.of(task.area),
            place=task.place,
            photos_min=task.photos_min,
        ),
        level=claim.level,
        points=claim.points,
        claimed_at=claim.claimed_at,
        notice=entry.notice_id if entry else None,
    )


def claim_whole(actor: Actor, pk: int) -> ClaimWhole:
    """Return a claim as it stands now and as ``actor`` sees it, or refuse with 404."""
    claim = queries.fetch_claim(actor, pk)
    case = claim.case
    steps = list(case.steps.all())
    return ClaimWhole(
        **claim_row(claim).model_dump(),
        claimant=owner_name(actor, case),
        is_own=claim.claimant_id == actor.person_id,
        allowed=allowed_of(actor, case, steps),
        evidence=evidence_of(case),
        steps=steps_of(actor, case, steps),
        flags=[flag.text for flag in flags_of(claim)] if may_judge(actor, case) else [],
    )
