"""Kin, outlines and figures of the register."""

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.cast import Town
from tests.registry.test_actions import added, joined, key, registered
from zhicunbao.base import access
from zhicunbao.registry import actions, queries
from zhicunbao.registry.models import Household, Membership, Place

SQUARE = [[[119.57, 28.11], [119.58, 28.11], [119.58, 28.12], [119.57, 28.12], [119.57, 28.11]]]


@pytest.fixture
def home(town: Town) -> Household:
    """A household of three: the villager, a grid member, a child without a phone."""
    found = registered(town)
    joined(town, found, "villager")
    joined(town, found, "member", "spouse")
    added(town, found)
    return found


def test_kin_are_those_who_share_the_household(
    town: Town, home: Household, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = registered(town, address="红光里 13 号")
    joined(town, other, "member2")
    child = Membership.objects.get(household=home, relation="child").person_id
    villager, member = town.person("villager").pk, town.person("member").pk
    with django_assert_num_queries(1):
        assert queries.kin_of(villager) == {member, child}
    assert queries.kin_of(member) == {villager, child}


def test_who_has_left_is_kin_no_more(town: Town, home: Household) -> None:
    villager, member = town.person("villager").pk, town.person("member").pk
    left = Membership.objects.get(household=home, person=member)
    actions.leave_household(town.actor("admin"), membership_id=left.pk, key=key())
    assert member not in queries.kin_of(villager)
    assert queries.kin_of(member) == set()


def test_households_of_many_people_are_one_query(
    town: Town, home: Household, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = [town.person(k).pk for k in ("villager", "member", "member2")]
    with django_assert_num_queries(1):
        found = queries.households_of(people)
    assert found == {people[0]: home, people[1]: home}


def test_an_area_has_the_outline_of_its_own_kind(town: Town) -> None:
    for kind, area in (("micro_grid", town.red_lane), ("community", town.dongmen)):
        Place.objects.create(
            kind=kind, area=area, area_prefix=area.prefix, name=area.name, outline=SQUARE
        )
    Place.objects.create(
        kind="hub", area=town.red_lane, area_prefix=town.red_lane.prefix, name="站点"
    )
    assert queries.outline_of(town.red_lane) == SQUARE
    assert queries.outline_of(town.dongmen) == SQUARE
    assert queries.outline_of(town.area("33112500100401002")) == []


def test_homes_and_plots_are_seen_by_those_who_view_the_register_and_outlines_by_all(
    town: Town,
) -> None:
    for kind in ("micro_grid", "dwelling"):
        Place.objects.create(
            kind=kind, area=town.red_lane, area_prefix=town.red_lane.prefix, name=kind
        )

    def seen(who: str) -> list[str]:
        rows = access.visible_to(town.actor(who), Place.objects.order_by("kind"))
        return list(rows.values_list("kind", flat=True))

    assert seen("admin") == ["dwelling", "micro_grid"]
    assert seen("villager") == ["micro_grid"]
    assert access.visible_to(access.NOBODY, Place.objects.all()).count() == 0


def test_figures_open_exactly_their_rows(town: Town, home: Household) -> None:
    registered(town, address="红光里 13 号")
    admin = town.actor("admin")
    figures = {f.label: f for f in queries.area_figures(admin, town.dongmen)}
    assert {label: f.value for label, f in figures.items()} == {"户数": 2, "登记人口": 3}
    assert figures["户数"].url == "/registry/households/?area=331125001004"
    assert figures["登记人口"].url == "/registry/households/residents/?area=331125001004"
    assert queries.households(admin, town.dongmen).count() == 2
    assert queries.residents(admin, town.dongmen).count() == 3


def test_figures_are_left_out_for_those_who_may_not_view_here(town: Town, home: Household) -> None:
    for who in ("other_admin", "villager", "sysadmin"):
        assert queries.area_figures(town.actor(who), town.dongmen) == []


def test_everybody_sees_their_own_household_and_no_other(town: Town, home: Household) -> None:
    registered(town, address="红光里 13 号")
    assert list(queries.households(town.actor("villager"))) == [home]
    assert list(queries.households(town.actor("member2"))) == []
    assert queries.residents(town.actor("member")).count() == 3


def test_a_household_is_found_by_number_by_address_and_by_member(
    town: Town, home: Household
) -> None:
    other = registered(town, address="红光里 13 号")

    def found(who: str, text: str) -> list[Household]:
        return list(queries.households(town.actor(who), town.dongmen, text))

    assert found("admin", other.number) == [other]
    assert found("admin", "13 号") == [other]
    assert found("admin", "吴小宝") == [home]
    assert found("admin", "没有这个人") == []
    # Searching by name would tell a name to those who see it masked.
    assert found("reviewer", "吴小宝") == []


def test_the_page_of_oneself_leads_to_the_household_and_the_consents(
    town: Town, home: Household
) -> None:
    actions.give_consent(town.actor("villager"), purpose="publish_name", key=key())
    rows = [(r.label, r.url, r.value) for r in queries.my_rows(town.actor("villager"))]
    assert rows == [
        ("我家的登记", f"/registry/households/{home.number}/", "红光里 12 号"),
        ("个人信息的使用", "/registry/consents/", "同意了 1 项"),
    ]
    assert [r.label for r in queries.my_rows(town.actor("member2"))] == ["个人信息的使用"]
