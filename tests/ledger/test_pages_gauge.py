"""The gauge of a purse: figures that add up to the fen and open their rows, how long it lasts, the
stop line, and what only those see who audit it.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import tables
from tests.ledger.cast import Cast
from tests.ledger.looking import booked, books_of, browse, cells, sum_of
from zhicunbao.base import access
from zhicunbao.base.models import AuditEntry, OutboxMessage
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.models import Account, Purse
from zhicunbao.ledger.pages.drawing import half_ring, left_chart

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


def test_the_figures_add_up_in_points_and_to_the_fen(cast: Cast) -> None:
    purse = books_of(cast)
    page = browse(cast, "wang").get(f"/purses/{purse.pk}/")
    words = page.text.replace(" ", "")
    assert "账是平的1,000=925+45+20+8+2" in words
    assert "500.00=462.50+22.50+10.00+4.00+1.00元" in words
    rows = [["".join(cell.itertext()).strip() for cell in row] for row in page.all("tr")]
    assert rows[:6] == [
        ["池内余额", "925", "462.50 元"],
        ["公示中，待入账", "45", "22.50 元"],
        ["在居民手里", "20", "10.00 元"],
        ["已兑换", "8", "4.00 元"],
        ["已清零", "2", "1.00 元"],
        ["共注入", "1,000", "500.00 元"],
    ]


def test_every_figure_opens_rows_that_add_up_to_it(cast: Cast) -> None:
    purse = books_of(cast)
    pages = browse(cast, "wang")
    page = pages.get(f"/purses/{purse.pk}/")
    for figure, label in (
        ("925", "池内余额"),
        ("45", "公示中"),
        ("20", "在居民手里"),
        ("8", "已兑换"),
        ("2", "已清零"),
        ("1,000", "共注入"),
        ("75", "近 30 天发出"),
    ):
        rows = pages.get(page.link(figure))
        assert label in rows.h1
        assert sum_of(rows) == int(figure.replace(",", ""))
    assert "没有入账，退回 70" in pages.get(page.link("925")).text
    assert "陈**" in page.text
    assert "陈晓梅" not in page.text


@pytest.mark.parametrize(
    ("points", "fen", "said"),
    [
        (1, 1, "0.01"),
        (3, 50, "1.50"),
        (200_000, 50, "100,000.00"),
        (-7, 15, "−1.05"),
        (0, 9, "0.00"),
    ],
)
def test_money_is_said_to_the_fen(points: int, fen: int, said: str) -> None:
    assert rules.yuan(points, fen) == said


def test_books_that_do_not_add_up_are_called_so(cast: Cast) -> None:
    purse = books_of(cast)
    Account.objects.filter(code=cast.code()).update(credits_posted=51)
    page = browse(cast, "zhao").get(f"/purses/{purse.pk}/")
    assert "账没有平，差 −1 分" in page.text
    assert "账是平的" not in page.text


def test_the_day_on_which_it_runs_dry_is_said_with_its_rate(cast: Cast) -> None:
    with clock.at(NOON - timedelta(days=40)):
        purse = cast.purse(1_000)
        booked(cast, purse, 500, "long ago")
    with clock.at(NOON - timedelta(days=10)):
        booked(cast, purse, 90, "lately")
        actions.void_hold(access.SYSTEM, hold=cast.award(purse, 70, key="c"), key="void")
        wrong = booked(cast, purse, 20, "d")
        actions.reverse(cast.zhao, transfer=wrong, key="undo", reason="错")
    with clock.at(NOON):
        pages = browse(cast, "zhao")
        page = pages.get(f"/purses/{purse.pk}/")
        # 410 left, 90 went in 30 days: 136 days.
        assert "照现在的速度，能用到 2027年4月5日。" in page.text
        assert "近 30 天发出 90 分" in page.text
        opened = pages.get(page.link("90"))
        assert sum_of(opened) == 90
        assert [row[5] for row in cells(opened)][:5] == ["−20", "+20", "−70", "+70", "+90"]


def test_a_purse_from_which_nothing_was_drawn_says_so(cast: Cast) -> None:
    with clock.at(NOON - timedelta(days=40)):
        purse = cast.purse(1_000)
        booked(cast, purse, 500, "long ago")
    with clock.at(NOON):
        page = browse(cast, "zhao").get(f"/purses/{purse.pk}/")
    assert "近 30 天没有发出积分，算不出能用到哪天。" in page.text
    assert "能用到 2" not in page.text


def test_a_purse_that_lasts_for_ever_and_one_that_is_empty_say_so(cast: Cast) -> None:
    lasting = cast.purse(1_000_000)
    booked(cast, lasting, 1, "a")
    pages = browse(cast, "zhao")
    assert "十年也用不完" in pages.get(f"/purses/{lasting.pk}/").text
    empty = cast.purse(5, name="小")
    booked(cast, empty, 5, "b")
    page = pages.get(f"/purses/{empty.pk}/")
    assert "已经发完，补充以后才能再发。" in page.text
    assert [row[2] for row in cells(pages.get("/purses/"))] == ["在用", "已发完"]


def test_what_was_left_each_day_is_what_the_rows_say(cast: Cast) -> None:
    with clock.at(NOON - timedelta(days=3)):
        purse = cast.purse(1_000)
        first = cast.award(purse, 30, key="a")
        second = cast.award(purse, 70, key="b")
    with clock.at(NOON - timedelta(days=2)):
        posted = actions.post_hold(access.SYSTEM, hold=first, key="a posted")
        actions.void_hold(access.SYSTEM, hold=second, key="b void")
    with clock.at(NOON - timedelta(days=1)):
        actions.reverse(cast.zhao, transfer=posted, key="undo", reason="错")
        cast.award(purse, 5, key="c")
    with clock.at(NOON):
        assert queries.left_by_day(purse) == [
            (date(2026, 11, 17), 900),
            (date(2026, 11, 18), 970),
            (date(2026, 11, 19), 995),
            (date(2026, 11, 20), 995),
        ]


def test_the_stop_line_is_set_by_the_form(cast: Cast) -> None:
    purse = cast.purse(1_000)
    page = browse(cast, "zhao").get(f"/purses/{purse.pk}/")
    assert "不设，发完为止" in page.text
    answers = [page.submit("设定停发线", stop_below="300") for _ in range(2)]
    for done in answers:
        assert "停发线已设为 300 分。" in done.text
        assert "停发线300 分" in done.text
    assert AuditEntry.objects.filter(verb="ledger.stop_line_set").count() == 1
    assert Purse.objects.get().stop_below == 300
    assert "不再设停发线。" in answers[0].submit("设定停发线", stop_below="0").text


@pytest.mark.parametrize("stop_below", ["", "-1", "很多", "1.5", "99999999999"])
def test_a_stop_line_that_cannot_be_used_changes_nothing(cast: Cast, stop_below: str) -> None:
    purse = cast.purse(1_000)
    page = browse(cast, "zhao").get(f"/purses/{purse.pk}/")
    with tables.unchanged():
        answer = page.submit("设定停发线", stop_below=stop_below)
    assert answer.status == 422
    assert "什么都没有改动" in answer.text
    [field] = answer.all("input", name="stop_below")
    assert field.get("value", "") == stop_below


def test_who_only_looks_sets_no_stop_line(cast: Cast) -> None:
    purse = cast.purse(1_000)
    url, sent = f"/purses/{purse.pk}/stop-line/", {"stop_below": "5", "key": "k"}
    wang, zhou, zhao = (browse(cast, who) for who in ("wang", "zhou", "zhao"))
    with tables.unchanged():
        assert wang.post(url, sent).status == 403
        assert zhou.post(url, sent).status == 404
        assert zhao.client.get(url).status_code == 405
    assert "设定停发线" not in wang.get(f"/purses/{purse.pk}/").text


def test_at_the_stop_line_the_purse_says_so_and_gives_no_more(cast: Cast) -> None:
    purse = cast.purse(100, stop_below=40)
    cast.award(purse, 60, key="a")
    pages = browse(cast, "zhao")
    page = pages.get(f"/purses/{purse.pk}/")
    assert "已到停发线，暂停发放。" in page.text
    assert "池内只剩 40 分，停发线是 40 分" in page.text
    assert [row[2] for row in cells(pages.get("/purses/"))] == ["停发"]
    [told] = OutboxMessage.objects.filter(person=cast.people["zhao"])
    assert pages.get(told.url).h1 == purse.name
    page.submit("补充", points="1", document="浮财〔2026〕9号")
    assert "已到停发线" not in pages.get(f"/purses/{purse.pk}/").text


def test_the_fullest_accounts_are_shown_masked_to_those_who_audit_the_purse_alone(
    cast: Cast,
) -> None:
    purse = cast.purse(1_000)
    booked(cast, purse, 30, "a", to="chen")
    booked(cast, purse, 50, "b", to="xu")
    cast.award(purse, 99, key="c", to="wu")
    pages = browse(cast, "auditor")
    page = pages.get(f"/purses/{purse.pk}/")
    heaps = [row for row in cells(page) if row[0] in ("徐**", "陈**")]
    assert heaps == [["徐**", "50", "25.00"], ["陈**", "30", "15.00"]]
    assert "徐美兰" not in page.text
    assert pages.get(page.link("徐**")).h1 == "徐美兰"
    for who in ("wang", "min"):
        assert "持有最多" not in browse(cast, who).get(f"/purses/{purse.pk}/").text


def test_the_fullest_accounts_are_those_with_most_booked(cast: Cast) -> None:
    purse, other = cast.purse(1_000), cast.purse(1_000, name="另一个")
    booked(cast, purse, 30, "a", to="chen")
    booked(cast, purse, 50, "b", to="xu")
    booked(cast, purse, 20, "c", to="chen")
    wrong = booked(cast, purse, 500, "d", to="wu")
    actions.reverse(cast.zhao, transfer=wrong, key="undo", reason="错")
    booked(cast, other, 900, "e", to="min")
    held = [(a.holder_id, a.posted) for a in queries.top_holders(purse)]
    chen, xu = (cast.people[who].pk for who in ("chen", "xu"))
    assert held == [(xu, 50), (chen, 50)]
    assert len(queries.top_holders(purse, limit=1)) == 1


def test_what_is_held_is_said_of_holders_of_points_alone(cast: Cast) -> None:
    """A purse's own rows are hot, and must not move in an index with every award."""
    purse = books_of(cast)
    goods = actions.open_account(code="shop/2/goods/5")
    held = dict(Account.objects.values_list("code", "held"))
    assert held.pop(cast.code()) == 20
    assert goods.held is None
    assert set(held.values()) == {None}
    assert rules.fund_code(purse.pk) in held


def test_a_wrong_funding_stands_in_the_list_with_its_reversal(cast: Cast) -> None:
    purse = cast.purse(1_000)
    wrong = cast.fund(purse, 10_000, key="wrong")
    actions.reverse(cast.zhao, transfer=wrong, key="undo", reason="多打了一个零")
    page = browse(cast, "wang").get(f"/purses/{purse.pk}/")
    for words in ("多打了一个零", "−10,000", "后来冲正", "+10,000", "+1,000"):
        assert words in page.text


def test_queries_do_not_grow_with_what_is_in_the_purse(cast: Cast) -> None:
    purse = books_of(cast)
    counts = []
    for who in ("xu", "wu", "min"):
        with CaptureQueriesContext(connection) as asked:
            browse(cast, "zhao").get(f"/purses/{purse.pk}/")
        counts.append(len(asked))
        booked(cast, purse, 5, f"more {who}", to=who)
        cast.fund(purse, 10, key=f"more {who}")
    assert len(set(counts)) == 1


# --- drawings -------------------------------------------------------------------------------------


def test_a_half_ring_shares_out_the_whole() -> None:
    left, right = half_ring([(3, "a"), (0, "b"), (1, "c")])
    assert (left.stroke, right.stroke) == ("a", "c")
    assert left.d.startswith("M26.0 128.0A104 104")
    assert right.d.endswith("234.0 128.0")
    assert half_ring([(0, "a")]) == []
    assert half_ring([(7, "a")])[0].d == "M26.0 128.0A104 104 0 0 1 234.0 128.0"


def test_the_way_ahead_ends_on_the_day_it_runs_dry() -> None:
    today = date(2026, 11, 20)
    chart = left_chart(
        [(date(2026, 11, 10), 200), (today, 100)],
        dry_on=date(2026, 12, 20),
        ends_on=date(2026, 12, 31),
        stop_below=50,
        width=311,
        height=190,
    )
    assert chart.dry is not None
    assert (chart.dry.y, chart.dry.text, chart.dry.end) == ("166.0", "约12月20日用完", "end")
    assert chart.ahead.endswith(f"L{chart.dry.x} 166.0")
    assert chart.line.startswith("M44.0 26.0L")
    assert chart.term is not None
    assert chart.stop is not None
    assert (chart.term.text, chart.stop.y) == ("用到这天", "131.0")
    assert [mark.text for mark in chart.levels] == ["0", "100", "200"]
    assert [mark.text for mark in chart.months] == ["12月", "2027年"]


def test_what_lies_more_than_a_year_ahead_is_not_drawn() -> None:
    today = date(2026, 11, 20)
    chart = left_chart(
        [(today, 189_134)],
        dry_on=date(2029, 1, 1),
        ends_on=None,
        stop_below=0,
        width=610,
        height=216,
    )
    assert (chart.dry, chart.term, chart.stop) == (None, None, None)
    assert chart.ahead.split(" ")[0] == "M44.0"
    assert [mark.text for mark in chart.levels] == ["0", "10万", "20万"]
    nothing = left_chart(
        [(today, 5)], dry_on=None, ends_on=None, stop_below=0, width=311, height=99
    )
    assert nothing.ahead == ""
