"""Registering households, joining and leaving, giving and withdrawing consent: each way out."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.cast import Town
from tests.tables import unchanged
from zhicunbao.base.access import SYSTEM
from zhicunbao.base.models import AuditEntry, Person
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed, NotFound, Refusal
from zhicunbao.registry import actions, queries, rules
from zhicunbao.registry.models import Consent, Household, Membership

_numbers = count(1)


def key() -> str:
    return f"registry-{next(_numbers)}"


@contextmanager
def refused(kind: type[Refusal], words: str) -> Iterator[None]:
    """Expect this refusal, and every table as it was."""
    with unchanged(), pytest.raises(kind, match=words):
        yield


def registered(town: Town, who: str = "admin", **change: Any) -> Household:
    asked: dict[str, Any] = {"area_id": town.red_lane.pk, "address": "红光里 12 号", "key": key()}
    return actions.register_household(town.actor(who), **(asked | change))


def joined(town: Town, household: Household, who: str, relation: str = "head") -> Membership:
    """Let a member of the cast join."""
    person = town.person(who)
    return added(town, household, name=person.name, phone=str(person.phone), relation=relation)


def test_a_household_gets_the_next_number_of_its_community(town: Town) -> None:
    first = registered(town)
    second = registered(town, address="红光里 13 号", kind="resident")
    elsewhere = registered(
        town, "other_admin", area_id=town.area("33112500100101001").pk, address="学前路 1 号"
    )
    assert [h.number for h in (first, second, elsewhere)] == [
        "331125001004-00001",
        "331125001004-00002",
        "331125001001-00001",
    ]
    assert (first.area_prefix, first.kind, second.kind) == (
        town.red_lane.prefix,
        "registered",
        "resident",
    )
    entry = AuditEntry.objects.filter(verb="registry.household_registered").last()
    assert entry is not None
    assert (entry.subject_id, entry.area_prefix) == (str(first.pk), town.red_lane.prefix)


def test_registering_twice_with_one_key_registers_one_household(town: Town) -> None:
    first = registered(town, key="same")
    assert registered(town, key="same") == first
    assert Household.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"address": "  "}, "地址"),
        ({"address": "长" * 81}, "80 个字"),
        ({"kind": "guest"}, "户籍或常住"),
    ],
)
def test_a_household_is_refused_with_what_to_mend(
    town: Town, change: dict[str, Any], words: str
) -> None:
    with refused(Invalid, words):
        registered(town, **change)


def test_an_address_is_registered_once_in_its_micro_grid(town: Town) -> None:
    registered(town)
    with refused(Invalid, "已经有一户"):
        registered(town)


def test_a_household_lies_in_a_micro_grid_and_nowhere_above(town: Town) -> None:
    with refused(Invalid, "微网格"):
        registered(town, area_id=town.dongmen.pk)


@pytest.mark.parametrize("who", ["other_admin", "reviewer", "villager", "member", "sysadmin"])
def test_only_who_edits_here_may_register(town: Town, who: str) -> None:
    with refused(NotAllowed, "范围|任职"):
        registered(town, who)


def test_a_person_joins_one_household_at_a_time(town: Town) -> None:
    home, other = registered(town), registered(town, address="红光里 13 号")
    membership = joined(town, home, "villager")
    assert (membership.household, membership.ends_on) == (home, None)
    with refused(Conflict, "已经在一户里"):
        joined(town, other, "villager")
    actions.leave_household(town.actor("admin"), membership_id=membership.pk, key=key())
    assert joined(town, other, "villager").household == other


def test_a_household_has_one_head(town: Town) -> None:
    home = registered(town)
    joined(town, home, "villager")
    with refused(Conflict, "已经有户主"):
        joined(town, home, "member")
    joined(town, home, "member", "spouse")


def test_a_household_that_is_not_yours_is_not_there(town: Town) -> None:
    home = registered(town)
    with refused(NotFound, "没有找到"):
        added(town, home, "other_admin")


def test_who_only_views_a_household_may_not_change_it(town: Town) -> None:
    home = registered(town)
    membership = joined(town, home, "villager")
    for who in ("reviewer", "villager"):
        with refused(NotAllowed, "任职不含"):
            actions.leave_household(town.actor(who), membership_id=membership.pk, key=key())


def test_joining_needs_a_relation(town: Town) -> None:
    home = registered(town)
    with refused(Invalid, "与户主的关系"):
        joined(town, home, "villager", "neighbour")


def added(town: Town, home: Household, who: str = "admin", **change: str) -> Membership:
    """Let somebody join, a child without a phone unless ``change`` says otherwise."""
    asked = {"name": "吴小宝", "phone": "", "relation": "child"} | change
    return actions.add_member(town.actor(who), household_id=home.pk, key=key(), **asked)


def test_a_child_without_a_phone_is_entered_with_the_household(town: Town) -> None:
    membership = added(town, registered(town))
    assert (membership.person.name, membership.person.phone) == ("吴小宝", None)
    assert not membership.person.has_usable_password()
    verbs = AuditEntry.objects.values_list("verb", flat=True)
    assert {"base.person_added", "registry.member_joined"} <= set(verbs)


def test_a_registered_person_is_found_by_phone_and_name(town: Town) -> None:
    villager = town.person("villager")
    phone = f"+86 {villager.phone}"
    membership = added(town, registered(town), name=villager.name, phone=phone, relation="head")
    assert membership.person == villager


@pytest.mark.parametrize("name", ["吴村民", "别人"])
def test_a_phone_does_not_tell_whose_it_is(town: Town, name: str) -> None:
    phone = "13900000000" if name == "吴村民" else str(town.person("villager").phone)
    home = registered(town)
    with refused(Invalid, "没有找到这个人，请核对姓名和手机号。"):
        added(town, home, name=name, phone=phone)


def test_a_member_needs_a_name(town: Town) -> None:
    home = registered(town)
    with refused(Invalid, "姓名"):
        added(town, home, name=" ")


def test_leaving_keeps_the_history(town: Town) -> None:
    home = registered(town)
    membership = joined(town, home, "villager")
    left = actions.leave_household(town.actor("admin"), membership_id=membership.pk, key="leave")
    assert left.ends_on == clock.today()
    again = actions.leave_household(town.actor("admin"), membership_id=membership.pk, key="leave")
    assert again == left
    with refused(Conflict, "已经迁出"):
        actions.leave_household(town.actor("admin"), membership_id=membership.pk, key=key())
    assert [m.person for m in queries.members_of(home)] == [town.person("villager")]


def test_the_database_itself_keeps_memberships_straight(town: Town) -> None:
    home, other = registered(town), registered(town, address="红光里 13 号")
    membership = joined(town, home, "villager")
    person = Person.objects.get(pk=membership.person_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(household=other, person=person, relation="other")
    before = membership.starts_on - dt.timedelta(days=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(ends_on=before)


def given(town: Town, who: str = "villager", purpose: str = "publish_name") -> Consent:
    return actions.give_consent(town.actor(who), purpose=purpose, key=key())


def standing() -> set[int]:
    return set(Consent.objects.filter(withdrawn_at__isnull=True).values_list("pk", flat=True))


def test_a_consent_names_purpose_version_and_recipient(town: Town) -> None:
    consent = given(town)
    wanted = rules.PURPOSES["publish_name"]
    assert (consent.person, consent.purpose) == (town.person("villager"), "publish_name")
    assert (consent.version, consent.recipient) == (wanted.version, wanted.recipient)
    assert standing() == {consent.pk}


def test_a_consent_is_given_once_and_can_be_withdrawn_and_given_again(town: Town) -> None:
    consent = given(town)
    with refused(Conflict, "已经同意过"):
        given(town)
    actions.withdraw_consent(town.actor("villager"), consent_id=consent.pk, key=key())
    assert standing() == set()
    with refused(Conflict, "已经撤回"):
        actions.withdraw_consent(town.actor("villager"), consent_id=consent.pk, key=key())
    assert {given(town).pk} == standing()


def test_a_consent_to_an_older_wording_does_not_count_and_makes_way(town: Town) -> None:
    consent = given(town)
    Consent.objects.filter(pk=consent.pk).update(version=0)
    assert {given(town).pk} == standing()


def test_nobody_withdraws_another_ones_consent(town: Town) -> None:
    consent = given(town)
    for who in ("admin", "leader", "member"):
        with refused(NotFound, "没有找到"):
            actions.withdraw_consent(town.actor(who), consent_id=consent.pk, key=key())


def test_a_purpose_must_be_known_and_the_clock_consents_to_nothing(town: Town) -> None:
    with refused(Invalid, "没有这一项"):
        given(town, purpose="sell")
    with refused(NotAllowed, "本人"):
        actions.give_consent(SYSTEM, purpose="publish_name", key=key())
