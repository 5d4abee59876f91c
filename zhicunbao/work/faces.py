"""How tasks and claims look where all cases are listed, and where they open. The lists themselves
are casework's.
"""

from collections.abc import Sequence
from typing import Final

from django.db.models import Count
from django.urls import reverse

from zhicunbao.base.access import Actor
from zhicunbao.base.feature import Face, Fact
from zhicunbao.casework.models import Case, Evidence
from zhicunbao.work.flags import flags_of_many
from zhicunbao.work.judging import may_judge
from zhicunbao.work.models import Claim, Task


def task_faces(actor: Actor, cases: Sequence[Case], in_full: bool) -> dict[int, Face]:
    """Return the faces of tasks' cases (one query)."""
    del actor  # what a task shows is the same for all who may see its case
    tasks = Task.objects.filter(case__in=cases).select_related("version__item", "case")
    return {
        task.case_id: Face(
            icon=task.version.item.icon,
            module=task.version.item.module,
            note=f"{task.slots} 个名额",
            facts=_facts_of_task(task) if in_full else (),
            desk_url=reverse("work:edit_draft", args=[task.pk])
            if task.case.state == "draft"
            else "",
            desk_label="去发布",
        )
        for task in tasks
    }


def _facts_of_task(task: Task) -> tuple[Fact, ...]:
    return (
        Fact("难度", f"{task.level} 级", level=task.level, points=task.points),
        Fact("名额", f"{task.slots} 个，已认领 {task.taken_count} 个"),
        Fact("给谁", task.get_way_display()),
        Fact("做什么", task.text),
    )


def claim_faces(actor: Actor, cases: Sequence[Case], in_full: bool) -> dict[int, Face]:
    """Return the faces of claims' cases: two queries, and in full those that flags need.

    What the machine noticed is for those who judge and nobody else.
    """
    claims = list(
        Claim.objects.filter(case__in=cases).select_related("task__version__item", "case")
    )
    judged = [c for c in claims if in_full and may_judge(actor, c.case)]
    flags = flags_of_many(judged)
    counted = (
        Evidence.objects.filter(case__in=cases, kind=Evidence.Kind.PHOTO)
        .order_by("round")
        .values_list("case_id", "round")
        .annotate(n=Count("pk"))
    )
    # The rounds come in order, so the last one stays.
    photo_count = {case_id: n for case_id, _, n in counted}
    return {
        claim.case_id: _claim(
            claim,
            photo_count.get(claim.case_id, 0),
            _facts_of_claim(claim) if in_full else (),
            tuple(flag.text for flag in flags.get(claim.pk, ())),
        )
        for claim in claims
    }


def _claim(claim: Claim, photo_count: int, facts: tuple[Fact, ...], flags: tuple[str, ...]) -> Face:
    item = claim.task.version.item
    return Face(
        icon=item.icon,
        module=item.module,
        note=f"照片 {photo_count} 张" if photo_count else "",
        facts=facts,
        flags=flags,
        desk_url=_desk_url(claim),
        desk_label=_LABELS.get(claim.case.state, ""),
        own_url=reverse("work:claim", args=[claim.pk]),
    )


_LABELS: Final = {"submitted": "去考评", "evaluated": "去审核"}
"""State of a claim → the words on the button that leads to where it is handled."""


def _desk_url(claim: Claim) -> str:
    """Return where those for whom the claim waits handle it; the committee has one list, which
    then begins with this claim.
    """
    if claim.case.state == "submitted":
        return reverse("work:evaluate_one", args=[claim.pk])
    if claim.case.state == "evaluated":
        return f"{reverse('work:review')}?first={claim.pk}"
    return ""


def _facts_of_claim(claim: Claim) -> tuple[Fact, ...]:
    return (
        Fact("难度", f"{claim.level} 级", level=claim.level, points=claim.points),
        Fact("任务", claim.task.text),
    )
