"""Purses: opening, funding and closing them, and promising their points to people. The moving of
balances itself is ``posting``'s.
"""

from datetime import date

from django.db.models import Q

from zhicunbao.base import access, audit
from zhicunbao.base.access import Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Area
from zhicunbao.kernel import clock, division
from zhicunbao.kernel.refusals import Conflict, Invalid
from zhicunbao.ledger import rules
from zhicunbao.ledger.actions.posting import hold, open_account, reverse, transfer
from zhicunbao.ledger.models import POINTS, PURSE_TEXT_MAX, Purse, Transfer


def award_hold(
    actor: Actor,
    *,
    purse: Purse,
    person_id: int,
    points: int,
    case_number: str,
    memo: str,
    key: str,
) -> Transfer:
    """Promise ``points`` of ``purse`` to a person. The caller has judged the right to review.

    Refuses when the purse is closed or short. The person's account is opened if it must be.
    """
    if not purse.is_running:
        raise Conflict(
            f"资金池“{purse.name}”已经停用或到期。请街道开设新的资金池，再审核。",
            code="purse_closed",
        )
    return hold(
        actor,
        key=key,
        debit=rules.fund_code(purse.pk),
        credit=rules.person_code(person_id, purse.unit),
        amount=points,
        reason="award",
        memo=memo,
        case_number=case_number,
    )


def create_purse(
    actor: Actor,
    *,
    name: str,
    area: Area,
    unit_value_fen: int,
    source_document: str,
    funder: str,
    key: str,
    unit: str = POINTS,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Purse:
    """Open a purse with its fund and issue accounts. Needs ``ledger.fund`` at ``area``; audited.

    Purses that overlap in place and share a unit must agree on what a point is worth: their points
    meet in the same accounts.
    """
    access.require(actor, "ledger.fund", area)
    purse = Purse(
        name=name.strip(),
        area=area,
        area_prefix=area.prefix,
        unit=unit,
        unit_value_fen=unit_value_fen,
        source_document=source_document.strip(),
        funder=funder.strip(),
        valid_from=valid_from or clock.today(),
        valid_to=valid_to,
    )

    def do() -> Purse:
        _check_purse(purse)
        purse.save(force_insert=True)
        open_account(code=rules.fund_code(purse.pk), purse=purse)
        open_account(code=rules.issue_code(purse.pk), purse=purse)
        audit.record(actor, "ledger.purse_created", purse)
        return purse

    asked = [name, area.pk, unit, unit_value_fen, source_document, funder, valid_from, valid_to]
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
            key=f"fund/{purse.pk}/{actor.person_id}/{key}",
            debit=rules.issue_code(purse.pk),
            credit=rules.fund_code(purse.pk),
            amount=points,
            reason="fund",
            memo=document,
        )
        detail = {"points": points, "document": document, "transfer": row.pk}
        audit.record(actor, "ledger.purse_funded", purse, detail=detail)
        return row

    asked = [purse.pk, points, document]
    return once(actor, key=key, action="ledger.fund_purse", request=asked, do=do)


def reverse_funding(actor: Actor, *, transfer: Transfer, reason: str, key: str) -> Transfer:
    """Take back a funding that was entered wrongly, whole and with a written ``reason``; audited.

    Needs ``ledger.fund`` where the purse lies. Refuses any other transfer, a second time, and when
    the purse has promised too much of it.
    """
    purse = transfer.credit_account.purse
    if purse is None or transfer.reason != "fund":
        raise Conflict("只有注入资金池的这一笔可以在这里冲正。", code="not_funding")
    access.require(actor, "ledger.fund", purse)

    def do() -> Transfer:
        posting_key = f"fund/{purse.pk}/{actor.person_id}/{key}"
        return reverse(actor, transfer=transfer, key=posting_key, reason=reason)

    asked = [transfer.pk, reason]
    return once(actor, key=key, action="ledger.reverse_funding", request=asked, do=do)


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
    wrong: dict[str, str] = {}
    for name, label in (("name", "名称"), ("source_document", "来源文件"), ("funder", "出资单位")):
        text = getattr(purse, name)
        if not text:
            wrong[name] = f"请填写{label}。"
        elif len(text) > PURSE_TEXT_MAX:
            wrong[name] = f"{label}最多 {PURSE_TEXT_MAX} 个字，请写短一些。"
    if purse.unit_value_fen <= 0:
        wrong["unit_value_fen"] = "一分至少值 1 分钱，请填写大于 0 的数。"
    if purse.valid_to is not None and purse.valid_to < purse.valid_from:
        wrong["valid_to"] = "截止日期要在开始日期之后。"
    if wrong:
        raise Invalid("资金池没有开设，请改正下面的内容再提交。", fields=wrong)
    if Purse.objects.filter(area_id=purse.area_id, name=purse.name).exists():
        raise Conflict(f"这里已有资金池“{purse.name}”。请补充它，或换一个名称。", code="name_taken")
    low, past = division.prefix_range(purse.area_prefix)
    above = [purse.area_prefix[:length] for length in range(1, len(purse.area_prefix))]
    nearby = Q(area_prefix__gte=low, area_prefix__lt=past) | Q(area_prefix__in=above)
    other = (
        Purse.objects.filter(nearby, unit=purse.unit)
        .exclude(unit_value_fen=purse.unit_value_fen)
        .first()
    )
    if other is not None:
        raise Conflict(
            f"资金池“{other.name}”里 1 分值 {other.unit_value_fen / 100:.2f} 元。"
            "两个资金池的积分会进同一个账户，请填写同样的价值。",
            code="worth_differs",
        )


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
