"""The demo street: the numbers of the real one, invented people, lines that fit together."""

from collections.abc import Iterator

import pytest
import shapely
from django.contrib.auth.hashers import check_password
from django.db import connection, transaction
from django.db.models import Count, F
from pytest_django import DjangoDbBlocker

from zhicunbao.base.models import Area, Organisation, Person, Post
from zhicunbao.jobs.demo import outlines, street
from zhicunbao.jobs.demo.cast import CAST, PASSWORD, PHONE_PREFIX, create_cast
from zhicunbao.jobs.demo.street import build_street
from zhicunbao.kernel import digests, division
from zhicunbao.registry.models import Household, Membership, Place
from zhicunbao.registry.queries import kin_of
from zhicunbao.registry.rules import is_inside

pytestmark = pytest.mark.django_db
STREET = "331125001"


def _what_was_built() -> str:
    """Return a digest of everything that the seed decides, without the keys of rows."""
    areas = Area.objects.filter(is_demo=True).values_list("code", "name")
    places = Place.objects.values_list("area__code", "kind", "outline")
    posts = Post.objects.values_list("person__name", "person__phone", "role", "area__code")
    homes = Membership.objects.values_list(
        "household__number", "household__address", "relation", "person__name", "person__phone"
    )
    columns = ("area__code", "kind"), ("role", "area__code", "pk"), ("household__number", "pk")
    return digests.digest(
        [
            list(areas.order_by("code")),
            *(
                list(rows.order_by(*by))
                for rows, by in zip((places, posts, homes), columns, strict=True)
            ),
        ]
    )


@pytest.fixture(scope="module", autouse=True)
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[str]]:
    """The street, built twice; the second stays for the tests of this module and is undone."""
    digests_of = []
    with django_db_blocker.unblock():
        with transaction.atomic():
            build_street()
            digests_of.append(_what_was_built())
            transaction.set_rollback(True)
        with transaction.atomic():
            build_street()
            digests_of.append(_what_was_built())
            yield digests_of
            transaction.set_rollback(True)


def _below(level: str) -> int:
    return Area.objects.filter(level=level, prefix__startswith=STREET).count()


def test_the_street_has_four_four_four_and_479_and_526() -> None:
    assert (_below("community"), _below("village")) == (4, 4)
    assert Organisation.objects.filter(kind="cooperative").count() == 4
    assert Organisation.objects.filter(kind="party_committee").count() == 8
    assert (_below("grid"), _below("micro_grid")) == (60, 479)
    members = Post.objects.filter(role="grid_member", ends_on__isnull=True)
    assert members.values("person").distinct().count() == members.count() == 526
    assert members.values("area").distinct().count() == 479
    assert not members.exclude(area__level="micro_grid").exists()
    heads = Post.objects.filter(role="grid_head", ends_on__isnull=True)
    assert heads.values("area").distinct().count() == heads.count() == 60


def test_the_same_seed_builds_the_same_street(built: list[str]) -> None:
    first, second = built
    assert first == second


@pytest.mark.postgres
def test_the_database_knows_how_much_was_written() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples FROM pg_class WHERE relname = %s", [Membership._meta.db_table]
        )
        [known] = cursor.fetchone()
    assert known == pytest.approx(Membership.objects.count(), rel=0.1)


def test_codes_and_names_fit_their_place() -> None:
    for area in Area.objects.filter(is_demo=True).select_related("parent"):
        assert area.parent is not None
        assert division.prefix_of(area.code, area.level) == area.prefix
        assert area.prefix[: len(area.parent.prefix)] == area.parent.prefix
    for plan in street.PLANS:
        names = Area.objects.filter(level="micro_grid", prefix__startswith=plan.prefix)
        assert names.values("name").distinct().count() == names.count() == sum(plan.grids)


def test_all_that_is_invented_says_so() -> None:
    assert not Person.objects.filter(is_demo=False).exists()
    assert not Household.objects.filter(is_demo=False).exists()
    assert not Place.objects.filter(is_demo=False).exists()
    assert not Organisation.objects.filter(is_demo=False).exists()
    assert not Area.objects.filter(level__in=("grid", "micro_grid"), is_demo=False).exists()
    assert set(Place.objects.values_list("source", flat=True)) == {"示意，非真实边界"}


def test_households_are_lived_in_by_people_of_one_home_each() -> None:
    assert 2_700 <= Household.objects.count() <= 3_300
    assert 7_500 <= Membership.objects.count() <= 8_700
    assert not Membership.objects.filter(ends_on__isnull=False).exists()
    homes = Membership.objects.values("person").annotate(homes=Count("pk"))
    assert not homes.filter(homes__gt=1).exists()
    heads = Membership.objects.filter(relation="head")
    assert heads.count() == Household.objects.count()
    assert not Person.objects.filter(memberships__isnull=True).exists()


def test_grid_members_live_where_they_serve() -> None:
    members = Post.objects.filter(role="grid_member")
    assert not members.exclude(person__memberships__household__area=F("area")).exists()


def test_outlines_are_sound_and_lie_in_their_parents() -> None:
    drawn = {p.area_id: shapely.Polygon(p.outline[0]) for p in Place.objects.all()}
    assert len(drawn) == 8 + 60 + 479
    assert all(polygon.is_valid for polygon in drawn.values())
    parents = dict(Area.objects.filter(pk__in=drawn).values_list("pk", "parent"))
    for area, polygon in drawn.items():
        parent = drawn.get(parents[area] or 0)
        assert parent is None or parent.covers(polygon)
    micro = [
        drawn[pk] for pk in Area.objects.filter(level="micro_grid").values_list("pk", flat=True)
    ]
    assert sum(p.area for p in micro) == pytest.approx(shapely.union_all(micro).area, rel=1e-9)


def test_a_spot_for_a_photo_lies_in_its_outline() -> None:
    for place in Place.objects.filter(kind="micro_grid")[:40]:
        latitude, longitude = outlines.spot_in(place.outline, seed=place.pk)
        assert is_inside(place.outline, latitude, longitude)


def test_the_cast_holds_its_posts_and_one_password() -> None:
    cast = create_cast()
    assert set(cast) == {m.key for m in CAST}
    assert Person.objects.filter(phone__startswith=PHONE_PREFIX).count() == len(CAST)
    for member in CAST:
        post = Post.objects.get(person=cast[member.key])
        assert (post.role, post.area_prefix) == (member.role, member.prefix)
    hashes = set(Person.objects.filter(phone__startswith=PHONE_PREFIX).values_list("password"))
    assert len(hashes) == 1
    assert check_password(PASSWORD, hashes.pop()[0])
    outside = Person.objects.exclude(phone__startswith=PHONE_PREFIX)
    assert not any(person.has_usable_password() for person in outside[:50])


def test_the_committee_member_has_kin_to_be_recused_from() -> None:
    cast = create_cast()
    assert cast["kin_grid_member"].pk in kin_of(cast["reviewer"].pk)
