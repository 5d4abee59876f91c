"""The list of goods and places: who keeps it, what it refuses, and what stands on a shelf."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import Town
from tests.rewards import shop
from tests.tables import unchanged
from zhicunbao.base import access, feature, roles
from zhicunbao.base.models import AuditEntry
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed, NotFound, Refusal
from zhicunbao.rewards import actions, queries
from zhicunbao.rewards.actions import PlaceWords

pytestmark = pytest.mark.django_db


def refused(kind: type[Refusal], code: str, act: Callable[..., object], *about: Any) -> Refusal:
    with unchanged(), pytest.raises(kind, match=r"。$") as caught:
        act(*about)
    assert caught.value.code == code
    return caught.value


# --- goods ---------------------------------------------------------------------------------------


def test_a_change_of_price_is_in_the_audit(town: Town) -> None:
    goods = shop.goods(town)
    actions.revise_goods(
        town.actor("admin"), goods, shop.words(price_points=180, limit_count=2), key=shop.key()
    )
    goods.refresh_from_db()
    assert (goods.price_points, goods.limit_count) == (180, 2)
    entry = AuditEntry.objects.get(verb="rewards.goods_revised")
    assert entry.detail["changed"] == {"price_points": [200, 180], "limit_count": [0, 2]}


def test_goods_get_a_picture_and_another(town: Town) -> None:
    goods = shop.goods(town, picture=shop.photo(1))
    first = goods.picture_id
    assert first is not None
    revised = actions.revise_goods(
        town.actor("admin"), goods, shop.words(), picture=shop.photo(2), key=shop.key()
    )
    assert revised.picture_id not in (None, first)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 31}, "name"),
        ({"unit": ""}, "unit"),
        ({"words": "多" * 201}, "words"),
        ({"category": "gold"}, "category"),
        ({"price_points": 0}, "price_points"),
        ({"cost_fen": -1}, "cost_fen"),
        ({"limit_count": 1_001}, "limit_count"),
        ({"limit_period": "week"}, "limit_period"),
        ({"low_below": -1}, "low_below"),
    ],
)
def test_goods_that_cannot_stand_on_a_shelf_are_refused(
    town: Town, changes: dict[str, Any], field: str
) -> None:
    goods = shop.goods(town)
    found = refused(Invalid, "invalid", lambda: shop.goods(town, **{"name": "新的"} | changes))
    assert list(found.fields) == [field]
    words = shop.words(**changes)
    refused(
        Invalid,
        "invalid",
        lambda: actions.revise_goods(town.actor("admin"), goods, words, key=shop.key()),
    )


def test_a_name_stands_once_in_an_area(town: Town) -> None:
    shop.goods(town)
    refused(Conflict, "name_taken", lambda: shop.goods(town))
    other = shop.goods(town, name="大米")
    refused(
        Conflict,
        "name_taken",
        lambda: actions.revise_goods(town.actor("admin"), other, shop.words(), key=shop.key()),
    )
    assert shop.goods(town, area=town.street, by="officer").name == "菜籽油 5 L"


@pytest.mark.parametrize(
    ("who", "code"),
    [("keeper", "no_right"), ("reviewer", "no_right"), ("member", "no_right")]
    + [("other_admin", "not_your_area"), ("cadre", "not_your_area")],
)
def test_goods_and_places_are_kept_by_the_community_and_the_street(
    town: Town, who: str, code: str
) -> None:
    goods, place = shop.goods(town), shop.place(town)
    words = PlaceWords("新的", "地址", "周一")
    actor = town.actor(who)
    for act in (
        lambda: shop.goods(town, by=who, name="新的"),
        lambda: shop.place(town, by=who, name="新的"),
        lambda: actions.revise_goods(actor, goods, shop.words(), key="k"),
        lambda: actions.revise_place(actor, place, words, key="k"),
    ):
        refused(NotAllowed, code, act)


def test_the_streets_goods_are_the_streets_to_change(town: Town) -> None:
    goods = shop.goods(town, area=town.street, by="officer")
    refused(
        NotAllowed,
        "not_your_area",
        lambda: actions.revise_goods(town.actor("admin"), goods, shop.words(), key="k"),
    )


# --- places --------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["name", "address", "opening"])
def test_a_place_that_nobody_would_find_is_refused(town: Town, field: str) -> None:
    blank: dict[str, Any] = {field: " "}
    found = refused(Invalid, "invalid", lambda: shop.place(town, **blank))
    assert list(found.fields) == [field]


def test_a_place_has_a_name_of_its_own_and_lies_in_a_community(town: Town) -> None:
    shop.place(town)
    refused(Conflict, "name_taken", lambda: shop.place(town))
    grid = town.area("33112500100401")
    found = refused(Invalid, "area_level", lambda: shop.place(town, area=grid, name="网格小店"))
    assert list(found.fields) == ["area"]


# --- the shelf -----------------------------------------------------------------------------------


def test_a_shelf_holds_what_was_brought_and_is_listed(town: Town) -> None:
    built = shop.shop(town, oil=3)
    shop.goods(town, name="没进过货的")
    hidden = shop.goods(town, name="下架的", is_listed=False)
    shop.receive(town, built.place, {hidden: 5})
    items = queries.shelf(town.actor("member"), built.place)
    assert [(i.goods, i.left) for i in items] == [(built.oil, 3), (built.rice, 10)]


def test_what_is_sold_out_stands_last_and_says_so(town: Town) -> None:
    built = shop.shop(town, oil=1)
    shop.earn(town, "member", 200)
    shop.order(town, built.place, {built.oil: 1})
    items = queries.shelf(town.actor("member"), built.place)
    assert [(i.goods, i.is_sold_out) for i in items] == [(built.rice, False), (built.oil, True)]


def test_the_shelf_is_narrowed_by_word_category_and_points(town: Town) -> None:
    built = shop.shop(town)
    soap = shop.goods(town, name="洗衣液", category="daily", price_points=60, words="薰衣草香")
    shop.receive(town, built.place, {soap: 5})
    actor = town.actor("member")

    def names(**by: Any) -> list[str]:
        return [item.goods.name for item in queries.shelf(actor, built.place, **by)]

    assert names(text="香") == names(category="daily") == names(points_max=60) == ["洗衣液"]
    assert names(text="油") == ["菜籽油 5 L"]
    assert names(points_max=59) == []


@pytest.mark.parametrize("who", ["other_member", "other_admin", "other_keeper", "cadre"])
def test_other_places_see_nothing_of_a_shop(town: Town, who: str) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    made = shop.order(town, built.place, {built.oil: 1})
    actor = town.actor(who)
    for act in (
        lambda: queries.fetch_place(actor, built.place.pk),
        lambda: queries.fetch_goods(actor, built.oil.pk),
        lambda: queries.fetch_order(actor, made.pk),
    ):
        with pytest.raises(NotFound):
            act()
    assert not queries.places_near(actor).exists()
    assert not queries.places_seen(actor).exists()


def test_a_shop_of_the_street_serves_everyone_in_it(town: Town) -> None:
    common = shop.place(town, area=town.street, by="officer", name="街道积分超市")
    near = shop.place(town)
    assert list(queries.places_near(town.actor("member"))) == [near, common]
    assert list(queries.places_near(town.actor("other_member"))) == [common]


def test_an_order_is_seen_by_its_household_only_when_that_pays(town: Town) -> None:
    built = shop.shop(town)
    home = shop.household(town, "member", "member2")
    shop.earn(town, "member", 200)
    shop.give(town, f"household/{home.pk}/", 200)
    own = shop.order(town, built.place, {built.oil: 1})
    shared = shop.order(town, built.place, {built.oil: 1}, payer="household")
    assert set(queries.my_orders(town.actor("member"))) == {own, shared}
    assert set(queries.my_orders(town.actor("member2"))) == {shared}


# --- the keeper's post ---------------------------------------------------------------------------


def test_a_keeper_reaches_the_shop_and_nothing_else() -> None:
    held = {right.name for right in feature.all_rights().values() if "shop_keeper" in right.roles}
    assert held == {"rewards.view", "rewards.keep"}
    assert roles.ROLES["shop_keeper"].staff


def test_the_community_appoints_its_keepers(town: Town) -> None:
    from_admin = access.may(town.actor("admin"), "base.appoint", town.dongmen)
    assert from_admin
    assert queries.keepers_of(shop.place(town)) == {town.person("keeper").pk}
