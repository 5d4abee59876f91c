"""Treasury's pages: asking from a row of the ledger, choosing a household, registering a
resolution, approving on the sheet, and what holders read on the phone.
"""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.cast import Town
from tests.page import Page, Pages
from tests.tables import unchanged
from tests.treasury import books
from tests.treasury.books import act, available, award, purse
from zhicunbao.casework.actions import tick
from zhicunbao.kernel import clock
from zhicunbao.ledger.models import Transfer
from zhicunbao.treasury import actions
from zhicunbao.treasury.models import Correction, HouseholdMove, Zeroing

pytestmark = pytest.mark.django_db

PagesOf = Callable[[str], Pages]


def buttons(page: Page) -> list[str]:
    """Return the steps that the page offers."""
    links = [a for a in page.all("a") if "/act/" in (a.get("href") or "")]
    return ["".join(a.itertext()) for a in links]


# --- corrections ---------------------------------------------------------------------------------


def test_from_a_row_of_the_ledger_to_the_holders_statement(town: Town, pages_of: PagesOf) -> None:
    row = award(town, purse(town), 20)
    browser = pages_of("admin")
    form = browser.get(browser.get(f"/points/{row.pk}/").link("记错了，申请冲正"))
    assert "徐美兰" in form.text
    assert "楼道清理，20 分" in form.text
    with unchanged():
        empty = form.submit("提交申请", reason="  ")
    assert empty.status == 422
    done = form.submit("提交申请", reason="把徐美丽记成了徐美兰")
    assert "等另一个人复核" in done.text
    assert buttons(done) == ["撤回申请"]
    made = Correction.objects.get()

    browser = pages_of("reviewer")
    beside = browser.get(browser.get("/inbox/").link(made.case.subject))
    page = browser.get(beside.link("去复核Enter"))
    assert re.search("现在可用 ?20 分", page.text)
    assert buttons(page) == ["同意冲正", "不同意"]
    after = browser.get(page.link("同意冲正")).submit("确认同意冲正")
    assert "现在是“已冲正”" in after.text
    assert available(town.person("member")) == 0
    assert "看办成的流水" in browser.get(f"/treasury/{made.case_id}/").text

    phone = pages_of("member")
    story = phone.get(f"/points/{row.pk}/")
    assert "冲正：把徐美丽记成了徐美兰" in story.text
    assert "记错了" not in story.text.replace("把徐美丽记成了", "")
    assert "把徐美丽记成了徐美兰" in phone.get("/points/").text


def test_the_row_says_that_a_request_waits_and_offers_no_second(
    town: Town, pages_of: PagesOf
) -> None:
    row = award(town, purse(town))
    made = books.request(town, row)
    for who in ("admin", "auditor"):
        page = pages_of(who).get(f"/points/{row.pk}/")
        assert page.link("冲正申请待复核") == f"/treasury/{made.case_id}/"
        assert "申请冲正" not in page.text
    again = pages_of("officer").get(f"/treasury/correct/{row.pk}/")
    with unchanged():
        assert again.submit("提交申请", reason="也发现了").status == 409
    assert "冲正" not in pages_of("member").get(f"/points/{row.pk}/").text


def test_who_may_not_ask_is_offered_nothing(town: Town, pages_of: PagesOf) -> None:
    of = purse(town)
    row = award(town, of)
    for who in ("member", "reviewer", "other_admin"):
        assert "申请冲正" not in pages_of(who).get(f"/points/{row.pk}/").text
    waiting = books.promised(town, of)
    assert "申请冲正" not in pages_of("admin").get(f"/points/{waiting.pk}/").text
    funding = Transfer.objects.get(reason="fund")
    assert "申请冲正" not in pages_of("admin").get(f"/points/{funding.pk}/").text
    assert "申请冲正" in pages_of("officer").get(f"/points/{funding.pk}/").text


def test_the_promise_and_its_booking_offer_the_same_correction(
    town: Town, pages_of: PagesOf
) -> None:
    row = award(town, purse(town))
    assert row.pending_id is not None
    links = {
        pages_of("admin").get(f"/points/{pk}/").link("记错了，申请冲正")
        for pk in (row.pk, row.pending_id)
    }
    assert links == {f"/treasury/correct/{row.pk}/"}


def test_points_that_are_gone_are_said_before_and_after(town: Town, pages_of: PagesOf) -> None:
    made = books.request(town, award(town, purse(town), 20))
    books.spend(town, 5)
    browser = pages_of("reviewer")
    page = browser.get(f"/treasury/{made.case_id}/")
    assert "现在积分不够" in page.text
    sheet = browser.get(page.link("同意冲正"))
    with unchanged():
        answer = sheet.submit("确认同意冲正")
    assert answer.status == 409
    assert "可用积分只有 15 分，不够冲正这笔 20 分" in answer.text


def test_a_page_left_open_says_who_acted(town: Town, pages_of: PagesOf) -> None:
    made = books.request(town, award(town, purse(town)))
    sheet = pages_of("reviewer").get(f"/cases/{made.case_id}/act/?verb=approve")
    act(town, made.case, "refuse", by="oversight", reason="没有记错")
    with unchanged():
        answer = sheet.submit("确认同意冲正")
    assert answer.status == 409
    assert "叶监督" in answer.text


# --- moves ---------------------------------------------------------------------------------------


def test_points_of_a_household_move_by_the_forms(town: Town, pages_of: PagesOf) -> None:
    source, target = books.home(town, "member", "villager"), books.home(town, "member2")
    award(town, purse(town, credited="household"), 30, home=source)
    browser = pages_of("admin")
    assert "没有找到这一户" in browser.get("/treasury/move/?q=没有这条街").text
    found = browser.get("/treasury/move/").submit("查找", q=source.address)
    assert source.number in found.text
    form = browser.get(f"/treasury/move/?from={source.number}")
    assert "现有可用积分 30 分" in form.text
    words = {"document": "分户协议 1 号", "reason": "儿子成家"}
    with unchanged():
        for wrong in (
            {"kind": "split", "target": "不是户号", "points": "5"},
            {"kind": "member", "person": "", "points": "5"},
            {"kind": "split", "target": target.number, "points": "0"},
        ):
            assert form.submit("提交申请", **words, **wrong).status == 422
        short = form.submit("提交申请", kind="split", target=target.number, points="31", **words)
        assert short.status == 409
    form.submit("提交申请", kind="split", target=target.number, points="12", **words)
    form = browser.get(f"/treasury/move/?from={source.number}")
    person = str(town.person("villager").pk)
    form.submit("提交申请", kind="member", person=person, points="3", **words)
    for made in HouseholdMove.objects.all():
        act(town, made.case, "approve", by="oversight")
    assert (available(source), available(target)) == (15, 12)
    assert available(town.person("villager")) == 3
    page = pages_of("oversight").get(f"/treasury/{made.case_id}/")
    assert "分给成员，3 分" in page.text
    assert "看办成的流水" in page.text


def test_a_household_without_points_and_one_elsewhere(town: Town, pages_of: PagesOf) -> None:
    home = books.home(town, "member")
    far = books.home(town, area=town.area("33112500100101001"))
    browser = pages_of("admin")
    assert "没有可用的积分" in browser.get(f"/treasury/move/?from={home.number}").text
    assert browser.get(f"/treasury/move/?from={far.number}").status == 404
    assert far.number not in browser.get(f"/treasury/move/?q={far.address}").text


# --- zeroing -------------------------------------------------------------------------------------


def test_a_resolution_is_registered_announced_and_carried_out(
    town: Town, pages_of: PagesOf
) -> None:
    of = purse(town)
    award(town, of, 1_000)
    browser = pages_of("officer")
    form = browser.get(browser.get("/treasury/").link("登记清零决议"))
    assert "至少提前 30 日预告" in form.text
    day = clock.today() + timedelta(days=40)
    words = {
        "purse": str(of.pk),
        "body": "街道党工委会议",
        "document": "浮党工委〔2026〕9号",
        "decided_on": clock.today().isoformat(),
    }
    with unchanged():
        early = (clock.today() + timedelta(days=29)).isoformat()
        assert form.submit("登记", **words, effective_on=early).status == 409
        assert form.submit("登记", **words, effective_on="某天").status == 422
        late = (day + timedelta(days=1)).isoformat()
        wrong = form.submit("登记", **words, effective_on=day.isoformat(), booked_before=late)
        assert "这一天不能晚于清零日" in wrong.text
    done = form.submit("登记", **words, effective_on=day.isoformat())
    assert "等另一个人复核" in done.text
    assert "1,000" in done.text
    made = Zeroing.objects.get()
    assert made.booked_before is None
    assert "清零" not in pages_of("member").get("/points/").text

    browser = pages_of("leader")
    browser.get(browser.get(f"/treasury/{made.case_id}/").link("同意并预告")).submit(
        "确认同意并预告"
    )
    assert "正在发出预告" in browser.get(f"/treasury/{made.case_id}/").text
    tick(clock.now())
    page = browser.get(f"/treasury/{made.case_id}/")
    assert "已经预告到每个有积分的人" in page.text
    assert buttons(page) == ["取消清零"]

    phone = pages_of("member")
    points = phone.get("/points/")
    assert f"{day.month}月{day.day}日清零：1,000 分" in points.text
    paper = phone.get(points.link("看清零决议"))
    assert "浮党工委〔2026〕9号" in paper.text
    assert "全部未用的积分" in paper.text
    assert "清零" not in pages_of("member2").get("/points/").text

    books.on_the_day(made)
    assert "1 / 1" in browser.get(f"/treasury/{made.case_id}/").text
    assert "已清零" in browser.get(f"/treasury/zeroing/{made.pk}/").text
    assert "清零" in phone.get("/points/").text
    assert available(town.person("member")) == 0


def test_progress_is_seen_while_it_runs(town: Town, pages_of: PagesOf) -> None:
    of = purse(town)
    for who in ("member", "member2", "head"):
        award(town, of, 10, to=who)
    made = books.announce(town, of)
    books.begin(made)
    actions.zero_chunk(made.pk, size=2)
    page = pages_of("leader").get(f"/treasury/{made.case_id}/")
    assert "2 / 3" in page.text
    assert "正在清零" in page.text
    assert buttons(page) == []


def test_a_cancelled_resolution_is_said_to_be_so(town: Town, pages_of: PagesOf) -> None:
    of = purse(town)
    award(town, of, 10)
    made = books.announce(town, of)
    browser = pages_of("leader")
    sheet = browser.get(f"/cases/{made.case_id}/act/?verb=cancel")
    with unchanged():
        assert sheet.submit("确认取消清零", reason="").status == 422
    sheet.submit("确认取消清零", reason="改到明年")
    phone = pages_of("member")
    assert "清零" not in phone.get("/points/").text
    assert "已取消" in phone.get(f"/treasury/zeroing/{made.pk}/").text


def test_a_resolution_that_waits_is_no_affair_of_the_phone(town: Town, pages_of: PagesOf) -> None:
    of = purse(town)
    award(town, of, 10)
    made = books.propose(town, of)
    assert pages_of("member").get(f"/treasury/zeroing/{made.pk}/").status == 404
    assert "待复核" in pages_of("admin").get(f"/treasury/zeroing/{made.pk}/").text


# --- the list ------------------------------------------------------------------------------------


def test_the_list_says_what_there_is_and_what_to_do_first(town: Town, pages_of: PagesOf) -> None:
    browser = pages_of("admin")
    empty = browser.get("/treasury/")
    assert "还没有积分账务" in empty.text
    of = purse(town)
    row = award(town, of)
    made = books.request(town, row)
    books.announce(town, of)
    page = browser.get("/treasury/")
    assert page.link("冲正申请 1").endswith("?kind=correction")
    assert page.link(made.case.subject) == f"/treasury/{made.case_id}/"
    assert "清零决议：" in page.text
    assert "清零决议：" not in browser.get("/treasury/?kind=correction").text
    assert "没有这一类" in browser.get("/treasury/?kind=household_move").text
    assert "登记清零决议" not in pages_of("reviewer").get("/treasury/").text
    other = pages_of("other_admin").get("/treasury/").text
    assert made.case.subject not in other
    assert "清零决议：" in other


def test_it_is_found_by_its_number(town: Town, pages_of: PagesOf) -> None:
    made = books.request(town, award(town, purse(town)))
    page = pages_of("reviewer").get(f"/search/?q=CZ-{clock.today().year}-{made.case_id}")
    assert made.case.subject in page.text
