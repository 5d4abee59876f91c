"""The points shop by JSON: shelf, order, cancel, one's own orders."""

from typing import Any

import pytest
from django.test import Client

from tests.cast import Town
from tests.openapi.calls import Calls
from tests.rewards import shop
from tests.tables import unchanged
from zhicunbao.casework.models import Step

pytestmark = pytest.mark.django_db


def at_door(town: Town, who: str) -> Calls:
    client = Client()
    client.force_login(town.person(who))
    return Calls(client)


def wanted(built: shop.Shop, count: int = 1) -> dict[str, Any]:
    return {"wanted": [{"goods": built.oil.pk, "count": count}]}


def test_shelf_order_and_cancel(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 500)
    calls = at_door(town, "member")
    [place] = calls.get("/shops").body
    assert place["name"] == "东门社区积分超市"
    shelf = calls.get(f"/shops/{place['id']}/shelf").body
    assert shelf["purses"] == [{"payer": "person", "points": 500}]
    oil = shelf["goods"][0]
    assert (oil["name"], oil["points"], oil["left"]) == ("菜籽油 5 L", 200, 10)
    assert oil["picture_url"] == f"/shop/goods/{built.oil.pk}/picture/"

    made = calls.post(f"/shops/{place['id']}/orders", wanted(built, 2) | {"points": 400})
    assert made.status == 201
    order = made.body
    assert (order["points"], len(order["code"]), order["lines"][0]["count"]) == (400, 8, 2)
    assert calls.get(f"/orders/{order['id']}").body == order
    assert [row["id"] for row in calls.get("/orders", stage="waiting").body["items"]] == [
        order["id"]
    ]
    path = f"/orders/{order['id']}/cancellation"
    ended = calls.post(path, {"seen": order["case"]["version"]}).body
    assert (ended["case"]["state"], ended["code"]) == ("cancelled", None)
    assert [step["verb"] for step in ended["steps"]] == ["order", "cancel"]
    assert calls.get("/orders", stage="waiting").body["items"] == []
    assert {step.door for step in Step.objects.filter(case=order["case"]["id"])} == {"json"}


def test_a_repeat_orders_once(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 500)
    calls = at_door(town, "member")
    path = f"/shops/{built.place.pk}/orders"
    first = calls.post(path, wanted(built), key="same")
    assert calls.post(path, wanted(built), key="same").body == first.body
    assert shop.stock(built.place, built.oil).promised == 1


def test_refusals_have_their_codes_and_change_nothing(town: Town) -> None:
    built = shop.shop(town, oil=1)
    shop.earn(town, "member", 500)
    shop.earn(town, "keeper", 500)
    path = f"/shops/{built.place.pk}/orders"
    calls, keeper, stranger = (at_door(town, w) for w in ("member", "keeper", "other_member"))
    line = {"goods": built.oil.pk, "count": 1}
    with unchanged():
        assert calls.post(path, wanted(built, 2)).refused == (409, "sold_out")
        assert calls.post(path, wanted(built) | {"points": 1}).refused == (409, "price_changed")
        assert calls.post(path, wanted(built) | {"payer": "household"}).refused[0] == 422
        assert calls.post(path, {"wanted": []}).refused[0] == 422
        assert calls.post(path, {"wanted": [line, line]}).refused == (422, "goods_twice")
        assert calls.post(path, wanted(built, 100)).refused[0] == 422
        assert keeper.post(path, wanted(built)).refused == (403, "own_counter")
        assert stranger.post(path, wanted(built)).refused[0] == 404


def test_orders_are_ones_own(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    made = shop.order(town, built.place, {built.oil: 1})
    assert at_door(town, "member2").get(f"/orders/{made.pk}").refused[0] == 404
    assert at_door(town, "keeper").get(f"/orders/{made.pk}").refused == (403, "not_the_owner")
    calls = at_door(town, "member")
    with unchanged():
        stale = {"seen": made.case.version + 1}
        path = f"/orders/{made.pk}/cancellation"
        assert calls.post(path, stale).refused == (409, "moved_on")
