"""What the product remembers about itself: audit, answered requests, messages to people."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from zhicunbao.base import reach
from zhicunbao.base.models.person import Person
from zhicunbao.kernel import clock, digests

if TYPE_CHECKING:
    from zhicunbao.base.access import Actor


class AuditEntry(models.Model):
    """Who did what to which thing, when and through which door. A trigger refuses any change."""

    at = models.DateTimeField(default=clock.now)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=40)
    door = models.CharField(max_length=12)
    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    area_prefix = models.CharField(max_length=17, blank=True)
    detail = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=["area_prefix", "at"], name="audit_area_at"),
            models.Index(fields=["subject_type", "subject_id"], name="audit_subject"),
            models.Index(fields=["verb", "at"], name="audit_verb_at"),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_type} {self.subject_id}"

    @property
    def about(self) -> str:
        """What it was done to, as people called it then."""
        return str(self.detail.get("about", ""))

    @staticmethod
    def visible(actor: "Actor") -> Q:
        """What happened where the actor may look at the audit; on the base floor alone for a system
        administrator, who sees no business.
        """
        rule = Q(pk__in=[])
        for duty in actor.duties_with("base.view_audit"):
            there = reach.under([duty.prefix])
            rule |= there & Q(verb__startswith="base.") if duty.role == "sysadmin" else there
        return rule

    def computed_digest(self) -> str:
        """Return the digest that the row's content must have."""
        return digests.digest(
            {
                "at": self.at.astimezone(clock.LOCAL),
                "person": self.person_id,
                "actor": self.actor_name,
                "door": self.door,
                "verb": self.verb,
                "subject": [self.subject_type, self.subject_id],
                "area": self.area_prefix,
                "detail": self.detail,
            }
        )


class AuditSeal(models.Model):
    """A link of the audit chain: binds the entries up to ``last_entry`` to all seals before.

    Made by the clock, off the path of people's requests, so that writers never queue for it.
    """

    first_entry = models.BigIntegerField()
    last_entry = models.BigIntegerField(unique=True)
    entry_count = models.PositiveIntegerField()
    chain = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("pk",)
        constraints = (
            # By expression: a field's own index would make SQLite copy the table, and the copy
            # has no trigger that refuses changes.
            models.UniqueConstraint("first_entry", name="audit_seal_begins_once"),
        )

    def __str__(self) -> str:
        return f"{self.first_entry}–{self.last_entry}"


class IdempotencyKey(models.Model):
    """A request that was answered: the same key gives the same answer and does nothing again."""

    key = models.CharField(max_length=80)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    actor_id = models.BigIntegerField()
    """The person, or 0 for the clock: a column that a unique index can hold."""
    action = models.CharField(max_length=60)
    request_digest = models.CharField(max_length=64)
    answer_model = models.CharField(max_length=60, blank=True)
    answer_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["actor_id", "key"], name="idempotency_key_once"),
        )

    def __str__(self) -> str:
        return self.key


class OutboxMessage(models.Model):
    """A message to one person, written in the transaction of what it tells about.

    It is read in the product; other channels take it from here and stamp ``sent_at``.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="messages")
    key = models.CharField(max_length=80)
    title = models.CharField(max_length=80)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=["person", "read_at"], name="message_person_read"),)
        constraints = (
            models.UniqueConstraint(fields=["person", "key"], name="message_once_a_person"),
        )

    def __str__(self) -> str:
        return self.title

    @staticmethod
    def visible(actor: "Actor") -> Q:
        """One's own alone."""
        return Q(person=actor.person_id)
