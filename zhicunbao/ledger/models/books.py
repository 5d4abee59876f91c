"""Purses, accounts and transfers, in TigerBeetle's terms. Balances move and rows are written in
``actions`` alone; a database trigger refuses any change to a transfer.
"""

from django.db import models
from django.db.models import F, Q

from zhicunbao.base import access
from zhicunbao.base.models import Area, Person
from zhicunbao.kernel import clock

POINTS = "points"
"""The unit of a points programme when nothing else is said."""
KEY_LENGTH_MAX = 160
MEMO_LENGTH_MAX = 200
PURSE_TEXT_MAX = 80
"""Room for a purse's name, document or funder."""


class Purse(models.Model):
    """The funds of one programme in one area: the document behind them and the worth of a point.

    ``unit_value_fen`` is what one point is worth, in hundredths of a yuan. Points are issued by
    funding the purse and drawn by awards, so more can never be awarded than was funded.
    """

    name = models.CharField(max_length=PURSE_TEXT_MAX)
    area = models.ForeignKey(Area, models.PROTECT, related_name="purses")
    area_prefix = models.CharField(max_length=17)
    unit = models.CharField(max_length=20, default=POINTS)
    unit_value_fen = models.PositiveIntegerField()
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

    A guarded account is credit-normal and never promises more than it has: its available balance
    ``credits_posted - debits_posted - debits_pending`` stays at or above zero, by the database.
    """

    class Holder(models.TextChoices):
        """What kind of thing ``holder_id`` is the number of."""

        PERSON = "person", "个人"
        HOUSEHOLD = "household", "户"
        PURSE = "purse", "资金池"

    code = models.CharField(max_length=60)
    holder_kind = models.CharField(max_length=10, choices=Holder.choices)
    holder_id = models.BigIntegerField()
    unit = models.CharField(max_length=20)
    purse = models.ForeignKey(Purse, models.PROTECT, null=True, related_name="accounts")
    is_guarded = models.BooleanField()
    debits_pending = models.PositiveBigIntegerField(default=0)
    debits_posted = models.PositiveBigIntegerField(default=0)
    credits_pending = models.PositiveBigIntegerField(default=0)
    credits_posted = models.PositiveBigIntegerField(default=0)

    class Meta:
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
    unit = models.CharField(max_length=20)
    debit_account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    credit_account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    amount = models.PositiveBigIntegerField()
    pending = models.OneToOneField("self", models.PROTECT, null=True, related_name="resolution")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversal")
    reason = models.CharField(max_length=20)
    memo = models.CharField(max_length=MEMO_LENGTH_MAX, blank=True)
    case_number = models.CharField(max_length=40, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-pk",)
        # Beside the keys these two are all that a posting has to keep up to date.
        indexes = (
            models.Index(fields=["debit_account", "id"], name="transfer_debit"),
            models.Index(fields=["credit_account", "id"], name="transfer_credit"),
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
        """One's own movements, and those of the purses that one may look into."""
        purses = Purse.objects.filter(Purse.visible(actor))
        rule = Q(debit_account__purse__in=purses) | Q(credit_account__purse__in=purses)
        if actor.person_id is not None:
            for side in ("debit_account", "credit_account"):
                own = {f"{side}__holder_kind": "person", f"{side}__holder_id": actor.person_id}
                rule |= Q(**own)
        return rule
