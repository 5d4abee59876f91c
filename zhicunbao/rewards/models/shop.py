"""The nouns of the points shop. How many pieces of what lie where is the ledger's to say
(``shop/<place>/goods/<goods>``); nothing here counts stock a second time.
"""

from typing import Final

from django.db import models
from django.db.models import F, Q

from zhicunbao.base import access
from zhicunbao.base.models import Area, Attachment, Organisation, Person
from zhicunbao.casework.models import Case
from zhicunbao.kernel import clock
from zhicunbao.registry.models import Household, Membership

VIEW, KEEP, MANAGE = "rewards.view", "rewards.keep", "rewards.manage"
SHOP: Final = "shop"
"""Kind of the holder of a place's stock in the ledger."""


def _near(actor: access.Actor) -> Q:
    """What serves the place where the actor belongs, or lies where the actor looks at the shop."""
    above = {d.prefix[:n] for d in actor.duties for n in (4, 6, 9, 12, 14, 17)}
    return Q(area_prefix__in=above) | access.under(actor.reach(VIEW))


class PickupPlace(models.Model):
    """A points shop: it serves everyone who belongs under its area. ``opening`` is for people."""

    name = models.CharField(max_length=30)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    area_prefix = models.CharField(max_length=17)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    """Who runs it, where somebody else than the community does."""
    address = models.CharField(max_length=60)
    opening = models.CharField(max_length=60)
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering = ("area_prefix", "pk")
        indexes = (models.Index(fields=["area_prefix"], name="pickup_place_area"),)
        constraints = (
            models.UniqueConstraint(fields=["area", "name"], name="pickup_place_name_once"),
        )

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """Those that serve the actor, and those that the actor's posts look at."""
        return _near(actor)


class Goods(models.Model):
    """Something that points are given for: every place under its area may have it.

    ``limit_count`` pieces at most a household within ``limit_period``; 0: no limit. ``unit`` is the
    measure word (袋, 瓶). ``cost_fen`` is what one piece costs the shop, in hundredths of a yuan.
    With fewer than ``low_below`` pieces left the stock list says so.
    """

    class Category(models.TextChoices):
        """Where it stands on the shelf."""

        FOOD = "food", "粮油"
        DAILY = "daily", "日用"
        STUDY = "study", "文具"
        SERVICE = "service", "服务"

    class Period(models.TextChoices):
        """Over what time a limit counts."""

        MONTH = "month", "每月"
        QUARTER = "quarter", "每季"
        YEAR = "year", "每年"

    name = models.CharField(max_length=30)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    area_prefix = models.CharField(max_length=17)
    words = models.CharField(max_length=200, blank=True)
    picture = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="+")
    category = models.CharField(max_length=8, choices=Category.choices)
    unit = models.CharField(max_length=4)
    price_points = models.PositiveIntegerField()
    cost_fen = models.PositiveIntegerField()
    limit_count = models.PositiveSmallIntegerField(default=0)
    limit_period = models.CharField(max_length=8, choices=Period.choices, default=Period.MONTH)
    low_below = models.PositiveIntegerField(default=5)
    is_listed = models.BooleanField(default=True)

    class Meta:
        ordering = ("category", "price_points", "pk")
        indexes = (models.Index(fields=["area_prefix"], name="goods_area"),)
        constraints = (
            models.UniqueConstraint(fields=["area", "name"], name="goods_name_once_an_area"),
            models.CheckConstraint(condition=Q(price_points__gt=0), name="goods_has_a_price"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def stock_unit(self) -> str:
        """The unit of its pieces in the ledger."""
        return f"goods/{self.pk}"

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """What the places that serve the actor may have, and what the actor's posts look at."""
        return _near(actor)


class Order(models.Model):
    """Somebody's order at a place. Its state is its case's.

    ``payer_kind`` and ``payer_id`` name whose points pay: the orderer's or the household's.
    ``household`` is the orderer's when the order was made: limits count over it. ``code`` opens the
    counter as long as the order is open. ``entered_by`` is the keeper who ordered for somebody.
    ``point_holds`` are the ledger's promises of points, one a purse.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="order")
    place = models.ForeignKey(PickupPlace, models.PROTECT, related_name="orders")
    orderer = models.ForeignKey(Person, models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="+")
    payer_kind = models.CharField(max_length=10)
    payer_id = models.BigIntegerField()
    points = models.PositiveIntegerField()
    code = models.CharField(max_length=8)
    is_open = models.BooleanField(default=True)
    ordered_at = models.DateTimeField(default=clock.now)
    entered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    point_holds = models.JSONField()

    class Meta:
        ordering = ("-ordered_at", "-pk")
        indexes = (
            models.Index(fields=["orderer", "-ordered_at"], name="order_orderer"),
            models.Index(fields=["household", "-ordered_at"], name="order_household"),
            models.Index(fields=["place", "-ordered_at"], name="order_place"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["place", "code"],
                condition=Q(is_open=True),
                name="order_code_once_while_open",
            ),
            models.CheckConstraint(condition=Q(points__gt=0), name="order_costs_points"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.points}"

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """One's own, what one's household pays, and those at places that one's posts look at."""
        mine = Membership.objects.filter(person=actor.person_id, ends_on__isnull=True)
        households = mine.order_by().values("household")
        own = Q(orderer=actor.person_id or 0)
        paid = Q(payer_kind="household", payer_id__in=households)
        return own | paid | access.under(actor.reach(VIEW), "place__area_prefix")


class OrderLine(models.Model):
    """So many pieces of one goods in an order, at the price of that moment."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    goods = models.ForeignKey(Goods, models.PROTECT, related_name="+")
    count = models.PositiveSmallIntegerField()
    price_points = models.PositiveIntegerField()
    hold_id = models.BigIntegerField()
    """The ledger's promise of the pieces."""

    class Meta:
        ordering = ("order_id", "goods_id")
        constraints = (
            models.UniqueConstraint(fields=["order", "goods"], name="order_line_goods_once"),
            models.CheckConstraint(condition=Q(count__gt=0), name="order_line_has_pieces"),
        )

    def __str__(self) -> str:
        return f"{self.goods_id} × {self.count}"

    @property
    def points(self) -> int:
        """What the line costs."""
        return self.count * self.price_points


class CounterTry(models.Model):
    """A failed try to name an order or a household at a counter; kept for a day."""

    place = models.ForeignKey(PickupPlace, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = (models.Index(fields=["place", "person", "at"], name="counter_try_at"),)

    def __str__(self) -> str:
        return f"{self.place_id} {self.at}"


class Delivery(models.Model):
    """Goods that came in (进货): from whom, with which document. Never changed."""

    place = models.ForeignKey(PickupPlace, models.PROTECT, related_name="+")
    supplier = models.CharField(max_length=40)
    document = models.CharField(max_length=60)
    scan = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="+")
    received_on = models.DateField()
    keeper = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=["place", "-at"], name="delivery_place"),)

    def __str__(self) -> str:
        return self.document

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """Those of places that the actor's posts look at."""
        return access.under(actor.reach(VIEW), "place__area_prefix")


class DeliveryLine(models.Model):
    """So many pieces of one goods that came in, and what one of them cost."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="lines")
    goods = models.ForeignKey(Goods, models.PROTECT, related_name="+")
    count = models.PositiveIntegerField()
    cost_fen = models.PositiveIntegerField()

    class Meta:
        ordering = ("delivery_id", "goods_id")
        constraints = (
            models.UniqueConstraint(fields=["delivery", "goods"], name="delivery_line_goods_once"),
            models.CheckConstraint(condition=Q(count__gt=0), name="delivery_line_has_pieces"),
        )

    def __str__(self) -> str:
        return f"{self.goods_id} + {self.count}"

    @property
    def total_fen(self) -> int:
        """What the line cost."""
        return self.count * self.cost_fen


class StockCount(models.Model):
    """Somebody counted what lies at a place (盘点). Never changed."""

    place = models.ForeignKey(PickupPlace, models.PROTECT, related_name="+")
    keeper = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=["place", "-at"], name="stock_count_place"),)

    def __str__(self) -> str:
        return f"{self.place_id} {self.at}"

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """Those of places that the actor's posts look at."""
        return access.under(actor.reach(VIEW), "place__area_prefix")


class StockCountLine(models.Model):
    """What the book said of one goods, what was counted, and why the two differ."""

    stock_count = models.ForeignKey(StockCount, models.PROTECT, related_name="lines")
    goods = models.ForeignKey(Goods, models.PROTECT, related_name="+")
    book = models.PositiveIntegerField()
    counted = models.PositiveIntegerField()
    reason = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("stock_count_id", "goods_id")
        constraints = (
            models.UniqueConstraint(
                fields=["stock_count", "goods"], name="stock_count_line_goods_once"
            ),
            models.CheckConstraint(
                condition=Q(book=F("counted")) | ~Q(reason=""), name="stock_difference_has_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.goods_id} {self.book} → {self.counted}"

    @property
    def difference(self) -> int:
        """Pieces more (above zero) or fewer than the book said."""
        return self.counted - self.book
