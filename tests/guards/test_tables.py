"""``tables.unchanged`` sees what it is there to see."""

from collections.abc import Callable

import pytest

from tests import cast, tables
from zhicunbao.base.models import Area, Person


def test_nothing_done_is_unchanged(town: cast.Town) -> None:
    with tables.unchanged():
        Person.objects.get(pk=town.person("admin").pk)


def add() -> None:
    Area.objects.create(code="331125003000", prefix="331125003", name="y", level="town")


def change() -> None:
    Area.objects.filter(code="331125002000").update(name="z")


def remove() -> None:
    Area.objects.filter(code="331125002000").delete()


@pytest.mark.parametrize("act", [add, change, remove])
def test_change_is_seen(db: None, act: Callable[[], None]) -> None:
    Area.objects.create(code="331125002000", prefix="331125002", name="x", level="town")
    with pytest.raises(AssertionError, match="base_area"), tables.unchanged():
        act()


def test_table_left_out_may_change(town: cast.Town) -> None:
    with tables.unchanged(but=("base_area",)):
        Area.objects.filter(pk=town.dongmen.pk).update(name="z")
