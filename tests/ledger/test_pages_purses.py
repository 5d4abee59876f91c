"""Purses on the desk: the list and its rows; the forms that open, fund and close."""

import pytest

from tests import tables
from tests.ledger.cast import Cast
from tests.ledger.looking import books_of, browse, cells, sum_of
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions, queries
from zhicunbao.ledger.models import Purse


def test_purses_are_listed_with_their_figures(cast: Cast) -> None:
    cast.award(cast.purse(1_000), 30)
    page = browse(cast, "wang").get("/purses/")
    assert [row[2:] for row in cells(page)] == [["在用", "970", "30", "0", "0", "0", "1,000"]]
    assert "开设资金池" not in page.text


def test_a_street_without_purses_is_told_what_comes_first(cast: Cast) -> None:
    assert "先开设资金池" in browse(cast, "zhao").get("/purses/").text
    assert "街道开设后" in browse(cast, "wang").get("/purses/").text


def test_long_lists_go_on_and_come_back(cast: Cast) -> None:
    purse = cast.purse(1_000)
    for number in range(60):
        cast.award(purse, 1, key=f"a {number}")
    pages = browse(cast, "wang")
    first = pages.get(f"/purses/{purse.pk}/rows/")
    second = pages.get(first.link("更早的"))
    assert (len(cells(first)), len(cells(second))) == (50, 11)
    assert "合计" not in first.text + second.text
    assert cells(pages.get(second.link("最新的"))) == cells(first)


def test_an_empty_purse_and_a_strange_list(cast: Cast) -> None:
    purse = cast.purse(0)
    pages = browse(cast, "zhao")
    assert "还没有流水" in pages.get(f"/purses/{purse.pk}/").text
    assert "还没有流水" in pages.get(f"/purses/{purse.pk}/rows/?kind=funded").text
    assert pages.get(f"/purses/{purse.pk}/rows/?kind=gold").status == 404


def test_funding_by_the_form(cast: Cast) -> None:
    purse = cast.purse(0)
    page = browse(cast, "zhao").get(f"/purses/{purse.pk}/")
    done = page.submit("补充", points="2000", document="浮财〔2026〕3号")
    assert "已补充 2,000 分。" in done.text
    assert queries.purse_figures(purse).in_purse == 2_000


def test_the_same_form_sent_twice_funds_once(cast: Cast) -> None:
    purse = cast.purse(0)
    page = browse(cast, "zhao").get(f"/purses/{purse.pk}/")
    for _ in range(2):
        assert page.submit("补充", points="2000", document="浮财〔2026〕3号").status == 200
    assert queries.purse_figures(purse).in_purse == 2_000
    with tables.unchanged():
        assert page.submit("补充", points="2001", document="浮财〔2026〕3号").status == 409


@pytest.mark.parametrize(
    ("points", "document"),
    [("", ""), ("0", "文件"), ("-5", "文件"), ("12.5", "文件"), ("很多", "文件"), ("5", "   ")],
)
def test_funding_that_cannot_be_used_keeps_what_was_entered(
    cast: Cast, points: str, document: str
) -> None:
    purse = cast.purse(0)
    page = browse(cast, "zhao").get(f"/purses/{purse.pk}/")
    with tables.unchanged():
        answer = page.submit("补充", points=points, document=document)
    assert answer.status == 422
    assert "什么都没有改动" in answer.text
    [field] = answer.all("input", name="points")
    assert field.get("value", "") == points


def test_a_form_that_lost_its_key_asks_to_be_opened_again(cast: Cast) -> None:
    purse = cast.purse(0)
    page = browse(cast, "zhao").get(f"/purses/{purse.pk}/")
    with tables.unchanged():
        answer = page.submit("补充", points="5", document="文件", key="")
    assert answer.status == 422
    assert "请刷新页面后再试一次" in answer.text


def test_a_purse_that_was_closed_meanwhile_is_not_funded(cast: Cast) -> None:
    purse = cast.purse(0)
    page = browse(cast, "zhao").get(f"/purses/{purse.pk}/")
    actions.close_purse(cast.zhao, purse=purse, key="close")
    with tables.unchanged():
        assert page.submit("补充", points="5", document="文件").status == 409
    again = browse(cast, "zhao").get(f"/purses/{purse.pk}/")
    assert "这个资金池已停用" in again.text
    assert "补充资金池" not in again.text


def test_those_who_only_look_get_no_forms_and_are_refused(cast: Cast) -> None:
    purse = cast.purse(100)
    pages = browse(cast, "wang")
    page = pages.get(f"/purses/{purse.pk}/")
    assert not [form for form in page.all("form") if form.get("action") is None]
    with tables.unchanged():
        sent = pages.post(f"/purses/{purse.pk}/", {"points": "5", "document": "x", "key": "k"})
        assert sent.status == 403
        assert pages.get("/purses/new/").status == 403
    assert browse(cast, "zhou").get(f"/purses/{purse.pk}/").status == 404


def test_closing_asks_once(cast: Cast) -> None:
    purse = cast.purse(100)
    pages = browse(cast, "zhao")
    sheet = pages.get(pages.get(f"/purses/{purse.pk}/").link("停用"))
    assert "公示中的积分照常入账" in sheet.text
    assert "已停用" in sheet.submit("停用").text
    assert not Purse.objects.get(pk=purse.pk).is_open
    with tables.unchanged():
        again = pages.post(f"/purses/{purse.pk}/close/", {"key": "another"})
    assert again.status == 409


def test_with_htmx_the_question_comes_alone(cast: Cast) -> None:
    purse = cast.purse(100)
    part = browse(cast, "zhao").get(f"/purses/{purse.pk}/close/", hx_request="true")
    assert part.is_part
    assert "停用这个资金池？" in part.text


def test_a_purse_is_opened_by_the_form(cast: Cast) -> None:
    pages = browse(cast, "zhao")
    form = pages.get(pages.get("/purses/").link("开设资金池"))
    asked = {
        "name": "2026年基层治理积分",
        "area": str(cast.street.pk),
        "worth": "0.5",
        "source_document": "浮街办〔2026〕11号",
        "funder": "浮云街道办事处",
        "valid_to": "2099-12-31",
    }
    with tables.unchanged():
        assert form.submit("开设", **{**asked, "worth": "0.001"}).status == 422
        assert form.submit("开设", **{**asked, "area": str(cast.other.pk)}).status == 422
        ended = form.submit("开设", **{**asked, "valid_to": "2020-01-01"})
        assert ended.status == 422
        assert "截止日期要在开始日期之后" in ended.text
    opened = form.submit("开设", **asked)
    assert "资金池已开设" in opened.text
    assert "1 分相当于 0.50 元" in opened.text
    assert "用到2099年12月31日" in opened.text
    purse = Purse.objects.get()
    assert (purse.unit_value_fen, purse.area) == (50, cast.street)
    assert (purse.credited, purse.stop_below, purse.valid_from) == ("person", 0, clock.today())


def test_a_purse_for_households_with_a_term_and_a_stop_line_is_opened(cast: Cast) -> None:
    form = browse(cast, "zhao").get("/purses/new/")
    asked = {
        "name": "家庭文明积分",
        "area": str(cast.community.pk),
        "worth": "1.00",
        "source_document": "东门议〔2026〕3号",
        "funder": "东门社区经济合作社",
        "credited": "household",
        "stop_below": "200",
        "valid_from": "2027-01-01",
        "valid_to": "2027-12-31",
    }
    with tables.unchanged():
        for wrong in ({"stop_below": "-1"}, {"valid_from": "某天"}, {"valid_to": "2026-12-31"}):
            assert form.submit("开设", **(asked | wrong)).status == 422
    opened = form.submit("开设", **asked)
    for words in ("记到户", "2027年1月1日起，用到2027年12月31日", "今天不在使用期内"):
        assert words in opened.text
    assert "还没到使用期" in browse(cast, "zhao").get("/purses/").text
    purse = Purse.objects.get()
    assert (purse.credited, purse.stop_below) == ("household", 200)
    assert str(purse.valid_from) == "2027-01-01"


def test_each_figure_of_the_list_opens_its_rows(cast: Cast) -> None:
    purse = books_of(cast)
    pages = browse(cast, "wang")
    page = pages.get("/purses/")
    opened = [pages.get(link.get("href", "")) for link in page.all("a", class_="opens")]
    assert [page.h1 for page in opened] == [
        *("池内余额", "公示中，待入账", "在居民手里", "已兑换", "已清零", "共注入")
    ]
    figures = queries.purse_figures(purse)
    assert [sum_of(page) for page in opened] == [
        *(figures.in_purse, figures.pending, figures.outstanding),
        *(figures.redeemed, figures.expired, figures.funded),
    ]


def test_outside_its_term_a_purse_says_so(cast: Cast) -> None:
    purse = cast.purse(100)
    Purse.objects.filter(pk=purse.pk).update(valid_from="2020-01-01", valid_to="2020-12-31")
    pages = browse(cast, "zhao")
    assert "今天不在使用期内" in pages.get(f"/purses/{purse.pk}/").text
    assert "已到期" in pages.get("/purses/").text
