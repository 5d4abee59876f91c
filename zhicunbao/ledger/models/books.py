"""Purses, accounts and transfers, in TigerBeetle's terms. Balances move and rows are written in
``actions`` alone; a database trigger refuses any change to a transfer.

The points of different purses are different units. So what a purse issued can be followed to the
last point, and every sum of a purse is a sum of its own accounts.
"""

from django.db import models
from django.db.models import Case, F, Q, When

from zhicunbao.base import access, holders
from zhicunbao.base.models import Area, Person
from zhicunbao.kernel import clock

POINTS = "points"
"""What the unit of every purse begins with: ``points/3`` for the purse with the number 3."""
KEY_LENGTH_MAX = 160
MEMO_LENGTH_MAX = 200
PURSE_TEXT_MAX = 80
"""Room for a purse's name, document or funder."""


class Purse(models.Model):
    """The funds of one programme in one area: the document behind them and the worth of a point.

    ``unit_value_fen`` is what one point is worth, in hundredths of a yuan. Points are issued by
    funding the purse and drawn by awards, so more can never be awarded than was funded.
    ``credited`` says whose account an award goes to. Once no more than ``stop_below`` points are
    left in the purse, it gives no further award until it is funded again.
    """

    class Credited(models.TextChoices):
        """Whom a programme credits."""

        PERSON = "person", "记到个人"
        HOUSEHOLD = "household", "记到户"

    name = models.CharField(max_length=PURSE_TEXT_MAX)
    area = models.ForeignKey(Area, models.PROTECT, related_name="purses")
    area_prefix = models.CharField(max_length=17)
    unit_value_fen = models.PositiveIntegerField()
    credited = models.CharField(max_length=10, choices=Credited.choices, default=Credited.PERSON)
    stop_below = models.PositiveBigIntegerField(default=0)
    source_document = models.CharField(max_length=PURSE_TEXT_MAX)
    funder = models.CharField(max_length=PURSE_TEXT_MAX)
    valid_from = models.DateField(default=clock.today)
    valid_to = models.DateField(null=True, blank=True)
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering = ("area_prefix", "pk")
        indexes = (models.Index(fields=["area_prefix"], name="purse_area"),)
        constraints = (
            models.UniqueConstraint(fields=["area", "name"], name="purse_name_once_an_area"),
            models.CheckConstraint(condition=Q(unit_value_fen__gt=0), name="purse_point_has_worth"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="purse_ends_after_start",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def unit(self) -> str:
        """The unit of its points."""
        return f"{POINTS}/{self.pk}"

    @property
    def is_running(self) -> bool:
        """Whether it takes funds and gives awards today."""
        ended = self.valid_to is not None and self.valid_to < clock.today()
        return self.is_open and not ended and self.valid_from <= clock.today()

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """Purses in the actor's reach, and those above it that awards there are drawn from."""
        reach = actor.reach("ledger.view")
        above = {prefix[:length] for prefix in reach for length in range(1, len(prefix))}
        return access.under(reach) | Q(area_prefix__in=above)


class Account(models.Model):
    """A holder's balances in one unit. Only the four balances of a row ever change.

    Points belong to a purse; goods on a shelf or money owed are units of their own without one.
    ``holder_kind`` is ``purse``, ``outside`` (where goods and money come from), ``person``, or what
    a feature announces in ``holder_faces``.

    A guarded account is credit-normal and never promises more than it has: its available balance
    ``credits_posted - debits_posted - debits_pending`` stays at or above zero, by the database.
    """

    code = models.CharField(max_length=60)
    holder_kind = models.CharField(max_length=10)
    holder_id = models.BigIntegerField()
    unit = models.CharField(max_length=30)
    purse = models.ForeignKey(
        Purse, models.PROTECT, null=True, related_name="accounts", db_index=False
    )
    is_guarded = models.BooleanField()
    debits_pending = models.PositiveBigIntegerField(default=0)
    debits_posted = models.PositiveBigIntegerField(default=0)
    credits_pending = models.PositiveBigIntegerField(default=0)
    credits_posted = models.PositiveBigIntegerField(default=0)
    # What somebody holds of a purse, for whoever audits it; nothing for the purse's own accounts.
    held = models.GeneratedField(
        expression=Case(
            When(
                ~Q(holder_kind="purse") & Q(purse__isnull=False),
                then=F("credits_posted") - F("debits_posted"),
            ),
        ),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )

    class Meta:
        # No balance of a purse is in an index, so that a hot row is changed in place (a HOT
        # update): ``held`` is always nothing there.
        indexes = (
            models.Index(fields=["holder_kind", "holder_id"], name="account_holder"),
            models.Index(fields=["purse", "held", "id"], name="account_held"),
        )
        constraints = (
            # A constraint, not unique=True, which on PostgreSQL would add a second index.
            models.UniqueConstraint(fields=["code"], name="account_code_once"),
            models.CheckConstraint(
                condition=Q(is_guarded=False)
                | Q(credits_posted__gte=F("debits_posted") + F("debits_pending")),
                name="account_guarded_not_below_zero",
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def posted(self) -> int:
        """What is booked, whatever is promised."""
        return self.credits_posted - self.debits_posted

    @property
    def available(self) -> int:
        """What may still be promised or spent."""
        return self.posted - self.debits_pending


class Transfer(models.Model):
    """One movement from ``debit_account`` to ``credit_account``. Never changed, never deleted.

    A ``pending`` transfer promises the amount; one ``post_pending`` or ``void_pending`` resolves
    it, once. A ``reversal`` takes back a whole booked transfer, once. Resolving and reversing rows
    repeat the accounts and the amount, so that each row can be read by itself.

    ``area_prefix`` is the place that it concerns. ``earner`` is whose deed it was, when the points
    went to a household: the record stays the person's, the points are the household's.
    """

    class Kind(models.TextChoices):
        """What the row does to the balances."""

        POSTED = "posted", "入账"
        PENDING = "pending", "待入账"
        POST_PENDING = "post_pending", "待入账转入账"
        VOID_PENDING = "void_pending", "待入账撤销"
        REVERSAL = "reversal", "冲正"

    key = models.CharField(max_length=KEY_LENGTH_MAX)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    unit = models.CharField(max_length=30)
    debit_account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    credit_account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    amount = models.PositiveBigIntegerField()
    pending = models.OneToOneField("self", models.PROTECT, null=True, related_name="resolution")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversal")
    reason = models.CharField(max_length=20)
    memo = models.CharField(max_length=MEMO_LENGTH_MAX, blank=True)
    case_number = models.CharField(max_length=40, blank=True)
    area_prefix = models.CharField(max_length=17, blank=True)
    earner = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-pk",)
        # Each index is paid for by every posting, so there is one for each question and no other.
        indexes = (
            models.Index(fields=["debit_account", "id"], name="transfer_debit"),
            models.Index(fields=["credit_account", "id"], name="transfer_credit"),
            models.Index(fields=["area_prefix", "id"], name="transfer_area"),
            models.Index(
                fields=["earner", "id"], name="transfer_earner", condition=Q(earner__isnull=False)
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["key"], name="transfer_key_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(
                condition=~Q(debit_account=F("credit_account")), name="transfer_two_accounts"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["post_pending", "void_pending"], pending__isnull=False)
                | Q(kind__in=["posted", "pending", "reversal"], pending__isnull=True),
                name="transfer_resolves_a_pending",
            ),
            models.CheckConstraint(
                condition=Q(kind="reversal", reverses__isnull=False)
                | (~Q(kind="reversal") & Q(reverses__isnull=True)),
                name="transfer_reverses_a_booked",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"

    @staticmethod
    def visible(actor: access.Actor) -> Q:
        """One's own movements, one's household's, those that one earned, and those of purses that
        one may look into.
        """
        purses = Purse.objects.filter(Purse.visible(actor))
        mine = Account.objects.filter(holders.held_by(holders.of_person(actor.person_id)))
        # Nobody is the clock, and a row without an earner is not the clock's.
        earned = Q(earner=actor.person_id) if actor.person_id else Q(pk__in=[])
        return (
            Q(debit_account__purse__in=purses)
            | Q(credit_account__purse__in=purses)
            | Q(debit_account__in=mine)
            | Q(credit_account__in=mine)
            | earned
        )
