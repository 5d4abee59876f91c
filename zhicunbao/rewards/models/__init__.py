"""The nouns of rewards, by subject: ``shop`` has places, goods, orders and what moves stock."""

from zhicunbao.rewards.models.shop import (
    KEEP,
    MANAGE,
    SHOP,
    VIEW,
    CounterTry,
    Delivery,
    DeliveryLine,
    Goods,
    Order,
    OrderLine,
    PickupPlace,
    StockCount,
    StockCountLine,
)

__all__ = [
    "KEEP",
    "MANAGE",
    "SHOP",
    "VIEW",
    "CounterTry",
    "Delivery",
    "DeliveryLine",
    "Goods",
    "Order",
    "OrderLine",
    "PickupPlace",
    "StockCount",
    "StockCountLine",
]
