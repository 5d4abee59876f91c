"""Asking for what a second person must approve. Nothing here moves a point."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Area, Person
from zhicunbao.casework.actions import open_case
from zhicunbao.casework.models import Case
from zhicunbao.casework.rules import APPROVE_DAYS, ZEROING_DAYS, after_working_days, in_force
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed
from zhicunbao.ledger import queries as ledger
from zhicunbao.ledger import rules as amounts
from zhicunbao.ledger.models import MEMO_LENGTH_MAX, PURSE_TEXT_MAX, Purse, Transfer
from zhicunbao.registry.models import Household, Membership
from zhicunbao.treasury import queries, rules
from zhicunbao.treasury.models import Correction, HouseholdMove, Zeroing
from zhicunbao.treasury.rules import REQUEST


def request_correction(actor: Actor, *, transfer: Transfer, reason: str, key: str) -> Correction:
    """Ask that a booked transfer be taken back whole, for a written ``reason``.

    Needs ``treasury.request`` where the transfer lies. Refuses (409) what is not booked, was
    reversed already, is asked for already, or goes back another way (a redemption); and anyone who
    holds the points, did the deed, or is their kin (403). Opens the case; no point moves.
    """
    access.require(actor, REQUEST, queries.place_of(transfer))
    said = reason.strip()
    _check_words({"reason": (said, MEMO_LENGTH_MAX, "冲正的原因，本人会在明细里看到")})

    def do() -> Correction:
        _check_correctable(transfer)
        if queries.is_near_to(actor, transfer):
            raise NotAllowed(
                "这一笔是您本人或同户的人的，需要回避。请交给其他同事申请。", code="kin"
            )
        area = Area.objects.get(prefix=queries.place_of(transfer))
        what = transfer.memo or amounts.REASONS[transfer.reason].label
        case = _open(
            actor,
            flow="treasury.correction",
            verb="request",
            subject=f"冲正：{what}，{transfer.amount:,} 分",
            area=area,
            detail={"transfer": transfer.pk, "points": transfer.amount, "reason": said},
        )
        try:
            with transaction.atomic():
                return Correction.objects.create(
                    case=case, transfer=transfer, reason=said, requester_id=_person(actor)
                )
        except IntegrityError:
            raise Conflict(
                "这一笔已有人申请冲正，正在复核。请在“积分账务”里查看。", code="already_requested"
            ) from None

    request = [transfer.pk, said]
    return once(actor, key=key, action="treasury.correction", request=request, do=do)


def _check_correctable(transfer: Transfer) -> None:
    if transfer.kind not in rules.BOOKED:
        raise Conflict(
            "这一笔还没有入账，不能冲正。公示期内发现不对，请提异议。", code="not_booked"
        )
    if transfer.reason not in rules.CORRECTABLE:
        raise Conflict("兑换要在兑换点退货，不在这里冲正。请联系兑换点办理。", code="goods_behind")
    if Transfer.objects.filter(reverses=transfer).exists():
        raise Conflict("这笔积分已经冲正过，不用再办。请刷新页面查看。", code="already_reversed")


def request_move(
    actor: Actor,
    *,
    source: Household,
    target: Household | None = None,
    person: Person | None = None,
    kind: str,
    points: int,
    document: str,
    reason: str,
    key: str,
) -> HouseholdMove:
    """Ask that ``points`` of a household go to another (``split``, ``merge``), or to somebody who
    belongs or belonged to it (``member``), on the strength of a document.

    Needs ``treasury.request`` at both households. Refuses what cannot be used (422), more than the
    household has (409), and members of either household (403). Opens the case; no point moves, and
    whoever leaves a household takes nothing unless such a move says so.
    """
    access.require(actor, REQUEST, source)
    if target is not None:
        access.require(actor, REQUEST, target)
    document, reason = document.strip(), reason.strip()
    _check_words(
        {
            "document": (document, PURSE_TEXT_MAX, "文件号或协议名称"),
            "reason": (reason, MEMO_LENGTH_MAX, "转移的原因"),
        }
    )
    _check_move(source, target, person, kind, points)

    def do() -> HouseholdMove:
        _check_not_a_member(actor, source, target, person)
        accounts = ledger.accounts_of(amounts.HOUSEHOLD, source.pk)
        available = ledger.balance(accounts).available
        if available < points:
            raise Conflict(amounts.holder_short(available, points), code="balance_short")
        label = HouseholdMove.Kind(kind).label
        case = _open(
            actor,
            flow="treasury.household_move",
            verb="request",
            subject=f"{label}：户 {source.number} 转出 {points:,} 分",
            area=source.area,
            detail={
                "kind": kind,
                "source": source.pk,
                "target": target.pk if target else None,
                "person": person.pk if person else None,
                "points": points,
                "document": document,
                "reason": reason,
            },
        )
        return HouseholdMove.objects.create(
            case=case,
            kind=kind,
            source=source,
            target=target,
            person=person,
            points=points,
            document=document,
            reason=reason,
            requester_id=_person(actor),
        )

    ends = [source.pk, target.pk if target else None, person.pk if person else None]
    request = [*ends, kind, points, document, reason]
    return once(actor, key=key, action="treasury.household_move", request=request, do=do)


def _check_move(
    source: Household, target: Household | None, person: Person | None, kind: str, points: int
) -> None:
    wrong: dict[str, str] = {}
    if kind not in HouseholdMove.Kind.values:
        wrong["kind"] = "请选分户、并户或分给成员。"
    elif kind == HouseholdMove.Kind.MEMBER:
        members = Membership.objects.filter(household=source, person=person)
        if person is None or target is not None or not members.exists():
            wrong["person"] = "请选这一户现在或以前的成员。"
    elif target is None or person is not None or target.pk == source.pk:
        wrong["target"] = "请填另一户的户编号。"
    if not 0 < points <= amounts.AMOUNT_MAX:
        wrong["points"] = f"请填 1 到 {amounts.AMOUNT_MAX:,} 之间的整数。"
    if wrong:
        raise Invalid("申请没有提交，请改正下面的内容。", fields=wrong)


def _check_not_a_member(
    actor: Actor, source: Household, target: Household | None, person: Person | None
) -> None:
    homes = [home.pk for home in (source, target) if home is not None]
    near = Membership.objects.filter(household__in=homes, ends_on__isnull=True)
    if near.filter(person=actor.person_id).exists() or (person and person.pk == actor.person_id):
        raise NotAllowed("这一户是您自己的户，需要回避。请交给其他同事申请。", code="kin")


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """What a resolution on zeroing says: who decided it when, its document, the day from which the
    points are gone, and before which day they were booked (None: whenever).
    """

    body: str
    decided_on: date
    document: str
    effective_on: date
    booked_before: date | None = None


def propose_zeroing(actor: Actor, *, purse: Purse, resolution: Resolution, key: str) -> Zeroing:
    """Register a resolution that ends points of ``purse``; a second person has to approve it.

    Needs ``treasury.request`` where the purse lies. Refuses what cannot be used (422), a day nearer
    than the warning before it, and a second resolution while one is under way (409). Nothing is
    announced and no point moves.
    """
    access.require(actor, REQUEST, purse)
    said = Resolution(
        body=resolution.body.strip(),
        decided_on=resolution.decided_on,
        document=resolution.document.strip(),
        effective_on=resolution.effective_on,
        booked_before=resolution.booked_before,
    )
    _check_words(
        {
            "body": (said.body, PURSE_TEXT_MAX, "作出决议的单位或会议"),
            "document": (said.document, PURSE_TEXT_MAX, "决议的文号"),
        }
    )
    _check_days(said)

    def do() -> Zeroing:
        days = in_force(ZEROING_DAYS, purse.area_prefix, clock.today())
        rules.check_ahead(said.effective_on, clock.today(), days)
        content = {name: str(value or "") for name, value in asdict(said).items()}
        case = _open(
            actor,
            flow="treasury.zeroing",
            verb="propose",
            subject=f"清零决议：{purse.name}，{rules.day_words(said.effective_on)}",
            area=purse.area,
            detail={"purse": purse.pk, **content},
        )
        try:
            with transaction.atomic():
                return Zeroing.objects.create(
                    case=case, purse=purse, requester_id=_person(actor), **asdict(said)
                )
        except IntegrityError:
            raise Conflict(
                f"资金池“{purse.name}”已有一份清零决议在办。请等它办完，或先取消它。",
                code="already_under_way",
            ) from None

    request = [purse.pk, *(str(value) for value in asdict(said).values())]
    return once(actor, key=key, action="treasury.zeroing", request=request, do=do)


def _check_days(said: Resolution) -> None:
    wrong: dict[str, str] = {}
    if said.decided_on > clock.today():
        wrong["decided_on"] = "决议日期不能晚于今天。"
    if said.booked_before is not None and said.booked_before > said.effective_on:
        wrong["booked_before"] = "这一天不能晚于清零日。"
    if wrong:
        raise Invalid("决议没有登记，请改正下面的内容。", fields=wrong)


def _check_words(asked: Mapping[str, tuple[str, int, str]]) -> None:
    wrong = {}
    for name, (text, longest, what) in asked.items():
        if not text:
            wrong[name] = f"请写明{what}。"
        elif len(text) > longest:
            wrong[name] = f"最多 {longest} 个字，请写短一些。"
    if wrong:
        raise Invalid("申请没有提交，请改正下面的内容。", fields=wrong)


def _open(
    actor: Actor, *, flow: str, verb: str, subject: str, area: Area, detail: dict[str, object]
) -> Case:
    return open_case(
        actor,
        flow=flow,
        verb=verb,
        subject=subject,
        area=area,
        due_at=due_for_approval(area.prefix),
        detail=detail,
    )


def due_for_approval(area_prefix: str) -> datetime:
    """Return until when a second person should have looked, by the rule in force."""
    days = in_force(APPROVE_DAYS, area_prefix, clock.today())
    return after_working_days(clock.now(), days)


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise ValueError("such a request is a person's, never the clock's")
    return actor.person_id
