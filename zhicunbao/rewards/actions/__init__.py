"""What people do in the shop: order and cancel, hand over, bring and count stock, keep the list of
goods and places.
"""

from zhicunbao.rewards.actions.counter import find_order, hand_over, identify, order_for
from zhicunbao.rewards.actions.orders import cancel_order, order_goods, remind_of_pickup, void_order
from zhicunbao.rewards.actions.shelf import (
    GoodsWords,
    PlaceWords,
    add_goods,
    open_place,
    revise_goods,
    revise_place,
)
from zhicunbao.rewards.actions.stock import CountLine, StockLine, count_stock, receive_stock

__all__ = [
    "CountLine",
    "GoodsWords",
    "PlaceWords",
    "StockLine",
    "add_goods",
    "cancel_order",
    "count_stock",
    "find_order",
    "hand_over",
    "identify",
    "open_place",
    "order_for",
    "order_goods",
    "receive_stock",
    "remind_of_pickup",
    "revise_goods",
    "revise_place",
    "void_order",
]
