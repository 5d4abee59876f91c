"""Who somebody is: phone and password, the second factor of staff, lock-out, the demo's cast. Pages
keep the session; nothing here knows of a request.

These actions run outside a transaction and without an idempotency key, because a refused try must
stay counted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pyotp
import segno
from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from zhicunbao.base import access, audit, vault
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Person, SignInAttempt
from zhicunbao.kernel import clock, phones
from zhicunbao.kernel.refusals import Invalid, Locked, NotFound

SECOND_FACTOR: Final = "second_factor"
PASSWORD: Final = "password"  # noqa: S105 -- the name of a step, not a password
STEP_SECONDS: Final = 30
"""A code's life (RFC 6238); the one before and the one after count too, for clocks that differ."""
CAST_PHONES: Final = "1990000"
"""The demo's cast have numbers that begin so; other invented people have other numbers."""
ATTEMPTS_KEPT: Final = timedelta(days=1)


def sign_in(*, phone: str, password: str, code: str = "", at: datetime) -> Person:
    """Return the person whose phone, password and code these are, and record that they came in.

    Anyone may try. The same refusal for an unknown phone and a wrong password (422); with a right
    password but no code where one is needed, ``code_wanted`` (422); after too many failures Locked
    (423), whatever is tried, until the time that the sentence names.
    """
    person = check_password(phone=phone, password=password, at=at)
    enter(person, code=code, at=at)
    return person


def check_password(*, phone: str, password: str, at: datetime) -> Person:
    """Return the active person with this phone and password; the first half of ``sign_in``."""
    number = phones.tidy(phone)
    person = Person.objects.filter(phone=number, is_active=True).first()
    tried = _start_try(number, at)
    if person is None:
        make_password(password)  # takes as long as checking one, so that the time tells nothing
    elif person.check_password(password):
        tried.delete()
        return person
    left = _failed(number, person, at)
    raise Invalid(f"手机号或密码不对。请再核对一次，还可以试 {left} 次。", code="sign_in_wrong")


def enter(person: Person, *, code: str = "", at: datetime) -> None:
    """Check the second factor of whoever has one, forget the failures, record the sign-in.

    To be called with the person that ``check_password`` returned.
    """
    if person.totp_confirmed_at is not None:
        _check_code(person, code=code, at=at)
    forget_failures(person)
    record_entry(person)


def record_entry(person: Person) -> None:
    """Write into the audit trail that this person came in."""
    actor = access.actor_of(person)
    audit.record(actor, "base.signed_in", person, area_prefix=actor.home_prefix)


def missing_step(person: Person, actor: Actor) -> str:
    """Return what stands between a signed-in person and the pages: a step's name, or nothing.

    Staff need a second factor, except the demo's cast in a demo. A password that somebody else
    made up must be changed first.
    """
    if person.is_demo and settings.ZHICUNBAO_DEMO:
        return ""
    if actor.is_staff and person.totp_confirmed_at is None:
        return SECOND_FACTOR
    return PASSWORD if person.is_password_initial else ""


# --- the second factor ---------------------------------------------------------


@dataclass(frozen=True)
class NewSecret:
    """A secret on its way into somebody's authenticator: sealed for the session, and to be shown.

    ``svg`` is a QR code that stands in a page as it is.
    """

    sealed: str
    text: str
    svg: str


def new_secret(person: Person, *, sealed: str = "") -> NewSecret:
    """Return a new secret for ``person``, or the one in ``sealed`` once more. Stores nothing."""
    secret = _unseal(sealed) if sealed else pyotp.random_base32()
    uri = pyotp.TOTP(secret).provisioning_uri(name=person.name, issuer_name="治村宝")
    svg = segno.make(uri, error="m").svg_inline(scale=5, border=3, dark="#000", light="#fff")
    grouped = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return NewSecret(sealed or _seal(secret), grouped, svg)


def confirm_second_factor(
    actor: Actor, *, sealed: str, code: str, old_code: str = "", at: datetime
) -> Person:
    """Make the secret in ``sealed`` the actor's second factor, proved by one of its codes.

    Everyone for themselves, also before they may do anything else. Who has one already proves it
    by ``old_code``. The code is used up. Refuses a wrong code (422) and changes nothing then.
    """
    person = Person.objects.get(pk=actor.person_id or 0)
    if person.totp_confirmed_at is not None:
        _check_code(person, code=old_code, at=at, field="old_code")
    step = _step_of(_unseal(sealed), code, at)
    if step is None:
        raise Invalid(
            "这个验证码不对。请看验证器上现在的 6 位数字，并核对手机的时间。",
            code="code_wrong",
            fields={"code": "验证码不对，请重新输入现在的 6 位数字。"},
        )
    with transaction.atomic():
        person.sealed_totp_secret = sealed
        person.totp_confirmed_at = at
        person.totp_last_step = step
        person.save(update_fields=["sealed_totp_secret", "totp_confirmed_at", "totp_last_step"])
        audit.record(actor, "base.second_factor_set", person, area_prefix=actor.home_prefix)
    return person


def _check_code(person: Person, *, code: str, at: datetime, field: str = "code") -> None:
    if not code.strip():
        raise Invalid(
            "请再输入验证器上的 6 位数字。",
            code="code_wanted",
            fields={field: "请输入验证器上的 6 位数字。"},
        )
    number = person.phone or ""
    tried = _start_try(number, at)
    step = _step_of(_unseal(person.sealed_totp_secret), code, at)
    # The condition makes a code count once, also when two requests bring it at the same moment.
    if step is not None and Person.objects.filter(pk=person.pk, totp_last_step__lt=step).update(
        totp_last_step=step
    ):
        tried.delete()
        return
    left = _failed(number, person, at)
    said = "这个验证码已经用过，请等下一个。" if step is not None else "验证码不对。"
    raise Invalid(
        f"{said}还可以试 {left} 次。",
        code="code_used" if step is not None else "code_wrong",
        fields={field: said},
    )


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the number of the half-minute whose code this is, near ``at``."""
    typed = "".join(code.split())
    totp, now = pyotp.TOTP(secret), int(at.timestamp()) // STEP_SECONDS
    for step in (now, now - 1, now + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), typed):
            return step
    return None


def _seal(secret: str) -> str:
    return vault.seal(secret, purpose=SECOND_FACTOR)


def _unseal(sealed: str) -> str:
    return vault.unseal(sealed, purpose=SECOND_FACTOR)


# --- passwords -------------------------------------------------------------------


def change_password(actor: Actor, *, old: str, new: str, at: datetime) -> Person:
    """Give the actor a new password of their own; other sessions of theirs end.

    Refuses a wrong old one (422, counted as a failed sign-in), and a new one that is short, common
    or the same.
    """
    person = Person.objects.get(pk=actor.person_id or 0)
    number = person.phone or ""
    tried = _start_try(number, at)
    if not person.check_password(old):
        left = _failed(number, person, at)
        raise Invalid(
            f"现在的密码不对，还可以试 {left} 次。",
            code="password_wrong",
            fields={"old": "现在的密码不对，请重新输入。"},
        )
    tried.delete()
    check_new_password(new, person=person)
    if new == old:
        raise Invalid(
            "新密码和现在的一样。请换一个。", fields={"new": "请换一个和现在不同的密码。"}
        )
    with transaction.atomic():
        person.set_password(new)
        person.is_password_initial = False
        person.save(update_fields=["password", "is_password_initial"])
        audit.record(actor, "base.password_changed", person, area_prefix=actor.home_prefix)
    return person


def check_new_password(new: str, *, person: Person | None = None) -> None:
    """Refuse a password that is short, common or nothing but digits, with what to do."""
    try:
        password_validation.validate_password(new, person)
    except ValidationError as error:
        said = " ".join(error.messages)
        raise Invalid(
            f"这个密码不能用。{said}", code="password_weak", fields={"new": said}
        ) from None


# --- lock-out --------------------------------------------------------------------


def forget_failures(person: Person) -> None:
    """Forget the failed tries of ``person``, which also unlocks them."""
    SignInAttempt.objects.filter(phone_digest=_digest(person.phone or "")).delete()


def forget_old_attempts(now: datetime) -> int:
    """Delete failed tries that no longer matter; return how many. Called by the clock."""
    return SignInAttempt.objects.filter(at__lt=now - ATTEMPTS_KEPT).delete()[0]


def _digest(number: str) -> str:
    return vault.keyed_digest(number, purpose="sign_in")


def _locked_until(number: str, at: datetime) -> datetime | None:
    """Return until when ``number`` is locked: so many failures within the lock time of each other
    lock it for the lock time after the last.
    """
    lock = timedelta(minutes=settings.ZHICUNBAO_SIGN_IN_LOCK_MINUTES)
    allowed = settings.ZHICUNBAO_SIGN_IN_FAILURES
    tries = SignInAttempt.objects.filter(phone_digest=_digest(number), at__gt=at - 2 * lock)
    times = list(tries.order_by("-at", "-pk").values_list("at", flat=True)[:allowed])
    if len(times) < allowed or times[0] - times[-1] > lock or at >= times[0] + lock:
        return None
    return times[0] + lock


def _start_try(number: str, at: datetime) -> SignInAttempt:
    """Count a try before it is checked, so that many at the same moment cannot slip through."""
    if until := _locked_until(number, at):
        raise _locked(until)
    tried = SignInAttempt.objects.create(phone_digest=_digest(number), at=at)
    lock = timedelta(minutes=settings.ZHICUNBAO_SIGN_IN_LOCK_MINUTES)
    at_once = SignInAttempt.objects.filter(phone_digest=tried.phone_digest, at__gt=at - lock)
    if at_once.count() > settings.ZHICUNBAO_SIGN_IN_FAILURES:
        tried.delete()
        raise _locked(at + lock)
    return tried


def _failed(number: str, person: Person | None, at: datetime) -> int:
    """Return how many tries are left; when none is, record the lock and refuse with it."""
    if until := _locked_until(number, at):
        if person is not None:
            actor = access.actor_of(person)
            audit.record(actor, "base.sign_in_locked", person, area_prefix=actor.home_prefix)
        raise _locked(until)
    lock = timedelta(minutes=settings.ZHICUNBAO_SIGN_IN_LOCK_MINUTES)
    failures = SignInAttempt.objects.filter(phone_digest=_digest(number), at__gt=at - lock)
    return max(settings.ZHICUNBAO_SIGN_IN_FAILURES - failures.count(), 1)


def _locked(until: datetime) -> Locked:
    return Locked(
        f"连续输错太多次，到 {until.astimezone(clock.LOCAL):%H:%M} 为止不能登录。"
        "请到时再试；忘了密码，请街道或社区的管理员重设。"
    )


# --- the demo's cast ---------------------------------------------------------------


def demo_cast() -> QuerySet[Person]:
    """Return the people whom a demo offers at its door; nobody where it is no demo."""
    if not settings.ZHICUNBAO_DEMO:
        return Person.objects.none()
    return Person.objects.filter(is_demo=True, is_active=True, phone__startswith=CAST_PHONES)


def demo_person(person_id: int) -> Person:
    """Return the invented person to enter as, without password or second factor.

    Anyone may, in a demo. Elsewhere, and for anyone real, it is as if the door were not there
    (404).
    """
    found = None
    if settings.ZHICUNBAO_DEMO:
        found = Person.objects.filter(pk=person_id, is_demo=True, is_active=True).first()
    if found is None:
        raise NotFound("没有这个入口。请用手机号和密码登录。")
    record_entry(found)
    return found
