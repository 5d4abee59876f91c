"""Rows of the lists that all features share: the inbox, what was done last week, search. Each row
says what it is, who acted last, how far it has come, and where it opens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string

from zhicunbao.base import access, feature
from zhicunbao.base.access import Actor
from zhicunbao.base.feature import Face
from zhicunbao.casework.models import Case, Evidence, Step
from zhicunbao.casework.queries.cases import (
    LinePart,
    flow_of,
    flows,
    inbox,
    knows_owner,
    line_of,
    number_of,
    state_label,
)
from zhicunbao.kernel import clock, masks

LATE, TODAY, WEEK, LATER = "late", "today", "week", "later"
"""When a case is due: before now, today, by Sunday, after that or at no time."""
DUE_LABELS = {LATE: "已超期", TODAY: "今天到期", WEEK: "本周", LATER: "以后"}


def faces(actor: Actor, cases: Sequence[Case], *, in_full: bool = False) -> dict[int, Face]:
    """Return how each case looks, asked of the feature that owns its flow."""
    names = {k: v for config in feature.all_features() for k, v in config.case_faces.items()}
    found: dict[int, Face] = {}
    for flow, group in groupby(sorted(cases, key=lambda c: c.flow), key=lambda c: c.flow):
        found |= import_string(names[flow])(actor, list(group), in_full)
    return found


def owner_name(actor: Actor, case: Case) -> str:
    """Return the owner's name as ``actor`` may read it: in full, masked, or (empty) not at all."""
    if case.owner is None:
        return ""
    if knows_owner(actor, case):
        return case.owner.name
    return masks.mask_name(case.owner.name) if flow_of(case).names_owner else ""


@dataclass(frozen=True)
class Act:
    """One step as ``actor`` may read it: who (您, a name, 陈**, 有人; the clock: "") did what."""

    who: str
    label: str
    step: Step

    def __str__(self) -> str:
        return f"{self.who}{self.label}"


def act_of(actor: Actor, case: Case, step: Step) -> Act:
    """Return a step in words. Those who act by their office are named; owners as access says."""
    flow = flow_of(case)
    if step.person_id is None:
        who = ""
    elif step.person_id == actor.person_id:
        who = "您"
    elif step.person_id != case.owner_id or knows_owner(actor, case):
        who = step.actor_name
    else:
        who = masks.mask_name(step.actor_name) if flow.names_owner else "有人"
    return Act(who, flow.label_of(step.source, step.verb), step)


@dataclass(frozen=True)
class Row:
    """One case in a list."""

    case: Case
    face: Face
    last: Act
    line: list[LinePart]
    url: str

    @property
    def number(self) -> str:
        """The number that people quote."""
        return number_of(self.case)

    @property
    def word(self) -> str:
        """What stands behind its line: the state of a finished case, else the step it stands at."""
        return state_label(self.case) if self.case.closed_at else ""


def rows(actor: Actor, cases: Sequence[Case], *, to_desk: bool = False) -> list[Row]:
    """Return the rows of ``cases`` in their order: one query for the last steps and a few for each
    flow. ``to_desk``: they open where they are handled, otherwise on the common page.
    """
    looks = faces(actor, cases)
    # A case's version is the number of its steps, so the last one stands at that position.
    last = {s.case_id: s for s in Step.objects.filter(case__in=cases, position=F("case__version"))}
    return [
        Row(
            case,
            looks[case.pk],
            act_of(actor, case, last[case.pk]),
            line_of(case),
            opens_at(actor, case, looks[case.pk], to_desk=to_desk),
        )
        for case in cases
    ]


def opens_at(actor: Actor, case: Case, face: Face, *, to_desk: bool = False) -> str:
    """Return where a case opens for this actor."""
    if face.own_url and case.owner_id is not None and case.owner_id == actor.person_id:
        return face.own_url
    if to_desk and face.desk_url:
        return face.desk_url
    return reverse("casework:case", args=[case.pk])


@dataclass(frozen=True)
class Span:
    """The moments between which a case is due, or was handled: from ``since``, before ``until``."""

    since: datetime | None
    until: datetime | None


def spans(now: datetime) -> dict[str, Span]:
    """Return what 已超期, 今天到期, 本周 and 以后 mean at ``now``; a week ends on Sunday."""
    today = clock.local_date(now)
    tomorrow = clock.start_of(today + timedelta(days=1))
    monday = clock.start_of(today + timedelta(days=7 - today.weekday()))
    return {
        LATE: Span(None, now),
        TODAY: Span(now, tomorrow),
        WEEK: Span(tomorrow, monday),
        LATER: Span(monday, None),
    }


def _due(span: Span) -> Q:
    condition = Q()
    if span.since is not None:
        condition &= Q(due_at__gte=span.since)
    if span.until is not None:
        return condition & Q(due_at__lt=span.until)
    return condition | Q(due_at__isnull=True)


def due_of(case: Case, now: datetime) -> str:
    """Return under which of the four headings a case stands at ``now``."""
    for name, span in spans(now).items():
        if case.due_at is not None and (span.until is None or case.due_at < span.until):
            return name
    return LATER


@dataclass(frozen=True)
class Tally:
    """How many cases of one flow and state wait, in all and by when they are due."""

    flow: str
    state: str
    count: int
    due: dict[str, int]

    @property
    def kind(self) -> str:
        """The name by which a tab asks for these cases: flow and state."""
        return f"{self.flow}.{self.state}"

    @property
    def label(self) -> str:
        """What people call the state."""
        return flows()[self.flow].states[self.state].label


def tallies(actor: Actor) -> list[Tally]:
    """Return the figures of the inbox by flow and state, in the order of the tables (one query)."""
    now = clock.now()
    counted = (
        inbox(actor)
        .order_by()
        .values("flow", "state")
        .annotate(
            count=Count("pk"),
            **{name: Count("pk", filter=_due(span)) for name, span in spans(now).items()},
        )
    )
    order = [(f.name, state) for f in flows().values() for state in f.states]
    found = []
    for row in counted:
        figures: dict[str, Any] = dict(row)
        due = {name: figures[name] for name in DUE_LABELS}
        found.append(Tally(figures["flow"], figures["state"], figures["count"], due))
    return sorted(found, key=lambda t: order.index((t.flow, t.state)))


def waiting(actor: Actor, *, kind: str = "", due: str = "") -> QuerySet[Case]:
    """Return the inbox narrowed to a kind (flow and state) and to when it is due."""
    flow, _, state = kind.rpartition(".")
    found = inbox(actor, flow=flow, state=state) if kind else inbox(actor)
    known = spans(clock.now())
    if due in known:
        found = found.filter(_due(known[due]))
    return found.select_related("area", "owner")


def handled_last_week(actor: Actor) -> QuerySet[Case]:
    """Return the cases of others that ``actor`` moved between last Monday and last Sunday, and may
    see still: the post that they did it from may have ended.
    """
    today = clock.today()
    monday = today - timedelta(days=today.weekday())
    # A list of numbers and not a condition on each case: there are few steps of one person in a
    # week and many cases.
    mine = Step.objects.filter(
        person_id=actor.person_id or 0,
        at__gte=clock.start_of(monday - timedelta(days=7)),
        at__lt=clock.start_of(monday),
    ).exclude(source="")
    return (
        access.visible_to(actor, Case.objects.filter(pk__in=mine.order_by().values("case")))
        .exclude(owner_id=actor.person_id or 0)
        .select_related("area", "owner")
        .order_by("-moved_at", "-pk")
    )


def history_of(actor: Actor, case: Case) -> list[Act]:
    """Return the case's steps in words, the first one first."""
    return [act_of(actor, case, step) for step in case.steps.order_by("position")]


def evidence_of(case: Case) -> list[list[Evidence]]:
    """Return what was handed in, the newest round first."""
    found = case.evidence.select_related("attachment").order_by("-round", "pk")
    return [list(group) for _, group in groupby(found, key=lambda e: e.round)]
