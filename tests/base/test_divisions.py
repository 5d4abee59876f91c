"""Loading the tables of divisions: what is in them, twice the same, and what cannot be loaded."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from zhicunbao.base import access, divisions
from zhicunbao.base.divisions import Loaded, Row
from zhicunbao.base.management.commands.load_areas import DEFAULT
from zhicunbao.base.models import Area
from zhicunbao.kernel.refusals import Invalid

pytestmark = pytest.mark.django_db

HEAD = "code,name,level,parent,printed_alias\n"


def loaded() -> Loaded:
    return divisions.load(divisions.read_table(DEFAULT))


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("load_areas", *arguments, stdout=out)
    return out.getvalue()


def count(prefix: str, level: str) -> int:
    return Area.objects.filter(access.under([prefix], "prefix"), level=level).count()


def test_the_city_has_its_2192_divisions() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert loaded() == Loaded(added=2_192)
    assert len(queries) < 40  # in bulk, not row by row
    levels = {
        level: count("3311", level)
        for level in ("county", "subdistrict", "town", "township", "community", "village")
    }
    assert levels == {
        "county": 9,
        "subdistrict": 31,
        "town": 54,
        "township": 88,
        "community": 167,
        "village": 1_841,
    }


def test_fuyun_has_four_communities_and_four_villages_and_songyang_203_villages() -> None:
    loaded()
    street = Area.objects.get(code="331125001000")
    assert (street.name, street.level) == ("浮云街道", "subdistrict")
    assert [a.short_name for a in street.children.all()] == [
        "中山社区",
        "浮云社区",
        "青阳门社区",
        "东门社区",
        "庄前村",
        "云章村",
        "局村村",
        "溪口村",
    ]
    songyang = Area.objects.get(name="松阳县")
    assert count(songyang.prefix, "village") == 203


def test_every_area_hangs_on_the_one_above() -> None:
    loaded()
    roots = Area.objects.filter(parent=None)
    assert [a.name for a in roots] == ["浙江省"]
    for area in Area.objects.exclude(parent=None).select_related("parent"):
        assert area.parent is not None
        assert area.prefix.startswith(area.parent.prefix)


def test_loading_again_changes_nothing() -> None:
    loaded()
    before = list(Area.objects.order_by("pk").values())
    assert loaded() == Loaded(unchanged=2_192)
    assert list(Area.objects.order_by("pk").values()) == before


def test_a_new_edition_is_taken_over_and_grids_stay() -> None:
    loaded()
    dongmen = Area.objects.get(code="331125001004")
    grid = Area.objects.create(
        code="33112500100401",
        prefix="33112500100401",
        name="东门第一网格",
        level="grid",
        parent=dongmen,
    )
    rows = [
        r._replace(name="东门新社区") if r.code == dongmen.code else r
        for r in divisions.read_table(DEFAULT)
    ]
    assert divisions.load(rows) == Loaded(changed=1, unchanged=2_191)
    dongmen.refresh_from_db()
    grid.refresh_from_db()
    assert (dongmen.name, grid.parent) == ("东门新社区", dongmen)


def test_a_name_once_misprinted_is_an_alias_and_is_kept() -> None:
    loaded()
    town = Area.objects.get(name="大港头镇")
    assert town.aliases == ["大港口镇"]
    divisions.load(r._replace(alias="") for r in divisions.read_table(DEFAULT))
    town.refresh_from_db()
    assert town.aliases == ["大港口镇"]


@pytest.mark.parametrize(
    "line",
    [
        "331125001000,浮云街道,subdistrict,331125000000,",  # its parent is nowhere
        "331125001000,浮云街道,empire,,",
        "331125001001,浮云街道,subdistrict,,",  # digits below its level
        "33,浙江省,province,,",
        "330000000000,浙江省,province,,",  # a second time
        "440000000001,广东,village,330000000000,",  # not below its parent
        "3300000000000101,一格,grid,330000000000,",  # 16 digits
    ],
)
def test_a_row_that_does_not_fit_stops_the_load_and_nothing_changes(
    tmp_path: Path, line: str
) -> None:
    table = tmp_path / "table.csv"
    table.write_text(f"{HEAD}330000000000,浙江省,province,,\n{line}\n", encoding="utf-8")
    with pytest.raises(Invalid):
        divisions.load(divisions.read_table(table))
    assert Area.objects.count() == 0


def test_another_kind_of_table_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("name,code\n浙江省,33\n", encoding="utf-8")
    with pytest.raises(CommandError, match="第一行"):
        said("--file", str(table))


def test_the_command_reports_in_one_line() -> None:
    assert said().startswith("区划已载入：新增 2,192，更新 0，不变 0，")


def test_a_street_loads_the_grids_that_it_has_drawn(tmp_path: Path) -> None:
    loaded()
    table = tmp_path / "grids.csv"
    table.write_text(
        f"{HEAD}33112500100401001,红光里,micro_grid,33112500100401,\n"
        "33112500100401,东门第一网格,grid,331125001004,\n",
        encoding="utf-8",
    )
    assert said("--file", str(table)).startswith("区划已载入：新增 2，更新 0，不变 0，")
    lane = Area.objects.get(name="红光里")
    assert lane.parent is not None
    assert (lane.prefix, lane.parent.name) == ("33112500100401001", "东门第一网格")
    assert said("--file", str(table)).startswith("区划已载入：新增 0，更新 0，不变 2，")


# --- the whole country ---------------------------------------------------------------

COUNTRY = {
    "provinces.csv": 'code,name\n33,"浙江省"\n44,"广东省"\n35,"福建省"\n',
    "cities.csv": 'code,name,provinceCode\n3311,"丽水市",33\n4419,"东莞市",44\n3505,"泉州市",35\n',
    "areas.csv": "code,name,cityCode,provinceCode\n"
    '331125,"云和县",3311,33\n441900,"东莞市",4419,44\n350527,"金门县",3505,35\n',
    "streets.csv": "code,name,areaCode,provinceCode,cityCode\n"
    '331125001,"浮云街道",331125,33,3311\n331125100,"崇头镇",331125,33,3311\n'
    '331125201,"雾溪畲族乡",331125,33,3311\n331125400,"开发区",331125,33,3311\n'
    '331125401,"工业园街道",331125,33,3311\n441900003,"东城街道",441900,44,4419\n'
    '350527000,"金门县",350527,35,3505\n',
    "villages.csv": "code,name,streetCode,provinceCode,cityCode,areaCode\n"
    '331125001004,"东门社区",331125001,33,3311,331125\n'
    '331125001204,"庄前村委会",331125001,33,3311,331125\n'
    '441900003001,"岗贝社区居委会",441900003,44,4419,441900\n'
    '350527000000,"金门县",350527000,35,3505,350527\n',
}


@pytest.fixture
def country(tmp_path: Path) -> Path:
    for name, text in COUNTRY.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_countrys_table_gives_levels_by_their_codes(country: Path) -> None:
    assert "新增 17，" in said("--country", str(country / "villages.csv"))
    levels = dict(Area.objects.values_list("name", "level"))
    assert [levels[name] for name in ("浮云街道", "工业园街道", "崇头镇")] == [
        "subdistrict",
        "subdistrict",
        "town",
    ]
    assert [levels[name] for name in ("雾溪畲族乡", "开发区")] == ["township", "township"]
    assert [levels[name] for name in ("东门社区", "庄前村委会")] == ["community", "village"]


def test_a_city_without_counties_holds_its_streets_itself(country: Path) -> None:
    said("--country", str(country))
    street = Area.objects.select_related("parent").get(name="东城街道")
    assert street.parent is not None
    assert (street.parent.name, street.parent.level) == ("东莞市", "city")
    assert Area.objects.filter(name="金门县").count() == 1


def test_the_citys_table_fits_into_the_countrys(country: Path) -> None:
    said("--country", str(country))
    # The made-up streets 400 and 401 aside, the city's own table knows all of 丽水 here.
    assert loaded() == Loaded(added=2_185, changed=0, unchanged=7)


def test_a_folder_with_a_file_missing_is_refused(country: Path) -> None:
    (country / "streets.csv").unlink()
    with pytest.raises(CommandError, match=r"streets\.csv"):
        said("--country", str(country))
    assert Area.objects.count() == 0


def test_rows_are_read_parents_first() -> None:
    rows = divisions.read_table(DEFAULT)
    assert rows[0] == Row("330000000000", "浙江省", "province", "", "")
    lengths = [len(r.code.rstrip("0")) > 0 for r in rows]
    assert all(lengths)
