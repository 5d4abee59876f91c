"""The counter: finding an order by what somebody shows, handing it over, ordering for somebody
without a phone. Failed tries are counted outside any transaction, because a refused one must stay.
"""

import secrets
from collections.abc import Mapping

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.idempotency import once
from zhicunbao.casework.actions import perform
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid, Locked, NotAllowed
from zhicunbao.ledger.rules import HOUSEHOLD
from zhicunbao.registry.queries import kin_of
from zhicunbao.rewards import queries, rules
from zhicunbao.rewards.actions.orders import place_order
from zhicunbao.rewards.models import KEEP, CounterTry, Order, PickupPlace
from zhicunbao.rewards.queries import Known
from zhicunbao.rewards.rules import Shown


def find_order(actor: Actor, place: PickupPlace, *, code: str) -> Order:
    """Return the open order at a place that a pick-up code belongs to. Needs ``rewards.keep``.

    Refuses a code of another place, of an order that is no longer open, or of none, in the same
    words (422), and after ``TRIES_MAX`` failures within ten minutes everything (423).
    """
    access.require(actor, KEEP, place)
    tried = _start_try(actor, place)
    typed = rules.code_in(code)
    found = Order.objects.filter(place=place, is_open=True, code=typed).first() if typed else None
    if found is None:
        raise Invalid(
            f"没有这个取货码的待领订单。请核对 8 位数字和兑换点，{_left(actor, place)}",
            code="code_unknown",
            fields={"code": "请核对 8 位数字"},
        )
    tried.delete()
    return found


def identify(actor: Actor, place: PickupPlace, *, shown: Shown) -> Known:
    """Return the household that a card or a number names, and who of it may stand at the counter:
    all of it for a card, the one who was named otherwise. Needs ``rewards.keep``.

    Only households that the place serves. Refuses and counts as ``find_order`` does.
    """
    access.require(actor, KEEP, place)
    tried = _start_try(actor, place)
    known = queries.known_at(place, shown)
    if known is None:
        wrong = "卡号" if shown.card else "户号和姓名"
        raise Invalid(
            f"没有找到这一户。请核对{wrong}，{_left(actor, place)}",
            code="household_unknown",
            fields={"card" if shown.card else "number": f"请核对{wrong}"},
        )
    tried.delete()
    return known


def hand_over(
    actor: Actor, order: Order, *, shown: Shown, key: str, seen: int | None = None
) -> Order:
    """Hand an open order over to whoever shows its code, its household's card, or is known to be
    its orderer. Points and pieces are booked. Needs ``rewards.keep`` at its place.

    Refuses a wrong code or another household (422, counted), one's own order or one of one's
    household (403), an order that is no longer open (409).
    """
    access.require(actor, KEEP, order.place)
    if shown.code:
        tried = _start_try(actor, order.place)
        if not secrets.compare_digest(rules.code_in(shown.code), order.code):
            raise Invalid(
                f"取货码和这份订单不符，不能交付。请核对，{_left(actor, order.place)}",
                code="code_wrong",
                fields={"code": "和这份订单不符"},
            )
        tried.delete()
    else:
        _check_receiver(order, identify(actor, order.place, shown=shown))
    perform(actor, order.case, "hand_over", key=key, seen=seen, data={"shown": shown.way})
    order.refresh_from_db()
    return order


def _check_receiver(order: Order, known: Known) -> None:
    is_theirs = order.orderer_id in {person.pk for person in known.people}
    is_paid = (order.payer_kind, order.payer_id) == (HOUSEHOLD, known.household.pk)
    if not (is_theirs or is_paid):
        raise Invalid("这份订单不是这一户的，不能交付。请核对取货的是谁。", code="wrong_household")


def order_for(
    actor: Actor,
    place: PickupPlace,
    *,
    shown: Shown,
    orderer_id: int,
    wanted: Mapping[int, int],
    payer: str,
    key: str,
    points_seen: int | None = None,
) -> Order:
    """Order for somebody without a phone who stands at the counter with their card, or whom the
    keeper knows. Needs ``rewards.keep``; never for oneself or one's household.

    Otherwise as ``order_goods``; the audit and the order name the keeper, the orderer is told.
    """
    known = identify(actor, place, shown=shown)
    if orderer_id not in {person.pk for person in known.people}:
        raise Invalid("请选这一户里来换东西的人。", fields={"orderer": "请选一个人"})
    if actor.person_id is None or orderer_id in {actor.person_id, *kin_of(actor.person_id)}:
        raise NotAllowed("不能替自己或同户的人下单，请由其他管理员办理。", code="kin")
    rules.check_wanted(wanted)
    request = [place.pk, orderer_id, sorted(wanted.items()), payer, points_seen]
    return once(
        actor,
        key=key,
        action="rewards.order_for",
        request=request,
        do=lambda: place_order(
            actor,
            place,
            wanted=wanted,
            payer=payer,
            orderer_id=orderer_id,
            points_seen=points_seen,
        ),
    )


def _start_try(actor: Actor, place: PickupPlace) -> CounterTry:
    """Count a try before it is looked at, so that tries at the same moment all count."""
    if actor.person_id is None:
        raise ValueError("a counter is kept by a person")
    now = clock.now()
    CounterTry.objects.filter(at__lt=now - rules.TRIES_KEPT).delete()
    tried = CounterTry.objects.create(place=place, person_id=actor.person_id, at=now)
    since = now - rules.TRIES_WITHIN
    tries = CounterTry.objects.filter(place=place, person=actor.person_id, at__gt=since)
    if tries.count() > rules.TRIES_MAX:
        tried.delete()
        minutes = int(rules.TRIES_WITHIN.total_seconds() // 60)
        raise Locked(f"连续输错太多次，请过 {minutes} 分钟再核对。", code="too_many_tries")
    return tried


def _left(actor: Actor, place: PickupPlace) -> str:
    return f"还可以试 {queries.tries_left(actor.person_id or 0, place)} 次。"
