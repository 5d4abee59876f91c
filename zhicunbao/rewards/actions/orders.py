"""Ordering, cancelling, voiding. An order promises points and pieces in one transaction, so that
nothing is ever sold that is not there and no points go without pieces.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from zhicunbao.base import audit, outbox
from zhicunbao.base.access import Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Person
from zhicunbao.casework.actions import open_case, perform
from zhicunbao.casework.models import Case
from zhicunbao.casework.queries import number_of
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger.models import MEMO_LENGTH_MAX, Account, Transfer
from zhicunbao.ledger.rules import HOUSEHOLD, OUTSIDE, PERSON, code_of
from zhicunbao.registry.models import Household
from zhicunbao.registry.queries import households_of
from zhicunbao.rewards import queries, rules
from zhicunbao.rewards.models import SHOP, Goods, Order, OrderLine, PickupPlace

REMIND_BEFORE: Final = clock.DAY
AT_ONCE: Final = 2_000


def order_goods(
    actor: Actor,
    place: PickupPlace,
    *,
    wanted: Mapping[int, int],
    payer: str,
    key: str,
    points_seen: int | None = None,
) -> Order:
    """Order ``wanted`` (goods' number → pieces) for oneself at a place that one may see.

    ``payer``: ``person`` or ``household``, whose points pay; ``points_seen``: the sum that was
    shown. Promises points and pieces, makes the pick-up code and tells the orderer.

    Refuses (409) what is sold out, passes a household's limit or costs more than there is, a price
    that changed meanwhile, a closed place; (403) one's own counter, and a place that does not serve
    where one belongs. Nothing is kept then.
    """
    if actor.person_id is None:
        raise ValueError("an order is a person's")
    person_id = actor.person_id
    if refusal := queries.may_order_at(actor, place):
        raise refusal
    rules.check_wanted(wanted)
    request = [place.pk, sorted(wanted.items()), payer, points_seen]
    return once(
        actor,
        key=key,
        action="rewards.order",
        request=request,
        do=lambda: place_order(
            actor, place, wanted=wanted, payer=payer, orderer_id=person_id, points_seen=points_seen
        ),
    )


def place_order(
    actor: Actor,
    place: PickupPlace,
    *,
    wanted: Mapping[int, int],
    payer: str,
    orderer_id: int,
    points_seen: int | None = None,
) -> Order:
    """Do what ``order_goods`` says, inside its caller's transaction; for actions alone."""
    place = PickupPlace.objects.select_related("area").get(pk=place.pk)
    if not place.is_open:
        raise Conflict(f"“{place.name}”暂停兑换，请换一个兑换点。", code="place_closed")
    if refusal := queries.why_not_receiver(orderer_id, place):
        raise refusal
    orderer, home = _locked(orderer_id)
    items = _checked(place, orderer_id, home, wanted)
    points = sum(goods.price_points * count for goods, count in items)
    if points_seen is not None and points != points_seen:
        raise Conflict(
            f"价格刚刚有变化，现在一共要 {points} 分。请看过新的价格再下单。", code="price_changed"
        )
    case = _open(actor, place, orderer, items)
    holder = _payer(payer, orderer, home)
    promised = ledger.spend_hold(
        actor,
        holder=holder,
        points=points,
        key=f"order:{case.pk}",
        memo=f"{place.name}：{_words(items)}"[:MEMO_LENGTH_MAX],
        case_number=number_of(case),
        area_prefix=place.area_prefix,
    )
    order = Order.objects.create(
        case=case,
        place=place,
        orderer=orderer,
        household=home,
        payer_kind=holder[0],
        payer_id=holder[1],
        points=points,
        code=_code(place),
        ordered_at=case.opened_at,
        entered_by_id=actor.person_id if actor.person_id != orderer.pk else None,
        point_holds=[row.pk for row in promised],
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            goods=goods,
            count=count,
            price_points=goods.price_points,
            hold_id=_promise(actor, order, goods, count).pk,
        )
        for goods, count in items
    )
    _tell(actor, order)
    return order


def _open(
    actor: Actor, place: PickupPlace, orderer: Person, items: list[tuple[Goods, int]]
) -> Case:
    """Open the order's case; its first step remembers what was ordered at which price."""
    return open_case(
        actor,
        flow=queries.FLOW,
        verb="order",
        subject=rules.subject_of([f"{goods.name} × {count}" for goods, count in items]),
        area=place.area,
        owner_id=orderer.pk,
        due_at=queries.pickup_until(place.area_prefix, clock.now()),
        detail={
            "place": place.pk,
            "goods": [[goods.pk, count, goods.price_points] for goods, count in items],
        },
    )


def _words(items: list[tuple[Goods, int]]) -> str:
    return "、".join(f"{goods.name} × {count}" for goods, count in items)


def _locked(orderer_id: int) -> tuple[Person, Household | None]:
    """Return the orderer and their household, both locked: limits count over the household, and
    over what the orderer had before moving into it, so two phones queue here.
    """
    home = households_of([orderer_id]).get(orderer_id)
    if home is not None:
        home = Household.objects.select_for_update(no_key=True).get(pk=home.pk)
    return Person.objects.select_for_update(no_key=True).get(pk=orderer_id), home


def _checked(
    place: PickupPlace, orderer_id: int, home: Household | None, wanted: Mapping[int, int]
) -> list[tuple[Goods, int]]:
    """Return the goods wanted with their counts, in the one order in which accounts are taken."""
    found = {item.goods.pk: item for item in queries.items_of(orderer_id, place, list(wanted))}
    if set(wanted) - set(found):
        raise Invalid(
            "有的商品已经下架，或不在这个兑换点。请回到货架重新选。",
            code="not_on_shelf",
            fields={"count": "请重新选"},
        )
    taken = queries.taken_by_household([item.goods for item in found.values()], orderer_id, home)
    for number, count in wanted.items():
        rules.check_limit(found[number].goods, taken.get(number, 0), count)
    return [(found[number].goods, wanted[number]) for number in sorted(wanted)]


def _payer(payer: str, orderer: Person, home: Household | None) -> tuple[str, int]:
    if payer == PERSON:
        return PERSON, orderer.pk
    if payer == HOUSEHOLD and home is not None:
        return HOUSEHOLD, home.pk
    raise Invalid("请选用谁的积分来换。", fields={"payer": "请选一个"})


def _promise(actor: Actor, order: Order, goods: Goods, count: int) -> Transfer:
    shelf = code_of(SHOP, order.place_id, goods.stock_unit)
    try:
        return ledger.hold(
            actor,
            ledger.Movement(
                key=f"order:{order.case_id}:goods:{goods.pk}",
                debit=shelf,
                credit=code_of(OUTSIDE, 0, goods.stock_unit),
                amount=count,
                reason="stock_out",
                memo=goods.name,
                case_number=number_of(order.case),
                area_prefix=order.place.area_prefix,
            ),
        )
    except Conflict as refusal:
        if refusal.code != "balance_short":
            raise
        account = Account.objects.filter(code=shelf).first()
        raise rules.sold_out(goods, account.available if account else 0) from None


def _code(place: PickupPlace) -> str:
    """Return a fresh pick-up code; the unique index stands behind the look that is taken here."""
    taken = set(Order.objects.filter(place=place, is_open=True).values_list("code", flat=True))
    while (code := f"{secrets.randbelow(10**rules.CODE_DIGITS):08d}") in taken:
        continue
    return code


def _tell(actor: Actor, order: Order) -> None:
    until = clock.local_date(order.case.due_at) if order.case.due_at else clock.today()
    day = f"{until.month}月{until.day}日"
    if order.entered_by_id is not None:
        audit.record(
            actor,
            "rewards.order_entered",
            order.case,
            detail={"about": order.case.subject, "for": order.orderer_id, "points": order.points},
        )
        text = (
            f"{actor.name}在{order.place.name}替您下单，用去 {order.points} 分，"
            f"{day}前领取。不是您要换的，请马上取消。"
        )
    else:
        text = f"{order.points} 分已留出，{day}前到{order.place.name}领取，柜台只看取货码。"
    outbox.tell(
        [order.orderer_id],
        key=f"order:{order.case_id}",
        title=order.case.subject,
        text=text,
        url=f"/shop/orders/{order.pk}/",
    )


def cancel_order(actor: Actor, order: Order, *, key: str, seen: int | None = None) -> Order:
    """Give one's own order up before it is handed over: points and pieces go back."""
    perform(actor, order.case, "cancel", key=key, seen=seen)
    order.refresh_from_db()
    return order


def void_order(
    actor: Actor, order: Order, *, reason: str, key: str, seen: int | None = None
) -> Order:
    """Void an order at the counter, because something is missing or broken: points and pieces go
    back, the orderer reads the reason. Needs ``rewards.keep`` there.
    """
    perform(actor, order.case, "void", key=key, seen=seen, reason=reason)
    order.refresh_from_db()
    return order


def remind_of_pickup(now: datetime) -> int:
    """Tell orderers, once, that their goods wait until tomorrow at the latest; return how many.

    Only the clock calls it.
    """
    due = Order.objects.filter(
        is_open=True,
        case__due_at__gt=now,
        case__due_at__lte=now + REMIND_BEFORE,
        ordered_at__lt=now - REMIND_BEFORE,
    ).select_related("case", "place")
    orders = list(due.order_by("case__due_at", "pk")[:AT_ONCE])
    for order in orders:
        outbox.tell(
            [order.orderer_id],
            key=f"remind:{order.case_id}",
            title=order.case.subject,
            text=f"请在{order.place.name}当天关门前领取，过期自动退回积分。",
            url=f"/shop/orders/{order.pk}/",
        )
    return len(orders)
