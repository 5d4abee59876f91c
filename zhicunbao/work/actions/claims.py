"""Claims: taking a share of a task, proving it, judging it. Moves go through casework."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from zhicunbao.base import access
from zhicunbao.base.access import SYSTEM, Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Area, Person
from zhicunbao.casework.actions import Outcome, Photo, open_case, perform, perform_many
from zhicunbao.casework.actions.evidence import Position
from zhicunbao.casework.actions.moves import lock
from zhicunbao.casework.models import Case
from zhicunbao.kernel import clock, digests
from zhicunbao.kernel.refusals import Conflict, Invalid
from zhicunbao.work.models import Claim, Task
from zhicunbao.work.queries import cap_passed, grid_posts, why_not_claim
from zhicunbao.work.rules import (
    FIELD_LENGTH_MAX,
    NOTE_LENGTH_MAX,
    PHOTOS_SENT_MAX,
    draw_order,
    grid_duty,
)


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
        do=lambda: _claim(actor, task.pk, task.case_id),
    )


def _claim(actor: Actor, task_id: int, case_id: int) -> Claim:
    lock(case_id)  # a task is not taken back while somebody claims it
    claimant = _locked(actor.person_id)
    task = Task.objects.select_related("case", "version__item", "area").get(pk=task_id)
    if refusal := why_not_claim(actor, task):
        raise refusal
    duty = grid_duty(actor, task)
    if duty is None:
        raise ValueError("why_not_claim let somebody through who holds no post here")
    area = Area.objects.get(prefix=duty.prefix)
    if task.way == Task.Way.DRAW:
        return _open_claim(actor, task, claimant, area, verb="enter", due_at=task.closes_at)
    take_slot(task)
    return _open_claim(actor, task, claimant, area, verb="claim", due_at=task.due_at)


def assign_task(actor: Actor, task: Task, *, person_ids: Sequence[int], key: str) -> Task:
    """Give slots to named grid members of the audience, all or none.

    Needs ``work.publish`` at the task. Those assigned are told and may give it up. Refuses whoever
    is no grid member there (without a word about who that is), has a live claim on the task, or
    would pass the item's cap; and more people than there are slots.
    """
    access.require(actor, "work.publish", task)

    def do() -> Task:
        if lock(task.case_id).state != "published":
            raise Conflict("这件任务不在进行中，不能再指定人员。要再派人做，请照样再发一件。")
        # Of somebody's two posts the wider one stays, as when they claim themselves.
        posts = {post.person_id: post for post in grid_posts(task).reverse()}
        for person_id in sorted(set(person_ids)):
            if person_id not in posts:
                raise Invalid(
                    "选中的人里，有人不是这里的网格员。请只选本社区或本村的网格员。",
                    fields={"people": "有人不在范围内"},
                )
            claimant = _locked(person_id)
            if Claim.objects.filter(task=task, claimant=claimant, is_active=True).exists():
                raise Conflict(f"这件任务已经在{claimant.name}名下，请去掉这个人再指定。")
            if cap := cap_passed(person_id, task):
                raise Conflict(f"{cap}，{claimant.name}再加这件就超了。请去掉这个人再指定。")
            take_slot(task)
            area = posts[person_id].area
            _open_claim(actor, task, claimant, area, verb="assign", due_at=task.due_at)
        task.refresh_from_db()
        return task

    request = [task.pk, sorted(set(person_ids))]
    return once(actor, key=key, action="work.assign", request=request, do=do)


def _locked(person_id: int | None) -> Person:
    """Return the person with their row locked: one person's claims are taken one at a time, so
    that caps hold when two phones claim at once."""
    if person_id is None:
        raise ValueError("a claim is a person's")
    return Person.objects.select_for_update(no_key=True).get(pk=person_id)


def take_slot(task: Task) -> None:
    """Take one slot or refuse: a single conditional update, so that two cannot take the last."""
    taken = Task.objects.filter(pk=task.pk, taken_count__lt=F("slots")).update(
        taken_count=F("taken_count") + 1
    )
    if not taken:
        raise Conflict("名额刚刚满了。请回到任务列表看看别的，有人放弃时名额会再出现。")


def _open_claim(
    actor: Actor, task: Task, claimant: Person, area: Area, *, verb: str, due_at: datetime
) -> Claim:
    """Open the claim's case where the claimant's post lies, so that their own community judges it
    wherever the task was published, and figures know the micro-grid.
    """
    case = open_case(
        actor,
        flow="work.claim",
        verb=verb,
        subject=task.title,
        area=area,
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

    Refuses an incomplete proof, too much of one, files that are not photos, and submission after
    the due time; nothing of a refused submission is kept.
    """
    _check_size(photos, fields, note)
    clean = [photo.cleaned() for photo in photos]  # before the transaction: nobody waits for it
    data = {"photos": clean, "position": position, "fields": list(fields), "note": note}
    perform(actor, claim.case, "submit", key=key, seen=seen, data=data)
    claim.refresh_from_db()
    return claim


def _check_size(photos: Sequence[Photo], fields: Sequence[tuple[str, str]], note: str) -> None:
    wrong = {
        f"field:{label}": f"最多 {FIELD_LENGTH_MAX} 字，现在 {len(text)} 字"
        for label, text in fields
        if len(text) > FIELD_LENGTH_MAX
    }
    if len(note) > NOTE_LENGTH_MAX:
        wrong["note"] = f"最多 {NOTE_LENGTH_MAX} 字，现在 {len(note)} 字"
    if len(photos) > PHOTOS_SENT_MAX:
        wrong["photos"] = f"一次最多交 {PHOTOS_SENT_MAX} 张，现在选了 {len(photos)} 张"
    if wrong:
        raise Invalid("交的比能留的多，请改好标出的几处再提交。", fields=wrong)


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

    One that was stopped meanwhile is drawn too: who entered before hears what came of it. The order
    follows from the head of the task's chain, recorded with each result.
    """
    due = Task.objects.filter(
        way=Task.Way.DRAW,
        drawn_at__isnull=True,
        closes_at__lte=now,
        case__state__in=("published", "closed"),
    ).values_list("pk", flat=True)
    return sum(_draw(task_id, now) for task_id in due)


@transaction.atomic
def _draw(task_id: int, now: datetime) -> int:
    # Whoever enters holds the same lock: they are in the draw, or come after it and are refused.
    lock(Task.objects.values_list("case_id", flat=True).get(pk=task_id))
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
