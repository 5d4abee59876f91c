"""A grid member comes in by phone and password, on a phone, with scripts and without."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Windows
from tests.cast import PASSWORD, Town

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone_number(town: Town) -> str:
    """The grid member's number; the password is that of the cast."""
    member = town.person("member")
    member.set_password(PASSWORD)
    # The cast is past its second factor so that staff come in; a grid member needs none.
    member.totp_confirmed_at = None
    member.save(update_fields=["password", "totp_confirmed_at"])
    return member.phone or ""


def sign_in(page: Page, number: str, password: str) -> None:
    page.goto("/me/")
    expect(page).to_have_url("/sign-in/?next=/me/")
    page.get_by_label("手机号").fill(number)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_grid_member_signs_in_and_out(windows: Windows, phone_number: str, scripts: bool) -> None:
    page = windows.phone(scripts=scripts)
    sign_in(page, phone_number, "a-wrong-password")
    expect(page.get_by_role("alert")).to_contain_text("密码")
    expect(page.get_by_label("手机号")).to_have_value(phone_number)

    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page).to_have_url("/me/")
    expect(page.get_by_role("main")).to_contain_text("徐美兰")

    page.get_by_role("button", name="退出").first.click()
    expect(page).to_have_url("/sign-in/")


def test_the_page_fits_a_phone(windows: Windows, phone_number: str) -> None:
    page = windows.phone()
    sign_in(page, phone_number, PASSWORD)
    expect(page).to_have_url("/me/")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page.evaluate("window.innerWidth")
