"""Public notice: putting results before the public, and hearing who disagrees."""

from django.db import IntegrityError, transaction

from zhicunbao.base import access, audit
from zhicunbao.base.access import Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Area
from zhicunbao.casework.actions.moves import open_case, perform
from zhicunbao.casework.models import Case, NoticeEntry, Objection, PublicNotice
from zhicunbao.casework.queries import flow_of, require_objector
from zhicunbao.casework.rules import (
    NOTICE_DAYS,
    OBJECTION_DAYS,
    Move,
    after_working_days,
    in_force,
)
from zhicunbao.kernel import clock, masks
from zhicunbao.kernel.refusals import Conflict, Invalid

TEXT_LENGTH_MAX = 300


def put_on_notice(move: Move, *, area: Area, subject: str, points: int) -> NoticeEntry:
    """Add the case to the notice of its batch and area, opening that with the batch's first row.

    Effect of a review. The window in working days is the rule in force for the area on that day;
    what is shown (masked name, grid, subject, points) is frozen now.
    """
    notice = _notice_of_batch(move, area)
    owner = move.case.owner
    return NoticeEntry.objects.create(
        notice=notice,
        case=move.case,
        masked_name=masks.mask_name(owner.name if owner else ""),
        area_name=move.case.area.short_name,
        subject=subject,
        points=points,
    )


def _notice_of_batch(move: Move, area: Area) -> PublicNotice:
    batch_key = f"{move.actor.person_id}:{move.data.get('batch') or move.key}:{area.prefix}"
    if found := PublicNotice.objects.filter(batch_key=batch_key).first():
        return found
    today = clock.local_date(move.at)
    days = in_force(NOTICE_DAYS, area.prefix, today)
    # Two batches at once queue here, or both would count the same notices and bear one number.
    Area.objects.select_for_update(no_key=True).get(pk=area.pk)
    number = (
        1
        + PublicNotice.objects.filter(
            area=area, opens_at__gte=clock.start_of(today.replace(day=1))
        ).count()
    )
    try:
        with transaction.atomic():
            notice = PublicNotice.objects.create(
                batch_key=batch_key,
                title=f"{area.short_name} {today.month}月第 {number} 批积分公示",
                area=area,
                area_prefix=area.prefix,
                window_days=days,
                opens_at=move.at,
                closes_at=after_working_days(move.at, days),
                opened_by_id=move.actor.person_id,
            )
    except IntegrityError:
        return PublicNotice.objects.get(batch_key=batch_key)
    audit.record(move.actor, "casework.notice_opened", notice, detail={"days": days})
    return notice


def object_to(actor: Actor, entry: NoticeEntry, *, text: str, key: str) -> Objection:
    """Disagree with a line of a notice. Whoever holds ``casework.object`` in the notice's community
    or village may, while the window is open and the line has no open objection.

    Opens the objection's own case (answer due by the rule in force) and stops the line: its case
    moves to ``objected`` and is not posted until somebody who neither evaluated nor reviewed it
    has answered.
    """
    case = entry.case
    require_objector(actor, entry.notice)
    said = text.strip()
    if not 5 <= len(said) <= TEXT_LENGTH_MAX:
        raise Invalid(
            "请用 5 到 300 字写明哪里不对，办理人要据此核实。",
            fields={"text": f"现在 {len(said)} 字"},
        )

    def do() -> Objection:
        if clock.now() >= entry.notice.closes_at:
            raise Conflict("公示期已过，不能再提异议。可向街道反映，查实后会更正这一笔。")
        case.refresh_from_db()
        if flow_of(case).find(case.state, "object") is None:
            raise Conflict("这一笔已有人提出异议，正在核实或已有答复。请在公示里查看结果。")
        days = in_force(OBJECTION_DAYS, case.area_prefix, clock.today())
        opened = open_case(
            actor,
            flow="casework.objection",
            verb="raise",
            subject=f"异议：{entry.subject}"[:80],
            area=case.area,
            owner_id=actor.person_id,
            due_at=after_working_days(clock.now(), days),
        )
        objection = Objection.objects.create(case=opened, entry=entry, text=said)
        perform(
            access.SYSTEM,
            case,
            "object",
            key=f"objection:{opened.pk}",
            reason="公示期内有人提出异议",
        )
        return objection

    return once(actor, key=key, action="casework.object", request=[entry.pk, said], do=do)


def carry_out(verb: str) -> "_CarryOut":
    """Return the effect by which an answered objection moves the case that it stopped."""
    return _CarryOut(verb)


class _CarryOut:
    def __init__(self, verb: str) -> None:
        self.verb = verb

    def __call__(self, move: Move) -> None:
        target: Case = move.case.objection.entry.case
        perform(
            access.SYSTEM,
            target,
            self.verb,
            key=f"answer:{move.case.pk}:{self.verb}",
            reason=move.reason,
        )
