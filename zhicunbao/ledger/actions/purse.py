"""Purses: opening, funding and closing them, and promising their points to people and households.
The moving of balances itself is ``posting``'s.
"""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.urls import reverse as address

from zhicunbao.base import access, audit, outbox
from zhicunbao.base.access import Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Area
from zhicunbao.kernel import clock, division
from zhicunbao.kernel.refusals import Conflict, Invalid
from zhicunbao.ledger import rules
from zhicunbao.ledger.actions.posting import hold, move, open_account, transfer
from zhicunbao.ledger.models import PURSE_TEXT_MAX, Account, Purse, Transfer
from zhicunbao.ledger.rules import Movement


def award_hold(
    actor: Actor,
    *,
    purse: Purse,
    person_id: int,
    household_id: int | None,
    points: int,
    case_number: str,
    memo: str,
    area_prefix: str,
    key: str,
) -> Transfer:
    """Promise ``points`` of ``purse`` to a person, or to the household of that person when the
    programme credits households. The caller has judged the right to review.

    Refuses when the purse is closed, short or down to its stop line, and when a household is to be
    credited and the person belongs to none. The award that reaches the stop line is still given;
    those who may fund the purse are told. The account is opened if it must be.
    """
    if not purse.is_running:
        raise Conflict(
            f"资金池“{purse.name}”已经停用或到期。请街道开设新的资金池，再审核。",
            code="purse_closed",
        )
    goes_to_household = purse.credited == Purse.Credited.HOUSEHOLD
    if goes_to_household and household_id is None:
        raise Conflict(
            f"资金池“{purse.name}”的积分记到户，而这个人还没有登记到哪一户。"
            "请社区先在“登记”里办理，再审核。",
            code="no_household",
        )
    movement = Movement(
        key=key,
        debit=rules.fund_code(purse.pk),
        credit=rules.household_code(household_id, purse.pk)
        if goes_to_household and household_id is not None
        else rules.person_code(person_id, purse.pk),
        amount=points,
        reason="award",
        memo=memo,
        case_number=case_number,
        area_prefix=area_prefix,
        earner_id=person_id if goes_to_household else None,
        floor=purse.stop_below + 1,
    )
    if not purse.stop_below:
        return hold(actor, movement)
    # Together, because only while the purse's row is held is it sure which award reached the line.
    with transaction.atomic():
        row, is_new = move(actor, Transfer.Kind.PENDING, movement)
        if is_new:
            _tell_if_stopped(purse, row)
    return row


def _tell_if_stopped(purse: Purse, row: Transfer) -> None:
    """Tell those who may fund the purse, in the transaction of the award that reached the line."""
    left = Account.objects.get(pk=row.debit_account_id).available
    if left > purse.stop_below:
        return
    outbox.tell(
        access.people_holding("ledger.fund", purse.area_prefix),
        key=f"ledger.stopped:{row.pk}",
        title=f"资金池“{purse.name}”已到停发线",
        text=f"只剩 {left} 分，停发线是 {purse.stop_below} 分。补充以前，审核发不出积分。",
        url=address("ledger:purse", args=[purse.pk]),
    )


def set_stop_line(actor: Actor, *, purse: Purse, stop_below: int, key: str) -> Purse:
    """Set how many points must be left for the purse to go on giving awards; audited.

    Needs ``ledger.fund`` where the purse lies. 0 lets it give its last point.
    """
    access.require(actor, "ledger.fund", purse)

    def do() -> Purse:
        if not 0 <= stop_below <= rules.AMOUNT_MAX:
            mend = _stop_line_wanted()
            raise Invalid(mend, fields={"stop_below": mend})
        Purse.objects.filter(pk=purse.pk).update(stop_below=stop_below)
        detail = {"before": purse.stop_below, "after": stop_below}
        audit.record(actor, "ledger.stop_line_set", purse, detail=detail)
        purse.stop_below = stop_below
        return purse

    asked = [purse.pk, stop_below]
    return once(actor, key=key, action="ledger.set_stop_line", request=asked, do=do)


def create_purse(
    actor: Actor,
    *,
    name: str,
    area: Area,
    unit_value_fen: int,
    source_document: str,
    funder: str,
    key: str,
    credited: str = Purse.Credited.PERSON,
    stop_below: int = 0,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Purse:
    """Open a purse with its accounts. Needs ``ledger.fund`` at ``area``; audited.

    Open purses that overlap in place must agree on what a point is worth: their points are spent
    in the same shop.
    """
    access.require(actor, "ledger.fund", area)
    purse = Purse(
        name=name.strip(),
        area=area,
        area_prefix=area.prefix,
        unit_value_fen=unit_value_fen,
        credited=credited,
        stop_below=stop_below,
        source_document=source_document.strip(),
        funder=funder.strip(),
        valid_from=valid_from or clock.today(),
        valid_to=valid_to,
    )

    def do() -> Purse:
        _check_purse(purse)
        purse.save(force_insert=True)
        for part in rules.PURSE_PARTS:
            open_account(code=rules.purse_code(purse.pk, part))
        audit.record(actor, "ledger.purse_created", purse)
        return purse

    asked = [name, area.pk, unit_value_fen, source_document, funder, credited, stop_below]
    asked += [valid_from, valid_to]
    return once(actor, key=key, action="ledger.create_purse", request=asked, do=do)


def fund_purse(actor: Actor, *, purse: Purse, points: int, document: str, key: str) -> Transfer:
    """Issue ``points`` into ``purse`` on the strength of ``document``; audited.

    Needs ``ledger.fund`` where the purse lies. Refuses a purse that is closed or has run out of
    its term, and an amount or document that cannot be used.
    """
    access.require(actor, "ledger.fund", purse)
    document = document.strip()

    def do() -> Transfer:
        if not purse.is_running:
            raise Conflict(
                f"资金池“{purse.name}”已经停用或到期，不能再补充。请开设新的资金池。",
                code="purse_closed",
            )
        _check_funding(points, document)
        row = transfer(
            actor,
            Movement(
                key=f"fund/{purse.pk}/{actor.person_id}/{key}",
                debit=rules.issue_code(purse.pk),
                credit=rules.fund_code(purse.pk),
                amount=points,
                reason="fund",
                memo=document,
                area_prefix=purse.area_prefix,
            ),
        )
        detail = {"points": points, "document": document, "transfer": row.pk}
        audit.record(actor, "ledger.purse_funded", purse, detail=detail)
        return row

    asked = [purse.pk, points, document]
    return once(actor, key=key, action="ledger.fund_purse", request=asked, do=do)


def close_purse(actor: Actor, *, purse: Purse, key: str) -> Purse:
    """Stop new awards and funding; what is promised can still be booked. Needs ``ledger.fund``."""
    access.require(actor, "ledger.fund", purse)

    def do() -> Purse:
        if not Purse.objects.filter(pk=purse.pk, is_open=True).update(is_open=False):
            raise Conflict(f"资金池“{purse.name}”已经停用了，不用再办。", code="purse_closed")
        audit.record(actor, "ledger.purse_closed", purse)
        purse.is_open = False
        return purse

    return once(actor, key=key, action="ledger.close_purse", request=purse.pk, do=do)


def _check_purse(purse: Purse) -> None:
    wrong = _wrong_in(purse)
    if wrong:
        raise Invalid("资金池没有开设，请改正下面的内容再提交。", fields=wrong)
    if Purse.objects.filter(area_id=purse.area_id, name=purse.name).exists():
        raise Conflict(f"这里已有资金池“{purse.name}”。请补充它，或换一个名称。", code="name_taken")
    low, past = division.prefix_range(purse.area_prefix)
    above = [purse.area_prefix[:length] for length in range(1, len(purse.area_prefix))]
    nearby = Q(area_prefix__gte=low, area_prefix__lt=past) | Q(area_prefix__in=above)
    other = (
        Purse.objects.filter(nearby, is_open=True)
        .exclude(unit_value_fen=purse.unit_value_fen)
        .first()
    )
    if other is not None:
        raise Conflict(
            f"资金池“{other.name}”里 1 分值 {other.unit_value_fen / 100:.2f} 元。"
            "两个资金池的积分在同一处兑换，请填写同样的价值。",
            code="worth_differs",
        )


def _wrong_in(purse: Purse) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for name, label in (("name", "名称"), ("source_document", "来源文件"), ("funder", "出资单位")):
        text = getattr(purse, name)
        if not text:
            wrong[name] = f"请填写{label}。"
        elif len(text) > PURSE_TEXT_MAX:
            wrong[name] = f"{label}最多 {PURSE_TEXT_MAX} 个字，请写短一些。"
    if purse.credited not in Purse.Credited.values:
        wrong["credited"] = "请选择积分记到个人还是记到户。"
    if not 0 <= purse.stop_below <= rules.AMOUNT_MAX:
        wrong["stop_below"] = _stop_line_wanted()
    if purse.unit_value_fen <= 0:
        wrong["unit_value_fen"] = "一分至少值 1 分钱，请填写大于 0 的数。"
    if purse.valid_to is not None and purse.valid_to < purse.valid_from:
        wrong["valid_to"] = "截止日期要在开始日期之后。"
    return wrong


def _stop_line_wanted() -> str:
    return f"请填写 0 到 {rules.AMOUNT_MAX:,} 之间的整数，0 表示发完为止。"


def _check_funding(points: int, document: str) -> None:
    wrong: dict[str, str] = {}
    if not 0 < points <= rules.AMOUNT_MAX:
        wrong["points"] = f"请填写 1 到 {rules.AMOUNT_MAX:,} 之间的整数。"
    if not document:
        wrong["document"] = "请填写文件号或凭据名称，资金要有出处。"
    elif len(document) > PURSE_TEXT_MAX:
        wrong["document"] = f"文件号最多 {PURSE_TEXT_MAX} 个字，请写短一些。"
    if wrong:
        raise Invalid("资金没有注入，请改正下面的内容再提交。", fields=wrong)
