"""The notice board, the paper, its print, and the form by which somebody disagrees."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.cast import Town
from tests.page import Page, Pages, text_of
from tests.tables import unchanged
from tests.work import street
from zhicunbao.base.qr import qr_code
from zhicunbao.casework.actions import object_to, perform
from zhicunbao.casework.models import NoticeEntry, Objection, PublicNotice
from zhicunbao.kernel import clock
from zhicunbao.work import actions as work

pytestmark = pytest.mark.django_db

PagesOf = Callable[[str], Pages]


@pytest.fixture
def notice(town: Town) -> PublicNotice:
    """A running notice of two lines, 5 and 20 points."""
    street.fund(town)
    claims = [street.evaluated(town, level=level) for level in (1, 3)]
    rows = [(c.case, c.case.version) for c in claims]
    work.review_batch(town.actor("reviewer"), rows, key="b")
    return PublicNotice.objects.get()


def paper(page: Page) -> list[list[str]]:
    """Return the cells of the paper's table, its head left out."""
    [article] = page.all("article")
    [body] = article.iter("tbody")
    return [[text_of(cell) for cell in row] for row in body]


# ---- the board ----


def test_board_lists_notices_with_their_sums(pages_of: PagesOf, notice: PublicNotice) -> None:
    page = pages_of("villager").get("/notices/")
    assert "公示中 1" in page.text
    assert "处理异议 0" in page.text
    assert "已结束 0" in page.text
    assert f"{notice.title}" in page.text
    assert "2 笔，25 分" in page.text


def test_first_notice_is_open_beside_the_list(pages_of: PagesOf, notice: PublicNotice) -> None:
    page = pages_of("admin").get("/notices/")
    assert len(paper(page)) == 3
    assert page.link("打印张贴") == f"/notices/{notice.pk}/print/"


def test_board_is_narrowed_by_place_and_area(pages_of: PagesOf, notice: PublicNotice) -> None:
    browser = pages_of("villager")
    assert "这里没有公示" in browser.get("/notices/?place=past").text
    assert notice.title in browser.get("/notices/?area=331125001004").text
    elsewhere = browser.get("/notices/?area=331125001001")
    assert "公示中 0" in elsewhere.text
    assert notice.title not in elsewhere.text
    with clock.at(notice.closes_at + timedelta(days=1)):
        assert notice.title in browser.get("/notices/?place=past").text


def test_unknown_place_is_the_running_one(pages_of: PagesOf, notice: PublicNotice) -> None:
    assert notice.title in pages_of("villager").get("/notices/?place=nowhere").text


# ---- the paper ----


def test_paper_shows_masked_names_and_points_with_their_sum(
    pages_of: PagesOf, notice: PublicNotice
) -> None:
    for who in ("villager", "admin", "other_member", "auditor"):
        page = pages_of(who).get(f"/notices/{notice.pk}/")
        rows = [[cell for n, cell in enumerate(row) if n in (1, 4)] for row in paper(page)]
        assert rows[:2] == [["徐**", "5"], ["徐**", "20"]]
        assert paper(page)[2][:3] == ["合计 2 笔", "", "25"]
        assert "徐美兰" not in page.text


def test_paper_is_signed_dated_and_says_how_to_object(
    pages_of: PagesOf, notice: PublicNotice
) -> None:
    page = pages_of("villager").get(f"/notices/{notice.pk}/")
    opened = clock.local_date(notice.opens_at)
    assert f"公示〔{opened.year}〕{notice.pk} 号" in page.text
    assert f"{opened.year}年{opened.month}月{opened.day}日" in page.text
    assert "共 5 个工作日" in page.text
    assert "提出人的名字不公开" in page.text
    assert "梅国强审核后贴出" in page.text


def test_notice_that_is_over_stands_among_the_past_ones(
    town: Town, pages_of: PagesOf, notice: PublicNotice
) -> None:
    browser = pages_of("villager")
    entry = NoticeEntry.objects.all()[0]
    objection = object_to(town.actor("villager"), entry, text="那天楼道里没有人来过。", key="o")
    with clock.at(notice.closes_at + timedelta(days=1)):
        page = browser.get(f"/notices/{notice.pk}/")
        assert chosen(page) == "处理异议 1"
        assert [row[-1] for row in paper(page)][:2] == ["有异议，暂停入账", "公示中"]
        perform(town.actor("leader"), objection.case, "dismiss", key="d", reason="核对过了。")
        assert chosen(browser.get(f"/notices/{notice.pk}/")) == "已结束 1"


def chosen(page: Page) -> str:
    """Return the tab that is on."""
    [tab] = [a for a in page.all("a", class_="on") if a.get("aria-current") == "true"]
    return text_of(tab)


def test_notice_of_another_street_is_not_there(
    town: Town, pages_of: PagesOf, notice: PublicNotice
) -> None:
    post = town.person("villager").posts.get()
    post.area_prefix = "331125002001"
    post.save()
    browser = pages_of("villager")
    for url in (f"/notices/{notice.pk}/", f"/notices/{notice.pk}/print/"):
        page = browser.get(url)
        assert page.status == 404
        assert notice.title not in page.text


def test_print_is_the_paper_alone(pages_of: PagesOf, notice: PublicNotice) -> None:
    page = pages_of("villager").get(f"/notices/{notice.pk}/print/")
    assert page.h1 == "积分公示"
    assert [row[1] for row in paper(page)] == ["徐**", "徐**", ""]
    assert "提出异议" not in page.text
    assert page.all("nav") == []


def test_code_on_the_paper_is_the_notices_own_address(
    pages_of: PagesOf, notice: PublicNotice
) -> None:
    expected = qr_code(f"http://testserver/notices/{notice.pk}/")
    page = pages_of("villager").get(f"/notices/{notice.pk}/print/")
    assert f'<path fill="currentColor" d="{expected.path}"/>' in page.html
    assert qr_code("http://testserver/notices/9/").path != expected.path


def test_code_draws_its_three_corners_inside_a_quiet_zone() -> None:
    code = qr_code("http://testserver/notices/1/")
    dark = {
        (int(x) + n, int(y))
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", code.path)
        for n in range(int(width))
    }
    low, high = 4, code.size - 5
    assert {min(x for x, _ in dark), min(y for _, y in dark)} == {low}
    assert {max(x for x, _ in dark), max(y for _, y in dark)} == {high}
    for x, y in ((low, low), (high - 6, low), (low, high - 6)):
        assert all((x + n, y) in dark and (x, y + n) in dark for n in range(7))


# ---- objecting ----


def objecting(pages: Pages, notice: PublicNotice) -> Page:
    page = pages.get(f"/notices/{notice.pk}/")
    return pages.get(page.link("对第 2 笔提出异议"))


def test_villager_objects_to_a_line_and_follows_it(
    town: Town, pages_of: PagesOf, notice: PublicNotice
) -> None:
    browser = pages_of("villager")
    form = objecting(browser, notice)
    assert "徐**，老旧楼道消防通道排查" in form.text
    assert "5 个工作日内" in form.text
    done = form.submit("提出异议", text="那天楼道里没有人来过。")
    objection = Objection.objects.get()
    assert (done.status, done.url) == (200, f"/cases/{objection.case_id}/")
    assert "异议已提出，这一笔先不入账。" in done.text
    board = browser.get(f"/notices/{notice.pk}/")
    assert [row[-1] for row in paper(board)] == ["提出异议", "有异议，暂停入账", ""]
    assert "第 2 笔，老旧楼道消防通道排查" in board.text
    assert "吴村民" not in pages_of("admin").get(f"/notices/{notice.pk}/").text


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "请写明哪里不对"), ("不对", "请用 5 到 300 字"), ("长" * 301, "最多 300 字")],
)
def test_objection_of_few_or_endless_words_is_asked_again_and_kept(
    pages_of: PagesOf, notice: PublicNotice, text: str, said: str
) -> None:
    form = objecting(pages_of("villager"), notice)
    with unchanged():
        again = form.submit("提出异议", text=text)
    assert again.status == 422
    assert said in again.text or "现在 2 字" in again.text
    assert text in again.text
    assert again.submit("提出异议", text="那天楼道里没有人来过。").status == 200


def test_late_and_second_objections_are_refused(
    town: Town, pages_of: PagesOf, notice: PublicNotice
) -> None:
    form, second = (objecting(pages_of(who), notice) for who in ("villager", "member2"))
    with clock.at(notice.closes_at), unchanged():
        late = form.submit("提出异议", text="那天楼道里没有人来过。")
    assert late.status == 409
    assert "公示期已过" in late.text
    entry = NoticeEntry.objects.last()
    assert entry is not None
    object_to(town.actor("villager"), entry, text="那天楼道里没有人来过。", key="o")
    with unchanged():
        page = second.submit("提出异议", text="我也没看到有人来。")
    assert page.status == 409
    assert "已有人提出异议" in page.text


@pytest.mark.parametrize("who", ["other_member", "leader", "auditor", "merchant"])
def test_others_are_told_whom_to_turn_to(pages_of: PagesOf, notice: PublicNotice, who: str) -> None:
    browser = pages_of(who)
    entry = NoticeEntry.objects.all()[0]
    assert "提出异议" not in [row[-1] for row in paper(browser.get(f"/notices/{notice.pk}/"))]
    sent = {"text": "那天楼道里没有人来过。", "key": "k"}
    with unchanged():
        asked = browser.get(f"/notices/entries/{entry.pk}/object/")
        posted = browser.post(f"/notices/entries/{entry.pk}/object/", sent)
    assert (asked.status, posted.status) == (403, 403)
    assert "东门社区的居民和干部" in asked.text


def test_answer_is_read_by_everyone(town: Town, pages_of: PagesOf, notice: PublicNotice) -> None:
    entry = NoticeEntry.objects.all()[0]
    objection = object_to(town.actor("villager"), entry, text="那天楼道里没有人来过。", key="o")
    assert "有异议" in pages_of("other_member").get("/notices/").text
    perform(town.actor("leader"), objection.case, "dismiss", key="d", reason="核对了走访记录。")
    page = pages_of("other_member").get(f"/notices/{notice.pk}/")
    assert "异议不成立" in page.text
    assert "答复：核对了走访记录。" in page.text
    assert "没有人来过" not in page.text
    assert "吴" not in page.text
