"""People, the posts they hold, and their tries to sign in."""

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac

from zhicunbao.base import reach, roles
from zhicunbao.base.models.area import Area, Organisation
from zhicunbao.kernel import clock
from zhicunbao.kernel.masks import mask_phone

if TYPE_CHECKING:
    from zhicunbao.base.access import Actor


class PersonManager(BaseUserManager["Person"]):
    """Finds people by phone, as Django's sign-in asks."""

    def create_person(
        self, *, name: str, phone: str | None, password: str = "", **rest: Any
    ) -> "Person":
        """Add a person; without a password nobody can sign in as them until one is set."""
        person = self.model(name=name, phone=phone or None, **rest)
        if password:
            person.set_password(password)
        else:
            person.set_unusable_password()
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """A human being, entered once. Rights come from posts alone, never from this row."""

    class Theme(models.TextChoices):
        """Light, dark, or as the device says."""

        AUTO = "auto", "跟随设备"
        LIGHT = "light", "浅色"
        DARK = "dark", "深色"

    name = models.CharField(max_length=40)
    phone = models.CharField(max_length=20, unique=True, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    sealed_totp_secret = models.TextField(blank=True)
    totp_confirmed_at = models.DateTimeField(null=True)
    totp_last_step = models.BigIntegerField(default=0)
    is_password_initial = models.BooleanField(default=False)
    """Somebody else made the password up, so its owner changes it before anything else."""
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    is_elder_mode = models.BooleanField(default=False)

    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def masked_phone(self) -> str:
        """The number as lists show it, or nothing."""
        return mask_phone(self.phone) if self.phone else ""

    def get_session_auth_hash(self) -> str:
        """Sessions end when the password or the second factor changes, so a thief's does too."""
        secret = f"{self.password}\n{self.sealed_totp_secret}"
        return salted_hmac("zhicunbao.session", secret, algorithm="sha256").hexdigest()

    @staticmethod
    def visible(actor: "Actor") -> Q:
        """Oneself, and whoever holds or held a post where the actor may look at people."""
        there = Post.objects.filter(reach.under(actor.reach("base.view_people")))
        return Q(pk=actor.person_id) | Q(pk__in=there.values("person"))


class Post(models.Model):
    """A role held by a person in an area (or organisation) from one day to another.

    ``ends_on`` is the first day on which it is no longer held. A post is ended by setting it and
    never deleted: who could do what, and when, must stay readable.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts")
    role = models.CharField(
        max_length=24, choices=[(r.code, r.label) for r in roles.ROLES.values()]
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="posts")
    area_prefix = models.CharField(max_length=17)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="posts")
    starts_on = models.DateField(default=clock.today)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("area_prefix", "role", "pk")
        indexes = (
            models.Index(fields=["role", "area_prefix"], name="post_role_area"),
            models.Index(fields=["person"], name="post_person"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["person", "role", "area"],
                condition=Q(ends_on__isnull=True),
                name="post_open_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="post_ends_after_start",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.person_id}"

    @staticmethod
    def visible(actor: "Actor") -> Q:
        """One's own, and those where the actor may look at people."""
        return Q(person=actor.person_id) | reach.under(actor.reach("base.view_people"))

    @staticmethod
    def open_on(day: date, prefix: str = "") -> Q:
        """Return the condition "held on ``day``"; ``prefix`` names the way to the post (posts__).

        The end is the first day without the post, so that ending one today works today.
        """
        return Q(**{f"{prefix}starts_on__lte": day}) & (
            Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gt": day})
        )


class SignInAttempt(models.Model):
    """One failed try to sign in; the phone is kept only as a keyed digest.

    Unknown phones are counted like known ones, so that the answer tells nobody who is registered.
    """

    phone_digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = (models.Index(fields=["phone_digest", "at"], name="attempt_phone_at"),)

    def __str__(self) -> str:
        return self.phone_digest[:8]
