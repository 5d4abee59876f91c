"""The state table of an order, and the guards and effects that stand in it."""

from datetime import datetime
from typing import Final

from zhicunbao.casework.rules import Move
from zhicunbao.kernel.flow import CLAIMANT, SYSTEM, Flow, State, T, right
from zhicunbao.kernel.refusals import NotAllowed
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger.models import Transfer
from zhicunbao.rewards import queries
from zhicunbao.rewards.models import KEEP, Order

WAYS: Final = {"code": "凭取货码", "card": "凭一户一码卡", "known": "报户号和姓名，当面认人"}
"""How a keeper knew that the goods go to the right person; the step remembers which."""


def shown_at_counter(move: Move) -> None:
    """Refuse a hand-over for which nothing was shown: only the counter's own action looks at it."""
    if move.data.get("shown") not in WAYS:
        raise NotAllowed("请在柜台核对取货码或户码以后再交付。", code="not_shown")
    move.detail["shown"] = move.data["shown"]


def take_away(move: Move) -> None:
    """Points and pieces are booked: the one are spent, the others gone."""
    order = _order(move)
    key = f"take:{move.case.pk}"
    ledger.post_spend(move.actor, holds=_points(order), key=key)
    for line in order.lines.order_by("goods_id"):
        ledger.post_hold(
            move.actor, hold=Transfer(pk=line.hold_id), key=f"{key}:goods:{line.goods_id}"
        )
    _close(order)


def give_back(move: Move) -> None:
    """Points go back to whoever paid, pieces to the shelf."""
    order = _order(move)
    key = f"back:{move.case.pk}"
    ledger.void_spend(move.actor, holds=_points(order), key=key)
    for line in order.lines.order_by("goods_id"):
        ledger.void_hold(
            move.actor, hold=Transfer(pk=line.hold_id), key=f"{key}:goods:{line.goods_id}"
        )
    _close(order)


def _order(move: Move) -> Order:
    order: Order = move.case.order
    return order


def _points(order: Order) -> list[Transfer]:
    return [Transfer(pk=number) for number in order.point_holds]


def _close(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(is_open=False)


def pickup_until(move: Move) -> datetime:
    """The end of the last day on which the goods wait."""
    return queries.pickup_until(move.case.area_prefix, move.at)


ORDER: Final = Flow(
    "rewards.order",
    "兑换订单",
    "DH",
    starts={"order": "ordered"},
    start_labels={"order": "下单"},
    line=("下单", "领取"),
    known_by=(KEEP,),
    states={
        "ordered": State("待领取", 1, deadline=pickup_until),
        "handed_over": State("已领取", 1),
        "cancelled": State("已取消", 1, "ended"),
        "expired": State("过期未取", 1, "ended"),
        "voided": State("已作废", 1, "ended"),
    },
    transitions=(
        T(
            "hand_over",
            "ordered",
            "handed_over",
            right(KEEP),
            "交付",
            needs=(shown_at_counter,),
            then=(take_away,),
            # It waits for whoever comes to fetch it, not for anybody's desk.
            side=True,
        ),
        T(
            "cancel",
            "ordered",
            "cancelled",
            CLAIMANT,
            "取消订单",
            then=(give_back,),
            side=True,
            plain=True,
            follows=("积分马上退回，商品放回货架。",),
        ),
        T(
            "void",
            "ordered",
            "voided",
            right(KEEP),
            "作废，退回积分",
            then=(give_back,),
            side=True,
            reason=True,
        ),
        T(
            "expire",
            "ordered",
            "expired",
            SYSTEM,
            "到期没有来取，退回积分",
            then=(give_back,),
            on_time=True,
        ),
    ),
)
