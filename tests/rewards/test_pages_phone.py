"""The phone's pages of the shop, as a person without JavaScript uses them."""

from typing import Any

import pytest

from tests.cast import Town
from tests.page import Page, Pages
from tests.rewards import shop
from tests.rewards.reading import read
from tests.tables import unchanged
from tests.work.phone import filled_buttons, opened
from zhicunbao.base.models import IdempotencyKey
from zhicunbao.ledger.queries import balance_of
from zhicunbao.rewards import actions
from zhicunbao.rewards.models import Goods, Order

pytestmark = pytest.mark.django_db


def put(phone: Pages, built: shop.Shop, goods: Goods, count: str = "1", then: str = "now") -> Page:
    """Put goods into the basket and go on."""
    url = f"/shop/{built.place.pk}/basket/{goods.pk}/"
    return phone.post(url, {"key": "k", "count": count, "then": then})


def test_from_the_shelf_to_the_code(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 500)
    phone = opened(town, "member")
    shelf = phone.get("/shop/")
    assert "可用积分500" in read(shelf)
    assert "菜籽油5L200分还有10瓶" in read(shelf)
    goods = phone.get(f"/shop/{built.place.pk}/goods/{built.oil.pk}/")
    assert filled_buttons(goods) == ["去兑换"]
    basket = put(phone, built, built.oil, "2")
    assert "一共400分" in read(basket)
    assert filled_buttons(basket) == ["下单"]
    asked = phone.get(basket.link("下单"))
    assert "用400分换？" in read(asked)
    order = asked.submit("确认下单")
    made = Order.objects.get()
    assert order.url == f"/shop/orders/{made.pk}/"
    assert made.code in read(order)
    assert "菜籽油5L2瓶，每瓶200分400分" in read(order)
    assert "兑换篮是空的" in read(phone.get(f"/shop/{built.place.pk}/basket/"))


def test_a_basket_holds_goods_until_they_are_taken_out(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 1_000)
    phone = opened(town, "member")
    first = phone.get(f"/shop/{built.place.pk}/goods/{built.oil.pk}/")
    shelf = first.submit("放进兑换篮，再看看别的", count="1")
    assert "兑换篮1" in read(shelf)
    assert "已选1" in read(shelf)
    second = phone.get(f"/shop/{built.place.pk}/goods/{built.rice.pk}/")
    assert filled_buttons(second) == ["去兑换"]
    basket = put(phone, built, built.rice)
    assert "一共500分" in read(basket)
    left = put(phone, built, built.oil, "0")
    assert "一共300分" in read(left)
    assert IdempotencyKey.objects.filter(action="rewards.order").count() == 0


@pytest.mark.parametrize("count", ["100", "-1", "x", "", "9" * 30])
def test_a_count_that_is_none_is_refused(town: Town, count: str) -> None:
    built = shop.shop(town)
    phone = opened(town, "member")
    with unchanged():
        url = f"/shop/{built.place.pk}/basket/{built.oil.pk}/"
        assert phone.post(url, {"key": "k", "count": count}).status == 422


def test_the_page_says_why_something_cannot_be_had(town: Town) -> None:
    built = shop.shop(town, oil=1)
    few = shop.goods(town, name="限量米", unit="袋", price_points=10, limit_count=1)
    shop.receive(town, built.place, {few: 5})
    shop.earn(town, "member", 210)
    shop.order(town, built.place, {built.oil: 1})
    shop.order(town, built.place, {few: 1})
    phone = opened(town, "member")

    def says(goods: Any) -> str:
        page = phone.get(f"/shop/{built.place.pk}/goods/{goods.pk}/")
        assert filled_buttons(page) == []
        return read(page)

    assert "这样暂时换完了" in says(built.oil)
    assert "每户每月限1袋，您家这段时间已经换满" in says(few)
    assert "还差300分" in says(built.rice)
    shelf = read(phone.get("/shop/"))
    assert "换完了" in shelf
    assert "已换满" in shelf
    assert "还差300分" in shelf


def test_a_basket_that_cannot_be_ordered_has_no_button(town: Town) -> None:
    built = shop.shop(town, oil=1)
    shop.earn(town, "member", 250)
    shop.earn(town, "member2", 250)
    phone = opened(town, "member")
    url = f"/shop/{built.place.pk}/basket/"
    short = put(phone, built, built.oil, "2")
    assert "最多还能换1瓶" in read(short)
    assert filled_buttons(short) == []
    shop.order(town, built.place, {built.oil: 1}, by="member2")
    assert "换完了，请去掉这样" in read(phone.get(url))


def test_the_last_piece_taken_meanwhile_is_refused_and_changes_nothing(town: Town) -> None:
    built = shop.shop(town, oil=1)
    for who in ("member", "member2"):
        shop.earn(town, who, 250)
    phone = opened(town, "member")
    basket = put(phone, built, built.oil)
    asked = phone.get(basket.link("下单"))
    shop.order(town, built.place, {built.oil: 1}, by="member2")
    with unchanged():
        refused = asked.submit("确认下单")
    assert refused.status == 409
    assert "刚刚换完了" in read(refused)


def test_a_price_that_rose_meanwhile_is_shown_before_it_is_paid(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 500)
    phone = opened(town, "member")
    basket = put(phone, built, built.oil)
    asked = phone.get(basket.link("下单"))
    dearer = shop.words(price_points=300)
    actions.revise_goods(town.actor("admin"), built.oil, dearer, key=shop.key())
    with unchanged():
        refused = asked.submit("确认下单")
    assert refused.status == 409
    assert "现在一共要300分" in read(refused)


@pytest.mark.parametrize("wanted", ["", "x", "1:x", "1", "9" * 700, "1:1,"])
def test_a_question_made_by_hand_is_refused(town: Town, wanted: str) -> None:
    built = shop.shop(town)
    phone = opened(town, "member")
    with unchanged():
        url = f"/shop/{built.place.pk}/order/"
        sent = {"key": "k", "wanted": wanted, "payer": "person"}
        assert phone.post(url, sent).status == 422


def test_the_household_can_pay_instead(town: Town) -> None:
    built = shop.shop(town)
    home = shop.household(town, "member")
    shop.earn(town, "member", 50)
    shop.give(town, f"household/{home.pk}/", 220)
    phone = opened(town, "member")
    assert "我家的积分220" in read(phone.get("/shop/"))
    basket = put(phone, built, built.oil)
    assert "我家的积分可用220分用这个" in read(basket)
    order = phone.get(basket.link("下单")).submit("确认下单")
    assert "用我家的积分" in read(order)
    assert balance_of(town.person("member").pk).available == 50


def test_cancelling_asks_once_and_gives_back(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    made = shop.order(town, built.place, {built.oil: 1})
    phone = opened(town, "member")
    page = phone.get(f"/shop/orders/{made.pk}/")
    asked = phone.get(page.link("取消订单"))
    assert "200分马上退回" in read(asked)
    after = asked.submit("取消订单")
    assert "已退200分" in read(after)
    assert made.code not in read(after)
    assert phone.get(f"/shop/orders/{made.pk}/cancel/").url == f"/shop/orders/{made.pk}/"


def test_my_orders_stand_in_three_lists(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 1_000)
    shop.order(town, built.place, {built.oil: 1})
    shop.hand_over(town, shop.order(town, built.place, {built.rice: 1}))
    shop.cancel(town, shop.order(town, built.place, {built.rice: 1, built.oil: 1}))
    phone = opened(town, "member")
    assert "菜籽油5L×1" in read(phone.get("/shop/orders/"))
    assert "云和本地大米5kg×1已领取" in read(phone.get("/shop/orders/?stage=taken"))
    ended = read(phone.get("/shop/orders/?stage=ended"))
    assert "菜籽油5L×1等2样已取消" in ended
    assert "已退回" in ended
    assert "1单待领取" in read(phone.get("/me/"))


def test_staff_see_no_code(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    made = shop.order(town, built.place, {built.oil: 1})
    for who in ("keeper", "admin", "leader"):
        page = opened(town, who).get(f"/shop/desk/orders/{made.pk}/")
        assert page.status == 200
        assert made.code not in page.html
    for part in ("", "slip/", "cancel/"):
        assert opened(town, "keeper").get(f"/shop/orders/{made.pk}/{part}").status == 403


def test_a_slip_can_be_printed(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "member", 200)
    made = shop.order(town, built.place, {built.oil: 1})
    slip = opened(town, "member").get(f"/shop/orders/{made.pk}/slip/")
    assert made.code in read(slip)
    assert "徐**" in read(slip)


def test_a_place_without_a_shop_says_so(town: Town) -> None:
    shop.shop(town)
    page = opened(town, "other_member").get("/shop/")
    assert "您这里还没有兑换点" in read(page)


def test_pictures_are_for_those_who_may_see_the_goods(town: Town) -> None:
    built = shop.shop(town)
    url = f"/shop/goods/{built.oil.pk}/picture/"
    assert opened(town, "member").get(url).response["Content-Type"] == "image/jpeg"
    assert opened(town, "member").get(f"/shop/goods/{built.rice.pk}/picture/").status == 404
    assert opened(town, "other_member").get(url).status == 404


def test_the_keepers_own_counter_is_closed_to_him(town: Town) -> None:
    built = shop.shop(town)
    shop.earn(town, "keeper", 500)
    page = opened(town, "keeper").get(f"/shop/{built.place.pk}/goods/{built.oil.pk}/")
    assert "不能在自己的柜台兑换" in read(page)
    assert filled_buttons(page) == []
