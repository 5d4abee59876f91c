"""The nouns of work: the catalogue and its versions, tasks, claims, what photos are like."""

from django.db import models
from django.db.models import F, Q

from zhicunbao.base import access
from zhicunbao.base.models import Area, Attachment, Person
from zhicunbao.casework.models import Case
from zhicunbao.kernel import clock


class Module(models.IntegerChoices):
    """The five modules, in the order in which the street names them."""

    CIVILITY = 1, "乡风文明"
    GOVERNANCE = 2, "基层治理"
    LIVELIHOOD = 3, "生活富裕"
    ENVIRONMENT = 4, "生态宜居"
    INDUSTRY = 5, "产业兴旺"


class WorkItem(models.Model):
    """One kind of work in the catalogue. What it asks and gives stands in its versions."""

    code = models.CharField(max_length=4, unique=True)
    name = models.CharField(max_length=30, unique=True)
    module = models.PositiveSmallIntegerField(choices=Module.choices)
    icon = models.CharField(max_length=20, default="task")
    is_named_in_source = models.BooleanField(default=False)
    """One of the five items that the street's own account names; the rest are a starter pack."""

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class WorkItemVersion(models.Model):
    """What a work item asks and gives from a day on. Never edited: a change is a new version.

    ``points_by_level`` has five whole numbers, rising with difficulty. ``fields`` is a list of
    ``{"label", "is_required", "minutes"}``. Caps: at most ``cap_count`` claims and ``cap_points``
    points a person within ``cap_period``; 0 means no cap.
    """

    class Period(models.TextChoices):
        """Over what time a cap counts."""

        MONTH = "month", "每月"
        QUARTER = "quarter", "每季"
        YEAR = "year", "每年"

    item = models.ForeignKey(WorkItem, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    points_by_level = models.JSONField()
    level_meanings = models.JSONField()
    photos_min = models.PositiveSmallIntegerField(default=0)
    photo_labels = models.JSONField(default=list, blank=True)
    wants_position = models.BooleanField(default=False)
    fields = models.JSONField(default=list, blank=True)
    minutes_on_site = models.PositiveSmallIntegerField(default=10)
    cap_count = models.PositiveSmallIntegerField(default=0)
    cap_points = models.PositiveIntegerField(default=0)
    cap_period = models.CharField(max_length=8, choices=Period.choices, default=Period.MONTH)
    source = models.CharField(max_length=300)
    valid_from = models.DateField(default=clock.today)
    adopted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("item_id", "-number")
        constraints = (
            models.UniqueConstraint(fields=["item", "number"], name="item_version_number_once"),
        )

    def __str__(self) -> str:
        return f"{self.item_id} v{self.number}"

    def points(self, level: int) -> int:
        """Return the points for a difficulty level, 1 to 5."""
        return int(self.points_by_level[level - 1])


class Task(models.Model):
    """A piece of work put out in an area. Its state is its case's; slots are taken by claims.

    ``audience_prefix``: whose grid members may claim it; a task inside a community is open to the
    whole community. Points are fixed at publishing.
    """

    class Way(models.TextChoices):
        """How the slots are given out."""

        CLAIM = "claim", "大家认领"
        DRAW = "draw", "抽签"
        ASSIGN = "assign", "指定"

    case = models.OneToOneField(Case, models.PROTECT, related_name="task")
    version = models.ForeignKey(WorkItemVersion, models.PROTECT, related_name="tasks")
    title = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    level = models.PositiveSmallIntegerField()
    points = models.PositiveIntegerField()
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    area_prefix = models.CharField(max_length=17)
    audience_prefix = models.CharField(max_length=17)
    place = models.CharField(max_length=40, blank=True)
    slots = models.PositiveSmallIntegerField()
    taken_count = models.PositiveSmallIntegerField(default=0)
    way = models.CharField(max_length=6, choices=Way.choices, default=Way.CLAIM)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    due_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True)
    photos_min = models.PositiveSmallIntegerField(default=0)
    photo_labels = models.JSONField(default=list, blank=True)
    wants_position = models.BooleanField(default=False)
    fields = models.JSONField(default=list, blank=True)
    minutes = models.PositiveSmallIntegerField()
    publisher = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        indexes = (
            models.Index(fields=["audience_prefix", "closes_at"], name="task_board"),
            models.Index(fields=["area_prefix", "-opens_at"], name="task_area"),
            models.Index(
                fields=["closes_at"],
                condition=Q(way="draw", drawn_at__isnull=True),
                name="task_to_draw",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(taken_count__lte=F("slots")), name="task_slots_never_exceeded"
            ),
        )

    def __str__(self) -> str:
        return self.title

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """Published work for one's own area; staff also what they reach, drafts included, which
        nobody else ever sees, discarded ones neither.
        """
        above = {d.prefix[:n] for d in actor.duties for n in (9, 12, 14, 17)}
        return access.under(actor.reach("work.view")) | (
            Q(audience_prefix__in=above) & ~Q(case__state__in=["draft", "discarded"])
        )


class Claim(models.Model):
    """One person's share of a task, from claiming to points. Its state is its case's.

    ``is_active`` is false once the person gave it up or lost it, so that a person has at most one
    live claim on a task. ``level`` and ``points`` are as evaluated.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="claim")
    task = models.ForeignKey(Task, models.PROTECT, related_name="claims")
    claimant = models.ForeignKey(Person, models.PROTECT, related_name="claims")
    level = models.PositiveSmallIntegerField()
    points = models.PositiveIntegerField()
    is_active = models.BooleanField(default=True)
    claimed_at = models.DateTimeField(default=clock.now)
    hold_id = models.BigIntegerField(null=True)
    """The ledger's pending transfer, from review to posting."""

    class Meta:
        ordering = ("-claimed_at", "-pk")
        indexes = (
            models.Index(fields=["claimant", "-claimed_at"], name="claim_claimant"),
            models.Index(fields=["task", "is_active"], name="claim_task"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["task", "claimant"],
                condition=Q(is_active=True),
                name="claim_once_a_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.claimant_id} {self.task_id}"

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """One's own, and staff's where ``work.view`` reaches."""
        return Q(claimant_id=actor.person_id or 0) | access.under(
            actor.reach("work.view"), "case__area_prefix"
        )


class Comparison(models.Model):
    """A photo of a claim, held against every earlier one of its township: ``other`` is the most
    similar of those that look like it, ``bits`` lie between them.

    What was sent in earlier does not change, so it is found once, by the clock. Without a row, a
    photo is compared whenever it is looked at.
    """

    attachment = models.OneToOneField(
        Attachment, models.CASCADE, primary_key=True, related_name="comparison"
    )
    other = models.ForeignKey(Attachment, models.CASCADE, null=True, related_name="+")
    bits = models.PositiveSmallIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.attachment_id} {self.other_id}"
