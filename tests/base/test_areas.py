"""Areas: every figure opens exactly its rows, places are found by name and alias, paths go up."""

from collections.abc import Callable

import pytest

from tests.cast import Town
from tests.page import Pages
from zhicunbao.base import areas
from zhicunbao.base.models import Area, Organisation, Post
from zhicunbao.kernel import clock


def figures_of(area: Area) -> dict[str, int]:
    return {f.label: f.value for f in areas.own_figures(area)}


def cooperative(town: Town, name: str, code: str) -> Organisation:
    area = town.area(code)
    return Organisation.objects.create(
        name=name, kind="cooperative", area=area, area_prefix=area.prefix
    )


def test_a_street_counts_what_lies_in_it(town: Town) -> None:
    cooperative(town, "东门经济合作社", "331125001004")
    Organisation.objects.create(
        name="商店", kind="merchant", area=town.dongmen, area_prefix=town.dongmen.prefix
    )
    assert figures_of(town.street) == {
        "社区": 2,
        "村": 1,
        "经济合作社": 1,
        "网格": 3,
        "微网格": 4,
        "网格员": 3,
    }


def test_the_city_counts_counties_and_townships_too(town: Town) -> None:
    city = figures_of(town.area("331100000000"))
    assert (city["县（市、区）"], city["街道、镇、乡"], city["社区"]) == (1, 1, 2)


def test_a_micro_grid_counts_its_people_alone(town: Town) -> None:
    assert figures_of(town.red_lane) == {"网格员": 1}


def test_who_has_left_is_not_counted(town: Town) -> None:
    Post.objects.filter(person=town.person("member")).update(ends_on=clock.today())
    assert figures_of(town.street)["网格员"] == 2


def test_a_place_that_was_abolished_is_not_counted(town: Town) -> None:
    Area.objects.filter(pk=town.red_lane.pk).update(valid_to=clock.today())
    assert figures_of(town.street)["微网格"] == 3
    assert town.red_lane not in [c.area for c in areas.children(town.area("33112500100401"))]


@pytest.mark.parametrize("kind", areas.KINDS)
def test_every_figure_opens_exactly_its_rows(
    town: Town, pages_of: Callable[[str], Pages], kind: str
) -> None:
    cooperative(town, "东门经济合作社", "331125001004")
    browser = pages_of("department")
    page = browser.get(f"/areas/{town.area('331125000000').code}/")
    chosen = areas.KINDS[kind]
    address = f"/areas/331125000000/rows/{kind}/"
    if chosen.digits <= len("331125"):
        assert address not in page.html  # a county has no counties to count
        return
    assert address in page.html
    rows = list(chosen.rows(town.area("331125000000")))
    assert rows, "an empty list would prove nothing"
    listed = browser.get(address)
    assert f"共 {len(rows)} {chosen.unit}" in listed.text
    table = [r for r in listed.all("tr") if r.find("td") is not None]
    assert len(table) == len(rows)


def test_rows_can_be_searched(town: Town, pages_of: Callable[[str], Pages]) -> None:
    del town
    browser = pages_of("officer")
    page = browser.get("/areas/331125001000/rows/micro_grids/", {"q": "红光"})
    assert "找到 1 个" in page.text
    assert "红光里" in page.text
    members = browser.get("/areas/331125001000/rows/grid_members/", {"q": "新建路"})
    assert "陈晓梅" in members.text
    assert "徐美兰" not in members.text
    assert "没有找到" in browser.get("/areas/331125001000/rows/villages/", {"q": "xyz"}).text


def test_grid_members_are_listed_with_their_number_masked(
    town: Town, pages_of: Callable[[str], Pages]
) -> None:
    page = pages_of("officer").get("/areas/331125001000/rows/grid_members/")
    assert "138****0008" in page.text
    assert town.person("member").phone == "13800000008"
    assert "13800000008" not in page.html


def test_children_are_counted_in_official_order(town: Town) -> None:
    found = [
        (c.area.name, c.communities, c.villages, c.micro_grids, c.grid_members)
        for c in areas.children(town.street)
    ]
    assert found == [
        ("中山社区", 1, 0, 1, 1),
        ("东门社区", 1, 0, 2, 2),
        ("庄前村委会", 0, 1, 1, 0),
    ]
    assert [(c.communities, c.villages) for c in areas.children(town.area("331125000000"))] == [
        (2, 1)
    ]
    assert areas.children(town.red_lane) == []


def test_a_place_is_found_by_name_alias_and_code(town: Town) -> None:
    Area.objects.filter(pk=town.red_lane.pk).update(aliases=["洪光里"])

    def found(text: str) -> list[str]:
        return [a.name for a in areas.find_under(town.street, text)]

    assert found("红光") == found("洪光") == found("33112500100401001") == ["红光里"]
    assert found("浮云") == []  # not the place itself
    assert found("没有") == []


def test_the_way_up_begins_below_the_province(town: Town) -> None:
    Area.objects.create(code="330000000000", prefix="33", name="浙江省", level="province")
    assert [a.name for a in areas.path_to(town.red_lane)] == [
        "丽水市",
        "云和县",
        "浮云街道",
        "东门社区",
        "东门第一网格",
    ]


def test_ones_own_area_is_the_widest_that_one_works_in(
    town: Town, pages_of: Callable[[str], Pages]
) -> None:
    Post.objects.create(
        person=town.person("officer"),
        role="community_admin",
        area=town.dongmen,
        area_prefix=town.dongmen.prefix,
    )
    assert pages_of("officer").get("/areas/").h1 == "浮云街道"
    assert pages_of("admin").get("/areas/").h1 == "东门社区"


def test_the_page_of_an_area_names_what_is_above_without_a_link_out_of_reach(
    town: Town, pages_of: Callable[[str], Pages]
) -> None:
    del town
    page = pages_of("admin").get("/areas/33112500100401/")
    assert "浮云街道" in page.text
    links = {a.get("href") for a in page.all("a")}
    assert "/areas/331125001004/" in links
    assert "/areas/331125001000/" not in links


def test_a_search_shows_what_was_found_instead_of_the_children(
    town: Town, pages_of: Callable[[str], Pages]
) -> None:
    del town
    browser = pages_of("officer")
    page = browser.get("/areas/331125001000/", {"q": "红光"})
    assert "属东门第一网格" in page.text
    assert "庄前村" not in page.text
    assert "没有找到这个地方" in browser.get("/areas/331125001000/", {"q": "无"}).text


@pytest.mark.parametrize(
    ("who", "url", "status"),
    [
        ("admin", "/areas/331125001001/", 404),
        ("admin", "/areas/331125001000/", 404),
        ("admin", "/areas/999999999999/", 404),
        ("admin", "/areas/331125001001/rows/grid_members/", 404),
        ("officer", "/areas/331125001000/rows/dragons/", 404),
        ("villager", "/areas/", 403),
    ],
)
def test_what_is_out_of_reach_is_not_there(
    pages_of: Callable[[str], Pages], who: str, url: str, status: int
) -> None:
    assert pages_of(who).get(url).status == status
