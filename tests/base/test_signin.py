"""Who somebody is: passwords, codes, lock-out, the demo's cast."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.conf import settings as product
from pytest_django.fixtures import Settings

from tests.cast import PASSWORD, Town
from zhicunbao.base import access, signin, vault
from zhicunbao.base.models import AuditEntry, Person, SignInAttempt
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid, Locked, NotFound, Refusal

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SECRET = pyotp.random_base32()
UNKNOWN = "13999999999"
WRONG = "not-the-password"


@pytest.fixture
def villager(town: Town) -> Person:
    return with_password(town.person("villager"))


@pytest.fixture
def admin(town: Town) -> Person:
    """A member of staff with a second factor."""
    return with_factor(with_password(town.person("admin")))


def with_password(person: Person) -> Person:
    person.set_password(PASSWORD)
    person.totp_confirmed_at = None
    person.save()
    return person


def with_factor(person: Person) -> Person:
    person.sealed_totp_secret = vault.seal(SECRET, purpose=signin.SECOND_FACTOR)
    person.totp_confirmed_at = NOON
    person.save()
    return person


def code_at(moment: datetime) -> str:
    return pyotp.TOTP(SECRET).at(moment)


def sign_in(person: Person, password: str = PASSWORD, code: str = "", at: datetime = NOON) -> None:
    assert person.phone
    signin.sign_in(phone=person.phone, password=password, code=code, at=at)


def refusal_of(
    person: Person, password: str = WRONG, code: str = "", at: datetime = NOON
) -> Refusal:
    with pytest.raises(Refusal) as caught:
        sign_in(person, password, code, at)
    return caught.value


def fail(person: Person, times: int, at: datetime = NOON) -> None:
    for number in range(times):
        refusal_of(person, at=at + timedelta(seconds=number))


# --- phone and password -----------------------------------------------------------


@pytest.mark.parametrize("typed", ["13800000010", "138 0000 0010", "+86 138-0000-0010"])
def test_a_villager_signs_in_by_phone_and_password_alone(villager: Person, typed: str) -> None:
    assert villager.phone == "13800000010"
    assert signin.sign_in(phone=typed, password=PASSWORD, at=NOON) == villager
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.person, entry.area_prefix) == (
        "base.signed_in",
        villager,
        "331125001004",
    )


def test_an_unknown_phone_and_a_wrong_password_read_the_same(villager: Person) -> None:
    known = refusal_of(villager)
    with pytest.raises(Invalid) as caught:
        signin.sign_in(phone=UNKNOWN, password="wrong", at=NOON)
    assert (caught.value.message, caught.value.code) == (known.message, known.code)


def test_a_person_who_was_shut_out_reads_the_same_too(villager: Person) -> None:
    wrong = refusal_of(villager).message
    SignInAttempt.objects.all().delete()
    villager.is_active = False
    villager.save()
    assert refusal_of(villager, PASSWORD).message == wrong


def test_a_refused_try_changes_nothing_but_its_own_count(villager: Person) -> None:
    refusal_of(villager)
    assert AuditEntry.objects.count() == 0
    [attempt] = SignInAttempt.objects.all()
    assert villager.phone
    assert villager.phone not in attempt.phone_digest


def test_a_person_without_a_password_cannot_sign_in(town: Town) -> None:
    person = town.person("villager")
    assert refusal_of(person, "").code == "sign_in_wrong"
    assert refusal_of(person, "!").code == "sign_in_wrong"


def test_signing_in_forgets_the_failures_before(villager: Person) -> None:
    fail(villager, 3)
    sign_in(villager)
    assert SignInAttempt.objects.count() == 0


# --- lock-out ----------------------------------------------------------------------


def test_the_refusal_says_how_many_tries_are_left(villager: Person) -> None:
    assert "还可以试 4 次" in refusal_of(villager).message
    assert "还可以试 3 次" in refusal_of(villager).message


def test_five_failures_lock_and_even_the_right_password_is_refused(villager: Person) -> None:
    fail(villager, 4)
    fifth = refusal_of(villager, at=NOON + timedelta(minutes=1))
    assert isinstance(fifth, Locked)
    assert "到 12:16 为止" in fifth.message
    right = refusal_of(villager, PASSWORD, at=NOON + timedelta(minutes=2))
    assert (right.status, right.message) == (423, fifth.message)
    assert [e.verb for e in AuditEntry.objects.all()] == ["base.sign_in_locked"]


def test_an_unknown_phone_locks_the_same_way(town: Town) -> None:
    del town
    for number in range(product.ZHICUNBAO_SIGN_IN_FAILURES):
        with pytest.raises(Refusal) as caught:
            signin.sign_in(phone=UNKNOWN, password="wrong", at=NOON)
        assert isinstance(caught.value, Locked) == (number == 4)


def test_the_lock_opens_by_itself_after_its_time(villager: Person) -> None:
    fail(villager, 5)
    last = NOON + timedelta(seconds=4)
    assert isinstance(refusal_of(villager, PASSWORD, at=last + timedelta(minutes=14)), Locked)
    sign_in(villager, at=last + timedelta(minutes=15))


def test_trying_while_locked_does_not_lengthen_the_lock(villager: Person) -> None:
    fail(villager, 5)
    for minute in range(1, 15):
        refusal_of(villager, at=NOON + timedelta(minutes=minute))
    sign_in(villager, at=NOON + timedelta(minutes=15, seconds=5))


def test_failures_spread_over_a_long_time_do_not_lock(villager: Person) -> None:
    for hour in range(8):
        assert refusal_of(villager, at=NOON + timedelta(hours=hour)).code == "sign_in_wrong"


def test_how_many_and_how_long_are_settings(villager: Person, settings: Settings) -> None:
    settings.ZHICUNBAO_SIGN_IN_FAILURES = 2
    settings.ZHICUNBAO_SIGN_IN_LOCK_MINUTES = 1
    fail(villager, 2)
    assert isinstance(refusal_of(villager, PASSWORD, at=NOON + timedelta(seconds=30)), Locked)
    sign_in(villager, at=NOON + timedelta(seconds=62))


def test_old_failures_are_forgotten_by_the_clock(villager: Person) -> None:
    fail(villager, 2)
    assert signin.forget_old_attempts(NOON + timedelta(hours=23)) == 0
    assert signin.forget_old_attempts(NOON + timedelta(hours=25)) == 2


# --- the second factor -----------------------------------------------------------------


def test_staff_need_their_code_too(admin: Person) -> None:
    assert refusal_of(admin, PASSWORD).code == "code_wanted"
    sign_in(admin, code=code_at(NOON))


@pytest.mark.parametrize("seconds", [-30, 30])
def test_a_clock_that_is_half_a_minute_off_is_good_enough(admin: Person, seconds: int) -> None:
    sign_in(admin, code=code_at(NOON + timedelta(seconds=seconds)))


@pytest.mark.parametrize("seconds", [-90, 90])
def test_an_old_or_early_code_is_refused(admin: Person, seconds: int) -> None:
    code = code_at(NOON + timedelta(seconds=seconds))
    assert refusal_of(admin, PASSWORD, code).code == "code_wrong"


def test_a_code_counts_once(admin: Person) -> None:
    code = code_at(NOON)
    sign_in(admin, code=code)
    again = refusal_of(admin, PASSWORD, code, NOON + timedelta(seconds=10))
    assert again.code == "code_used"
    earlier = code_at(NOON - timedelta(seconds=30))
    assert refusal_of(admin, PASSWORD, earlier).code == "code_used"
    later = NOON + timedelta(seconds=30)
    sign_in(admin, code=code_at(later), at=later)


def test_a_wrong_code_counts_as_a_failure_although_the_password_is_right(admin: Person) -> None:
    for _ in range(4):
        assert refusal_of(admin, PASSWORD, "000000").code == "code_wrong"
    assert isinstance(refusal_of(admin, PASSWORD, "000000"), Locked)


def test_staff_without_a_second_factor_are_led_to_set_one(town: Town, settings: Settings) -> None:
    person, actor = with_password(town.person("admin")), town.actor("admin")
    assert signin.missing_step(person, actor) == signin.SECOND_FACTOR
    settings.ZHICUNBAO_DEMO = True
    assert signin.missing_step(person, actor) == ""
    person.is_demo = False
    assert signin.missing_step(person, actor) == signin.SECOND_FACTOR


@pytest.mark.parametrize("key", ["villager", "member", "head", "merchant"])
def test_who_is_no_staff_needs_no_second_factor(town: Town, key: str) -> None:
    assert signin.missing_step(with_password(town.person(key)), town.actor(key)) == ""


def test_a_new_second_factor_is_proved_by_its_code(town: Town) -> None:
    person = with_password(town.person("admin"))
    new = signin.new_secret(person)
    assert new.svg.startswith("<svg")
    assert signin.new_secret(person, sealed=new.sealed).text == new.text
    code = pyotp.TOTP(new.text.replace(" ", "")).at(NOON)
    with pytest.raises(Invalid):
        signin.confirm_second_factor(town.actor("admin"), sealed=new.sealed, code="000000", at=NOON)
    signin.confirm_second_factor(town.actor("admin"), sealed=new.sealed, code=code, at=NOON)
    person.refresh_from_db()
    assert person.totp_confirmed_at == NOON
    assert new.text.replace(" ", "") not in person.sealed_totp_secret
    assert refusal_of(person, PASSWORD, code).code == "code_used"
    assert AuditEntry.objects.get().verb == "base.second_factor_set"


def test_replacing_a_second_factor_takes_a_code_of_the_old_one(town: Town, admin: Person) -> None:
    new = signin.new_secret(admin)
    code = pyotp.TOTP(new.text.replace(" ", "")).at(NOON)
    with pytest.raises(Invalid) as caught:
        signin.confirm_second_factor(
            town.actor("admin"), sealed=new.sealed, code=code, old_code="000000", at=NOON
        )
    assert set(caught.value.fields) == {"old_code"}
    admin.refresh_from_db()
    assert vault.unseal(admin.sealed_totp_secret, purpose=signin.SECOND_FACTOR) == SECRET
    signin.confirm_second_factor(
        town.actor("admin"), sealed=new.sealed, code=code, old_code=code_at(NOON), at=NOON
    )
    admin.refresh_from_db()
    assert admin.sealed_totp_secret == new.sealed


# --- passwords ---------------------------------------------------------------------------


def test_a_new_password_replaces_the_old(town: Town, villager: Person) -> None:
    signin.change_password(town.actor("villager"), old=PASSWORD, new="terraces-in-spring", at=NOON)
    assert refusal_of(villager, PASSWORD).code == "sign_in_wrong"
    sign_in(villager, "terraces-in-spring")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong", "terraces-in-spring", "old"),
        (PASSWORD, "short", "new"),
        (PASSWORD, "1234567890", "new"),
        (PASSWORD, PASSWORD, "new"),
    ],
)
def test_a_bad_change_of_password_is_refused_under_its_field(
    town: Town, villager: Person, old: str, new: str, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        signin.change_password(town.actor("villager"), old=old, new=new, at=NOON)
    assert set(caught.value.fields) == {field}
    villager.refresh_from_db()
    assert villager.check_password(PASSWORD)
    assert AuditEntry.objects.count() == 0


def test_guessing_the_present_password_locks_as_well(town: Town, villager: Person) -> None:
    del villager
    for number in range(5):
        with pytest.raises(Refusal) as caught:
            signin.change_password(town.actor("villager"), old="wrong", new="any", at=NOON)
        assert isinstance(caught.value, Locked) == (number == 4)


def test_sessions_end_when_password_or_second_factor_change(villager: Person) -> None:
    before = villager.get_session_auth_hash()
    with_factor(villager)
    middle = villager.get_session_auth_hash()
    villager.set_password("terraces-in-spring")
    assert len({before, middle, villager.get_session_auth_hash()}) == 3


# --- the vault -----------------------------------------------------------------------------


def test_what_is_sealed_opens_for_its_purpose_alone() -> None:
    sealed = vault.seal("机密", purpose="one")
    assert vault.unseal(sealed, purpose="one") == "机密"
    with pytest.raises(ValueError, match="purpose"):
        vault.unseal(sealed, purpose="another")


def test_an_old_key_still_opens(settings: Settings) -> None:
    sealed = vault.seal("机密", purpose="one")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "a new key " * 5
    with pytest.raises(ValueError, match="key"):
        vault.unseal(sealed, purpose="one")
    settings.SECRET_KEY_FALLBACKS = [old]
    assert vault.unseal(sealed, purpose="one") == "机密"


# --- the demo's cast --------------------------------------------------------------------------


def test_outside_a_demo_nobody_enters_by_one_click(town: Town) -> None:
    with pytest.raises(NotFound):
        signin.demo_person(town.person("admin").pk)
    assert list(signin.demo_cast()) == []
    assert AuditEntry.objects.count() == 0


def test_in_a_demo_an_invented_person_enters_and_a_real_one_does_not(
    town: Town, settings: Settings
) -> None:
    settings.ZHICUNBAO_DEMO = True
    admin, villager = town.person("admin"), town.person("villager")
    Person.objects.filter(pk=villager.pk).update(is_demo=False)
    assert signin.demo_person(admin.pk) == admin
    with pytest.raises(NotFound):
        signin.demo_person(villager.pk)
    with pytest.raises(NotFound):
        signin.demo_person(0)


def test_the_door_of_a_demo_offers_the_cast_alone(town: Town, settings: Settings) -> None:
    settings.ZHICUNBAO_DEMO = True
    Person.objects.filter(pk=town.person("admin").pk).update(phone="19900000001")
    assert [p.name for p in signin.demo_cast()] == ["周敏"]


def test_the_actor_of_an_entry_is_the_person_who_came(villager: Person) -> None:
    with clock.at(NOON):
        sign_in(villager)
    entry = AuditEntry.objects.get()
    assert (entry.actor_name, entry.subject_id) == (villager.name, str(villager.pk))
    assert access.actor_of(villager).person_id == entry.person_id
