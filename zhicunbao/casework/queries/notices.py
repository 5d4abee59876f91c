"""Public notices: which are up, how far their windows have come, their lines with what became of
them, and who may object.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.feature import Face, Fact
from zhicunbao.base.models import Area
from zhicunbao.casework.models import Case, NoticeEntry, Objection, PublicNotice
from zhicunbao.casework.queries.cases import flow_of, state_label
from zhicunbao.casework.rules import OBJECTION_DAYS, in_force, working_days_after
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import NotAllowed, NotFound

OBJECT = "casework.object"
RAISED = "raised"
RUNNING, STOPPED, PAST = "running", "stopped", "past"
"""The three places of the board: in the window, with an objection open, over."""


def may_object(actor: Actor, notice: PublicNotice) -> bool:
    """Whether the actor holds ``casework.object`` in the notice's community or village: by a post
    over it or, like a grid member's, inside it.
    """
    here = notice.area_prefix
    return any(here.startswith(p) or p.startswith(here) for p in actor.reach(OBJECT))


def require_objector(actor: Actor, notice: PublicNotice) -> None:
    """Refuse unless ``may_object``; the sentence says who may."""
    if not may_object(actor, notice):
        raise NotAllowed(
            f"异议由{notice.area.short_name}的居民和干部提出。您可以向那里的村务监督反映。",
            code="not_your_area",
        )


def notices(actor: Actor) -> QuerySet[PublicNotice]:
    """Return the notices that ``actor`` may read, newest first, each with ``entry_count``,
    ``points_sum`` and ``open_count``: how many objections to it wait for an answer.
    """
    entries = NoticeEntry.objects.filter(notice=OuterRef("pk")).order_by().values("notice")
    objections = (
        Objection.objects.filter(entry__notice=OuterRef("pk"), case__state=RAISED)
        .order_by()
        .values("entry__notice")
    )
    return access.visible_to(
        actor, PublicNotice.objects.select_related("area__parent", "opened_by")
    ).annotate(
        entry_count=Coalesce(Subquery(entries.annotate(n=Count("pk")).values("n")), 0),
        points_sum=Coalesce(Subquery(entries.annotate(n=Sum("points")).values("n")), 0),
        open_count=Coalesce(Subquery(objections.annotate(n=Count("pk")).values("n")), 0),
    )


def _place(place: str, now: datetime) -> Q:
    stopped = Exists(Objection.objects.filter(entry__notice=OuterRef("pk"), case__state=RAISED))
    if place == STOPPED:
        return Q(stopped)
    if place == PAST:
        return Q(closes_at__lte=now) & ~Q(stopped)
    return Q(closes_at__gt=now)


def board(actor: Actor, place: str, area_code: str = "") -> QuerySet[PublicNotice]:
    """Return the notices in one of the board's three places, of one area or of all."""
    found = notices(actor).filter(_place(place, clock.now()))
    return found.filter(area__code=area_code) if area_code else found


def board_counts(actor: Actor, area_code: str = "") -> dict[str, int]:
    """Return how many notices stand in each place of the board (one query)."""
    found = access.visible_to(actor, PublicNotice.objects.order_by())
    if area_code:
        found = found.filter(area__code=area_code)
    now = clock.now()
    places = (RUNNING, STOPPED, PAST)
    return found.aggregate(**{p: Count("pk", filter=_place(p, now)) for p in places})


def notice_areas(actor: Actor) -> list[Area]:
    """Return the areas whose notices ``actor`` may read, in official order."""
    seen = access.visible_to(actor, PublicNotice.objects.order_by()).values("area")
    return list(Area.objects.filter(pk__in=seen).order_by("prefix"))


def fetch_notice(actor: Actor, pk: int) -> PublicNotice:
    """Return a notice that ``actor`` may read, counted as in ``notices``, or refuse with 404."""
    found = notices(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound("没有这份公示，或它不在您的街道。请回到公示栏重新选择。")
    return found


def place_of(notice: PublicNotice) -> str:
    """Return where on the board a notice from ``notices`` stands first of all."""
    if notice.closes_at > clock.now():
        return RUNNING
    return STOPPED if getattr(notice, "open_count", 0) else PAST


@dataclass(frozen=True)
class Day:
    """One working day of a window: ``done``, ``now``, ``ahead``, or ``stopped`` by an objection."""

    on: date
    state: str


@dataclass(frozen=True)
class Window:
    """How far a notice has come: its days, and the same as a word with its tone."""

    days: list[Day]
    word: str
    tone: str


def days_of(notice: PublicNotice, *, is_stopped: bool) -> list[Day]:
    """Return the working days of a notice as they stand today. ``is_stopped``: an objection stops
    it, or the line of it that is looked at, on the day that it has come to.
    """
    today, is_over = clock.today(), notice.closes_at <= clock.now()
    days = working_days_after(notice.opens_at, notice.window_days)
    states = [
        "ahead" if day > today else "now" if day == today and not is_over else "done"
        for day in days
    ]
    if is_stopped and states:
        states[max(len(states) - states.count("ahead"), 1) - 1] = "stopped"
    return [Day(day, state) for day, state in zip(days, states, strict=True)]


def window_of(notice: PublicNotice) -> Window:
    """Return the window of a notice from ``notices`` as it stands today."""
    is_stopped = bool(getattr(notice, "open_count", 0))
    days = days_of(notice, is_stopped=is_stopped)
    if is_stopped:
        return Window(days, "有异议", "late")
    if not days:
        return Window(days, "不设公示期", "")
    if notice.closes_at <= clock.now():
        return Window(days, "已期满", "")
    if days[0].state == "ahead":
        return Window(days, f"{days[0].on.month}月{days[0].on.day}日起算", "info")
    return Window(days, f"第 {sum(day.state != 'ahead' for day in days)} 天", "ok")


@dataclass(frozen=True)
class Answer:
    """An objection as everyone may read it: when, what came of it, and why. Never by whom."""

    objection: Objection
    state: str
    reason: str
    is_open: bool


@dataclass(frozen=True)
class Line:
    """One line of a notice with its place in it and what became of it."""

    number: int
    entry: NoticeEntry
    state: str
    answers: list[Answer]
    may_object: bool

    @property
    def is_stopped(self) -> bool:
        """Whether an objection to it waits for an answer."""
        return any(a.is_open for a in self.answers)


def lines_of(actor: Actor, notice: PublicNotice) -> list[Line]:
    """Return the lines of a notice in their order, with objections and answers (four queries)."""
    entries = notice.entries.select_related("case").prefetch_related("objections__case__steps")
    can = may_object(actor, notice) and notice.closes_at > clock.now()
    return [
        Line(
            number,
            entry,
            state_label(entry.case),
            _answers(entry.objections.all()),
            can and flow_of(entry.case).find(entry.case.state, "object") is not None,
        )
        for number, entry in enumerate(entries, start=1)
    ]


def _answers(objections: Iterable[Objection]) -> list[Answer]:
    found = []
    for objection in objections:
        steps = sorted(objection.case.steps.all(), key=lambda s: s.position)
        is_open = objection.case.state == RAISED
        reason = "" if is_open or len(steps) < 2 else steps[-1].reason
        found.append(Answer(objection, state_label(objection.case), reason, is_open))
    return found


def fetch_entry(actor: Actor, pk: int) -> NoticeEntry:
    """Return a line of a notice that ``actor`` may read, or refuse with 404."""
    readable = access.visible_to(actor, PublicNotice.objects.order_by())
    found = (
        NoticeEntry.objects.select_related("notice__area", "case__area")
        .filter(pk=pk, notice__in=readable)
        .first()
    )
    if found is None:
        raise NotFound("没有这一笔，或它不在您街道的公示里。请回到公示栏重新选择。")
    return found


def objection_days(entry: NoticeEntry) -> int:
    """Return within how many working days an objection to this line is answered today."""
    return in_force(OBJECTION_DAYS, entry.case.area_prefix, clock.today())


def is_objection(case: Case) -> bool:
    """Whether the case is about a line of a notice."""
    return case.flow == "casework.objection"


def objection_of(case: Case) -> Objection:
    """Return the objection of its case, with the line, the notice and the matter it stops."""
    return Objection.objects.select_related(
        "entry__notice__area", "entry__case__area", "entry__case__owner"
    ).get(case=case)


def objection_faces(actor: Actor, cases: Sequence[Case], in_full: bool) -> dict[int, Face]:
    """Return how objections look in common lists. They are answered on the common page."""
    del actor  # whoever may see the case reads the same; the objector's name is in none of it
    found = Objection.objects.filter(case__in=cases).select_related("entry__notice")
    return {o.case_id: _face(o, in_full) for o in found}


def _face(objection: Objection, in_full: bool) -> Face:
    entry = objection.entry
    facts: tuple[Fact, ...] = ()
    if in_full:
        facts = (
            Fact("公示", entry.notice.title),
            Fact("哪一笔", f"{entry.masked_name}，{entry.subject}", points=entry.points),
            Fact("异议", objection.text),
        )
    return Face(
        icon="alert",
        note="入账已暂停",
        facts=facts,
        desk_url=reverse("casework:case", args=[objection.case_id]),
        desk_label="去答复",
    )
