"""Races at the door and for keys: one code used twice, guesses at once, one request from two
phones, one post given or ended twice.
"""

import time
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.db import IntegrityError, transaction

from tests import cast
from tests.cast import PASSWORD, Town
from tests.races.together import Turn, together
from zhicunbao.base import access, audit, people, signin, vault
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import AuditEntry, AuditSeal, IdempotencyKey, Person, Post, SignInAttempt
from zhicunbao.kernel import clock

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

CROWD = 8
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
SECRET = pyotp.random_base32()


@pytest.fixture
def town(transactional_db: None) -> Town:
    """The town, in rows that every thread sees."""
    return cast.build()


@pytest.fixture
def admin(town: Town) -> Person:
    """Somebody with a password and a second factor."""
    person = town.person("admin")
    person.set_password(PASSWORD)
    person.sealed_totp_secret = vault.seal(SECRET, purpose=signin.SECOND_FACTOR)
    person.save()
    return person


# --- two workers seal the trail ---------------------------------------------------------


def write_entry(town: Town, at: datetime) -> None:
    with clock.at(at):
        audit.record(town.actor("admin"), "base.signed_in", town.person("admin"))


@pytest.mark.parametrize("is_first", [True, False], ids=["first seal", "later seal"])
def test_of_two_workers_one_writes_a_seal_and_nothing_is_lost(town: Town, is_first: bool) -> None:
    write_entry(town, NOON)
    if not is_first:
        audit.seal(LATER)
        write_entry(town, LATER)
    write_entry(town, LATER + timedelta(minutes=3))

    def work(turn: Turn) -> int:
        if turn.index:
            turn.meet()
            # One entry more has settled for it, so the two seals would end at different ones.
            return audit.seal(LATER + timedelta(minutes=10))
        with transaction.atomic():
            sealed = audit.seal(LATER + timedelta(minutes=2))
            turn.meet()
            time.sleep(0.5)  # the other one is now waiting
            return sealed

    assert sorted(together(2, work).answers) == [0, 1]
    assert AuditSeal.objects.count() == (1 if is_first else 2)
    assert audit.seal(LATER + timedelta(minutes=10)) == 1
    assert audit.problems() == []


def test_locking_the_last_seal_locks_nothing_before_the_first_one(town: Town) -> None:
    write_entry(town, NOON)

    def careless(turn: Turn) -> None:
        with transaction.atomic():
            last = AuditSeal.objects.select_for_update().order_by("-pk").first()
            assert last is None
            turn.meet()
            entries = AuditEntry.objects.order_by("pk")
            first = entries[0].pk
            AuditSeal.objects.create(
                first_entry=first, last_entry=first + turn.index, entry_count=1, chain="0" * 64
            )

    # Without the unique index both would stand, and the trail could never be proved again.
    with pytest.raises(IntegrityError, match="audit_seal_begins_once"):
        together(2, careless)


# --- a code counts once -----------------------------------------------------------------


def test_a_code_lets_one_in(admin: Person) -> None:
    code = pyotp.TOTP(SECRET).at(NOON)
    outcomes = together(4, lambda _: signin.enter(admin, code=code, at=NOON))
    assert len(outcomes.answers) == 1
    assert {refusal.code for refusal in outcomes.refusals} <= {"code_used", "locked"}
    assert len(outcomes.refusals) == 3


def test_reading_and_comparing_the_last_step_lets_all_in(admin: Person) -> None:
    step = int(NOON.timestamp()) // signin.STEP_SECONDS

    def careless(turn: Turn) -> int:
        person = Person.objects.get(pk=admin.pk)
        assert person.totp_last_step < step
        turn.meet()
        person.totp_last_step = step
        person.save()
        return step

    assert len(together(4, careless).answers) == 4


# --- guesses at once ---------------------------------------------------------------------


def guess(admin: Person) -> Person:
    return signin.sign_in(phone=admin.phone or "", password="wrong", at=NOON)


def test_many_guesses_at_once_are_no_more_than_were_allowed(admin: Person) -> None:
    outcomes = together(CROWD, lambda _: guess(admin))
    answered = [r for r in outcomes.refusals if r.code == "sign_in_wrong"]
    assert (len(outcomes.refusals), len(answered) <= 4) == (CROWD, True)
    assert SignInAttempt.objects.count() <= 5


def test_counting_failures_after_the_check_lets_every_guess_through(admin: Person) -> None:
    def careless(turn: Turn) -> bool:
        is_open = SignInAttempt.objects.count() < 5
        turn.meet()
        SignInAttempt.objects.create(phone_digest="x", at=NOON)
        return is_open and not admin.check_password("wrong")

    assert together(CROWD, careless).answers == [True] * CROWD


# --- one request from several phones --------------------------------------------------------


def test_one_key_does_its_work_once(town: Town) -> None:
    actor = town.actor("admin")

    def add(turn: Turn) -> int:
        del turn
        return once(
            actor,
            key="k1",
            action="test.add",
            request=[],
            do=lambda: Person.objects.create(name="新人"),
        ).pk

    outcomes = together(CROWD, add)
    assert outcomes.refusals == []
    assert len(set(outcomes.answers)) == 1
    assert Person.objects.filter(name="新人").count() == 1


def test_looking_for_the_key_first_does_the_work_often(town: Town) -> None:
    actor = town.actor("admin")

    def careless(turn: Turn) -> int:
        assert not IdempotencyKey.objects.filter(key="k1", person=actor.person_id).exists()
        turn.meet()
        return Person.objects.create(name="新人").pk

    assert len(set(together(CROWD, careless).answers)) == CROWD


# --- one post ---------------------------------------------------------------------------------


def test_a_post_is_given_once_and_ended_once(town: Town) -> None:
    person, area = town.person("villager"), town.red_lane
    bosses = [town.actor("admin"), town.actor("officer"), town.actor("leader")]
    given = together(
        3,
        lambda turn: people.open_post(
            bosses[turn.index],
            person=person,
            role="grid_member",
            area=area,
            key=f"k{turn.index}",
        ),
    )
    assert (len(given.answers), [r.code for r in given.refusals]) == (1, ["post_held"] * 2)
    [post] = Post.objects.filter(person=person, role="grid_member")
    ended = together(
        3,
        lambda turn: people.end_post(bosses[turn.index], post=post, key=f"e{turn.index}"),
    )
    assert (len(ended.answers), [r.code for r in ended.refusals]) == (1, ["post_ended"] * 2)
    assert [d.role for d in access.actor_of(person).duties] == ["villager"]


def test_one_person_is_entered_once_by_two_at_once(town: Town) -> None:
    clerks = [town.actor("admin"), town.actor("officer")]
    posts = [("villager", town.dongmen), ("grid_member", town.red_lane)]

    def add(turn: Turn) -> Post:
        role, area = posts[turn.index]
        with transaction.atomic():
            post = people.add_person(
                clerks[turn.index],
                name="新来的",
                phone="13900001111",
                role=role,
                area=area,
                key="k",
            )
            time.sleep(0.3)  # the other one is now looking for the phone
            return post

    outcomes = together(2, add)
    assert outcomes.refusals == []
    assert len({post.person_id for post in outcomes.answers}) == 1
    assert Person.objects.get(phone="13900001111").posts.count() == 2


def test_looking_for_the_phone_and_saving_is_an_error_for_the_second(town: Town) -> None:
    def careless(turn: Turn) -> Person:
        assert not Person.objects.filter(phone="13900001111").exists()
        turn.meet()
        return Person.objects.create(name=f"新来的{turn.index}", phone="13900001111")

    with pytest.raises(IntegrityError):
        together(2, careless)


def test_looking_whether_it_is_held_first_gives_it_often(town: Town) -> None:
    person, area = town.person("villager"), town.red_lane

    def careless(turn: Turn) -> int:
        assert not Post.objects.filter(person=person, role="grid_head").exists()
        turn.meet()
        # Another day each, since the constraint would refuse two open ones.
        day = f"2026-02-{turn.index + 1:02d}"
        post = Post(
            person=person, role="grid_head", area=area, area_prefix=area.prefix, ends_on=day
        )
        post.starts_on = day
        post.save()
        return post.pk

    assert len(set(together(3, careless).answers)) == 3
