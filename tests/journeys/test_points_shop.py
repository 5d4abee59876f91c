"""Points become things, as people do it in a browser: earn on the main job, order a bottle of oil
on a phone, fetch it with the code, and the books agree to the piece.
"""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Windows
from tests.cast import Town
from tests.rewards import shop
from tests.work import street
from zhicunbao.base import audit
from zhicunbao.casework.actions import tick
from zhicunbao.casework.models import PublicNotice
from zhicunbao.casework.queries import broken_chains
from zhicunbao.ledger.models import Purse
from zhicunbao.ledger.queries import balance_of, purse_figures, verify

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def order_oil(page: Page) -> str:
    """Order one bottle and return the code that the page shows."""
    page.get_by_role("link", name=re.compile("菜籽油")).click()
    page.get_by_role("button", name="去兑换").click()
    expect(page.get_by_role("main")).to_contain_text("一共")
    page.get_by_role("link", name="下单").click()
    page.get_by_role("button", name="确认下单").click()
    expect(page.get_by_role("main")).to_contain_text("请柜台扫这个码")
    return page.locator(".pickup-code").inner_text().replace(" ", "")


def hand_over(page: Page, code: str) -> None:
    page.get_by_label("取货码").fill(code)
    page.get_by_label("取货码").press("Enter")
    expect(page.get_by_role("main")).to_contain_text("取货码对上了")
    page.get_by_role("button", name="交付").click()
    expect(page.get_by_text("已交付")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_a_deed_to_a_bottle_of_oil(windows: Windows, town: Town, scripts: bool) -> None:
    street.fund(town, 1_000)
    shop.earn(town, "member", 185)
    street.in_notice(town, by="member")
    tick(PublicNotice.objects.get().closes_at + timedelta(seconds=1))
    member = town.person("member").pk
    assert balance_of(member).posted == 205
    built = shop.shop(town, oil=12)

    phone = windows.phone(scripts=scripts)
    windows.enter(phone, town.person("member"), "/shop/")
    code = order_oil(phone)
    assert shop.stock(built.place, built.oil) == shop.Pieces(12, 1)
    assert balance_of(member).available == 5

    desk = windows.desk(scripts=scripts)
    windows.enter(desk, town.person("keeper"), f"/shop/desk/{built.place.pk}/counter/")
    hand_over(desk, code)
    phone.reload()
    expect(phone.get_by_role("main")).to_contain_text("已领取")

    assert shop.stock(built.place, built.oil) == shop.Pieces(11, 0)
    assert balance_of(member).posted == balance_of(member).available == 5
    assert sum(purse_figures(purse).redeemed for purse in Purse.objects.all()) == 200
    assert verify() == []
    assert list(broken_chains()) == []
    assert audit.problems() == []
