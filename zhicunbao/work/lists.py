"""The desk's lists and figures: tasks and claims that an actor oversees, narrowed, counted and
added up. What judges see of one claim stands in ``judging``.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import quantiles
from typing import Final

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.urls import reverse

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.feature import Figure
from zhicunbao.base.models import Area, Post
from zhicunbao.casework.models import Case
from zhicunbao.kernel import division
from zhicunbao.kernel.refusals import NotFound
from zhicunbao.registry.queries import households, residents
from zhicunbao.work.models import Claim, Task, WorkItem, WorkItemVersion
from zhicunbao.work.queries import grid_posts

VIEW: Final = "work.view"
CLAIM: Final = "work.claim"
TASK: Final = "work.task"
SHEET_MAX: Final = 5_000
"""Rows of a workbook: beyond this it is narrowed first."""
USUAL_FROM: Final = 4
USUAL_OF: Final = 200
"""How many tasks of an item, the newest ones, say what is usual."""


@dataclass(frozen=True)
class Narrowing:
    """How a list on the desk is narrowed; empty values do not narrow."""

    state: str = ""
    module: int = 0
    area: Area | None = None
    item: str = ""
    text: str = ""


def area_in_reach(actor: Actor, right: str, code: str) -> Area | None:
    """Return the area with ``code`` where ``actor`` holds ``right``; None for an empty code.

    Refuses with 404 what is elsewhere or nowhere.
    """
    if not code:
        return None
    found = Area.objects.filter(access.under(actor.reach(right), "prefix"), code=code).first()
    if found is None:
        raise NotFound("没有这个区划，或不在您的范围内。请从列表里重新选择。")
    return found


def areas_in_reach(actor: Actor, right: str, *, deepest: str = "micro_grid") -> list[Area]:
    """Return the communities, grids and micro-grids where ``actor`` holds ``right``, in order."""
    levels = [*division.VILLAGE_LEVELS, "grid", "micro_grid"]
    wanted = levels[: levels.index(deepest) + 1]
    return list(
        Area.objects.filter(access.under(actor.reach(right), "prefix"), level__in=wanted).order_by(
            "prefix"
        )
    )


def desk_tasks(actor: Actor, by: Narrowing) -> QuerySet[Task]:
    """Return the tasks that the actor's posts oversee, drafts included, newest window first."""
    tasks = Task.objects.filter(access.under(actor.reach(VIEW))).select_related(
        "case", "area", "version__item"
    )
    if by.state:
        tasks = tasks.filter(case__state=by.state)
    if by.module:
        tasks = tasks.filter(version__item__module=by.module)
    if by.item:
        tasks = tasks.filter(version__item__code=by.item)
    if by.area is not None:
        tasks = tasks.filter(access.under([by.area.prefix]))
    if by.text:
        tasks = tasks.filter(_named(by.text, "title"))
    return tasks.order_by("-opens_at", "-pk")


def sheet_tasks(actor: Actor, by: Narrowing) -> list[Task]:
    """Return the tasks of ``desk_tasks`` for a workbook, with what its columns need alone: whole
    rows and all that hangs on them take longer to read than the workbook to write.
    """
    tasks = desk_tasks(actor, by).only(
        *("title", "place", "level", "points", "slots", "taken_count", "minutes"),
        *("opens_at", "due_at", "area__name", "area__level"),
        *("version__item__name", "version__item__module"),
        *("case__flow", "case__state", "case__opened_at"),
    )
    return list(tasks[:SHEET_MAX])


def desk_claims(actor: Actor, by: Narrowing, *, task: Task | None = None) -> QuerySet[Claim]:
    """Return the claims that the actor's posts oversee, newest first, without what a row shows."""
    claims = Claim.objects.filter(
        access.under(actor.reach(VIEW), "case__area_prefix"), case__flow=CLAIM
    )
    if by.state:
        claims = claims.filter(case__state=by.state)
    if by.module:
        claims = claims.filter(task__version__item__module=by.module)
    if by.item:
        claims = claims.filter(task__version__item__code=by.item)
    if by.area is not None:
        claims = claims.filter(access.under([by.area.prefix], "case__area_prefix"))
    if task is not None:
        claims = claims.filter(task=task)
    if by.text:
        claims = claims.filter(_named(by.text, "case__subject"))
    return claims.order_by("-pk")


def _named(text: str, field: str) -> Q:
    """Return the condition "is called so, or has this number" (RW-2026-15, or 15)."""
    digits = text.rpartition("-")[2]
    named = Q(**{f"{field}__icontains": text})
    return named | Q(case=int(digits)) if digits.isdecimal() and len(digits) < 16 else named


def rows_of(pks: Iterable[int]) -> list[Claim]:
    """Return the claims with these numbers, in their order, with what a row of a list shows.

    Lists are cut to a page before they are joined: sorting whole rows would take the time of all.
    """
    wanted = list(pks)
    found = Claim.objects.select_related("case__area", "claimant", "task__version__item").in_bulk(
        wanted
    )
    return [found[pk] for pk in wanted if pk in found]


@dataclass(frozen=True)
class ClaimSum:
    """How many claims a list has, and their points together."""

    count: int
    points: int


def sum_of(claims: QuerySet[Claim]) -> ClaimSum:
    """Return how many ``claims`` are and what they bring together (one query)."""
    found = claims.order_by().aggregate(n=Count("pk"), sum=Sum("points"))
    return ClaimSum(found["n"], int(found["sum"] or 0))


def claim_states(tasks: Iterable[Task]) -> dict[int, Counter[str]]:
    """Return for each task (by number) how many of its claims are in which state (one query)."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    rows = (
        Claim.objects.filter(task__in=[t.pk for t in tasks])
        .order_by()
        .values_list("task", "case__state")
        .annotate(n=Count("pk"))
    )
    for task_id, state, number in rows:
        found[task_id][state] = number
    return found


@dataclass(frozen=True)
class StateCounts:
    """How many tasks and claims are in which state; each figure opens exactly its rows."""

    tasks: Counter[str]
    claims: Counter[str]


def state_counts(actor: Actor, area: Area | None = None) -> StateCounts:
    """Return how many tasks and claims are in which state where the actor looks (one query)."""
    counted: dict[str, Counter[str]] = {TASK: Counter(), CLAIM: Counter()}
    here = Case.objects.filter(access.under(actor.reach(VIEW)), flow__in=counted)
    if area is not None:
        here = here.filter(access.under([area.prefix]))
    for flow, state, number in here.order_by().values_list("flow", "state").annotate(n=Count("pk")):
        counted[flow][state] = number
    return StateCounts(counted[TASK], counted[CLAIM])


def points_posted(actor: Actor, area: Area | None = None) -> int:
    """Return the points credited for work where the actor looks: the sum of the list of posted
    claims (one query).
    """
    return sum_of(desk_claims(actor, Narrowing(state="posted", area=area))).points


def area_figures(actor: Actor, area: Area) -> list[Figure]:
    """Return the figures of work in ``area``; none for those whose posts do not oversee it."""
    if not access.may(actor, VIEW, area):
        return []
    counts = state_counts(actor, area)
    tasks, claims = reverse("work:desk_tasks"), reverse("work:desk_claims")
    query = f"area={area.code}"
    return [
        Figure("进行中任务", counts.tasks["published"], f"{tasks}?state=published&{query}", "件"),
        Figure("已入账积分", points_posted(actor, area), f"{claims}?state=posted&{query}", "分"),
    ]


def fetch_overseen(actor: Actor, pk: int) -> Task:
    """Return a task that the actor's posts oversee, or refuse with 404."""
    access.require(actor, VIEW)
    tasks = Task.objects.select_related("case", "area", "version__item", "publisher").filter(
        access.under(actor.reach(VIEW))
    )
    return access.fetch(actor, tasks, pk=pk)


def claims_of(task: Task) -> list[Claim]:
    """Return everybody's claims on a task, in the order of claiming."""
    return list(task.claims.select_related("case__area", "claimant").order_by("claimed_at", "pk"))


def could_be_assigned(task: Task) -> list[Post]:
    """Return the open grid posts of the task's audience whose people have no live claim on it."""
    busy = Claim.objects.filter(task=task, is_active=True).values("claimant")
    free = grid_posts(task).exclude(person__in=busy).select_related("person", "area")
    return list(free.order_by("area_prefix", "person__name", "pk"))


def usual_minutes(item: WorkItem) -> tuple[int, int] | None:
    """Return between which minutes the middle half of the item's last tasks lies; None when there
    are too few of them to speak of what is usual.
    """
    published = Task.objects.filter(version__item=item).exclude(case__state="draft")
    minutes = list(published.order_by("-pk").values_list("minutes", flat=True)[:USUAL_OF])
    if len(minutes) < USUAL_FROM:
        return None
    low, _, high = quantiles(minutes, n=4, method="inclusive")
    return round(low), round(high)


def catalogue() -> list[WorkItem]:
    """Return every work item with its versions, newest first, and who adopted them."""
    versions = WorkItemVersion.objects.select_related("adopted_by").order_by("-number")
    return list(WorkItem.objects.prefetch_related(Prefetch("versions", queryset=versions)))


def fetch_item(code: str) -> WorkItem:
    """Return a work item of the catalogue, or refuse with 404."""
    found = next((item for item in catalogue() if item.code == code), None)
    if found is None:
        raise NotFound("没有这个工作事项。请回到事项目录重新选择。")
    return found


def tasks_by_version(actor: Actor) -> dict[int, int]:
    """Return how many tasks (by version number) the actor oversees that rest on each version."""
    rows = (
        Task.objects.filter(access.under(actor.reach(VIEW)))
        .order_by()
        .values_list("version")
        .annotate(n=Count("pk"))
    )
    return dict(rows)


PHONE_WORDS: Final = ("电话", "手机")
ADDRESS_WORDS: Final = ("住址", "地址", "门牌", "户主")
"""Words in a field's label that ask for what the register holds already."""


def known_in_register(actor: Actor, area: Area, label: str) -> str:
    """Return in words what the register knows of ``area`` already of what a field called ``label``
    asks; empty when it knows nothing or the actor may not look there.
    """
    if any(word in label for word in PHONE_WORDS):
        people = residents(actor, area).filter(person__phone__gt="").count()
        return f"登记簿里{area.short_name}已有 {people} 人的电话" if people else ""
    if any(word in label for word in ADDRESS_WORDS):
        number = households(actor, area).count()
        return f"登记簿里{area.short_name}已有 {number} 户的地址和户主" if number else ""
    return ""
