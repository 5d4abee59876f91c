"""Purses on the desk: figures with their rows; the forms that open, fund, close and reverse."""

import pytest

from tests import tables
from tests.ledger.cast import Cast
from tests.ledger.test_pages_points import browse
from tests.page import Page
from zhicunbao.base import access
from zhicunbao.ledger import actions, queries
from zhicunbao.ledger.models import Purse
from zhicunbao.ledger.pages.gauge import half_ring


def cells(page: Page) -> list[list[str]]:
    rows = [row for row in page.all("tr") if row.find("td") is not None]
    return [["".join(cell.itertext()).strip() for cell in row] for row in rows]


def test_purses_are_listed_with_their_figures(cast: Cast) -> None:
    cast.award(cast.purse(1_000), 30)
    page = browse(cast, "wang").get("/purses/")
    assert [row[3:7] for row in cells(page)] == [["970", "30", "0", "1,000"]]
    assert "开设资金池" not in page.text


def test_a_street_without_purses_is_told_what_comes_first(cast: Cast) -> None:
    assert "先开设资金池" in browse(cast, "zhao").get("/purses/").text
    assert "街道开设后" in browse(cast, "wang").get("/purses/").text


def test_every_figure_opens_rows_that_add_up_to_it(cast: Cast) -> None:
    purse = cast.purse(1_000)
    hold = cast.award(purse, 30)
    actions.post_hold(access.SYSTEM, hold=hold, key="post")
    cast.award(purse, 45, key="b")
    actions.void_hold(access.SYSTEM, hold=cast.award(purse, 70, key="c"), key="void")
    pages = browse(cast, "wang")
    page = pages.get(f"/purses/{purse.pk}/")
    assert "1,000=925+45+30+0+0" in page.text.replace(" ", "")
    for figure, label in (
        ("925", "池内余额"),
        ("45", "公示中"),
        ("30", "在居民手里"),
        ("1,000", "共注入"),
    ):
        rows = pages.get(page.link(figure))
        assert label in rows.h1
        table = cells(rows)
        changes = [int(row[5].replace(",", "").replace("−", "-")) for row in table[:-1]]
        assert sum(changes) == int(figure.replace(",", ""))
        assert table[-1][5] == figure
    assert "没有入账，退回 70" in pages.get(page.link("925")).text
    assert "陈**" in page.text
    assert "陈晓梅" not in page.text


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


def test_outside_its_term_a_purse_says_so(cast: Cast) -> None:
    purse = cast.purse(100)
    Purse.objects.filter(pk=purse.pk).update(valid_from="2020-01-01", valid_to="2020-12-31")
    pages = browse(cast, "zhao")
    assert "今天不在使用期内" in pages.get(f"/purses/{purse.pk}/").text
    assert "不在使用期" in pages.get("/purses/").text


def test_a_half_ring_shares_out_the_whole() -> None:
    left, right = half_ring([(3, "a"), (0, "b"), (1, "c")])
    assert (left.stroke, right.stroke) == ("a", "c")
    assert left.d.startswith("M26.0 128.0A104 104")
    assert right.d.endswith("234.0 128.0")
    assert half_ring([(0, "a")]) == []
    assert half_ring([(7, "a")])[0].d == "M26.0 128.0A104 104 0 0 1 234.0 128.0"
