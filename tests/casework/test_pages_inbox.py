"""The inbox page: figures that open their rows, a look at one case, and where buttons lead."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.cast import Town
from tests.page import Page, Pages
from tests.tables import unchanged
from tests.work import street
from zhicunbao.base.models import Area, Post
from zhicunbao.casework import queries
from zhicunbao.casework.models import Case
from zhicunbao.casework.pages.lists import due_words
from zhicunbao.kernel import clock

pytestmark = pytest.mark.django_db

PagesOf = Callable[[str], Pages]
MONDAY = datetime(2026, 11, 23, 10, tzinfo=clock.LOCAL)


def rows(page: Page) -> list[str]:
    """Return the subjects listed, as a desk shows them."""
    return [
        "".join(link.itertext())
        for link in page.all("a")
        if "row-link" in (link.get("class") or "").split()
    ]


def figure(page: Page, label: str) -> tuple[int, str]:
    """Return a figure and where it leads."""
    for stat in page.all("dl"):
        if "".join(next(stat.iter("dt")).itertext()) == label:
            [link] = stat.iter("a")
            return int("".join(link.itertext())), link.get("href", "")
    raise AssertionError(f"no figure {label}")


@pytest.fixture
def three(town: Town) -> list[Case]:
    """Claims that wait for 周敏: overdue, due today, due later."""
    now = clock.now()
    found = []
    for title, due in (
        ("已经超期的", now - timedelta(days=2)),
        ("今天到期的", clock.end_of(clock.today())),
        ("以后再说的", now + timedelta(days=40)),
    ):
        case = street.submitted(town, title=title).case
        Case.objects.filter(pk=case.pk).update(due_at=due)
        found.append(case)
    return found


def test_figures_open_exactly_their_rows(pages_of: PagesOf, three: list[Case]) -> None:
    desk = pages_of("admin")
    page = desk.get("/inbox/")
    assert rows(page) == ["已经超期的", "今天到期的", "以后再说的"]
    for label, number, listed in (
        ("等我处理", 3, ["已经超期的", "今天到期的", "以后再说的"]),
        ("今天到期", 1, ["今天到期的"]),
        ("已超期", 1, ["已经超期的"]),
        ("上周办结", 0, []),
    ):
        shown, url = figure(page, label)
        assert (shown, rows(desk.get(url))) == (number, listed)


def test_rows_stand_under_their_heading(pages_of: PagesOf, three: list[Case]) -> None:
    text = pages_of("admin").get("/inbox/").text
    order = ["已超期 1", "已经超期的", "今天到期 1", "今天到期的", "以后 1", "以后再说的"]
    places = [text.index(word, text.index("全部")) for word in order]
    assert places == sorted(places)
    assert "超 2 天" in text


def test_tab_narrows_to_a_kind(pages_of: PagesOf, town: Town, three: list[Case]) -> None:
    street.claimed(town, title="别人的认领")
    desk = pages_of("admin")
    page = desk.get(desk.get("/inbox/").link("待考评 3"))
    assert len(rows(page)) == 3
    late = desk.get("/inbox/", {"kind": "work.claim.submitted", "due": "late"})
    assert rows(late) == ["已经超期的"]
    assert late.link("待考评 1").endswith("due=late")


def test_first_case_is_looked_at_until_another_is_chosen(
    pages_of: PagesOf, three: list[Case]
) -> None:
    desk = pages_of("admin")
    assert queries.number_of(three[0]) in desk.get("/inbox/").text
    page = desk.get("/inbox/", {"case": three[2].pk})
    assert queries.number_of(three[2]) in page.text
    assert queries.number_of(three[0]) not in page.text
    assert page.link("去考评Enter").startswith("/evaluate/")


@pytest.mark.parametrize("headers", [{}, {"HX_Request": "true"}])
def test_case_that_is_no_number_is_not_looked_at(
    pages_of: PagesOf, three: list[Case], headers: dict[str, str]
) -> None:
    first = pages_of("admin").get("/inbox/")
    page = pages_of("admin").get("/inbox/", {"case": "²"}, **headers)
    assert (page.status, rows(page)) == (200, rows(first))


def test_htmx_gets_the_same_look_alone(pages_of: PagesOf, three: list[Case]) -> None:
    desk = pages_of("admin")
    part = desk.get("/inbox/", {"case": three[1].pk}, HX_Request="true")
    assert part.is_part
    assert part.text in desk.get("/inbox/", {"case": three[1].pk}).text
    assert rows(part) == []


def test_look_shows_photos_position_words_and_history(pages_of: PagesOf, town: Town) -> None:
    claim = street.submitted(town)
    page = pages_of("admin").get("/inbox/")
    [before, after] = [img.get("alt") for img in page.all("img")]
    assert (before, after) == ("整改前", "整改后")
    assert "徐美兰提交佐证" in page.text
    assert "徐美兰认领" in page.text
    assert "3 级，20 分" in page.text
    assert claim.case.subject in page.text


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (MONDAY - timedelta(days=2), "超 2 天"),
        (MONDAY.replace(hour=18), "今天 18:00"),
        (clock.end_of(MONDAY.date()), "今天"),
        (MONDAY + timedelta(days=2), "11月25日"),
        (None, ""),
    ],
)
def test_deadline_reads_in_few_words(due: datetime | None, words: str) -> None:
    with clock.at(MONDAY):
        assert due_words(Case(due_at=due)) == words
        assert due_words(Case(due_at=due, closed_at=MONDAY)) == ""


def test_another_place_cannot_be_looked_at(pages_of: PagesOf, three: list[Case]) -> None:
    stranger = pages_of("other_admin")
    for headers in ({}, {"HX_Request": "true"}):
        with unchanged():
            page = stranger.get("/inbox/", {"case": three[0].pk}, **headers)
        assert page.status == 404
        assert "已经超期的" not in page.text


def test_empty_inbox_says_what_will_happen(pages_of: PagesOf, town: Town) -> None:
    page = pages_of("villager").get("/inbox/")
    assert "现在没有等您处理的事" in page.text
    assert "上周没有您办过的事" in pages_of("admin").get("/inbox/?done=last_week").text


def test_last_week_lists_what_was_handled_with_its_state(pages_of: PagesOf, town: Town) -> None:
    week_ago = clock.now() - timedelta(days=7)
    with clock.at(week_ago):
        claim = street.evaluated(town)
    page = pages_of("admin").get("/inbox/", {"done": "last_week"})
    assert rows(page) == [claim.case.subject]
    assert figure(page, "上周办结")[0] == 1


def test_last_week_leaves_out_what_a_new_post_may_not_see(pages_of: PagesOf, town: Town) -> None:
    with clock.at(clock.now() - timedelta(days=7)):
        street.evaluated(town)
    there = Area.objects.get(code="331125001001")
    Post.objects.filter(person=town.person("admin")).update(area=there, area_prefix=there.prefix)
    page = pages_of("admin").get("/inbox/", {"done": "last_week"})
    assert (rows(page), figure(page, "上周办结")[0]) == ([], 0)


def test_list_goes_on_over_pages(
    pages_of: PagesOf, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhicunbao.casework.pages.inbox.PAGE_SIZE", 2)
    for _ in range(3):
        street.submitted(town)
    desk = pages_of("admin")
    page = desk.get("/inbox/")
    assert len(rows(page)) == 2
    assert "本周 3" in page.text or "以后 3" in page.text
    assert len(rows(desk.get("/inbox/", {"page": 2}))) == 1
