"""How orders look where all cases are listed, and where they open; who the shop is as a holder of
goods. The lists themselves are casework's and the ledger's.
"""

from collections.abc import Collection, Sequence

from django.urls import reverse

from zhicunbao.base.access import Actor
from zhicunbao.base.feature import Face, Fact
from zhicunbao.base.holders import HolderFace
from zhicunbao.casework.models import Case
from zhicunbao.rewards.models import Order, PickupPlace
from zhicunbao.rewards.rules import pieces


def order_faces(actor: Actor, cases: Sequence[Case], in_full: bool) -> dict[int, Face]:
    """Return the faces of orders' cases (two queries)."""
    del actor  # what an order shows is the same for all who may see its case
    orders = Order.objects.filter(case__in=cases).select_related("place")
    return {
        order.case_id: Face(
            icon="gift",
            note=f"{order.points} 分",
            facts=_facts(order) if in_full else (),
            desk_url=reverse("rewards:counter_order", args=[order.pk]),
            desk_label="去柜台",
            own_url=reverse("rewards:order", args=[order.pk]),
        )
        for order in orders.prefetch_related("lines__goods")
    }


def _facts(order: Order) -> tuple[Fact, ...]:
    return (
        Fact("兑换点", order.place.name),
        *(
            Fact(line.goods.name, pieces(line.goods, line.count), points=line.points)
            for line in order.lines.all()
        ),
    )


def shop_faces(numbers: Collection[int]) -> dict[int, HolderFace]:
    """Return how places are called as holders of goods (one query)."""
    return {
        place.pk: HolderFace(
            place.name,
            place.name,
            place.area_prefix,
            reverse("rewards:stock", args=[place.pk]),
        )
        for place in PickupPlace.objects.filter(pk__in=numbers)
    }
