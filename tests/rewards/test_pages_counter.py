"""The counter's pages: the code, the queue, serving those without a phone."""

import pytest

from tests.cast import Town
from tests.rewards import shop
from tests.rewards.reading import desk, read
from tests.rewards.shop import Pieces
from tests.tables import unchanged
from tests.work.phone import filled_buttons, opened
from zhicunbao.rewards.models import CounterTry, Order

pytestmark = pytest.mark.django_db

TRIES = ("rewards_countertry",)


# --- the counter ---------------------------------------------------------------------------------


def test_a_code_is_typed_and_the_goods_handed_over(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    keeper = opened(town, "keeper")
    counter = keeper.get(desk(built.place, "counter/"))
    assert "待领取1单" in read(counter)
    found = counter.submit("找订单", code=f"{made.code[:4]} {made.code[4:]}")
    assert found.url == f"/shop/desk/orders/{made.pk}/"
    assert "取货码对上了" in read(found)
    assert "徐美兰" in read(found)
    after = found.submit("交付")
    assert "已交付：菜籽油5L×1。" in read(after)
    assert "没有等着领取的订单" in read(after)
    assert shop.stock(built.place, built.oil) == Pieces(9, 0)


def test_a_wrong_code_says_what_to_check(town: Town) -> None:
    built = shop.shop(town)
    shop.ordered(town, built)
    keeper = opened(town, "keeper")
    with unchanged(but=TRIES):
        page = keeper.get(desk(built.place, "counter/")).submit("找订单", code="00000000")
    assert page.status == 422
    assert "请核对8位数字" in read(page)
    assert CounterTry.objects.count() == 1


def test_an_order_from_the_queue_wants_its_code(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    keeper = opened(town, "keeper")
    page = keeper.get(f"/shop/desk/orders/{made.pk}/")
    with unchanged(but=TRIES):
        empty = page.submit("交付")
        wrong = page.submit("交付", code="00000000")
    assert (empty.status, wrong.status) == (422, 422)
    assert "请先输入取货码" in read(empty)
    assert "取货码和这份订单不符" in read(wrong)
    assert "已交付" in read(page.submit("交付", code=made.code))


def test_a_page_left_open_hands_over_nothing(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    page = opened(town, "keeper").get(f"/shop/desk/orders/{made.pk}/")
    shop.cancel(town, made)
    with unchanged(but=TRIES):
        assert page.submit("交付", code=made.code).status == 409


def test_what_cannot_be_handed_over_is_voided_with_a_reason(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    page = opened(town, "keeper").get(f"/shop/desk/orders/{made.pk}/void/")
    with unchanged():
        assert page.submit("作废，退回积分", reason="").status == 422
    assert "200分退回给本人" in read(page.submit("作废，退回积分", reason="瓶子漏了"))


def test_others_look_at_an_order_and_can_do_nothing(town: Town) -> None:
    built = shop.shop(town)
    made = shop.ordered(town, built)
    page = opened(town, "admin").get(f"/shop/desk/orders/{made.pk}/")
    assert filled_buttons(page) == []
    assert "徐**" in read(page)
    assert "徐美兰" not in read(page)


# --- without a phone -----------------------------------------------------------------------------


def test_a_card_orders_and_takes_at_once(town: Town) -> None:
    built = shop.shop(town)
    shop.household(town, "member", "member2", card="C-1")
    shop.earn(town, "member2", 300)
    keeper = opened(town, "keeper")
    home = keeper.get(desk(built.place, "counter/")).submit("找这一户", card="C-1")
    assert home.url == desk(built.place, "for/")
    assert "陈晓梅可用300分" in read(home)
    sent = {
        "key": "k",
        "orderer": str(town.person("member2").pk),
        "payer": "person",
        f"count-{built.oil.pk}": "1",
        f"count-{built.rice.pk}": "",
    }
    order = keeper.post(home.url, sent)
    assert "已替陈晓梅下单" in read(order)
    assert "一户一码卡已核对" in read(order)
    assert "已交付" in read(order.submit("交付"))
    assert Order.objects.get().entered_by == town.person("keeper")


def test_a_refused_order_keeps_what_was_typed(town: Town) -> None:
    built = shop.shop(town)
    home = shop.household(town, "member")
    keeper = opened(town, "keeper")
    found = keeper.get(desk(built.place, "counter/")).submit(
        "找这一户", number=home.number, name="徐美兰"
    )
    sent = {"key": "k", "orderer": str(town.person("member").pk), "payer": "person"}
    for count, status, says in (
        ("2", 409, "可用积分只有0分"),
        ("x", 422, "数量请填整数"),
        ("", 422, "还没有选商品"),
    ):
        with unchanged(but=TRIES):
            page = keeper.post(found.url, sent | {f"count-{built.oil.pk}": count})
        assert page.status == status
        assert says in read(page)
        if count:
            assert f'value="{count}"' in page.html


def test_a_household_is_forgotten_when_nobody_showed_anything(town: Town) -> None:
    built = shop.shop(town)
    keeper = opened(town, "keeper")
    page = keeper.get(desk(built.place, "for/"))
    assert page.url == desk(built.place, "counter/")


@pytest.mark.parametrize("sent", [{}, {"number": "H-1"}, {"name": "徐美兰"}])
def test_half_a_name_finds_nobody(town: Town, sent: dict[str, str]) -> None:
    built = shop.shop(town)
    counter = opened(town, "keeper").get(desk(built.place, "counter/"))
    with unchanged():
        page = counter.submit("找这一户", **sent)
    assert page.status == 422
    assert "请扫一户一码卡，或填户号和姓名。" in read(page)


def test_an_open_order_of_the_household_stands_beside(town: Town) -> None:
    built = shop.shop(town)
    home = shop.household(town, "member")
    made = shop.ordered(town, built)
    keeper = opened(town, "keeper")
    page = keeper.get(desk(built.place, "counter/")).submit(
        "找这一户", number=home.number, name="徐美兰"
    )
    order = keeper.get(page.link("菜籽油 5 L × 1"))
    assert order.url == f"/shop/desk/orders/{made.pk}/"
    assert "已交付" in read(order.submit("交付"))
