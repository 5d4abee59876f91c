"""Loading tables of areas: the administrative divisions of 丽水市 that come with the product, the
whole country's, or the grids that a street has drawn. See data/README.md for the sources.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Final, NamedTuple

from django.db import transaction

from zhicunbao.base.models import Area
from zhicunbao.kernel import division
from zhicunbao.kernel.refusals import Invalid

CHUNK: Final = 2_000
CODE_DIGITS: Final = 12
PARENTS_AT_ONCE: Final = 500
"""Every database takes so many parameters in one statement."""
COLUMNS: Final = ("code", "name", "level", "parent", "printed_alias")
COUNTRY_FILES: Final = ("provinces.csv", "cities.csv", "areas.csv", "streets.csv", "villages.csv")


class Row(NamedTuple):
    """One area: its code (12 digits, 14 for a grid, 17 for a micro-grid), its level, its parent's
    code, and a name as once misprinted.
    """

    code: str
    name: str
    level: str
    parent: str
    alias: str = ""


@dataclass
class Loaded:
    """What a load did, in numbers of areas."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


def read_table(path: Path) -> list[Row]:
    """Return the rows of a table with the columns ``COLUMNS``, parents before children."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise Invalid(f"区划表的第一行应当是：{'、'.join(COLUMNS)}。请换一个文件。")
        rows = [Row(*(line[column].strip() for column in COLUMNS)) for line in reader]
    return sorted(rows, key=_depth)


def read_country(folder: Path) -> Iterator[Row]:
    """Yield the whole country's divisions from the five files of the open table, top to bottom.

    Its levels are read from the codes, as the statistical classification defines them.
    """
    missing = [name for name in COUNTRY_FILES if not (folder / name).is_file()]
    if missing:
        raise Invalid(f"这个目录里缺少：{'、'.join(missing)}。请给出全部五个文件所在的目录。")
    for name in COUNTRY_FILES:
        with (folder / name).open(encoding="utf-8", newline="") as lines:
            for line in csv.DictReader(lines):
                if row := _country_row(line["code"], line["name"]):
                    yield row


def _country_row(short: str, name: str) -> Row | None:
    code = short.ljust(12, "0")
    above = {2: "", 4: short[:2], 6: short[:4], 9: short[:6], 12: short[:9]}[len(short)]
    parent = above.ljust(12, "0") if above else ""
    if code == parent:
        return None  # a city without counties stands here once more as its own county
    return Row(code, name, _level_of(short, name), parent)


def _level_of(short: str, name: str) -> str:
    if len(short) == 9:
        number = int(short[6:])
        if number < 100 or (number >= 400 and name.endswith("街道")):
            return "subdistrict"
        return "town" if number < 200 or (number >= 400 and name.endswith("镇")) else "township"
    if len(short) == 12:
        return "community" if int(short[9:]) < 200 else "village"
    return {2: "province", 4: "city", 6: "county"}[len(short)]


@transaction.atomic
def load(rows: Iterable[Row]) -> Loaded:
    """Write the areas, parents before children; what is there already is brought up to date.

    For the command line. Changed names, levels and parents are taken over, aliases are added and
    never removed, areas that are not in the table stay. The same table twice changes nothing.
    Refuses a code that does not fit its level and a parent that is nowhere (422).
    """
    loaded = Loaded()
    ids: dict[str, int] = {}
    # An area can name its parent only once that has its key, so level after level.
    for _, level in groupby(rows, key=_depth):
        while chunk := list(islice(level, CHUNK)):
            _load_chunk(chunk, ids, loaded)
    return loaded


def _load_chunk(chunk: list[Row], ids: dict[str, int], loaded: Loaded) -> None:
    _find_parents(chunk, ids)
    there = {
        area.code: area
        for area in Area.objects.filter(
            code__gte=min(r.code for r in chunk),
            code__lte=max(r.code for r in chunk),
            level__in={r.level for r in chunk},
        )
    }
    fresh: dict[str, Area] = {}
    changed = []
    for row in chunk:
        area = there.get(row.code)
        if row.code in fresh:
            raise Invalid(f"区划表里 {row.code} {row.name} 出现了两次。请删掉一行。")
        if area is None:
            fresh[row.code] = _filled(Area(code=row.code, aliases=[]), row, ids)
            continue
        before = (area.name, area.level, area.parent_id, area.aliases)
        after = _filled(area, row, ids)
        if (after.name, after.level, after.parent_id, after.aliases) == before:
            loaded.unchanged += 1
        else:
            changed.append(after)
    made = Area.objects.bulk_create(fresh.values())
    Area.objects.bulk_update(changed, ["name", "level", "parent", "aliases"], batch_size=200)
    loaded.added += len(made)
    loaded.changed += len(changed)
    if _depth(chunk[0]) != CODE_DIGITS:  # villages are many; whose grids follow are looked up
        ids.update({area.code: area.pk for area in (*there.values(), *made)})


def _find_parents(chunk: list[Row], ids: dict[str, int]) -> None:
    """Add to ``ids`` the parents that this table did not bring itself."""
    absent = sorted({row.parent for row in chunk if row.parent} - ids.keys())
    for start in range(0, len(absent), PARENTS_AT_ONCE):
        some = absent[start : start + PARENTS_AT_ONCE]
        ids.update(Area.objects.filter(code__in=some).values_list("code", "pk"))


def _filled(area: Area, row: Row, ids: dict[str, int]) -> Area:
    try:
        if len(row.code) != max(CODE_DIGITS, _depth(row)) or not _fits(row):
            raise ValueError(row.code)
        area.prefix = division.prefix_of(row.code, row.level)
        area.parent_id = ids[row.parent] if row.parent else None
    except (ValueError, KeyError):
        raise Invalid(
            f"区划表里 {row.code} {row.name} 的代码、层级或上级不对。请核对这一行。"
        ) from None
    area.name, area.level = row.name, row.level
    if row.alias and row.alias not in area.aliases:
        area.aliases = [*area.aliases, row.alias]
    return area


def _fits(row: Row) -> bool:
    """Whether the row lies under its parent, as far as the codes tell."""
    return row.code.startswith(row.parent.rstrip("0"))


def _depth(row: Row) -> int:
    known = division.LEVELS.get(row.level)
    if known is None:
        raise Invalid(f"区划表里 {row.code} {row.name} 的层级不认识。请核对这一行。")
    return known[1]
