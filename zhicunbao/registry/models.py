"""Households and who belongs to them, places and their outlines, and the consents people give.
People themselves and areas are base's; nothing here knows of points or tasks.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area, Person
from zhicunbao.base.reach import under
from zhicunbao.kernel import clock

VIEW = "registry.view"


class Household(models.Model):
    """A household, entered once; ``number`` is what is printed on its card and its files."""

    class Kind(models.TextChoices):
        """Whether the household is on the residence register here or only lives here."""

        REGISTERED = "registered", "户籍"
        RESIDENT = "resident", "常住"

    number = models.CharField(max_length=20, unique=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="households")
    area_prefix = models.CharField(max_length=17, db_index=True)
    address = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.REGISTERED)
    card_number = models.CharField(max_length=16, unique=True, null=True, blank=True)
    """Set when a paper card is issued; a new card gets a new number, so a lost one can be void."""
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return self.number

    @staticmethod
    def visible(actor: Actor) -> Q:
        """Those in reach of the right to view, and one's own."""
        own = Membership.objects.filter(person=actor.person_id, ends_on__isnull=True)
        return under(actor.reach(VIEW)) | Q(pk__in=own.values("household"))


class Membership(models.Model):
    """A person's belonging to a household from one day to another; at most one is open.

    Ended by ``ends_on``, never deleted: who was kin of whom, and when, must stay readable.
    """

    class Relation(models.TextChoices):
        """What the person is to the head of the household."""

        HEAD = "head", "户主"
        SPOUSE = "spouse", "配偶"
        CHILD = "child", "子女"
        CHILD_IN_LAW = "child_in_law", "儿媳或女婿"
        GRANDCHILD = "grandchild", "孙辈"
        PARENT = "parent", "父母"
        GRANDPARENT = "grandparent", "祖辈"
        SIBLING = "sibling", "兄弟姐妹"
        OTHER = "other", "其他"

    household = models.ForeignKey(Household, models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    relation = models.CharField(max_length=12, choices=Relation.choices)
    starts_on = models.DateField(default=clock.today)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("household", "starts_on", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ends_on__isnull=True),
                name="membership_open_once_a_person",
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(ends_on__isnull=True, relation="head"),
                name="membership_one_head_a_household",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="membership_ends_after_start",
            ),
        )

    def __str__(self) -> str:
        return f"{self.household_id} {self.person_id}"

    @property
    def area_prefix(self) -> str:
        """A membership lies where its household lies."""
        return self.household.area_prefix

    @staticmethod
    def visible(actor: Actor) -> Q:
        """Those in reach of the right to view, and those of one's own household."""
        own = Membership.objects.filter(person=actor.person_id, ends_on__isnull=True)
        return under(actor.reach(VIEW), "household__area_prefix") | Q(
            household__in=own.values("household")
        )


class Place(models.Model):
    """A spot or a stretch of ground. ``outline`` is a polygon as GeoJSON writes its coordinates:
    a list of closed rings of [longitude, latitude] in WGS 84, the outer ring first.
    """

    class Kind(models.TextChoices):
        """What stands or lies there."""

        COMMUNITY = "community", "社区（村）"
        GRID = "grid", "网格"
        MICRO_GRID = "micro_grid", "微网格"
        DWELLING = "dwelling", "住房"
        PLOT = "plot", "地块"
        HUB = "hub", "站点"

    OF_AREA: ClassVar = (Kind.COMMUNITY, Kind.GRID, Kind.MICRO_GRID)
    """Kinds that draw an area; an area has one of each at most."""

    kind = models.CharField(max_length=10, choices=Kind.choices)
    area = models.ForeignKey(Area, models.PROTECT, related_name="places")
    area_prefix = models.CharField(max_length=17)
    name = models.CharField(max_length=60)
    outline = models.JSONField(default=list, blank=True)
    source = models.CharField(max_length=80, blank=True)
    """Where the outline comes from; shown with every map that draws it."""
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering = ("area_prefix", "kind", "pk")
        indexes = (models.Index(fields=["kind", "area_prefix"], name="place_kind_area"),)
        constraints = (
            models.UniqueConstraint(
                fields=["area", "kind"],
                condition=Q(kind__in=["community", "grid", "micro_grid"]),
                name="place_one_outline_an_area",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def visible(actor: Actor) -> Q:
        """Outlines of areas for everyone who is signed in; homes and plots for those who view."""
        of_area = Q(kind__in=Place.OF_AREA) if actor.person_id else Q(pk__in=[])
        return of_area | under(actor.reach(VIEW))


class Consent(models.Model):
    """A person's separate consent to one use of their data by one recipient (个人信息保护法
    第二十三条 and 第二十五条). Withdrawn by ``withdrawn_at``, never deleted.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=30)
    version = models.PositiveSmallIntegerField()
    recipient = models.CharField(max_length=60)
    given_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-given_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["person", "purpose", "recipient"],
                condition=Q(withdrawn_at__isnull=True),
                name="consent_open_once",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("given_at")),
                name="consent_withdrawn_after_given",
            ),
        )

    def __str__(self) -> str:
        return f"{self.purpose} {self.person_id}"

    @staticmethod
    def visible(actor: Actor) -> Q:
        """One's own alone."""
        return Q(person=actor.person_id) if actor.person_id else Q(pk__in=[])
