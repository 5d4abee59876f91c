"""Finding matters, people and places, and not finding what is not one's to see."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.cast import Town
from tests.page import Pages
from tests.work import street
from zhicunbao.casework import queries
from zhicunbao.casework.actions import object_to
from zhicunbao.casework.models import Case
from zhicunbao.casework.queries.search import FOUND_MAX
from zhicunbao.kernel import clock

pytestmark = pytest.mark.django_db


def found(town: Town, who: str, text: str) -> dict[str, list[int]]:
    groups = queries.search(town.actor(who), text)
    assert all(group.count >= len(group.rows) > 0 for group in groups)
    return {group.label: [row.case.pk for row in group.rows] for group in groups}


def test_number_finds_its_case_however_it_is_typed(town: Town) -> None:
    case = street.claimed(town).case
    number = queries.number_of(case)
    for typed in (number, number.lower(), number.replace("-", ""), f" {case.pk} "):
        assert found(town, "admin", typed)["编号"] == [case.pk]


def test_number_carries_the_year_in_which_people_opened_the_case(town: Town) -> None:
    with clock.at(datetime(2026, 12, 31, 16, 30, tzinfo=UTC)):  # half past midnight, 1 January
        case = street.claimed(town).case
    assert queries.number_of(Case.objects.get(pk=case.pk)) == f"RL-2027-{case.pk}"
    assert found(town, "admin", f"RL-2027-{case.pk}")["编号"] == [case.pk]


@pytest.mark.parametrize("text", ["①", "²", "RL-0000-1", "RL-0001-1", "RL-9999-1"])
def test_digits_that_are_no_number_find_nothing(town: Town, text: str) -> None:
    assert found(town, "admin", text) == {}


@pytest.mark.parametrize("wrong", ["RW-{year}-{pk}", "RL-2020-{pk}", "XX-{year}-{pk}", "9" * 19])
def test_number_that_is_not_the_cases_finds_nothing(town: Town, wrong: str) -> None:
    case = street.claimed(town).case
    text = wrong.format(year=case.opened_at.year, pk=case.pk)
    assert "编号" not in found(town, "admin", text)


def test_words_of_the_subject_find_cases_newest_first(town: Town) -> None:
    old, new = street.claimed(town, title="东段巡河"), street.claimed(town, title="西段巡河")
    assert found(town, "admin", "段巡河")["事项"] == [
        new.case_id,
        new.task.case_id,
        old.case_id,
        old.task.case_id,
    ]
    assert found(town, "admin", "东段")["事项"] == [old.case_id, old.task.case_id]


def test_name_finds_cases_for_those_who_may_read_it_and_for_nobody_else(town: Town) -> None:
    case = street.claimed(town).case
    for who in ("admin", "leader"):
        assert found(town, who, "徐美")["姓名"] == [case.pk]
    for who in ("auditor", "reviewer", "oversight", "other_admin", "villager", "sysadmin"):
        assert "姓名" not in found(town, who, "徐美")
    assert found(town, "member", "徐美") == {"姓名": [case.pk]}


def test_name_never_finds_who_objected(town: Town) -> None:
    street.fund(town)
    entry = street.in_notice(town).case.notice_entry
    objection = object_to(town.actor("villager"), entry, text="楼道不是这一幢。", key="o")
    for who in ("oversight", "leader", "admin", "reviewer"):
        assert found(town, who, "吴村民") == {}
    assert found(town, "villager", "吴村民") == {"姓名": [objection.case_id]}


def test_place_finds_what_lies_there(town: Town) -> None:
    here = street.publish(town, area=town.red_lane).case
    street.publish(town)
    assert found(town, "admin", "红光里")["地方"] == [here.pk]


def test_other_places_and_empty_words_find_nothing(town: Town) -> None:
    street.claimed(town)
    assert found(town, "other_admin", "楼道") == {}
    assert queries.search(town.actor("admin"), "  ") == []


def test_figure_counts_all_and_rows_stop(town: Town) -> None:
    task = street.publish(town, title="楼道清洁", slots=2)
    for number in range(FOUND_MAX):
        street.publish(town, title=f"楼道清洁 {number}")
    [group] = [g for g in queries.search(town.actor("admin"), "楼道清洁") if g.label == "事项"]
    assert (group.count, len(group.rows)) == (FOUND_MAX + 1, FOUND_MAX)
    assert task.case_id not in [row.case.pk for row in group.rows]


def test_people_and_places_are_found_by_those_who_may_look_them_up(town: Town) -> None:
    [way] = queries.people_named(town.actor("admin"), "徐美")
    assert (way.label, way.note) == ("徐美兰", "红光里，网格员")
    assert queries.people_named(town.actor("villager"), "徐美") == []
    assert queries.people_named(town.actor("other_admin"), "徐美") == []
    assert [w.label for w in queries.places_named(town.actor("admin"), "红光")] == ["红光里"]
    assert queries.places_named(town.actor("villager"), "红光") == []
    assert queries.people_named(town.actor("admin"), "") == []
    assert queries.places_named(town.actor("admin"), "") == []


# ---- the page ----


def test_search_box_at_the_top_leads_to_what_it_finds(
    town: Town, pages_of: Callable[[str], Pages]
) -> None:
    case = street.claimed(town, title="东段巡河").case
    number = queries.number_of(case)
    desk = pages_of("admin").get("/inbox/")
    [box] = desk.all("input", id="top-search")
    assert box.get("name") == "q"
    page = pages_of("admin").get("/search/", {"q": number})
    assert "编号 1 件" in page.text
    assert page.link("东段巡河") == f"/cases/{case.pk}/"


def test_page_says_when_nothing_is_found(town: Town, pages_of: Callable[[str], Pages]) -> None:
    street.claimed(town)
    assert "没有找到" in pages_of("admin").get("/search/", {"q": "不存在的事"}).text
    assert "写几个字来找" in pages_of("admin").get("/search/").text
