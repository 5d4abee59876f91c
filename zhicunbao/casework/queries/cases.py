"""Cases: which flow, what may be done, what waits, how far a case has come, who may know whose it
is, and whether its chain is whole.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import cast

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils.module_loading import import_string

from zhicunbao.base import access, feature
from zhicunbao.base.access import Actor
from zhicunbao.casework.models import Case, Step
from zhicunbao.casework.rules import actors_of, last_actor_of
from zhicunbao.kernel import clock, digests
from zhicunbao.kernel.flow import CLAIMANT, SYSTEM, Flow, Right, T
from zhicunbao.kernel.refusals import Conflict, NotAllowed
from zhicunbao.registry.queries import kin_of


@cache
def flows() -> dict[str, Flow]:
    """Return every announced flow by name."""
    found = [import_string(name) for config in feature.all_features() for name in config.flows]
    by_name = {flow.name: flow for flow in found}
    if len(by_name) != len(found):
        raise ValueError("two flows carry the same name")
    return by_name


def flow_of(case: Case) -> Flow:
    """Return the flow that ``case`` moves by."""
    return flows()[case.flow]


def fetch_case(actor: Actor, pk: int) -> Case:
    """Return the case with its area and owner, or refuse with 404."""
    return access.fetch(actor, Case.objects.select_related("area", "owner"), pk=pk)


def may_see(actor: Actor, case: Case) -> bool:
    """Whether ``actor`` may see the case (one query)."""
    return access.visible_to(actor, Case.objects.filter(pk=case.pk)).exists()


def number_of(case: Case) -> str:
    """Return the number that people quote, such as RL-2026-15; the year is theirs, not UTC's."""
    return f"{flow_of(case).mark}-{clock.local_date(case.opened_at).year}-{case.pk}"


def state_label(case: Case) -> str:
    """Return what people call the case's state."""
    return flow_of(case).states[case.state].label


def knows_owner(actor: Actor, case: Case) -> bool:
    """Whether ``actor`` meets the owner's full name: the owner, and whoever holds a right where the
    case lies to which its flow makes the owner known. Everyone else reads 陈**.
    """
    if actor.person_id is not None and actor.person_id == case.owner_id:
        return True
    return any(access.may(actor, right, case) for right in flow_of(case).known_by)


def why_not(
    actor: Actor, case: Case, transition: T, steps: Iterable[Step], kin: set[int]
) -> NotAllowed | None:
    """Return the refusal that keeps ``actor`` from ``transition``, or None.

    Separation of duties and recusal are decided here and nowhere else: ``perform``, ``allowed``
    and the batch page all ask this.
    """
    if transition.by == SYSTEM:
        return _unless(actor is access.SYSTEM, "这一步到时会自动办理，不用您操作。", "clock_only")
    if transition.by == CLAIMANT:
        own = actor.person_id is not None and actor.person_id == case.owner_id
        return _unless(own, "这不是您的事项，请由本人办理。", "not_the_owner")
    try:
        access.require(actor, cast("Right", transition.by).name, case)
    except NotAllowed as refusal:
        return refusal
    if not transition.owner_too:
        if actor.person_id == case.owner_id:
            return NotAllowed(
                "这是您自己的事项，不能由您来评。请交给其他同事办理。", code="own_case"
            )
        if case.owner_id in kin:
            return NotAllowed("您与当事人同户，需要回避。请交给其他同事办理。", code="kin")
        if _is_party(actor, case, kin):
            return NotAllowed(
                "这件事关系到您本人或同户的人，需要回避。请交给其他同事办理。", code="kin"
            )
    done_by = actors_of(steps, transition.not_same_as)
    if actor.person_id in done_by:
        return NotAllowed(
            "前面的步骤是您办的，这一步要由另一个人来办。请交给其他同事。", code="same_person"
        )
    if transition.same_as and actor.person_id != last_actor_of(steps, transition.same_as):
        return NotAllowed("这一步只能由办理的人自己撤回。请联系他来撤回。", code="not_same_person")
    return None


def _is_party(actor: Actor, case: Case, kin: set[int]) -> bool:
    parties = flow_of(case).parties
    if parties is None or actor.person_id is None:
        return False
    return Case.objects.filter(parties(actor.person_id, kin), pk=case.pk).exists()


def require_move(actor: Actor, case: Case, transition: T) -> None:
    """Refuse when the case has left the transition's source, or when ``why_not`` finds a reason.

    For a page that asks before it acts; ``perform`` looks again.
    """
    if case.state != transition.source:
        raise Conflict(
            f"“{case.subject}”现在是“{state_label(case)}”，不能再办“{transition.label}”。"
            "请回到事项页看最新情况。",
            code="moved_on",
        )
    kin = kin_of(actor.person_id) if actor.person_id else set()
    if refusal := why_not(actor, case, transition, case.steps.all(), kin):
        raise refusal


def _unless(condition: bool, message: str, code: str) -> NotAllowed | None:
    return None if condition else NotAllowed(message, code=code)


def allowed(actor: Actor, case: Case, steps: list[Step] | None = None) -> list[T]:
    """Return the transitions that ``actor`` may perform now: the only source of buttons."""
    known = list(case.steps.all()) if steps is None else steps
    kin = kin_of(actor.person_id) if actor.person_id else set()
    return [
        t
        for t in flow_of(case).leaving(case.state)
        if t.by != SYSTEM and why_not(actor, case, t, known, kin) is None
    ]


def inbox(actor: Actor, *, flow: str = "", state: str = "") -> QuerySet[Case]:
    """Return the cases that wait for ``actor``'s posts or for the person, earliest deadline first.

    Ways out (``side``) do not make a case wait. What the actor may not judge (own cases, kin,
    separation of duties) is left out, so that the count is the rows.
    """
    condition = Q(pk__in=[])
    kin = kin_of(actor.person_id) if actor.person_id else set()
    for table in flows().values():
        if flow and table.name != flow:
            continue
        # Asks the register: once a flow, and not for each of its steps.
        near = cache(partial(table.parties, actor.person_id or 0, kin)) if table.parties else None
        for t in table.transitions:
            if t.side or (state and t.source != state):
                continue
            condition |= _waiting(actor, table, t, kin, near)
    return Case.objects.filter(condition).order_by(F("due_at").asc(nulls_last=True), "pk")


def _waiting(actor: Actor, table: Flow, t: T, kin: set[int], near: Callable[[], Q] | None) -> Q:
    here = Q(flow=table.name, state=t.source)
    if t.by == CLAIMANT:
        return here & Q(owner_id=actor.person_id or 0)
    if not isinstance(t.by, Right):
        return Q(pk__in=[])
    reach = actor.reach(t.by.name)
    if not reach:
        return Q(pk__in=[])
    here &= access.under(reach)
    if not t.owner_too:
        here &= Q(owner_id__isnull=True) | ~Q(owner_id__in=[*kin, actor.person_id or 0])
        if near is not None:
            here &= ~near()
    if t.not_same_as:
        mine = Step.objects.filter(
            case=OuterRef("pk"), person_id=actor.person_id or 0, verb__in=t.not_same_as
        )
        here = here & ~Q(Exists(mine))
    return here


@dataclass(frozen=True)
class LinePart:
    """One dot of the line of steps: ``done``, ``now``, ``ahead`` or ``returned``."""

    label: str
    state: str


def line_of(case: Case) -> list[LinePart]:
    """Return the line of steps as it stands for ``case``; a finished case is done to its step."""
    flow = flow_of(case)
    here = flow.states[case.state]
    parts = []
    for index, label in enumerate(flow.line):
        if index < here.step or (index == here.step and flow.is_final(case.state)):
            parts.append(LinePart(label, "returned" if _ended_at(here, index) else "done"))
        elif index == here.step:
            parts.append(LinePart(label, "returned" if here.tone == "returned" else "now"))
        else:
            parts.append(LinePart(label, "ahead"))
    return parts


def _ended_at(state: object, index: int) -> bool:
    return getattr(state, "tone", "") == "ended" and index == getattr(state, "step", -1)


def chain_fault(case: Case, steps: Iterable[Step]) -> str:
    """Return what is wrong with the case's chain, in a sentence; empty: its steps (all of them, in
    order) prove each other.
    """
    previous = digests.GENESIS
    for position, step in enumerate(steps, start=1):
        if step.position != position or step.digest != step.computed_digest(previous):
            return f"事项 {number_of(case)} 的第 {position} 步与记录的摘要不符"
        previous = step.digest
    return "" if previous == case.head else f"事项 {number_of(case)} 的步骤缺了末尾"


def broken_chains(cases: QuerySet[Case] | None = None) -> Iterator[str]:
    """Yield a sentence for each case whose steps do not prove each other; none: all is whole."""
    checked = Case.objects.all() if cases is None else cases
    in_order = Prefetch("steps", Step.objects.order_by("position"))
    for case in checked.order_by("pk").prefetch_related(in_order).iterator(chunk_size=1_000):
        if fault := chain_fault(case, case.steps.all()):
            yield fault


def inbox_count(actor: Actor) -> int:
    """Return how many cases wait for ``actor``: exactly the rows of the inbox."""
    return inbox(actor).count()
