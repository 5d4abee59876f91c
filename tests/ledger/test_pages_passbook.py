"""The printable passbook: its stretch of time, its leaves with the balance carried over, and who
may print whose.
"""

from datetime import UTC, datetime, timedelta

import pytest

from tests.ledger.cast import Cast
from tests.ledger.looking import booked, browse, cells, redeemed
from tests.page import Page, text_of
from zhicunbao.base import access
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions, queries
from zhicunbao.ledger.pages.passbook import LINES_A_LEAF, leaves_of

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


def cover(page: Page) -> dict[str, str]:
    """Return what stands on the cover."""
    names, values = page.all("dt"), page.all("dd")
    return {text_of(n): text_of(v) for n, v in zip(names, values, strict=True)}


def test_the_passbook_runs_from_the_opening_to_the_closing_balance(cast: Cast) -> None:
    with clock.at(datetime(2025, 12, 31, 15, tzinfo=UTC)):
        purse = cast.purse(1_000)
        booked(cast, purse, 10, "2025")
    with clock.at(datetime(2025, 12, 31, 17, tzinfo=UTC)):
        posted = booked(cast, purse, 30, "2026")
        actions.reverse(cast.zhao, transfer=posted, key="undo", reason="记错了")
        booked(cast, purse, 20, "2026 too")
        redeemed(cast, 4, "spent")
        cast.award(purse, 99, key="waits")
        pages = browse(cast, "chen")
        page = pages.get(pages.get("/points/").link("打印存折"))
        assert cells(page) == [
            ["26.01.01", "期初余额", "", "", "10"],
            ["26.01.01", "沿街店铺消防排查后来冲正 RW-2026-0001", "30", "", "40"],
            ["26.01.01", "记错了冲正 RW-2026-0001", "", "30", "10"],
            ["26.01.01", "沿街店铺消防排查RW-2026-0001", "20", "", "30"],
            ["26.01.01", "毛巾 2 条DH-2026-0001", "", "4", "26"],
            ["26.01.01", "期末余额", "", "", "26"],
        ]
        assert cover(page) == {
            "姓名": "陈晓梅",
            "起止": "2026年1月1日至2026年1月1日",
            "期初余额": "10 分",
            "收入": "50 分",
            "支出": "34 分",
            "期末余额": "26 分",
        }
        before = pages.get(page.link("2025年"))
        assert cover(before)["期末余额"] == "10 分"
        assert cover(before)["起止"] == "2025年1月1日至2025年12月31日"
        assert pages.get(before.link("2026年")).h1 == "积分存折"


def test_any_stretch_can_be_printed_with_the_balance_of_its_last_day(cast: Cast) -> None:
    purse = None
    for day in range(5):
        with clock.at(NOON - timedelta(days=10 - day)):
            purse = purse or cast.purse(1_000)
            booked(cast, purse, 10 + day, f"a {day}")
    with clock.at(NOON):
        form = browse(cast, "chen").get("/points/print/")
        page = form.submit("看这一段", since="2026-11-11", until="2026-11-12")
    assert [row[2:] for row in cells(page)] == [
        ["", "", "10"],
        ["11", "", "21"],
        ["12", "", "33"],
        ["", "", "33"],
    ]
    with clock.at(NOON):
        only_until = browse(cast, "chen").get("/points/print/?until=2026-11-10")
    assert cover(only_until)["期末余额"] == "10 分"


@pytest.mark.parametrize(
    "query", ["?since=gestern", "?since=2026-11-12&until=2026-11-11", "?until=2026-02-31"]
)
def test_a_stretch_that_cannot_be_is_asked_anew(cast: Cast, query: str) -> None:
    page = browse(cast, "chen").get(f"/points/print/{query}")
    assert page.status == 422
    assert "什么都没有改动" in page.text


def test_leaves_carry_the_balance_over(cast: Cast) -> None:
    with clock.at(NOON):
        purse = cast.purse(10_000)
        count = 2 * LINES_A_LEAF + 1
        for number in range(count):
            booked(cast, purse, 1 + number, f"a {number}")
        page = browse(cast, "chen").get("/points/print/")
    rows = cells(page)
    assert "第 3 页，共 3 页" in page.text
    kept = [(row[1], row[4]) for row in rows if row[1] in ("承前页", "过次页")]
    first, second = sum(range(1, 13)), sum(range(1, 25))
    assert kept == [
        ("过次页", f"{first}"),
        ("承前页", f"{first}"),
        ("过次页", f"{second}"),
        ("承前页", f"{second}"),
    ]
    assert rows[-1][1:] == ["期末余额", "", "", f"{sum(range(1, count + 1))}"]


def test_somebody_without_points_has_an_empty_book(cast: Cast) -> None:
    page = browse(cast, "chen").get("/points/print/")
    assert [row[1] for row in cells(page)] == ["期初余额", "期末余额"]
    [leaf] = leaves_of(queries.Sheet(), queries.Line.__str__)
    assert (leaf.brought, leaf.carried, leaf.is_first, leaf.is_last) == (0, 0, True, True)


def test_a_book_that_is_too_long_says_so(cast: Cast) -> None:
    purse = cast.purse(1_000)
    for number in range(3):
        booked(cast, purse, 10, f"a {number}")
    since, until = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    accounts = cast.accounts()
    whole = queries.sheet(accounts, since, until, size=3)
    cut = queries.sheet(accounts, since, until, size=2)
    assert (whole.closing, whole.is_cut) == (30, False)
    assert (cut.closing, cut.is_cut, len(cut.lines)) == (20, True, 2)


def test_the_book_of_a_household_names_who_earned_what(cast: Cast) -> None:
    purse = cast.purse(1_000, credited="household")
    home = cast.household("wu", "xu")
    for who in ("wu", "xu"):
        hold = cast.award(purse, 20, key=who, to=who, household=home.pk)
        actions.post_hold(access.SYSTEM, hold=hold, key=f"{who} posted")
    pages = browse(cast, "wu")
    page = pages.get(pages.get("/points/home/").link("打印存折"))
    assert cover(page)["户"] == f"红光里 1 号（{home.number}）"
    # On paper nobody is called 我.
    assert [row[1] for row in cells(page)][1:3] == [
        "沿街店铺消防排查吴村民 RW-2026-0001",
        "沿街店铺消防排查徐美兰 RW-2026-0001",
    ]


def test_at_the_counter_the_book_of_another_is_printed(cast: Cast) -> None:
    booked(cast, cast.purse(1_000), 30, "a")
    url = f"/ledger/holders/person/{cast.people['chen'].pk}/"
    pages = browse(cast, "min")
    page = pages.get(pages.get(url).link("打印存折"))
    assert cover(page)["姓名"] == "陈晓梅"
    assert cover(browse(cast, "wang").get(f"{url}print/"))["姓名"] == "陈**"
    for who in ("other", "wu"):
        assert browse(cast, who).get(f"{url}print/").status == 404
