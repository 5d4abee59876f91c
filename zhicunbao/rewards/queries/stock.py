"""Stock: what lies at a place by the ledger, how it moved, what came in, what was counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.kernel import clock
from zhicunbao.ledger.models import Account, Transfer
from zhicunbao.ledger.queries import Statement, statement
from zhicunbao.ledger.rules import code_of
from zhicunbao.rewards import rules
from zhicunbao.rewards.models import SHOP, Delivery, Goods, PickupPlace, StockCount

LISTS: Final = {"": "全部", "low": "快没了", "idle": f"{rules.IDLE_DAYS} 天没动"}
"""Name of a list of stock → what people call it."""


@dataclass(frozen=True)
class StockRow:
    """Goods at a place: on hand, promised to orders, still to be had."""

    goods: Goods
    on_hand: int
    promised: int
    moved_at: datetime | None

    @property
    def available(self) -> int:
        """What can still be ordered."""
        return self.on_hand - self.promised

    @property
    def is_low(self) -> bool:
        """Whether so little is left that more should be brought."""
        return self.available < self.goods.low_below

    @property
    def is_idle(self) -> bool:
        """Whether nobody has brought, ordered or taken any for long although some are there."""
        long_ago = clock.now() - timedelta(days=rules.IDLE_DAYS)
        return self.on_hand > 0 and (self.moved_at is None or self.moved_at < long_ago)

    @property
    def cost_fen(self) -> int:
        """What the pieces on hand are worth at the goods' cost."""
        return self.on_hand * self.goods.cost_fen


@dataclass(frozen=True)
class Movement:
    """The movements of goods at a place: the row of stock and a page of the account's statement."""

    row: StockRow
    page: Statement


def stock_at(place: PickupPlace) -> list[StockRow]:
    """Return what lies at a place, in the shelf's order (two queries).

    Goods that were never brought there are not in it.
    """
    return _rows(_accounts(place))


def narrowed(rows: list[StockRow], show: str) -> list[StockRow]:
    """Return the rows of a list; ``show`` is a name in ``LISTS``."""
    if show == "low":
        return [row for row in rows if row.is_low]
    if show == "idle":
        return [row for row in rows if row.is_idle]
    return rows


def goods_for(place: PickupPlace) -> list[Goods]:
    """Return the goods that may be brought to a place: its own area's and those from above."""
    above = [place.area_prefix[:n] for n in range(len(place.area_prefix) + 1)]
    found = Goods.objects.filter(area_prefix__in=above).select_related("picture")
    return sorted(found, key=rules.shelf_place)


def _accounts(place: PickupPlace) -> QuerySet[Account]:
    return Account.objects.filter(holder_kind=SHOP, holder_id=place.pk)


def _rows(accounts: QuerySet[Account]) -> list[StockRow]:
    last = Transfer.objects.order_by("-pk").values("at")
    found = accounts.annotate(
        out_at=Subquery(last.filter(debit_account=OuterRef("pk"))[:1]),
        in_at=Subquery(last.filter(credit_account=OuterRef("pk"))[:1]),
    )
    by_goods = {int(account.unit.partition("/")[2]): account for account in found}
    rows = []
    for goods in Goods.objects.filter(pk__in=by_goods).select_related("picture"):
        account = by_goods[goods.pk]
        moments = [at for at in (account.out_at, account.in_at) if at is not None]
        rows.append(
            StockRow(goods, account.posted, account.debits_pending, max(moments, default=None))
        )
    return sorted(rows, key=lambda row: rules.shelf_place(row.goods))


def stock_totals(places: list[PickupPlace]) -> dict[int, dict[str, int]]:
    """Return for each place how many goods it keeps, how many of them run low, and how many orders
    wait (three queries).
    """
    numbers = [place.pk for place in places]
    totals = {number: {"goods": 0, "low": 0, "waiting": 0} for number in numbers}
    low = dict(Goods.objects.values_list("pk", "low_below"))
    for account in Account.objects.filter(holder_kind=SHOP, holder_id__in=numbers):
        total = totals[account.holder_id]
        total["goods"] += 1
        total["low"] += account.available < low[int(account.unit.partition("/")[2])]
    waiting = (
        PickupPlace.objects.filter(pk__in=numbers, orders__is_open=True)
        .order_by()
        .annotate(n=Count("orders"))
    )
    for pk, n in waiting.values_list("pk", "n"):
        totals[pk]["waiting"] = n
    return totals


def movements(
    place: PickupPlace, goods: Goods, *, show: str = "all", before: int | None = None
) -> Movement | None:
    """Return how goods moved at a place, the newest first; None: they were never there.

    ``show``: ``booked`` is what the number on hand counts, ``held`` what is promised.
    """
    account = Account.objects.filter(code=code_of(SHOP, place.pk, goods.stock_unit))
    rows = _rows(account)
    if not rows:
        return None
    return Movement(rows[0], statement(list(account), show=show, before=before))


def deliveries_at(place: PickupPlace) -> QuerySet[Delivery]:
    """Return what came in at a place, the newest first, each with ``pieces`` and ``paid_fen``."""
    found = Delivery.objects.filter(place=place).select_related("keeper")
    summed = found.annotate(
        pieces=Sum("lines__count"), paid_fen=Sum(F("lines__count") * F("lines__cost_fen"))
    )
    return summed.order_by("-at", "-pk")


def fetch_delivery(actor: Actor, pk: int) -> Delivery:
    """Return a delivery that the actor may see, or refuse with 404."""
    found = Delivery.objects.select_related("place__area", "keeper", "scan")
    return access.fetch(actor, found.prefetch_related("lines__goods"), pk=pk)


def counts_at(place: PickupPlace) -> QuerySet[StockCount]:
    """Return the stock-takings of a place, the newest first, each with ``rows`` and ``off``."""
    found = StockCount.objects.filter(place=place).select_related("keeper")
    same = Q(lines__book=F("lines__counted"))
    counted = found.annotate(rows=Count("lines"), off=Count("lines", filter=~same))
    return counted.order_by("-at", "-pk")


def fetch_count(actor: Actor, pk: int) -> StockCount:
    """Return a stock-taking that the actor may see, or refuse with 404."""
    found = StockCount.objects.select_related("place__area", "keeper")
    return access.fetch(actor, found.prefetch_related("lines__goods"), pk=pk)
