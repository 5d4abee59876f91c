"""The nouns of casework. A feature's row points to its ``Case`` one-to-one; steps, evidence and
notice entries are only ever added.
"""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from zhicunbao.base import access
from zhicunbao.base.models import Area, Attachment, Person
from zhicunbao.kernel import clock, digests


class Case(models.Model):
    """One matter on its way through a flow. Only ``actions.perform`` writes its state.

    ``version`` grows with every step; a page sends back the version that it showed.
    ``head`` is the digest of the last step: the end of the case's chain.
    """

    flow = models.CharField(max_length=40)
    state = models.CharField(max_length=24)
    version = models.PositiveIntegerField(default=1)
    subject = models.CharField(max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    area_prefix = models.CharField(max_length=17)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, related_name="cases")
    """The person concerned: the claimant, the objector; none for a task."""
    opened_at = models.DateTimeField(default=clock.now)
    moved_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    head = models.CharField(max_length=64, default=digests.GENESIS)

    class Meta:
        indexes = (
            models.Index(fields=["flow", "state", "area_prefix", "due_at"], name="case_inbox"),
            models.Index(fields=["flow", "state", "due_at"], name="case_clock"),
            models.Index(fields=["owner", "flow", "-opened_at"], name="case_owner"),
        )

    def __str__(self) -> str:
        return self.subject

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """One's own, and all under the posts that carry ``casework.view``."""
        return Q(owner_id=actor.person_id or 0) | access.under(actor.reach("casework.view"))


class Step(models.Model):
    """One move of a case. Each digest covers the one before; a trigger refuses any change."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="steps")
    position = models.PositiveIntegerField()
    verb = models.CharField(max_length=24)
    source = models.CharField(max_length=24, blank=True)
    target = models.CharField(max_length=24)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=40)
    role = models.CharField(max_length=24, blank=True)
    door = models.CharField(max_length=12)
    at = models.DateTimeField(default=clock.now)
    reason = models.CharField(max_length=300, blank=True)
    detail = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("case_id", "position")
        indexes = (models.Index(fields=["person", "verb", "at"], name="step_person_verb"),)
        constraints = (
            models.UniqueConstraint(fields=["case", "position"], name="step_position_once"),
        )

    def __str__(self) -> str:
        return f"{self.case_id}/{self.position} {self.verb}"

    def computed_digest(self, previous: str) -> str:
        """Return the digest that this content must have after ``previous``."""
        return digests.chain(
            previous,
            {
                "case": self.case_id,
                "position": self.position,
                "move": [self.verb, self.source, self.target],
                "by": [self.person_id, self.actor_name, self.role, self.door],
                "at": self.at.astimezone(clock.LOCAL),
                "reason": self.reason,
                "detail": self.detail,
            },
        )


class Evidence(models.Model):
    """What was handed in to prove a matter. ``round`` is the position of the step it came with.

    Times are kept apart: ``camera_at`` by the camera, ``device_at`` by the phone, ``received_at``
    by us. Of a position only "inside the area or not" and a point rounded to ten metres are kept.
    """

    class Kind(models.TextChoices):
        """What sort of proof it is."""

        PHOTO = "photo", "照片"
        POSITION = "position", "位置"
        FIELD = "field", "填写"
        NOTE = "note", "说明"

    case = models.ForeignKey(Case, models.PROTECT, related_name="evidence")
    round = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    label = models.CharField(max_length=40)
    text = models.CharField(max_length=300, blank=True)
    attachment = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="evidence")
    device_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=clock.now)
    is_inside = models.BooleanField(null=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    accuracy_m = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ("case_id", "round", "pk")
        indexes = (models.Index(fields=["case", "round"], name="evidence_case_round"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"

    @property
    def taken_at(self) -> datetime | None:
        """When a photo was taken: as its camera says, else as the phone said when sending it."""
        camera_at = self.attachment.camera_at if self.attachment is not None else None
        return camera_at or self.device_at


class PublicNotice(models.Model):
    """A list put before the public for a window of working days. What it shows is frozen."""

    batch_key = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    area_prefix = models.CharField(max_length=17)
    window_days = models.PositiveIntegerField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    opened_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-opens_at", "-pk")
        indexes = (
            models.Index(fields=["area_prefix", "-opens_at"], name="notice_area"),
            models.Index(fields=["closes_at"], name="notice_closes"),
        )

    def __str__(self) -> str:
        return self.title

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """Everyone signed in reads the notices of their own street; staff those they reach."""
        prefixes = [d.prefix[:9] for d in actor.duties]
        return access.under(prefixes) | access.under(actor.reach("casework.view"))


class NoticeEntry(models.Model):
    """One masked line of a notice, as it was shown. A trigger refuses any change."""

    notice = models.ForeignKey(PublicNotice, models.PROTECT, related_name="entries")
    case = models.OneToOneField(Case, models.PROTECT, related_name="notice_entry")
    masked_name = models.CharField(max_length=12)
    area_name = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    points = models.PositiveIntegerField()

    class Meta:
        ordering = ("notice_id", "pk")

    def __str__(self) -> str:
        return f"{self.masked_name} {self.subject}"


class Objection(models.Model):
    """Somebody disagrees with a line of a notice. Its own case has the clock and the answer."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="objection")
    entry = models.ForeignKey(NoticeEntry, models.PROTECT, related_name="objections")
    text = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.case_id} → {self.entry_id}"


class RuleVersion(models.Model):
    """A number that is not ours: what it is, from when, by whose decision, from which source."""

    name = models.CharField(max_length=60)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    area_prefix = models.CharField(max_length=17, blank=True)
    value = models.JSONField()
    valid_from = models.DateField()
    source = models.CharField(max_length=300)
    adopted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering: ClassVar[tuple[str, ...]] = ("name", "area_prefix", "-valid_from", "-pk")
        indexes = (models.Index(fields=["name", "area_prefix"], name="rule_name_area"),)

    def __str__(self) -> str:
        return f"{self.name} {self.area_prefix} {self.valid_from}"
