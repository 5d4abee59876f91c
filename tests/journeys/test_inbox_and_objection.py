"""A cadre walks the inbox with the keyboard; a villager objects on a phone and reads the answer."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Windows
from tests.cast import Town
from tests.work import street
from zhicunbao.casework.models import Case, Objection, PublicNotice
from zhicunbao.kernel import clock

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def look(page: Page) -> str:
    """Return what the look beside the list shows."""
    return page.locator("#peek h2").inner_text()


def three(town: Town) -> list[str]:
    """Let three claims wait for 周敏, one a day."""
    titles = ["第一件楼道排查", "第二件楼道排查", "第三件楼道排查"]
    for day, title in enumerate(titles, start=1):
        case = street.submitted(town, title=title).case
        Case.objects.filter(pk=case.pk).update(due_at=clock.now() + timedelta(days=day))
    return titles


def test_inbox_is_walked_by_keyboard(windows: Windows, town: Town) -> None:
    first, second, third = three(town)
    desk = windows.desk()
    windows.enter(desk, town.person("admin"), "/inbox/")
    expect(desk.locator("#peek h2")).to_have_text(first)
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    expect(desk.locator("#peek h2")).to_have_text(second)
    desk.keyboard.press("j")
    expect(desk.locator("#peek h2")).to_have_text(third)
    desk.keyboard.press("k")
    expect(desk.locator("#peek h2")).to_have_text(second)
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_contain_text(second)
    assert re.search(r"/evaluate/\d+/", desk.url)


def test_row_is_chosen_by_mouse_and_enter_on_a_tab_stays_the_tabs(
    windows: Windows, town: Town
) -> None:
    first, second, _ = three(town)
    desk = windows.desk()
    windows.enter(desk, town.person("admin"), "/inbox/")
    desk.get_by_role("link", name=second).click()
    expect(desk.locator("#peek h2")).to_have_text(second)
    desk.get_by_role("link", name="待考评 3").focus()
    desk.keyboard.press("Enter")
    expect(desk.locator("#peek h2")).to_have_text(first)
    assert "kind=work.claim.submitted" in desk.url


def test_inbox_needs_no_scripts(windows: Windows, town: Town) -> None:
    _, second, _ = three(town)
    desk = windows.desk(scripts=False)
    windows.enter(desk, town.person("admin"), "/inbox/")
    desk.get_by_role("link", name=second).click()
    assert look(desk) == second
    desk.get_by_role("link", name="去考评").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text(second)


def test_phone_opens_the_case_itself(windows: Windows, town: Town) -> None:
    _, second, _ = three(town)
    phone = windows.phone()
    windows.enter(phone, town.person("admin"), "/inbox/")
    expect(phone.locator("#peek")).to_be_hidden()
    phone.get_by_role("link", name=second).click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text(second)


def test_villager_objects_and_reads_the_answer(windows: Windows, town: Town) -> None:
    street.fund(town)
    street.in_notice(town)
    notice = PublicNotice.objects.get()

    phone = windows.phone()
    windows.enter(phone, town.person("villager"), "/notices/")
    phone.get_by_role("link", name=notice.title).click()
    phone.get_by_role("link", name="对第 1 笔提出异议").click()
    phone.get_by_label("哪里不对").fill("那天楼道里没有人来过。")
    phone.get_by_role("button", name="提出异议").click()
    expect(phone.get_by_role("status")).to_contain_text("这一笔先不入账")

    desk = windows.desk()
    windows.enter(desk, town.person("oversight"), "/inbox/")
    desk.get_by_role("link", name="去答复").click()
    expect(desk.get_by_role("main")).to_contain_text("那天楼道里没有人来过。")
    expect(desk.get_by_role("main")).not_to_contain_text("吴村民")
    desk.get_by_role("link", name="异议成立，撤销入账").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("理由").fill("照片确实是另一幢的。")
    dialog.get_by_role("button", name="确认异议成立，撤销入账").click()
    expect(desk.get_by_role("status")).to_contain_text("现在是“异议成立”")
    assert Objection.objects.get().entry.case.state == "upheld"

    phone.goto(f"/notices/{notice.pk}/")
    expect(phone.get_by_role("main")).to_contain_text("答复：照片确实是另一幢的。")


def test_notice_is_printed(windows: Windows, town: Town) -> None:
    street.fund(town)
    street.in_notice(town)
    desk = windows.desk()
    windows.enter(desk, town.person("admin"), "/notices/")
    desk.get_by_role("link", name="打印张贴").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("积分公示")
    desk.emulate_media(media="print")
    expect(desk.get_by_role("button", name="打印")).to_be_hidden()
    expect(desk.locator("article.paper")).to_be_visible()
    desk.emulate_media(media="screen")
    desk.evaluate("window.print = () => { document.title = '已打印' }")
    desk.get_by_role("button", name="打印").click()
    expect(desk).to_have_title("已打印")
