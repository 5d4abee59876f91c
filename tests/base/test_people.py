"""Entering people, appointing, ending posts, helping with lost passwords; and each refusal."""

from datetime import date

import pytest

from tests.cast import Town
from zhicunbao.base import access, people
from zhicunbao.base.models import AuditEntry, Person, Post
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed, Refusal

DONGMEN, ZHONGSHAN, STREET = "331125001004", "331125001001", "331125001000"
COUNTY, MICRO = "331125000000", "33112500100401001"
OTHER_MICRO = "33112500100101001"


def rows() -> list[int]:
    return [Person.objects.count(), Post.objects.count(), AuditEntry.objects.count()]


def add(
    town: Town,
    who: str,
    role: str,
    code: str,
    *,
    name: str = "潘新",
    phone: str = "13700000001",
    key: str = "k1",
) -> Post:
    return people.add_person(
        town.actor(who), name=name, phone=phone, role=role, area=town.area(code), key=key
    )


def appoint(town: Town, who: str, whom: str, role: str, code: str, key: str = "k1") -> Post:
    return people.open_post(
        town.actor(who), person=town.person(whom), role=role, area=town.area(code), key=key
    )


def test_a_person_is_entered_with_their_first_post(town: Town) -> None:
    with clock.at(clock.now()):
        post = add(town, "admin", "grid_member", MICRO, phone="137 0000 0001")
        assert (post.person.name, post.person.phone) == ("潘新", "13700000001")
        assert (post.role, post.area_prefix, post.starts_on) == (
            "grid_member",
            MICRO,
            clock.today(),
        )
    assert not post.person.has_usable_password()
    entries = AuditEntry.objects.order_by("pk")
    assert [(e.verb, e.about) for e in entries] == [
        ("base.person_added", "潘新"),
        ("base.post_opened", "潘新，网格员，红光里"),
    ]
    assert access.actor_of(post.person).duties[0].role == "grid_member"


def test_a_person_is_entered_once(town: Town) -> None:
    first = add(town, "admin", "grid_member", MICRO)
    before = Person.objects.count()
    second = add(town, "admin", "villager", DONGMEN, key="k2")
    assert (second.person, Person.objects.count()) == (first.person, before)


def test_the_same_request_twice_does_its_work_once(town: Town) -> None:
    first = add(town, "admin", "grid_member", MICRO)
    before = rows()
    assert add(town, "admin", "grid_member", MICRO) == first
    assert rows() == before


@pytest.mark.parametrize(
    ("who", "role", "code"),
    [
        ("sysadmin", "subdistrict_leader", STREET),
        ("sysadmin", "sysadmin", COUNTY),
        ("officer", "community_admin", ZHONGSHAN),
        ("leader", "committee_reviewer", DONGMEN),
        ("officer", "grid_member", OTHER_MICRO),
        ("admin", "grid_head", "33112500100401"),
        ("admin", "villager", DONGMEN),
    ],
)
def test_those_above_appoint(town: Town, who: str, role: str, code: str) -> None:
    assert add(town, who, role, code).role == role


@pytest.mark.parametrize(
    ("who", "role", "code", "refusal"),
    [
        ("admin", "community_admin", DONGMEN, "role_too_high"),
        ("admin", "committee_reviewer", DONGMEN, "role_too_high"),
        ("admin", "villager", ZHONGSHAN, "not_your_area"),
        ("officer", "subdistrict_leader", STREET, "role_too_high"),
        ("officer", "auditor", STREET, "role_too_high"),
        ("reviewer", "villager", DONGMEN, "no_right"),
        ("member", "villager", DONGMEN, "no_right"),
        ("auditor", "villager", DONGMEN, "no_right"),
        ("officer", "community_admin", STREET, "role_level"),
        ("officer", "grid_member", DONGMEN, "role_level"),
        ("officer", "emperor", DONGMEN, "role_level"),
    ],
)
def test_who_may_not_appoint_is_refused_and_nothing_changes(
    town: Town, who: str, role: str, code: str, refusal: str
) -> None:
    before = rows()
    with pytest.raises(Refusal) as caught:
        add(town, who, role, code)
    assert caught.value.code == refusal
    assert rows() == before


@pytest.mark.parametrize(
    ("name", "phone", "field"),
    [("潘新", "12345", "phone"), ("", "13700000001", "name"), ("潘新", "13800000008", "phone")],
)
def test_what_cannot_be_entered_is_refused_under_its_field(
    town: Town, name: str, phone: str, field: str
) -> None:
    before = rows()
    with pytest.raises(Refusal) as caught:
        add(town, "admin", "villager", DONGMEN, name=name, phone=phone)
    assert set(caught.value.fields) == {field}
    assert rows() == before


def test_nobody_appoints_themselves(town: Town) -> None:
    before = rows()
    with pytest.raises(NotAllowed) as caught:
        appoint(town, "sysadmin", "sysadmin", "subdistrict_leader", STREET)
    assert caught.value.code == "own_post"
    assert rows() == before


def test_a_post_that_is_held_is_not_given_again(town: Town) -> None:
    before = rows()
    with pytest.raises(Conflict) as caught:
        appoint(town, "admin", "member", "grid_member", MICRO)
    assert caught.value.code == "post_held"
    assert rows() == before


@pytest.mark.parametrize(
    ("whom", "role", "code"),
    [
        ("oversight", "village_cadre", DONGMEN),
        ("admin", "sysadmin", COUNTY),
        ("sysadmin", "auditor", STREET),
    ],
)
def test_posts_that_exclude_each_other_are_not_held_together(
    town: Town, whom: str, role: str, code: str
) -> None:
    boss = Person.objects.create(name="上级", phone="13600000001")
    county = town.area(COUNTY)
    Post.objects.create(person=boss, role="sysadmin", area=county, area_prefix=county.prefix)
    with pytest.raises(Conflict) as caught:
        people.open_post(
            access.actor_of(boss),
            person=town.person(whom),
            role=role,
            area=town.area(code),
            key="k1",
        )
    assert caught.value.code == "posts_exclude"


def test_oversight_of_one_village_may_be_cadre_of_another(town: Town) -> None:
    assert appoint(town, "officer", "oversight", "village_cadre", ZHONGSHAN).role == "village_cadre"


# --- ending ---------------------------------------------------------------------------


def test_an_ended_post_allows_nothing_from_that_moment(town: Town) -> None:
    post = Post.objects.get(person=town.person("member"))
    ended = people.end_post(town.actor("admin"), post=post, key="k1")
    assert ended.ends_on == clock.today()
    assert town.actor("member").duties == ()
    assert AuditEntry.objects.get().about == "徐美兰，网格员，红光里"


def test_a_post_opened_today_can_be_ended_today(town: Town) -> None:
    post = add(town, "admin", "grid_member", MICRO)
    people.end_post(town.actor("admin"), post=post, key="k2")
    assert access.actor_of(post.person).duties == ()


def test_a_post_that_starts_later_is_not_held_yet(town: Town) -> None:
    person = town.person("villager")
    area = town.dongmen
    Post.objects.create(
        person=person,
        role="community_admin",
        area=area,
        area_prefix=area.prefix,
        starts_on=date(2099, 1, 1),
    )
    assert [d.role for d in access.actor_of(person).duties] == ["villager"]


@pytest.mark.parametrize(
    ("who", "whose", "refusal"),
    [
        ("admin", "reviewer", "role_too_high"),
        ("admin", "other_member", "not_your_area"),
        ("reviewer", "member", "no_right"),
        ("sysadmin", "sysadmin", "own_post"),
    ],
)
def test_who_may_not_end_a_post_is_refused(town: Town, who: str, whose: str, refusal: str) -> None:
    post = Post.objects.get(person=town.person(whose))
    before = rows()
    with pytest.raises(NotAllowed) as caught:
        people.end_post(town.actor(who), post=post, key="k1")
    assert caught.value.code == refusal
    post.refresh_from_db()
    assert (post.ends_on, rows()) == (None, before)


def test_a_post_ends_once(town: Town) -> None:
    post = Post.objects.get(person=town.person("member"))
    people.end_post(town.actor("admin"), post=post, key="k1")
    with pytest.raises(Conflict) as caught:
        people.end_post(town.actor("officer"), post=post, key="k2")
    assert caught.value.code == "post_ended"


# --- lost passwords and authenticators ----------------------------------------------------


def test_a_given_password_works_and_must_be_changed(town: Town) -> None:
    person = town.person("member")
    given = people.give_password(town.actor("admin"), person=person, key="k1")
    person.refresh_from_db()
    assert person.check_password(given.text)
    assert person.is_password_initial
    assert [len(part) for part in given.text.split("-")] == [4, 4, 4]


def test_a_given_password_is_shown_once(town: Town) -> None:
    person = town.person("member")
    first = people.give_password(town.actor("admin"), person=person, key="k1")
    again = people.give_password(town.actor("admin"), person=person, key="k1")
    assert (bool(first.text), again.text) == (True, "")
    person.refresh_from_db()
    assert person.check_password(first.text)


@pytest.mark.parametrize(
    ("who", "whom"), [("admin", "reviewer"), ("admin", "other_member"), ("officer", "leader")]
)
def test_nobody_resets_the_sign_in_of_those_whom_they_could_not_appoint(
    town: Town, who: str, whom: str
) -> None:
    person = town.person(whom)
    before = (person.password, person.totp_confirmed_at)
    for act in (people.give_password, people.clear_second_factor):
        with pytest.raises(NotAllowed):
            act(town.actor(who), person=person, key="k1")
    person.refresh_from_db()
    assert (person.password, person.totp_confirmed_at) == before
    assert AuditEntry.objects.count() == 0


def test_one_post_out_of_reach_is_enough_to_keep_ones_hands_off(town: Town) -> None:
    person = town.person("member")
    assert people.may_help_sign_in(town.actor("admin"), person)
    appoint(town, "officer", "member", "villager", ZHONGSHAN)
    assert not people.may_help_sign_in(town.actor("admin"), person)
    assert people.may_help_sign_in(town.actor("officer"), person)


def test_a_lost_second_factor_is_cleared_and_has_to_be_set_again(town: Town) -> None:
    person = town.person("admin")
    people.clear_second_factor(town.actor("officer"), person=person, key="k1")
    person.refresh_from_db()
    assert (person.totp_confirmed_at, person.sealed_totp_secret) == (None, "")
    assert AuditEntry.objects.get().verb == "base.second_factor_cleared"
    with pytest.raises(Conflict):
        people.clear_second_factor(town.actor("officer"), person=person, key="k2")


# --- the first administrator -----------------------------------------------------------------


def test_the_first_administrator_is_made_once(town: Town) -> None:
    Post.objects.filter(role="sysadmin").delete()
    given = people.create_admin(name="季一", phone="13500000001", area_code=COUNTY)
    assert given.person.check_password(given.text)
    assert access.actor_of(given.person).reach("base.appoint") == ("331125",)
    with pytest.raises(Conflict) as caught:
        people.create_admin(name="季二", phone="13500000002", area_code=COUNTY)
    assert caught.value.code == "admin_exists"
    assert not Person.objects.filter(name="季二").exists()


def test_an_administrator_needs_a_place_that_is_there(town: Town) -> None:
    del town
    Post.objects.filter(role="sysadmin").delete()
    for code in ("999999000000", DONGMEN):
        with pytest.raises(Invalid):
            people.create_admin(name="季一", phone="13500000001", area_code=code)
