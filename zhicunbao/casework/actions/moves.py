"""The only door through which a case moves. Everything a move entails (the check of state, right,
duty and version, the guards, what follows, the step, the deadline, the audit entry, the message)
happens here in one transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhicunbao.base import audit, outbox
from zhicunbao.base.access import SYSTEM, Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Area
from zhicunbao.casework.models import Case, Step
from zhicunbao.casework.queries import act_of, flow_of, flows, why_not
from zhicunbao.casework.rules import Move
from zhicunbao.kernel import clock
from zhicunbao.kernel.flow import T
from zhicunbao.kernel.refusals import Conflict, Invalid, Refusal
from zhicunbao.registry.queries import kin_of

REASON_LENGTH_MAX = 300
TOLD_LENGTH_MAX = 300
"""What a message holds; a long reason is cut there and stands whole on the case's page."""


@dataclass(frozen=True)
class Outcome:
    """What became of one row of a batch: moved, or refused with a sentence."""

    case: Case
    refusal: Refusal | None = None

    @property
    def is_done(self) -> bool:
        """Whether the row moved."""
        return self.refusal is None


def open_case(
    actor: Actor,
    *,
    flow: str,
    verb: str,
    subject: str,
    area: Area,
    owner_id: int | None = None,
    due_at: datetime | None = None,
    detail: Mapping[str, object] | None = None,
) -> Case:
    """Open a case by one of its flow's opening verbs and write its first step.

    For features' actions, inside their own ``once``; they have checked who may. Records the audit
    entry ``casework.case_opened``; an owner for whom somebody else opens it is told.
    """
    table = flows()[flow]
    now = clock.now()
    case = Case.objects.create(
        flow=flow,
        state=table.starts[verb],
        version=1,
        subject=subject[:80],
        area=area,
        area_prefix=area.prefix,
        owner_id=owner_id,
        opened_at=now,
        moved_at=now,
        due_at=due_at,
    )
    step = _write_step(actor, case, verb, "", now, "", dict(detail or {}), position=1)
    case.head = step.digest
    case.save(update_fields=["head"])
    said: dict[str, object] = {"flow": flow, "verb": verb}
    if not table.names_owner:
        said["is_confidential"] = True
    audit.record(actor, "casework.case_opened", case, detail=said)
    _tell_owner(actor, case, table.start_labels[verb])
    return case


def perform(
    actor: Actor,
    case: Case,
    verb: str,
    *,
    key: str,
    seen: int | None = None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> Case:
    """Move ``case`` by ``verb``, all or nothing; return it as it now stands.

    Anyone may call; the flow's table says who passes. ``seen`` is the version that the person had
    before them: when somebody else moved the case since, this is refused with 409 and says who.
    A repeat with the same ``key`` returns the case and does nothing again. Values of ``data``
    that are not plain (uploads) identify themselves by an attribute ``fingerprint``.
    """
    sent = dict(data or {})
    request = [case.pk, seen, reason, _fingerprint(sent)]
    return once(
        actor,
        key=key,
        action=f"{case.flow}.{verb}",
        request=request,
        do=lambda: _move(actor, case.pk, verb, seen, reason.strip(), sent, key),
    )


def perform_many(
    actor: Actor,
    rows: Sequence[tuple[Case, int | None]],
    verb: str,
    *,
    key: str,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> list[Outcome]:
    """Perform ``verb`` on each (case, version seen), every row by itself and in its own
    transaction; return what became of each. Only for transitions marked ``many``.
    """
    outcomes = []
    for case, seen in rows:
        transition = flow_of(case).find(case.state, verb)
        if transition is not None and not transition.many:
            raise ValueError(f"{verb} is not meant for batches")
        try:
            moved = perform(
                actor,
                case,
                verb,
                key=f"{key}:{case.pk}",
                seen=seen,
                reason=reason,
                data={**(data or {}), "batch": key},
            )
            outcomes.append(Outcome(moved))
        except Refusal as refusal:
            outcomes.append(Outcome(case, refusal))
    return outcomes


def _fingerprint(value: object) -> object:
    if isinstance(value, dict):
        return {k: _fingerprint(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_fingerprint(v) for v in value]
    return getattr(value, "fingerprint", value)


def _move(
    actor: Actor,
    case_id: int,
    verb: str,
    seen: int | None,
    reason: str,
    data: dict[str, Any],
    key: str,
) -> Case:
    case = lock(case_id)
    flow = flow_of(case)
    steps = list(case.steps.order_by("position"))
    transition = flow.find(case.state, verb)
    if transition is None or (seen is not None and seen != case.version):
        raise _moved_on(actor, case, steps, verb)
    has_parties = case.owner_id is not None or flow.parties is not None
    kin = kin_of(actor.person_id) if actor.person_id and has_parties else set()
    if refusal := why_not(actor, case, transition, steps, kin):
        raise refusal
    _check_reason(transition, reason)
    move = Move(actor, case, flow, transition, clock.now(), reason, data, steps, key)
    for need in transition.needs:
        need(move)
    case.state = transition.target
    case.version += 1
    case.moved_at = move.at
    case.due_at = None
    for effect in transition.then:
        effect(move)
    deadline = flow.states[transition.target].deadline
    if deadline is not None:
        case.due_at = deadline(move)
    if flow.is_final(case.state):
        case.closed_at = move.at
    step = _write_step(
        actor, case, verb, transition.source, move.at, reason, move.detail, len(steps) + 1
    )
    case.head = step.digest
    case.save()
    said: dict[str, object] = {
        "flow": case.flow,
        "verb": verb,
        "to": case.state,
        "step": step.digest,
    }
    if not flow.names_owner and actor.person_id == case.owner_id:
        said["is_confidential"] = True
    audit.record(actor, "casework.case_moved", case, detail=said)
    _tell_owner(actor, case, transition.label, reason)
    return case


def lock(case_id: int) -> Case:
    """Return the case with its row locked until the transaction ends."""
    return Case.objects.select_for_update().get(pk=case_id)


def _moved_on(actor: Actor, case: Case, steps: list[Step], verb: str) -> Conflict:
    flow = flow_of(case)
    label = next((t.label for t in flow.transitions if t.verb == verb), verb)
    last = steps[-1]
    who = act_of(actor, case, last).who
    if last.person_id == case.owner_id and not flow.names_owner:
        who = "提出人"
    acted = f"刚由{who}办理" if who else "已按期自动办理"
    return Conflict(
        f"“{case.subject}”{acted}，现在是“{flow.states[case.state].label}”，"
        f"这次“{label}”没有执行。请刷新页面，看过最新情况再办。",
        code="moved_on",
    )


def _check_reason(transition: T, reason: str) -> None:
    if transition.reason and not reason:
        raise Invalid(
            f"“{transition.label}”要写明理由，对方会看到。请补上一句话。",
            fields={"reason": "请写一句理由，例如缺哪张照片"},
        )
    if len(reason) > REASON_LENGTH_MAX:
        raise Invalid(
            f"理由最多 {REASON_LENGTH_MAX} 字，请写短一些。",
            fields={"reason": f"现在 {len(reason)} 字"},
        )


def _write_step(
    actor: Actor,
    case: Case,
    verb: str,
    source: str,
    at: datetime,
    reason: str,
    detail: dict[str, Any],
    position: int,
) -> Step:
    duty = max(
        (d for d in actor.duties if case.area_prefix.startswith(d.prefix)),
        key=lambda d: len(d.prefix),
        default=None,
    )
    step = Step(
        case=case,
        position=position,
        verb=verb,
        source=source,
        target=case.state,
        person_id=actor.person_id,
        actor_name=actor.name,
        role=duty.role if duty else "",
        door=actor.door,
        at=at,
        reason=reason,
        detail=detail,
    )
    step.digest = step.computed_digest(case.head)
    step.save(force_insert=True)
    return step


def _tell_owner(actor: Actor, case: Case, label: str, reason: str = "") -> None:
    if case.owner_id is None or case.owner_id == actor.person_id:
        return
    who = "" if actor is SYSTEM else f"，由{actor.name}办理"
    outcome = f"。现在是“{flow_of(case).states[case.state].label}”{who}。"
    said = f"：{reason}" if reason else ""
    room = TOLD_LENGTH_MAX - len(label) - len(outcome)
    if len(said) > room:
        said = f"{said[: room - 1]}…"
    outbox.tell(
        [case.owner_id],
        key=f"case:{case.pk}:{case.version}",
        title=case.subject,
        text=f"{label}{said}{outcome}",
        url=f"/cases/{case.pk}/",
    )
