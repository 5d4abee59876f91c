"""A household's points on the phone: the switch, who earned what, and the record that stays with
the person who moves.
"""

from datetime import UTC, datetime

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.ledger.cast import COMMUNITY, Cast
from tests.ledger.looking import booked, browse
from tests.ledger.test_pages_points import amounts, figures
from tests.page import Page, text_of
from zhicunbao.base import access
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions, queries
from zhicunbao.ledger.models import Purse, Transfer
from zhicunbao.registry.models import Household, Membership

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


def family(cast: Cast) -> tuple[Purse, Household]:
    """Open a programme that credits households; 吴村民, 徐美兰 and 陈晓梅 are one."""
    return cast.purse(1_000, credited="household"), cast.household("wu", "xu", "chen")


def earned(cast: Cast, purse: Purse, home: Household, who: str, points: int, key: str) -> Transfer:
    """Book what somebody earned for the household."""
    hold = cast.award(purse, points, key=key, to=who, household=home.pk)
    return actions.post_hold(access.SYSTEM, hold=hold, key=f"{key} posted")


def leave(cast: Cast, who: str) -> None:
    """Let somebody leave their household today."""
    Membership.objects.filter(person=cast.people[who], ends_on=None).update(ends_on=clock.today())


def switch(page: Page) -> list[str]:
    return [text_of(a) for nav in page.all("nav", aria_label="谁的积分") for a in nav.iter("a")]


def captions(page: Page) -> list[str]:
    """Return the second line of each row of the statement."""
    return [text_of(e) for e in page.all("span", class_="cap blk clip")]


def test_without_points_at_home_there_is_no_switch(cast: Cast) -> None:
    booked(cast, cast.purse(1_000), 30, "a")
    cast.household("chen", "wu")
    assert switch(browse(cast, "chen").get("/points/")) == []


def test_the_household_is_one_tap_away_from_ones_own_points(cast: Cast) -> None:
    purse, home = family(cast)
    earned(cast, purse, home, "xu", 20, "a")
    pages = browse(cast, "wu")
    page = pages.get("/points/")
    assert switch(page) == ["我的", "我家的"]
    assert figures(page) == ["0", "0", "0", "0"]
    page = pages.get(page.link("我家的"))
    assert "我家的可用积分20" in page.text.replace(" ", "")
    assert switch(page) == ["我的", "我家的"]


def test_the_household_sees_its_balance_and_who_earned_what(cast: Cast) -> None:
    with clock.at(NOON):
        purse, home = family(cast)
        earned(cast, purse, home, "xu", 20, "a")
        earned(cast, purse, home, "wu", 30, "b")
        cast.award(purse, 45, key="c", to="chen", household=home.pk)
        actions.spend_hold(
            cast.wang,
            holder=("household", home.pk),
            points=8,
            key="d",
            memo="毛巾 2 条",
            area_prefix=COMMUNITY,
        )
        page = browse(cast, "wu").get("/points/home/")
    assert figures(page) == ["42", "+45", "8", "50"]
    assert amounts(page) == ["−8", "+45", "+30", "+20"]
    assert captions(page) == [
        "11月20日",
        "陈晓梅 · 11月20日",
        "我 · 11月20日",
        "徐美兰 · 11月20日",
    ]
    assert "得 50，待入账 45，占用 8" in page.text


def test_each_figure_and_list_of_the_household_opens_its_rows(cast: Cast) -> None:
    purse, home = family(cast)
    earned(cast, purse, home, "xu", 20, "a")
    wrong = earned(cast, purse, home, "xu", 7, "b")
    actions.reverse(cast.zhao, transfer=wrong, key="undo", reason="错")
    cast.award(purse, 45, key="c", to="chen", household=home.pk)
    pages = browse(cast, "chen")
    page = pages.get("/points/home/")
    assert figures(page) == ["20", "+45", "0", "20"]
    assert amounts(pages.get(page.link("+45"))) == ["+45"]
    assert amounts(pages.get(page.link("20"))) == ["−7", "+7", "+20"]
    assert amounts(pages.get(page.link("用掉"))) == []


def test_who_has_left_is_masked_to_those_who_stay(cast: Cast) -> None:
    purse, home = family(cast)
    earned(cast, purse, home, "xu", 20, "a")
    leave(cast, "xu")
    page = browse(cast, "wu").get("/points/home/")
    assert captions(page)[0].startswith("徐** · ")
    assert "徐美兰" not in page.text


def test_a_row_of_the_household_says_whose_deed_it_was(cast: Cast) -> None:
    purse, home = family(cast)
    row = earned(cast, purse, home, "xu", 20, "a")
    page = browse(cast, "wu").get(f"/points/{row.pk}/")
    assert "谁做的徐美兰" in page.text
    assert "到我家" in page.text
    assert "谁做的我" in browse(cast, "xu").get(f"/points/{row.pk}/").text
    page = browse(cast, "wang").get(f"/points/{row.pk}/")
    assert "谁做的徐**" in page.text
    assert f"到户 {home.number}" in page.text
    assert "谁做的徐美兰" in browse(cast, "min").get(f"/points/{row.pk}/").text


def test_another_household_is_never_seen(cast: Cast) -> None:
    purse = cast.purse(1_000, credited="household")
    home, other = cast.household("wu"), cast.household("xu")
    row = earned(cast, purse, home, "wu", 20, "a")
    pages = browse(cast, "xu")
    assert figures(pages.get("/points/home/")) == ["0", "0", "0", "0"]
    assert pages.get(f"/points/{row.pk}/").status == 404
    assert other.pk != home.pk


def test_without_a_household_the_page_says_where_to_go(cast: Cast) -> None:
    pages = browse(cast, "wu")
    page = pages.get("/points/home/")
    assert "您还没有登记到哪一户" in page.text
    assert switch(page) == ["我的", "我家的"]
    assert pages.get("/points/home/print/").url == "/points/home/"


def test_ones_record_is_what_one_earned_for_the_household(cast: Cast) -> None:
    purse, home = family(cast)
    earned(cast, purse, home, "xu", 20, "a")
    earned(cast, purse, home, "wu", 99, "b")
    wrong = earned(cast, purse, home, "xu", 7, "c")
    actions.reverse(cast.zhao, transfer=wrong, key="undo", reason="错")
    actions.void_hold(
        access.SYSTEM,
        hold=cast.award(purse, 70, key="d", to="xu", household=home.pk),
        key="void",
    )
    cast.award(purse, 45, key="e", to="xu", household=home.pk)
    pages = browse(cast, "xu")
    page = pages.get(pages.get("/points/").link("我的记录"))
    assert switch(page) == ["我的", "我家的", "我的记录"]
    assert "我为家里得到20分" in page.text.replace(" ", "")
    assert "另有 45 分公示期满后入账" in page.text
    assert amounts(page) == ["+45", "0", "−7", "+7", "+20"]
    assert captions(page)[0].startswith("记到我家 · ")
    assert switch(browse(cast, "chen").get("/points/")) == ["我的", "我家的"]


def test_who_moves_takes_the_record_and_leaves_the_balance(cast: Cast) -> None:
    purse, home = family(cast)
    row = earned(cast, purse, home, "xu", 20, "a")
    leave(cast, "xu")
    pages = browse(cast, "xu")
    page = pages.get("/points/")
    assert switch(page) == ["我的", "我的记录"]
    page = pages.get(page.link("我的记录"))
    assert amounts(page) == ["+20"]
    assert captions(page)[0].startswith(f"记到户 {home.number}")
    assert pages.get(f"/points/{row.pk}/").status == 200
    assert "您还没有登记到哪一户" in pages.get("/points/home/").text
    new = cast.household("xu")
    earned(cast, purse, new, "xu", 5, "b")
    assert queries.earned_for_home(cast.people["xu"].pk) == (25, 0)
    page = pages.get("/points/home/")
    assert figures(page)[0] == "5"
    assert "20" in browse(cast, "wu").get("/points/home/").text


def test_a_long_record_goes_on_without_a_gap(cast: Cast) -> None:
    purse, home = family(cast)
    for number in range(35):
        earned(cast, purse, home, "xu", 1 + number % 9, f"a {number}")
    pages = browse(cast, "xu")
    first = pages.get("/points/record/")
    second = pages.get(first.link("更早的"))
    wanted = [f"+{1 + number % 9}" for number in reversed(range(35))]
    assert amounts(first) + amounts(second) == wanted
    assert "更早的" not in second.text


def test_nobody_has_a_record_of_rows_without_an_earner(cast: Cast) -> None:
    booked(cast, cast.purse(1_000), 30, "a")
    assert queries.record_of(cast.people["chen"].pk).lines == ()
    seen = Transfer.objects.filter(Transfer.visible(access.SYSTEM))
    assert not seen.exists()
    assert "还没有记录" in browse(cast, "chen").get("/points/record/").text


def test_queries_do_not_grow_with_the_households_rows(cast: Cast) -> None:
    purse, home = family(cast)
    counts = []
    for number, who in enumerate(("xu", "wu", "chen")):
        earned(cast, purse, home, who, 5, f"a {number}")
        pages = browse(cast, "xu")
        with CaptureQueriesContext(connection) as asked:
            pages.get("/points/home/")
            pages.get("/points/record/")
        counts.append(len(asked))
    assert len(set(counts)) == 1
