"""The shelf: which places serve somebody, what stands there, what a household may still have, and
whose points pay.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet, Sum

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area
from zhicunbao.kernel import clock, division
from zhicunbao.ledger.models import Account
from zhicunbao.ledger.queries import accounts_of, balance, balance_of
from zhicunbao.ledger.rules import HOUSEHOLD, PERSON
from zhicunbao.registry.models import Household
from zhicunbao.registry.queries import households_of
from zhicunbao.rewards import rules
from zhicunbao.rewards.models import KEEP, MANAGE, SHOP, VIEW, Goods, OrderLine, PickupPlace

COUNTING: Final = ("ordered", "handed_over")
"""States of orders that use up a limit."""


@dataclass(frozen=True)
class Item:
    """Goods as one place has them: how many are to be had, how many this household had already."""

    goods: Goods
    left: int
    taken: int = 0

    @property
    def is_sold_out(self) -> bool:
        """Whether there is nothing left."""
        return self.left <= 0

    @property
    def limit_left(self) -> int | None:
        """How many the household may still have in this period; None: no limit."""
        if not self.goods.limit_count:
            return None
        return max(0, self.goods.limit_count - self.taken)

    @property
    def is_used_up(self) -> bool:
        """Whether the household has had all that it may."""
        return self.limit_left == 0

    @property
    def count_max(self) -> int:
        """How many can be ordered at most now, points aside."""
        most = min(self.left, rules.PIECES_MAX)
        return most if self.limit_left is None else min(most, self.limit_left)

    @property
    def limit_words(self) -> str:
        """每户每月限 2 瓶, or nothing."""
        return rules.limit_words(self.goods)


@dataclass(frozen=True)
class Purse:
    """Whose points can pay: the person's own or the household's."""

    kind: str
    number: int
    label: str
    available: int


def places_near(actor: Actor) -> QuerySet[PickupPlace]:
    """Return the open places that serve where the actor belongs, the nearest first."""
    above = {d.prefix[:n] for d in actor.duties for n in (4, 6, 9, 12, 14, 17)}
    found = PickupPlace.objects.filter(area_prefix__in=above, is_open=True)
    return found.select_related("area").order_by("-area_prefix", "pk")


def places_seen(actor: Actor) -> QuerySet[PickupPlace]:
    """Return the places that the actor's posts look at."""
    return PickupPlace.objects.filter(access.under(actor.reach(VIEW))).select_related("area")


def places_kept(actor: Actor) -> QuerySet[PickupPlace]:
    """Return the places at whose counter the actor may stand."""
    return PickupPlace.objects.filter(access.under(actor.reach(KEEP))).select_related("area")


def fetch_place(actor: Actor, pk: int) -> PickupPlace:
    """Return a place that the actor may see, or refuse with 404."""
    return access.fetch(actor, PickupPlace.objects.select_related("area"), pk=pk)


def fetch_goods(actor: Actor, pk: int) -> Goods:
    """Return goods that the actor may see, or refuse with 404."""
    return access.fetch(actor, Goods.objects.select_related("area", "picture"), pk=pk)


def goods_managed(actor: Actor, text: str = "") -> QuerySet[Goods]:
    """Return the goods that the actor's posts look at, unlisted ones too."""
    found = Goods.objects.filter(
        access.under(actor.reach(VIEW)) | Q(area_prefix__in=_above(actor))
    ).select_related("area", "picture")
    return found.filter(name__contains=text) if text else found


def areas_managed(actor: Actor) -> QuerySet[Area]:
    """Return where the actor may keep goods and places: streets, communities, villages."""
    levels = (*division.TOWNSHIP_LEVELS, *division.VILLAGE_LEVELS)
    inside = Area.objects.filter(access.under(actor.reach(MANAGE), "prefix"), level__in=levels)
    return inside.order_by("prefix")


def _above(actor: Actor) -> set[str]:
    return {p[:n] for p in (*actor.reach(VIEW), *actor.reach(MANAGE)) for n in (4, 6, 9, 12)}


def left_at(place: PickupPlace) -> dict[int, int]:
    """Return how many pieces of each goods can be had at a place (one query).

    Goods that were never brought there have no account and are not in it.
    """
    rows = Account.objects.filter(holder_kind=SHOP, holder_id=place.pk)
    return {int(row.unit.partition("/")[2]): row.available for row in rows}


def shelf(
    actor: Actor,
    place: PickupPlace,
    *,
    text: str = "",
    category: str = "",
    points_max: int | None = None,
) -> list[Item]:
    """Return what stands on the shelf of a place: what can be had before what is sold out.

    ``points_max``: only what costs no more. Four queries at most.
    """
    left = left_at(place)
    found = Goods.objects.filter(pk__in=left, is_listed=True).select_related("picture")
    if text:
        found = found.filter(Q(name__contains=text) | Q(words__contains=text))
    if category:
        found = found.filter(category=category)
    if points_max is not None:
        found = found.filter(price_points__lte=points_max)
    items = _items(list(found), left, actor.person_id or 0)
    return sorted(items, key=lambda item: item.is_sold_out)


def shelf_for(place: PickupPlace, person_id: int) -> list[Item]:
    """Return what can be had at a place now, as it is for somebody at the counter."""
    left = left_at(place)
    there = [number for number, pieces in left.items() if pieces > 0]
    found = Goods.objects.filter(pk__in=there, is_listed=True).select_related("picture")
    return _items(list(found), left, person_id)


def items_of(person_id: int, place: PickupPlace, numbers: Collection[int]) -> list[Item]:
    """Return the listed goods among ``numbers`` as a place has them for this person."""
    left = left_at(place)
    wanted = [number for number in numbers if number in left]
    found = Goods.objects.filter(pk__in=wanted, is_listed=True).select_related("picture")
    return _items(list(found), left, person_id)


def fetch_item(actor: Actor, place: PickupPlace, goods_id: int) -> Item:
    """Return listed goods as a place has them, or refuse with 404."""
    left = left_at(place)
    shown = Goods.objects.filter(pk__in=left, is_listed=True).select_related("picture")
    found = access.fetch(actor, shown, pk=goods_id)
    return _items([found], left, actor.person_id or 0)[0]


def _items(found: list[Goods], left: dict[int, int], person_id: int) -> list[Item]:
    home = households_of([person_id]).get(person_id)
    taken = taken_by_household(found, person_id, home)
    ordered = sorted(found, key=rules.shelf_place)
    return [Item(goods, left[goods.pk], taken.get(goods.pk, 0)) for goods in ordered]


def taken_by_household(
    found: Iterable[Goods], person_id: int, household: Household | None
) -> dict[int, int]:
    """Return how many pieces of each limited goods this household, or the person before moving into
    it, has in orders that stand, within the goods' own period (one query a period at most).
    """
    by_period: dict[str, list[int]] = {}
    for goods in found:
        if goods.limit_count:
            by_period.setdefault(goods.limit_period, []).append(goods.pk)
    whose = Q(order__orderer=person_id)
    if household is not None:
        whose |= Q(order__household=household)
    taken: dict[int, int] = {}
    for period, numbers in by_period.items():
        lines = OrderLine.objects.filter(
            whose,
            goods__in=numbers,
            order__case__state__in=COUNTING,
            order__ordered_at__gte=rules.period_start(period, clock.today()),
        )
        summed = lines.order_by().values("goods").annotate(pieces=Sum("count"))
        taken |= {row["goods"]: row["pieces"] for row in summed}
    return taken


def purses_of(person_id: int) -> list[Purse]:
    """Return whose points can pay for a person: their own, then the household's if it has any."""
    own = Purse(PERSON, person_id, "我的积分", balance_of(person_id).available)
    home = households_of([person_id]).get(person_id)
    if home is None:
        return [own]
    shared = balance(accounts_of(HOUSEHOLD, home.pk)).available
    return [own, Purse(HOUSEHOLD, home.pk, "我家的积分", shared)] if shared else [own]


def points_of(people: Collection[int], household_id: int) -> dict[tuple[str, int], int]:
    """Return what each of some people and their household can spend (one query)."""
    points = {(PERSON, pk): 0 for pk in people} | {(HOUSEHOLD, household_id): 0}
    accounts = Account.objects.filter(
        Q(holder_kind=PERSON, holder_id__in=people)
        | Q(holder_kind=HOUSEHOLD, holder_id=household_id),
        purse__isnull=False,
    )
    for account in accounts:
        points[account.holder_kind, account.holder_id] += account.available
    return points
