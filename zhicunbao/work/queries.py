"""What pages ask of work: the board, one's claims, what waits for judging. What the machine
notices about a claim stands in ``flags``, the desk's lists in ``lists``.
"""

from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.urls import reverse

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.feature import Figure, MyRow
from zhicunbao.base.models import Area, Post
from zhicunbao.base.roles import GRID
from zhicunbao.casework.models import Case, Evidence, PublicNotice, Step
from zhicunbao.casework.queries import inbox
from zhicunbao.kernel import clock, division
from zhicunbao.kernel.refusals import Conflict, NotAllowed, Refusal
from zhicunbao.work.models import Claim, Task, WorkItemVersion
from zhicunbao.work.rules import grid_duty, period_start

CLAIM_RIGHT: Final = "work.claim"
WAITING: Final = ("claimed", "returned")
"""The states in which a claim waits for its claimant."""
UNDER_WAY: Final = "going"
POSTED: Final = "posted"
STAGES: Final = {
    UNDER_WAY: ("entered", *WAITING, "submitted", "evaluated"),
    "notice": ("in_notice", "objected"),
    "done": ("posted", "rejected", "upheld", "withdrawn", "expired", "not_drawn"),
    POSTED: ("posted",),
}
"""How a claimant's list is divided. Every state stands in one of the first three; the last is the
part of what is done that brought points.
"""


def board(
    actor: Actor,
    *,
    module: int | None = None,
    only_open: bool = False,
    near: bool = False,
    text: str = "",
) -> QuerySet[Task]:
    """Return published tasks for the actor's area, soonest due first.

    ``only_open``: what can still be claimed. ``near``: in the actor's own grid or naming the whole
    community. ``text``: in the title, the place or the work item's name. Each row says by
    ``is_mine`` whether the actor has a live claim on it.
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
    if text:
        named = Q(version__item__name__icontains=text)
        tasks = tasks.filter(Q(title__icontains=text) | Q(place__icontains=text) | named)
    return tasks.order_by("due_at", "pk")


def count_by_module(tasks: QuerySet[Task]) -> dict[int, int]:
    """Return how many of ``tasks`` each module has; modules without one are left out."""
    rows = tasks.order_by().values_list("version__item__module").annotate(n=Count("pk"))
    return dict(rows)


def fetch_task(actor: Actor, pk: int) -> Task:
    """Return a task that the actor may see with what its page shows, or refuse with 404."""
    tasks = Task.objects.select_related(
        "case", "area__parent__parent", "version__item", "publisher"
    )
    return access.fetch(actor, tasks, pk=pk)


def own_claim(actor: Actor, task: Task) -> Claim | None:
    """Return the actor's live claim on ``task``, if any."""
    live = Claim.objects.filter(task=task, claimant_id=actor.person_id or 0, is_active=True)
    return live.select_related("case__notice_entry__notice").first()


def why_not_claim(actor: Actor, task: Task) -> Refusal | None:
    """Return what keeps the actor from claiming ``task`` now (or from entering its draw), or None.

    The page says it in place of the button. The action decides: it asks the same under its lock.
    """
    now = clock.now()
    if task.case.state != "published":
        return Conflict("这件任务已经结束或撤回，不能再认领。请回到任务列表看看别的。")
    if grid_duty(actor, task) is None:
        return NotAllowed("这件任务只由当地的网格员认领，请看您自己社区或村的任务。")
    if task.way == Task.Way.ASSIGN:
        return Conflict("这件任务由社区指定人员，不用认领。想参加请联系社区管理员。")
    if now < task.opens_at:
        return Conflict("还没到认领时间，请在开始后再来。")
    if now >= task.closes_at:
        return Conflict("认领时间已经过了。请回到任务列表看看别的。")
    if own_claim(actor, task) is not None:
        return Conflict("这件任务已经在您名下，不用再认领。请到“我的认领”继续办理。")
    if cap := cap_passed(actor.person_id or 0, task):
        return Conflict(f"{cap}，您再加这件就超了。请把机会留给别人，或看看别的任务。")
    if task.way == Task.Way.CLAIM and task.taken_count >= task.slots:
        return Conflict("名额已经满了。有人放弃时名额会再出现，您也可以看看别的任务。")
    return None


def cap_passed(person_id: int, task: Task) -> str:
    """Return the item's cap that one more claim by this person would pass, in words; empty: none.

    Claims count from the first day of the cap's period on, with the points they were published or
    evaluated with; those that were given up, rejected or taken back by an objection do not.
    """
    version = task.version
    if not version.cap_count and not version.cap_points:
        return ""
    had = (
        Claim.objects.filter(
            claimant_id=person_id,
            is_active=True,
            task__version__item=version.item,
            claimed_at__gte=period_start(version.cap_period, clock.today()),
        )
        .exclude(case__state__in=["rejected", "upheld"])
        .aggregate(n=Count("pk"), sum=Sum("points"))
    )
    each = f"“{version.item.name}”每人{version.get_cap_period_display()}最多"
    if version.cap_count and had["n"] >= version.cap_count:
        return f"{each} {version.cap_count} 次"
    if version.cap_points and (had["sum"] or 0) + task.points > version.cap_points:
        return f"{each} {version.cap_points} 分"
    return ""


def grid_posts(task: Task) -> QuerySet[Post]:
    """Return the open grid posts of the task's audience, with their areas."""
    there = Post.objects.filter(
        Post.open_on(clock.today()), access.under([task.audience_prefix]), role__in=GRID
    )
    return there.select_related("area")


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


def my_claims(actor: Actor, stage: str = "") -> QuerySet[Claim]:
    """Return the actor's own claims with what a list shows: newest first, or at one of ``STAGES``.

    Under way: what waits for the person first, then by deadline. ``said`` is the reason written
    with the last step.
    """
    said = Step.objects.filter(case=OuterRef("case")).order_by("-position").values("reason")[:1]
    claims = (
        Claim.objects.filter(claimant_id=actor.person_id or 0)
        .select_related(
            "case__notice_entry__notice", "case__owner", "task__version__item", "task__area"
        )
        .annotate(said=Subquery(said), is_waiting=Q(case__state__in=WAITING))
    )
    if stage:
        claims = claims.filter(case__state__in=STAGES[stage])
    if stage == UNDER_WAY:
        return claims.order_by("-is_waiting", "case__due_at", "pk")
    return claims.order_by("-case__moved_at", "-pk")


def my_claim_counts(actor: Actor) -> dict[str, int]:
    """Return how many claims the actor has at each of ``STAGES``: exactly the rows of the lists."""
    rows = Claim.objects.filter(claimant_id=actor.person_id or 0).order_by()
    by_state = dict(rows.values_list("case__state").annotate(n=Count("pk")))
    return {s: sum(by_state.get(state, 0) for state in held) for s, held in STAGES.items()}


def to_submit(actor: Actor) -> QuerySet[Claim]:
    """Return the claims that wait for the actor's own proof, soonest due first."""
    return my_claims(actor, UNDER_WAY).filter(case__state__in=WAITING)


def to_submit_count(actor: Actor) -> int:
    """Return how many claims wait for the actor's own proof: the figure at the tab 首页."""
    return to_submit(actor).count()


def fetch_claim(actor: Actor, pk: int) -> Claim:
    """Return a claim that the actor may see with what its page shows, or refuse with 404."""
    claims = Claim.objects.select_related(
        "case__notice_entry__notice",
        "case__area",
        "claimant",
        "task__version__item",
        "task__area__parent__parent",
    ).prefetch_related("case__steps")
    return access.fetch(actor, claims, pk=pk)


def fetch_own_claim(actor: Actor, pk: int) -> Claim:
    """Return one's own claim; those who may see another's are told that only its owner acts."""
    found = fetch_claim(actor, pk)
    if found.claimant_id != actor.person_id:
        raise NotAllowed("这不是您的事项，请由本人办理。", code="not_the_owner")
    return found


def my_figures(actor: Actor) -> list[Figure]:
    """Return what the page 我的 says of one's claims: how many brought points."""
    counts = my_claim_counts(actor)
    if not (any(counts.values()) or access.may(actor, CLAIM_RIGHT)):
        return []
    url = f"{reverse('work:my_claims')}?stage={POSTED}"
    return [Figure("做成的事", counts[POSTED], url, "件")]


def my_rows(actor: Actor) -> list[MyRow]:
    """Return the door to one's claims for the page 我的, for those who have or may have any."""
    counts = my_claim_counts(actor)
    if not (any(counts.values()) or access.may(actor, CLAIM_RIGHT)):
        return []
    waiting = to_submit_count(actor)
    words = f"{waiting} 件等您提交" if waiting else f"{counts[UNDER_WAY]} 件进行中"
    row = MyRow("我的认领", "task", reverse("work:my_claims"), words, "wait" if waiting else "")
    return [row]


def home_area(actor: Actor) -> Area | None:
    """Return the area where the actor belongs, with the two above it."""
    found = Area.objects.filter(prefix=actor.home_prefix) if actor.home_prefix else None
    return found.select_related("parent__parent").first() if found is not None else None


def recent_notices(actor: Actor, limit: int) -> list[PublicNotice]:
    """Return the newest public notices of the actor's community or village, at most ``limit``."""
    home = actor.home_prefix[:12]
    notices = access.visible_to(actor, PublicNotice.objects.all())
    return list(notices.filter(access.under([home] if home else []))[:limit])


def numbers_waiting(actor: Actor, state: str) -> QuerySet[Case, int]:
    """Return the numbers of the claims in ``state`` that wait for the actor, earliest deadline
    first.
    """
    return inbox(actor, flow="work.claim", state=state).values_list("claim", flat=True)


def claims_waiting(actor: Actor, state: str, *, count_max: int) -> list[Claim]:
    """Return the first of these claims with the photos that they brought.

    Found before they are joined: PostgreSQL does not reorder so many tables, and joined all claims
    there are to pick these.
    """
    wanted = list(numbers_waiting(actor, state)[:count_max])
    photos = Evidence.objects.select_related("attachment").order_by("round", "pk")
    found = (
        Claim.objects.select_related("case__area", "claimant", "task__version__item")
        .prefetch_related(Prefetch("case__evidence", queryset=photos))
        .in_bulk(wanted)
    )
    return [found[number] for number in wanted if number in found]


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
