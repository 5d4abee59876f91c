"""Bringing goods to a place and counting what lies there. Pieces move in the ledger, between the
outside and the place; the rows here say why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from zhicunbao.base import access, audit, outbox
from zhicunbao.base.access import Actor
from zhicunbao.base.files import Upload, keep_photo
from zhicunbao.base.idempotency import once
from zhicunbao.base.photos import CleanPhoto
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger.models import Account
from zhicunbao.ledger.rules import OUTSIDE, code_of
from zhicunbao.rewards import rules
from zhicunbao.rewards.models import (
    KEEP,
    MANAGE,
    SHOP,
    Delivery,
    DeliveryLine,
    Goods,
    PickupPlace,
    StockCount,
    StockCountLine,
)

COUNT_MAX = 100_000
COST_FEN_MAX = 10_000_000
TEXT_MAX = 60


@dataclass(frozen=True)
class StockLine:
    """So many pieces that came in, and what one of them cost."""

    goods: Goods
    count: int
    cost_fen: int


@dataclass(frozen=True)
class CountLine:
    """What was counted of one goods; ``book`` is what the page showed."""

    goods: Goods
    book: int
    counted: int
    reason: str = ""


def receive_stock(
    actor: Actor,
    place: PickupPlace,
    *,
    lines: Sequence[StockLine],
    supplier: str,
    document: str,
    received_on: date,
    key: str,
    scan: Upload | CleanPhoto | None = None,
) -> Delivery:
    """Enter what came in at a place, with its document; the pieces are to be had at once.

    Needs ``rewards.keep`` there. Refuses an empty delivery, the same goods twice, and goods that
    the place may not have (422).
    """
    access.require(actor, KEEP, place)
    _check_delivery(place, lines, supplier, document, received_on)

    def do() -> Delivery:
        kept = keep_photo(actor, scan, area_prefix=place.area_prefix) if scan else None
        if actor.person_id is None:
            raise ValueError("goods are received by a person")
        delivery = Delivery.objects.create(
            place=place,
            supplier=supplier.strip(),
            document=document.strip(),
            scan=kept,
            received_on=received_on,
            keeper_id=actor.person_id,
        )
        ordered = sorted(lines, key=lambda line: line.goods.pk)
        DeliveryLine.objects.bulk_create(
            DeliveryLine(delivery=delivery, goods=o.goods, count=o.count, cost_fen=o.cost_fen)
            for o in ordered
        )
        for line in ordered:
            _bring(
                actor, place, line.goods, line.count, f"delivery:{delivery.pk}", delivery.document
            )
        audit.record(
            actor,
            "rewards.stock_received",
            delivery,
            area_prefix=place.area_prefix,
            detail={
                "about": f"{place.name}，{delivery.document}",
                "pieces": sum(o.count for o in lines),
            },
        )
        return delivery

    asked = [[o.goods.pk, o.count, o.cost_fen] for o in lines]
    request = [place.pk, asked, supplier, document, received_on]
    return once(actor, key=key, action="rewards.receive", request=request, do=do)


def _check_delivery(
    place: PickupPlace, lines: Sequence[StockLine], supplier: str, document: str, on: date
) -> None:
    wrong: dict[str, str] = {}
    if not 1 <= len(supplier.strip()) <= 40:
        wrong["supplier"] = "请填供货单位，最多 40 字"
    if not 1 <= len(document.strip()) <= TEXT_MAX:
        wrong["document"] = f"请填单据号或文件名，最多 {TEXT_MAX} 字"
    if on > clock.today():
        wrong["received_on"] = "进货日期不能晚于今天"
    if not lines:
        wrong["lines"] = "请至少填一样商品的数量"
    if len({line.goods.pk for line in lines}) < len(lines):
        wrong["lines"] = "同一样商品请合成一行"
    for line in lines:
        if not (0 < line.count <= COUNT_MAX and 0 <= line.cost_fen <= COST_FEN_MAX):
            wrong["lines"] = f"“{line.goods.name}”的数量或单价不对"
        if not place.area_prefix.startswith(line.goods.area_prefix):
            wrong["lines"] = f"“{line.goods.name}”不归这个兑换点"
    if wrong:
        raise Invalid("这张进货单还不能入库，请改好标出的几处。", fields=wrong)


def _bring(actor: Actor, place: PickupPlace, goods: Goods, count: int, key: str, memo: str) -> None:
    outside = code_of(OUTSIDE, 0, goods.stock_unit)
    ledger.open_account(code=outside)
    ledger.transfer(
        actor,
        ledger.Movement(
            key=f"{key}:goods:{goods.pk}",
            debit=outside,
            credit=code_of(SHOP, place.pk, goods.stock_unit),
            amount=count,
            reason="stock_in",
            memo=memo,
            area_prefix=place.area_prefix,
        ),
    )


def count_stock(
    actor: Actor, place: PickupPlace, *, lines: Sequence[CountLine], key: str
) -> StockCount:
    """Enter what was counted at a place; where it differs from the book, the book follows, for the
    written reason. Those who manage the place are told of differences.

    Needs ``rewards.keep`` there. Refuses a difference without a reason (422), a book that moved
    since it was shown (409), and fewer pieces than are promised to open orders (409).
    """
    access.require(actor, KEEP, place)
    _check_count(lines)

    def do() -> StockCount:
        ordered = sorted(lines, key=lambda line: line.goods.pk)
        for line in ordered:
            _check_book(place, line)
        if actor.person_id is None:
            raise ValueError("stock is counted by a person")
        counted = StockCount.objects.create(place=place, keeper_id=actor.person_id)
        StockCountLine.objects.bulk_create(
            StockCountLine(
                stock_count=counted,
                goods=o.goods,
                book=o.book,
                counted=o.counted,
                reason=o.reason.strip(),
            )
            for o in ordered
        )
        for line in ordered:
            _correct(actor, place, line, f"count:{counted.pk}")
        off = [o for o in ordered if o.book != o.counted]
        audit.record(
            actor,
            "rewards.stock_counted",
            counted,
            area_prefix=place.area_prefix,
            detail={"about": f"{place.name}，{len(ordered)} 样，{len(off)} 样有出入"},
        )
        _tell_managers(place, counted, off)
        return counted

    asked = [[o.goods.pk, o.book, o.counted, o.reason] for o in lines]
    return once(actor, key=key, action="rewards.count", request=[place.pk, asked], do=do)


def _check_count(lines: Sequence[CountLine]) -> None:
    wrong: dict[str, str] = {}
    if not lines:
        wrong["lines"] = "请至少填一样的实数"
    for line in lines:
        name = f"counted-{line.goods.pk}"
        if not 0 <= line.counted <= COUNT_MAX:
            wrong[name] = "实数请填 0 以上的整数"
        elif line.counted != line.book and not line.reason.strip():
            wrong[f"reason-{line.goods.pk}"] = "账实不符，请写原因"
        elif len(line.reason.strip()) > rules.REASON_LENGTH_MAX:
            wrong[f"reason-{line.goods.pk}"] = f"原因最多 {rules.REASON_LENGTH_MAX} 字"
    if wrong:
        raise Invalid("这次盘点还不能记账，请改好标出的几处。", fields=wrong)


def _check_book(place: PickupPlace, line: CountLine) -> None:
    """Refuse when the book is no longer what the page showed: what was counted would be laid upon
    pieces that left meanwhile. Locks the account, so that none leave until this is done.
    """
    code = code_of(SHOP, place.pk, line.goods.stock_unit)
    account = Account.objects.select_for_update().filter(code=code).first()
    book = account.posted if account else 0
    if book != line.book:
        raise Conflict(
            f"“{line.goods.name}”的账面刚刚变成 {book}，请重新数过这一样再记。",
            code="book_moved",
        )
    promised = account.debits_pending if account else 0
    if line.counted < promised:
        raise Conflict(
            f"“{line.goods.name}”有 {promised} 件已被预订，只数到 {line.counted}。"
            "请先作废交不出的订单，再盘点。",
            code="promised",
        )


def _correct(actor: Actor, place: PickupPlace, line: CountLine, key: str) -> None:
    difference = line.counted - line.book
    if not difference:
        return
    shelf = code_of(SHOP, place.pk, line.goods.stock_unit)
    outside = code_of(OUTSIDE, 0, line.goods.stock_unit)
    ledger.open_account(code=outside)
    ledger.transfer(
        actor,
        ledger.Movement(
            key=f"{key}:goods:{line.goods.pk}",
            debit=outside if difference > 0 else shelf,
            credit=shelf if difference > 0 else outside,
            amount=abs(difference),
            reason="stock_count",
            memo=line.reason.strip(),
            area_prefix=place.area_prefix,
        ),
    )


def _tell_managers(place: PickupPlace, counted: StockCount, off: Sequence[CountLine]) -> None:
    if not off:
        return
    said = "，".join(f"{o.goods.name} {o.counted - o.book:+d}" for o in off)
    managers = set(access.people_holding(MANAGE, place.area_prefix)) - {counted.keeper_id}
    outbox.tell(
        managers,
        key=f"count:{counted.pk}",
        title=f"{place.name}盘点有出入",
        text=f"{said}。"[:300],
        url=f"/shop/desk/counts/{counted.pk}/",
    )
