"""The ledger of a place: what is listed and summed, what is not from elsewhere, the workbook and
the paper.
"""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from tests import tables
from tests.ledger.cast import COMMUNITY, Cast
from tests.ledger.looking import booked, books_of, browse, cells, number, redeemed
from tests.page import Page, text_of
from zhicunbao.base.models import AuditEntry
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.actions import Movement
from zhicunbao.ledger.models import Purse, Transfer
from zhicunbao.ledger.pages import area as page_module
from zhicunbao.ledger.sheets import plain

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
ZHONGSHAN = "331125001001"


def elsewhere(cast: Cast, purse: Purse) -> Transfer:
    """Award something in 中山社区."""
    return actions.hold(
        cast.wang,
        Movement(
            key="elsewhere",
            debit=rules.fund_code(purse.pk),
            credit=cast.code("xu", purse=purse),
            amount=99,
            reason="award",
            memo="中山社区的事",
            case_number="RL-2026-0099",
            area_prefix=ZHONGSHAN,
        ),
    )


def titles(page: Page) -> list[str]:
    return [row[1] for row in cells(page)]


def figures(page: Page) -> dict[str, tuple[int, str]]:
    """Return the large totals, each with the address of its rows."""
    found = {}
    for stat in page.all("dl", class_="stat mid"):
        link = next(stat.iter("a"))
        found[text_of(next(stat.iter("dt")))] = (number(text_of(link)), link.get("href", ""))
    return found


def test_every_movement_of_the_place_is_listed_newest_first(cast: Cast) -> None:
    purse = books_of(cast)
    elsewhere(cast, purse)
    page = browse(cast, "min").get("/ledger/")
    assert [(row[1], row[2], row[5], row[6]) for row in cells(page)] == [
        ("沿街店铺消防排查", "陈晓梅", "待入账", "+45"),
        ("2026年清零决议", "陈晓梅", "清零", "−2"),
        ("毛巾 2 条", "陈晓梅", "兑换", "−8"),
        ("照片是去年的", "陈晓梅", "冲正", "−20"),
        ("沿街店铺消防排查", "陈晓梅", "奖励，后来冲正", "+20"),
        ("沿街店铺消防排查", "陈晓梅", "没有入账，退回 70", "0"),
        ("沿街店铺消防排查", "陈晓梅", "奖励", "+30"),
    ]
    assert "共 7 笔" in page.text


def test_each_total_is_the_sum_of_the_rows_it_opens(cast: Cast) -> None:
    purse = books_of(cast)
    elsewhere(cast, purse)
    pages = browse(cast, "min")
    found = figures(pages.get("/ledger/"))
    assert {label: points for label, (points, _) in found.items()} == {
        "居民得到": 50,
        "居民用掉和退回": 30,
        "奖励": 50,
        "兑换": 8,
        "冲正": 20,
        "待入账": 45,
    }
    for label, (points, url) in found.items():
        opened = pages.get(f"/ledger/{url}")
        assert sum(abs(number(row[6])) for row in cells(opened)) == points, label


def test_the_chips_count_exactly_what_they_open(cast: Cast) -> None:
    books_of(cast)
    pages = browse(cast, "zhao")
    page = pages.get("/ledger/")
    counted = {}
    for chip in page.all("a"):
        if "part=" in (chip.get("href") or "") and "chip" in (chip.get("class") or ""):
            [part] = parse_qs(urlsplit(chip.get("href", "")).query)["part"]
            counted[part] = int(text_of(next(chip.iter("span"))))
            assert len(cells(pages.get(f"/ledger/{chip.get('href')}"))) == counted[part], part
    assert counted == {
        "in": 2,
        "out": 3,
        "waiting": 1,
        "award": 2,
        "redeem": 1,
        "reversal": 1,
        "fund": 1,
        "expiry": 1,
        "voided": 1,
    }


def test_nothing_of_another_place_is_seen_found_or_counted(cast: Cast) -> None:
    purse = books_of(cast)
    elsewhere(cast, purse)
    pages = browse(cast, "other")
    page = pages.get("/ledger/")
    assert titles(page) == ["中山社区的事"]
    assert {points for points, _ in figures(page).values()} == {0, 99}
    for query in ("?who=RW-2026", "?who=陈晓梅", f"?purse={purse.pk}&who=RW-2026-0001"):
        assert "没有这样的流水" in pages.get(f"/ledger/{query}").text, query
    assert pages.get(f"/ledger/?area={COMMUNITY}").status == 404
    assert titles(browse(cast, "zhao").get("/ledger/"))[0] == "中山社区的事"
    assert len(titles(browse(cast, "zhao").get(f"/ledger/?area={COMMUNITY}"))) == 7


def test_the_ledger_is_narrowed_by_day_purse_household_case_and_name(cast: Cast) -> None:
    with clock.at(NOON - timedelta(days=9)):
        purse, other = cast.purse(1_000), cast.purse(500, name="户", credited="household")
        booked(cast, purse, 30, "a")
    with clock.at(NOON):
        home = cast.household("wu", "xu")
        booked(cast, purse, 20, "b", to="xu")
        cast.award(other, 7, key="c", to="xu", household=home.pk)
        redeemed(cast, 5, "d")
        pages = browse(cast, "min")
        amounts = {
            query: [row[6] for row in cells(pages.get(f"/ledger/?{query}"))]
            for query in (
                "since=2026-11-20",
                "until=2026-11-19",
                f"purse={other.pk}",
                f"who={home.number}",
                "who=DH-2026",
                "who=徐美兰",
                "who=徐美兰&part=waiting",
                "who=没有这个人",
            )
        }
    assert list(amounts.values()) == [
        ["−5", "+7", "+20"],
        ["+30"],
        ["+7"],
        ["+7"],
        ["−5"],
        ["+7", "+20"],
        ["+7"],
        [],
    ]


def test_who_earned_it_stands_beside_the_household(cast: Cast) -> None:
    purse = cast.purse(500, credited="household")
    home = cast.household("wu", "xu")
    cast.award(purse, 7, key="c", to="xu", household=home.pk)
    [row] = cells(browse(cast, "min").get("/ledger/"))
    assert row[2] == f"红光里 1 号（{home.number}），徐美兰做的"
    [row] = cells(browse(cast, "wang").get("/ledger/"))
    assert row[2] == f"户 {home.number}，徐**做的"


def test_without_the_right_to_names_they_are_masked_and_cannot_be_searched(cast: Cast) -> None:
    booked(cast, cast.purse(1_000), 30, "a")
    pages = browse(cast, "wang")
    page = pages.get("/ledger/")
    assert cells(page)[0][2] == "陈**"
    assert "陈晓梅" not in page.text
    assert "姓名只显示姓" in page.text
    assert "没有这样的流水" in pages.get("/ledger/?who=陈晓梅").text
    assert cells(browse(cast, "auditor").get("/ledger/?who=陈晓梅"))[0][2] == "陈晓梅"


def test_a_name_that_too_many_bear_must_be_written_whole(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhicunbao.ledger.queries.area.NAMESAKES_MAX", 1)
    booked(cast, cast.purse(1_000), 30, "a")
    page = browse(cast, "min").get("/ledger/?who=外")
    assert page.status == 422
    assert "名字里有“外”的人太多，请写全姓名。" in page.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("part=gold", 404),
        ("area=000", 404),
        ("since=gestern", 422),
        ("since=2026-11-20&until=2026-11-19", 422),
        ("purse=999", 422),
        ("before=x", 200),
    ],
)
def test_what_cannot_be_asked_is_refused(cast: Cast, query: str, status: int) -> None:
    booked(cast, cast.purse(1_000), 30, "a")
    assert browse(cast, "min").get(f"/ledger/?{query}").status == status


def test_only_staff_look_into_the_ledger(cast: Cast) -> None:
    booked(cast, cast.purse(1_000), 30, "a")
    for who in ("chen", "wu"):
        assert browse(cast, who).get("/ledger/").status == 403


def test_long_lists_go_on_and_come_back(cast: Cast) -> None:
    purse = cast.purse(2_000)
    for count in range(60):
        cast.award(purse, 1 + count, key=f"a {count}")
    pages = browse(cast, "min")
    first = pages.get("/ledger/?part=waiting")
    second = pages.get(first.link("更早的"))
    assert [row[6] for row in cells(first) + cells(second)] == [
        f"+{1 + count}" for count in reversed(range(60))
    ]
    assert cells(pages.get(second.link("最新的"))) == cells(first)


def test_queries_do_not_grow_with_the_rows(cast: Cast) -> None:
    purse = cast.purse(1_000)
    home = cast.household("wu")
    other = cast.purse(500, name="户", credited="household")
    counts = []
    for who in ("chen", "xu", "wu"):
        booked(cast, purse, 5, f"a {who}", to=who)
        cast.award(other, 7, key=f"c {who}", to=who, household=home.pk)
        with CaptureQueriesContext(connection) as asked:
            browse(cast, "min").get("/ledger/")
        counts.append(len(asked))
    assert len(set(counts)) == 1


# --- the workbook and the paper -------------------------------------------------------------------


def rows_in(page: Page) -> list[list[Any]]:
    """Return what stands in a workbook that was downloaded."""
    sheet = load_workbook(BytesIO(page.response.content)).active
    assert sheet is not None
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_the_workbook_holds_what_is_listed_under_its_watermark(cast: Cast) -> None:
    with clock.at(NOON):
        purse = books_of(cast)
        elsewhere(cast, purse)
        taken = browse(cast, "min").get("/ledger/?part=in&who=陈晓梅").submit("下载 Excel")
    rows = rows_in(taken)
    entry = AuditEntry.objects.get(verb="ledger.exported")
    assert rows[0][0] == "东门社区积分台账"
    assert rows[1][0] == (
        f"周敏（东门社区社区管理员）于 2026-11-20 12:00 下载，审计编号 {entry.pk}，"
        "含个人信息，请勿外传"
    )
    assert rows[2][0] == ("东门社区；居民得到；查找“陈晓梅”；合计 50 分；共 2 笔")
    assert [row[2:8] + row[9:] for row in rows[4:]] == [
        [*("奖励", "沿街店铺消防排查", "RW-2026-0001", "陈晓梅", None, "东门社区"), 20, 10, "系统"],
        [*("奖励", "沿街店铺消防排查", "RW-2026-0001", "陈晓梅", None, "东门社区"), 30, 15, "系统"],
    ]
    assert (entry.person, entry.area_prefix) == (cast.people["min"], COMMUNITY)
    assert entry.detail["rows"] == 2
    assert entry.detail["full_names"] is True
    assert "陈晓梅" in str(entry.detail["narrowed"])


def test_names_in_the_workbook_are_masked_without_the_right(cast: Cast) -> None:
    booked(cast, cast.purse(1_000), 30, "a")
    rows = rows_in(browse(cast, "wang").get("/ledger/").submit("下载 Excel"))
    assert rows[4][5] == "陈**"
    assert "陈晓梅" not in str(rows)
    assert AuditEntry.objects.get(verb="ledger.exported").detail["full_names"] is False


def test_the_same_download_twice_is_recorded_once(cast: Cast) -> None:
    booked(cast, cast.purse(1_000), 30, "a")
    page = browse(cast, "min").get("/ledger/")
    assert rows_in(page.submit("下载 Excel"))[4:] == rows_in(page.submit("下载 Excel"))[4:]
    assert AuditEntry.objects.filter(verb="ledger.exported").count() == 1


def test_a_download_that_is_refused_records_nothing(cast: Cast) -> None:
    booked(cast, cast.purse(1_000), 30, "a")
    chen, other, mine = (browse(cast, who) for who in ("chen", "other", "min"))
    url, key = "/ledger/workbook/", {"key": "k"}
    with tables.unchanged():
        assert chen.post(url, key).status == 403
        assert other.post(url, key | {"area": COMMUNITY}).status == 404
        assert mine.post(url, key | {"since": "gestern"}).status == 422
        assert mine.client.get(url).status_code == 405


def test_nothing_in_the_workbook_runs_as_a_formula(cast: Cast) -> None:
    purse = cast.purse(1_000)
    actions.hold(
        cast.wang,
        Movement(
            key="formula",
            debit=rules.fund_code(purse.pk),
            credit=cast.code(purse=purse),
            amount=5,
            reason="award",
            memo='=HYPERLINK("http://evil.example","看")',
            case_number="@SUM(1)",
            area_prefix=COMMUNITY,
        ),
    )
    [row] = rows_in(browse(cast, "min").get("/ledger/").submit("下载 Excel"))[4:]
    assert row[3:5] == ['\'=HYPERLINK("http://evil.example","看")', "'@SUM(1)"]
    assert [plain(text) for text in ("+1", "-1", "\t=1", "公示", 7)] == [
        *("'+1", "'-1", "'\t=1", "公示", 7)
    ]


def test_a_long_workbook_is_cut_and_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "TAKEN_MAX", 3)
    monkeypatch.setattr("zhicunbao.ledger.queries.area.CHUNK", 2)
    purse = cast.purse(1_000)
    for count in range(5):
        cast.award(purse, 1 + count, key=f"a {count}")
    rows = rows_in(browse(cast, "min").get("/ledger/").submit("下载 Excel"))
    assert [row[9] for row in rows[4:]] == [5, 4, 3]
    assert rows[2][0].endswith("共 5 笔；只有最近 3 笔")


def test_the_paper_says_what_it_is_and_who_printed_it(cast: Cast) -> None:
    with clock.at(NOON):
        books_of(cast)
        pages = browse(cast, "min")
        page = pages.get(pages.get("/ledger/?since=2026-11-01").link("打印"))
    for words in (
        "东门社区；2026年11月1日至2026年11月20日；居民得到 50 分，用掉和退回 30 分；共 7 笔",
        "周敏（东门社区社区管理员）于2026年11月20日 12:00打印",
    ):
        assert words in page.text
    table = cells(page)
    assert [row[5] for row in table[-3:-1]] == ["+50", "−30"]
    # The last row is the table's foot, which stands on every sheet.
    assert (len(table), len(table[-1])) == (7 + 2 + 1, 1)
    with clock.at(NOON):
        part = cells(pages.get("/ledger/print/?part=out"))
    assert [row[5] for row in part[:-1]] == ["−2", "−8", "−20", "30"]
    with tables.unchanged():
        assert pages.get("/ledger/print/?since=gestern").status == 422


def test_paper_that_is_too_short_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "PRINTED_MAX", 2)
    purse = cast.purse(1_000)
    for count in range(3):
        cast.award(purse, 5, key=f"a {count}")
    page = browse(cast, "min").get("/ledger/print/")
    assert "纸张所限，只印最近 2 笔" in page.text
    assert len(cells(page)) == 2 + 2 + 1


def test_the_parts_of_the_ledger_are_told_apart_alike_by_query_and_by_sum(cast: Cast) -> None:
    """The totals come from one grouped query, the rows from conditions: they must agree."""
    books_of(cast)
    asked = queries.Asked(cast.street)
    rows = queries.rows_of(cast.zhao, asked)
    totals = queries.totals_of(rows)
    for name, part in queries.PARTS.items():
        found = list(rows.filter(part.condition))
        assert totals[name] == queries.Total(sum(r.amount for r in found), len(found)), name
    assert totals[""].count == rows.count()
