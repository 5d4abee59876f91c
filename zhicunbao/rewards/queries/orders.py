"""Orders: one's own, those that wait at a counter, one of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.urls import reverse

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.feature import MyRow
from zhicunbao.base.models import Person
from zhicunbao.casework.rules import PICKUP_DAYS, in_force
from zhicunbao.kernel import clock
from zhicunbao.ledger.models import Transfer
from zhicunbao.ledger.rules import HOUSEHOLD
from zhicunbao.registry.models import Household
from zhicunbao.registry.queries import households_joined
from zhicunbao.rewards.models import KEEP, Goods, Order, PickupPlace

FLOW: Final = "rewards.order"
STAGES: Final = {
    "waiting": Q(case__state="ordered"),
    "taken": Q(case__state="handed_over"),
    "ended": Q(case__state__in=("cancelled", "expired", "voided")),
}
"""Name of a list → the orders in it."""


@dataclass(frozen=True)
class Narrowing:
    """Which orders of a place are wanted; empty: all."""

    stage: str = ""
    goods: Goods | None = None
    is_entered: bool = False


def pickup_until(area_prefix: str, at: datetime) -> datetime:
    """Return until when goods ordered ``at`` wait at a place, by the rule in force there."""
    day = clock.local_date(at)
    return clock.end_of(day + timedelta(days=in_force(PICKUP_DAYS, area_prefix, day)))


def _whole() -> QuerySet[Order]:
    found = Order.objects.select_related(
        "case__area", "case__owner", "place__area", "orderer", "household", "entered_by"
    )
    return found.prefetch_related("lines__goods__picture")


def fetch_order(actor: Actor, pk: int) -> Order:
    """Return an order that the actor may see, or refuse with 404."""
    return access.fetch(actor, _whole(), pk=pk)


def my_orders(actor: Actor, stage: str = "") -> QuerySet[Order]:
    """Return one's own orders and those that one's household pays, the newest first."""
    found = _whole().filter(_own(actor))
    return found.filter(STAGES[stage]) if stage else found


def _own(actor: Actor) -> Q:
    person_id = actor.person_id or 0
    shared = Q(payer_kind=HOUSEHOLD, payer_id__in=households_joined(person_id))
    return Q(orderer=person_id) | shared


def my_order_counts(actor: Actor) -> dict[str, int]:
    """Return how many orders stand in each list (one query)."""
    states = Order.objects.filter(_own(actor)).order_by().values_list("case__state", flat=True)
    counts = dict.fromkeys(STAGES, 0)
    for state in states:
        name = {"ordered": "waiting", "handed_over": "taken"}.get(state, "ended")
        counts[name] += 1
    return counts


def orders_at(actor: Actor, place: PickupPlace, by: Narrowing) -> QuerySet[Order]:
    """Return the orders of a place that the actor may see: open ones by their last day, the others
    with the newest first.
    """
    found = access.visible_to(actor, _whole()).filter(place=place)
    if by.goods is not None:
        found = found.filter(lines__goods=by.goods)
    if by.is_entered:
        found = found.filter(entered_by__isnull=False)
    if by.stage:
        found = found.filter(STAGES[by.stage])
    if by.stage == "waiting":
        return found.order_by("case__due_at", "pk")
    return found.order_by("-ordered_at", "-pk")


def order_counts_at(actor: Actor, place: PickupPlace, by: Narrowing) -> dict[str, int]:
    """Return how many orders of a place stand in each list, narrowed alike (one query a list)."""
    return {name: orders_at(actor, place, replace(by, stage=name)).count() for name in STAGES}


def orders_of_people(
    place: PickupPlace, people: Collection[Person], household: Household
) -> list[Order]:
    """Return the open orders at a place of some people, and those that their household pays."""
    shared = Q(payer_kind=HOUSEHOLD, payer_id=household.pk)
    found = _whole().filter(Q(orderer__in=people) | shared, place=place, is_open=True)
    return list(found.order_by("case__due_at", "pk"))


def orders_behind(transfers: Iterable[Transfer]) -> dict[str, int]:
    """Return the numbers of the orders that some movements of goods belong to, by the number of
    their case (one query).
    """
    named = {row.case_number for row in transfers if row.case_number}
    cases = {int(number.rpartition("-")[2]): number for number in named}
    found = Order.objects.filter(case__in=cases).values_list("case_id", "pk")
    return {cases[case_id]: pk for case_id, pk in found}


def open_count(actor: Actor) -> int:
    """Return how many orders wait at the counters that the actor keeps."""
    reach = actor.reach(KEEP)
    if not reach:
        return 0
    return Order.objects.filter(access.under(reach, "place__area_prefix"), is_open=True).count()


def my_rows(actor: Actor) -> list[MyRow]:
    """Return the shop's doors on the page 我的: one's own orders, and the counters one keeps."""
    waiting = my_order_counts(actor)["waiting"]
    said, tone = (f"{waiting} 单待领取", "wait") if waiting else ("", "")
    rows = [MyRow("我的兑换", "gift", reverse("rewards:my_orders"), said, tone)]
    if actor.reach(KEEP):
        queue = open_count(actor)
        words = f"{queue} 单待领取" if queue else ""
        rows.append(MyRow("我守的兑换点", "store", reverse("rewards:desk"), words))
    return rows
