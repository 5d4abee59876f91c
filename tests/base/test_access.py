"""The gate: rights come from posts, reach as far as the post, and hide what is out of reach."""

from collections.abc import Iterable

import pytest
from django.db.models import Model, Q

from tests.cast import Town
from zhicunbao.base import access
from zhicunbao.base.models import Area, OutboxMessage, Person, Post, SignInAttempt
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import NotAllowed, NotFound


def names(rows: Iterable[Model]) -> list[str]:
    return sorted(str(row) for row in rows)


def test_a_right_reaches_as_far_as_the_post(town: Town) -> None:
    admin = town.actor("admin")
    assert access.may(admin, "base.appoint")
    assert access.may(admin, "base.appoint", town.dongmen)
    assert access.may(admin, "base.appoint", town.red_lane)
    assert not access.may(admin, "base.appoint", town.street)
    assert not access.may(admin, "base.appoint", town.area("331125001001"))


def test_a_prefix_can_be_asked_for_instead_of_a_thing(town: Town) -> None:
    assert access.may(town.actor("officer"), "base.appoint", "331125001204")
    assert not access.may(town.actor("officer"), "base.appoint", "331125002")


def test_an_unknown_right_is_a_mistake_of_the_program(town: Town) -> None:
    with pytest.raises(KeyError):
        access.may(town.actor("admin"), "base.fly")


def test_the_refusal_tells_no_right_from_wrong_place(town: Town) -> None:
    with pytest.raises(NotAllowed) as elsewhere:
        access.require(town.actor("admin"), "base.appoint", town.area("331125001001"))
    with pytest.raises(NotAllowed) as never:
        access.require(town.actor("member"), "base.appoint", town.dongmen)
    assert (elsewhere.value.code, never.value.code) == ("not_your_area", "no_right")
    assert "办理任职" in elsewhere.value.message
    access.require(town.actor("admin"), "base.appoint", town.dongmen)


@pytest.mark.parametrize(
    ("key", "is_staff"),
    [("admin", True), ("auditor", True), ("head", False), ("villager", False), ("merchant", False)],
)
def test_staff_are_those_with_a_staff_post(town: Town, key: str, is_staff: bool) -> None:
    assert town.actor(key).is_staff == is_staff


def test_nobody_and_the_clock_hold_no_right(town: Town) -> None:
    del town
    for actor in (access.NOBODY, access.SYSTEM):
        assert not access.may(actor, "base.view_areas")
        assert list(access.visible_to(actor, Area.objects.all())) == []


def test_under_nothing_lies_nothing(town: Town) -> None:
    del town
    assert access.under([]) == Q(pk__in=[])
    assert Post.objects.filter(access.under([])).count() == 0


def test_under_takes_a_place_and_all_below_it_and_no_neighbour(town: Town) -> None:
    del town
    found = Area.objects.filter(access.under(["331125001004"], "prefix"))
    assert names(found) == ["东门社区", "东门第一网格", "新建路", "红光里"]


def test_the_last_number_of_a_level_has_an_end_too(db: None) -> None:
    del db
    last = Area.objects.create(
        code="331199999999", prefix="331199999999", name="末", level="village"
    )
    assert list(Area.objects.filter(access.under(["331199999999"], "prefix"))) == [last]


def test_areas_are_seen_where_the_post_reaches(town: Town) -> None:
    seen = access.visible_to(town.actor("admin"), Area.objects.all())
    assert names(seen) == ["东门社区", "东门第一网格", "新建路", "红光里"]
    assert access.visible_to(town.actor("villager"), Area.objects.all()).count() == 0


def test_people_are_seen_where_they_hold_or_held_a_post(town: Town) -> None:
    seen = access.visible_to(town.actor("other_admin"), Person.objects.all())
    assert names(seen) == ["季外管", "毛外员", "沈外委", "金外柜"]
    Post.objects.filter(person=town.person("other_member")).update(ends_on=clock.today())
    assert town.person("other_member") in seen.all()


def test_who_looks_at_nobody_sees_themselves(town: Town) -> None:
    seen = access.visible_to(town.actor("villager"), Person.objects.all())
    assert names(seen) == ["吴村民"]


def test_not_yours_and_not_there_are_one_answer(town: Town) -> None:
    theirs = town.person("other_member").pk
    with pytest.raises(NotFound) as not_yours:
        access.fetch(town.actor("admin"), Person.objects.all(), pk=theirs)
    with pytest.raises(NotFound) as not_there:
        access.fetch(town.actor("admin"), Person.objects.all(), pk=0)
    assert not_yours.value.message == not_there.value.message
    mine = town.person("member")
    assert access.fetch(town.actor("admin"), Person.objects.all(), pk=mine.pk) == mine


def test_messages_are_ones_own_alone(town: Town) -> None:
    for key in ("member", "villager"):
        OutboxMessage.objects.create(person=town.person(key), key="k", title=key, text="…")
    seen = access.visible_to(town.actor("member"), OutboxMessage.objects.all())
    assert names(seen) == ["member"]
    assert access.visible_to(access.NOBODY, OutboxMessage.objects.all()).count() == 0


def test_what_names_no_rule_is_shown_to_nobody(town: Town) -> None:
    with pytest.raises(AttributeError):
        access.visible_to(town.actor("leader"), SignInAttempt.objects.all())
