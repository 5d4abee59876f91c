"""Claims: taking a share of a task, proving it, judging it. Moves go through casework."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Sum

from zhicunbao.base import access
from zhicunbao.base.access import SYSTEM, Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Person, Post
from zhicunbao.base.roles import GRID
from zhicunbao.casework.actions import Outcome, Photo, open_case, perform, perform_many
from zhicunbao.casework.actions.evidence import Position
from zhicunbao.casework.models import Case
from zhicunbao.kernel import clock, digests
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed
from zhicunbao.work.models import Claim, Task, WorkItemVersion
from zhicunbao.work.rules import draw_order, grid_duty, period_start

NOTE_LENGTH_MAX = 200


def claim_task(actor: Actor, task: Task, *, key: str) -> Claim:
    """Claim a slot for oneself, or enter the draw when the task is given out by lot.

    For grid members and heads of the task's audience, while its claim window is open. Refuses a
    second live claim, a full task, and what would pass the item's cap for the person and period.
    """
    return once(
        actor,
        key=key,
        action="work.claim",
        request=[task.pk],
        do=lambda: _claim(actor, task.pk),
    )


def _claim(actor: Actor, task_id: int) -> Claim:
    claimant = _locked(actor.person_id)
    task = Task.objects.select_related("case", "version__item", "area").get(pk=task_id)
    now = clock.now()
    if task.case.state != "published":
        raise Conflict("这件任务已经结束或撤回，不能再认领。请回到任务列表看看别的。")
    if grid_duty(actor, task) is None:
        raise NotAllowed("这件任务只由当地的网格员认领，请看您自己社区或村的任务。")
    if task.way == Task.Way.ASSIGN:
        raise Conflict("这件任务由社区指定人员，不用认领。想参加请联系社区管理员。")
    if now < task.opens_at:
        raise Conflict("还没到认领时间，请在开始后再来。")
    if now >= task.closes_at:
        raise Conflict("认领时间已经过了。请回到任务列表看看别的。")
    _check_not_twice(claimant, task)
    _check_caps(claimant, task)
    if task.way == Task.Way.DRAW:
        return _open_claim(actor, task, claimant, verb="enter", due_at=task.closes_at)
    take_slot(task)
    return _open_claim(actor, task, claimant, verb="claim", due_at=task.due_at)


def assign_task(actor: Actor, task: Task, *, person_ids: Sequence[int], key: str) -> Task:
    """Give slots to named grid members of the audience, all or none.

    Needs ``work.publish`` at the task. Those assigned are told and may give it up.
    """
    access.require(actor, "work.publish", task)

    def do() -> Task:
        if task.case.state != "published":
            raise Conflict("这件任务不在进行中，不能再指定人员。")
        for person_id in sorted(set(person_ids)):
            claimant = _locked(person_id)
            is_there = Post.objects.filter(
                access.under([task.audience_prefix]),
                person=claimant,
                role__in=GRID,
                ends_on__isnull=True,
            ).exists()
            if not is_there:
                raise Invalid(
                    f"{claimant.name}不是这里的网格员，请只选本社区或本村的网格员。",
                    fields={"people": "有人不在范围内"},
                )
            _check_not_twice(claimant, task)
            take_slot(task)
            _open_claim(actor, task, claimant, verb="assign", due_at=task.due_at)
        task.refresh_from_db()
        return task

    request = [task.pk, sorted(set(person_ids))]
    return once(actor, key=key, action="work.assign", request=request, do=do)


def _locked(person_id: int | None) -> Person:
    """Return the person with their row locked: one person's claims are taken one at a time, so
    that caps hold when two phones claim at once."""
    if person_id is None:
        raise ValueError("a claim is a person's")
    return Person.objects.select_for_update().get(pk=person_id)


def _check_not_twice(claimant: Person, task: Task) -> None:
    if Claim.objects.filter(task=task, claimant=claimant, is_active=True).exists():
        raise Conflict("这件任务已经在您名下，不用再认领。请到“我的认领”继续办理。")


def _check_caps(claimant: Person, task: Task) -> None:
    version: WorkItemVersion = task.version
    if not version.cap_count and not version.cap_points:
        return
    since = period_start(version.cap_period, clock.today())
    had = (
        Claim.objects.filter(
            claimant=claimant,
            is_active=True,
            task__version__item=version.item,
            claimed_at__gte=since,
        )
        .exclude(case__state__in=["rejected", "upheld"])
        .aggregate(n=Count("pk"), sum=Sum("points"))
    )
    period = WorkItemVersion.Period(version.cap_period).label
    if version.cap_count and had["n"] >= version.cap_count:
        raise Conflict(
            f"“{version.item.name}”每人{period}最多 {version.cap_count} 次，您已经够了。"
            "请把机会留给别人，或看看别的任务。"
        )
    if version.cap_points and (had["sum"] or 0) + task.points > version.cap_points:
        raise Conflict(
            f"“{version.item.name}”每人{period}最多 {version.cap_points} 分，加上这件就超了。"
            "请看看别的任务。"
        )


def take_slot(task: Task) -> None:
    """Take one slot or refuse: a single conditional update, so that two cannot take the last."""
    taken = Task.objects.filter(pk=task.pk, taken_count__lt=F("slots")).update(
        taken_count=F("taken_count") + 1
    )
    if not taken:
        raise Conflict("名额刚刚满了。请回到任务列表看看别的，有人放弃时名额会再出现。")


def _open_claim(
    actor: Actor, task: Task, claimant: Person, *, verb: str, due_at: datetime
) -> Claim:
    case = open_case(
        actor,
        flow="work.claim",
        verb=verb,
        subject=task.title,
        area=task.area,
        owner_id=claimant.pk,
        due_at=due_at,
        detail={"task": task.pk},
    )
    return Claim.objects.create(
        case=case,
        task=task,
        claimant=claimant,
        level=task.level,
        points=task.points,
        claimed_at=clock.now(),
    )


def submit_proof(
    actor: Actor,
    claim: Claim,
    *,
    key: str,
    seen: int | None = None,
    photos: Sequence[Photo] = (),
    position: Position | None = None,
    fields: Sequence[tuple[str, str]] = (),
    note: str = "",
) -> Claim:
    """Hand in the proof of one's own claim, the first time or after it was returned.

    Refuses an incomplete proof, files that are not photos, and submission after the due time;
    nothing of a refused submission is kept.
    """
    if len(note) > NOTE_LENGTH_MAX:
        raise Invalid(
            f"说明最多 {NOTE_LENGTH_MAX} 字，请写短一些。",
            fields={"note": f"现在 {len(note)} 字"},
        )
    data = {"photos": list(photos), "position": position, "fields": list(fields), "note": note}
    perform(actor, claim.case, "submit", key=key, seen=seen, data=data)
    claim.refresh_from_db()
    return claim


def evaluate(
    actor: Actor,
    claim: Claim,
    *,
    verb: str,
    key: str,
    seen: int | None = None,
    level: int | None = None,
    reason: str = "",
) -> Claim:
    """Judge a submitted claim: ``evaluate`` (done, at a level), ``return`` or ``reject``."""
    if verb not in ("evaluate", "return", "reject"):
        raise Invalid("请先选“做到了”“退回补充”或“没做到”。", fields={"verb": "三选一"})
    data = {"level": level} if level else {}
    perform(actor, claim.case, verb, key=key, seen=seen, reason=reason, data=data)
    claim.refresh_from_db()
    return claim


def review_batch(
    actor: Actor,
    rows: Sequence[tuple[Case, int | None]],
    *,
    key: str,
    verb: str = "review",
    reason: str = "",
) -> list[Outcome]:
    """Review claims as a committee member, each row by itself; one notice for what passes.

    ``rows``: (case, version seen). ``verb`` is ``review`` or ``send_back``. A row that cannot pass
    (recused, moved on, purse short) says why and leaves the others alone.
    """
    if verb not in ("review", "send_back"):
        raise Invalid("请选“审核通过”或“退回考评”。", fields={"verb": "二选一"})
    if not rows:
        raise Invalid("还没有勾选。请先勾选要审核的几件。", fields={"cases": "至少勾选一件"})
    return perform_many(actor, rows, verb, key=key, reason=reason)


def draw_lots(now: datetime) -> int:
    """Draw every task by lot whose window has closed; return how many. Only the clock calls it.

    The order follows from the head of the task's chain, recorded with each result.
    """
    due = Task.objects.filter(
        way=Task.Way.DRAW, drawn_at__isnull=True, closes_at__lte=now, case__state="published"
    ).values_list("pk", flat=True)
    return sum(_draw(task_id, now) for task_id in due)


@transaction.atomic
def _draw(task_id: int, now: datetime) -> int:
    if not Task.objects.filter(pk=task_id, drawn_at__isnull=True).update(drawn_at=now):
        return 0
    task = Task.objects.select_related("case").get(pk=task_id)
    entered = {
        c.pk: c
        for c in task.claims.select_related("case").filter(case__state="entered").order_by("pk")
    }
    seed = digests.digest([task.case.head, sorted(entered)])
    free = task.slots - task.taken_count
    for place, claim_id in enumerate(draw_order(seed, entered), start=1):
        case = entered[claim_id].case
        verb = "draw" if place <= free else "lose"
        if verb == "draw":
            take_slot(task)
        perform(
            SYSTEM,
            case,
            verb,
            key=f"draw:{case.pk}",
            reason=f"第 {place} 位，共 {len(entered)} 人、{free} 个名额；抽签种子 {seed[:16]}",
        )
    return 1
