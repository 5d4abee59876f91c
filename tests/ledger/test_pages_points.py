"""One's own points on the phone: the balance, its rows, one row's story."""

from tests.ledger.cast import Cast
from tests.ledger.looking import browse
from tests.page import Page
from zhicunbao.base import access
from zhicunbao.ledger import actions
from zhicunbao.ledger.actions import Movement
from zhicunbao.ledger.models import Purse, Transfer


def booked(cast: Cast, purse: Purse, amount: int, key: str) -> Transfer:
    hold = cast.award(purse, amount, key=key)
    return actions.post_hold(access.SYSTEM, hold=hold, key=f"{key} posted")


def spend(cast: Cast, amount: int) -> Transfer:
    return actions.hold(
        cast.chen,
        Movement(
            key="spend",
            debit=cast.code(),
            credit=cast.home(),
            amount=amount,
            reason="award",
            memo="毛巾 2 条",
        ),
    )


def figures(page: Page) -> list[str]:
    """Return the figures above the statement."""
    return ["".join(e.itertext()) for e in page.all("dd")][:4]


def test_the_balance_stands_above_the_rows_that_make_it(cast: Cast) -> None:
    purse = cast.purse(1_000)
    booked(cast, purse, 120, "a")
    cast.award(purse, 45, key="b")
    spend(cast, 60)
    page = browse(cast, "chen").get("/points/")
    assert page.h1 == "积分"
    assert figures(page) == ["60", "+45", "60", "120"]
    for words in ("得 120，待入账 45，占用 60", "编号 RW-2026-0001", "余额 120", "占用中"):
        assert words in page.text
    assert "公示期满后入账" in page.text


def test_each_figure_and_filter_opens_its_rows(cast: Cast) -> None:
    purse = cast.purse(1_000)
    booked(cast, purse, 120, "a")
    cast.award(purse, 45, key="b")
    spend(cast, 60)
    pages = browse(cast, "chen")
    page = pages.get("/points/")
    opened = {
        words: [
            row for row in ("+120", "+45", "−60") if row in amounts(pages.get(page.link(words)))
        ]
        for words in ("+45", "60", "120", "得到", "用掉", "待入账", "全部")
    }
    assert opened == {
        "+45": ["+45"],
        "60": ["−60"],
        "120": ["+120"],
        "得到": ["+120"],
        "用掉": ["−60"],
        "待入账": ["+45"],
        "全部": ["+120", "+45", "−60"],
    }


def amounts(page: Page) -> list[str]:
    cells = [e for e in page.all("span") if (e.get("class") or "").startswith("amt")]
    return ["".join(e.find("b").itertext()) for e in cells]  # type: ignore[union-attr]  # each has one


def test_voided_and_reversed_rows_say_what_became_of_them(cast: Cast) -> None:
    purse = cast.purse(1_000)
    hold = cast.award(purse, 70, key="a")
    actions.void_hold(access.SYSTEM, hold=hold, key="void")
    posted = booked(cast, purse, 30, "b")
    actions.reverse(cast.zhao, transfer=posted, key="undo", reason="照片是去年的")
    page = browse(cast, "chen").get("/points/")
    assert amounts(page) == ["−30", "+30", "0"]
    for words in ("70 分没有入账", "照片是去年的", "已冲正"):
        assert words in page.text


def test_a_long_statement_goes_on_without_a_gap(cast: Cast) -> None:
    purse = cast.purse(10_000)
    for number in range(35):
        booked(cast, purse, 1 + number, f"a {number}")
    pages = browse(cast, "chen")
    first = pages.get("/points/")
    second = pages.get(first.link("更早的"))
    assert amounts(first) + amounts(second) == [f"+{1 + n}" for n in reversed(range(35))]
    assert "更早的" not in second.text


def test_nothing_yet_says_what_will_happen(cast: Cast) -> None:
    pages = browse(cast, "chen")
    assert "办完一件任务，公示期满后" in pages.get("/points/").text
    empty = pages.get("/points/?show=out")
    assert pages.get(empty.link("看全部")).h1 == "积分"


def test_a_list_or_year_that_does_not_exist_is_not_found(cast: Cast) -> None:
    pages = browse(cast, "chen")
    for query in ("?show=all&year=1066", "?show=everything", "?show=booked"):
        assert pages.get(f"/points/{query}").status == 404
    assert pages.get("/points/?before=x&year=x").status == 200


def test_a_row_tells_its_story(cast: Cast) -> None:
    purse = cast.purse(1_000)
    posted = booked(cast, purse, 30, "b")
    page = browse(cast, "chen").get(f"/points/{posted.pk}/")
    assert page.h1 == "一笔积分"
    for words in ("+30", "已入账", "RW-2026-0001", "资金池“2026年基层治理积分”", "到我", "系统"):
        assert words in page.text
    assert "记为待入账 · 梅**" in page.text
    assert "梅国强" not in page.text
    actions.reverse(cast.zhao, transfer=posted, key="undo", reason="照片是去年的")
    page = browse(cast, "chen").get(f"/points/{posted.pending_id}/")
    assert "已冲正" in page.text
    assert "冲正：照片是去年的" in page.text


def test_staff_see_a_row_with_the_names_of_those_who_decided(cast: Cast) -> None:
    posted = booked(cast, cast.purse(1_000), 30, "b")
    page = browse(cast, "wang").get(f"/points/{posted.pk}/")
    assert "梅国强" in page.text
    assert "到陈**" in page.text
    assert "陈晓梅" not in page.text
    assert "冲正这一笔" not in page.text


def test_a_transfer_to_a_household_names_nobody(cast: Cast) -> None:
    booked(cast, cast.purse(1_000), 70, "a")
    page = browse(cast, "chen").get(f"/points/{spend(cast, 60).pk}/")
    assert "−60" in page.text
    assert "从我到户" in page.text


def test_rows_of_others_are_not_there(cast: Cast) -> None:
    posted = booked(cast, cast.purse(1_000), 30, "b")
    assert browse(cast, "zhou").get(f"/points/{posted.pk}/").status == 404
