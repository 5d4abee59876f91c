"""The nouns of treasury. Each row is the content of a case; its state is the case's."""

from django.db import models
from django.db.models import F, Q

from zhicunbao.base import access, holders
from zhicunbao.base.models import Person
from zhicunbao.casework.models import Case
from zhicunbao.ledger.models import MEMO_LENGTH_MAX, PURSE_TEXT_MAX, Account, Purse, Transfer
from zhicunbao.registry.models import Household

VIEW = "treasury.view"


class Correction(models.Model):
    """A request to take a whole booked transfer back. At most one at a time for a transfer.

    ``reason`` becomes the reversal's memo, so that the holder reads it on the statement.
    ``reversal`` is the row that carried it out.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="correction")
    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=MEMO_LENGTH_MAX)
    requester = models.ForeignKey(Person, models.PROTECT, related_name="+")
    reversal = models.OneToOneField(Transfer, models.PROTECT, null=True, related_name="+")
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["transfer"], condition=Q(is_open=True), name="correction_open_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} → {self.transfer_id}"


class HouseholdMove(models.Model):
    """Points of one household that go to another, or to somebody who belongs or belonged to it."""

    class Kind(models.TextChoices):
        """Why points leave a household."""

        SPLIT = "split", "分户"
        MERGE = "merge", "并户"
        MEMBER = "member", "分给成员"

    case = models.OneToOneField(Case, models.PROTECT, related_name="household_move")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    source = models.ForeignKey(Household, models.PROTECT, related_name="+")
    target = models.ForeignKey(Household, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    points = models.PositiveBigIntegerField()
    document = models.CharField(max_length=PURSE_TEXT_MAX)
    reason = models.CharField(max_length=MEMO_LENGTH_MAX)
    requester = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(points__gt=0), name="move_points_positive"),
            models.CheckConstraint(
                condition=Q(kind="member", target__isnull=True, person__isnull=False)
                | (~Q(kind="member") & Q(target__isnull=False, person__isnull=True)),
                name="move_goes_to_one",
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=True) | ~Q(target=F("source")),
                name="move_two_households",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.points}"

    @property
    def receiver(self) -> tuple[str, int]:
        """Kind and number of whoever gets the points."""
        if self.target_id is not None:
            return "household", self.target_id
        return "person", self.person_id or 0


class Zeroing(models.Model):
    """A resolution that ends points of one purse on a day. At most one at a time for a purse.

    ``booked_before``: only what was booked before that day goes, the oldest first, so that what was
    spent since counts against it; None: everything that is not promised away.

    ``told_to`` and ``done_to`` are the numbers of the last accounts whose holders were told and
    whose points were taken: where the clock goes on. ``told_at`` is when the last holder was told.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="zeroing")
    purse = models.ForeignKey(Purse, models.PROTECT, related_name="+")
    body = models.CharField(max_length=PURSE_TEXT_MAX)
    decided_on = models.DateField()
    document = models.CharField(max_length=PURSE_TEXT_MAX)
    effective_on = models.DateField()
    booked_before = models.DateField(null=True)
    requester = models.ForeignKey(Person, models.PROTECT, related_name="+")
    is_live = models.BooleanField(default=True)
    told_to = models.BigIntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    done_to = models.BigIntegerField(default=0)
    holder_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = (models.Index(fields=["purse", "is_live"], name="zeroing_purse"),)
        constraints = (
            models.UniqueConstraint(
                fields=["purse"], condition=Q(is_live=True), name="zeroing_live_once_a_purse"
            ),
            models.CheckConstraint(
                condition=Q(booked_before__isnull=True) | Q(booked_before__lte=F("effective_on")),
                name="zeroing_takes_what_was_before",
            ),
        )

    def __str__(self) -> str:
        return self.document

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """Staff where the purse pays; and once it is announced, whoever has an account in it."""
        mine = Account.objects.filter(holders.held_by(holders.of_person(actor.person_id)))
        announced = ("announced", "running", "done", "cancelled")
        seen = Purse.objects.filter(Purse.visible(actor)) if actor.reach(VIEW) else None
        by_post = Q(purse__in=seen) if seen is not None else Q(pk__in=[])
        return by_post | Q(purse__in=mine.values("purse"), case__state__in=announced)
