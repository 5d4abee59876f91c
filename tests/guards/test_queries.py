"""No page asks the database once per row: its number of queries stays when its lists grow."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import cast, doors
from tests.doors import STRANGER, Table

TABLES = doors.tables()


def counted(table: Table, town: cast.Town, scene: object) -> Iterator[tuple[str, list[str]]]:
    for door in table.doors:
        openers = sorted(door.opens - {STRANGER})
        if door.method != "get" or not openers:
            continue
        # One who works at the desk and one with a phone, whose lists have the scenes' rows in them.
        for who in sorted({"admin", "member"}.intersection(openers)) or openers[:1]:
            client = Client()
            client.force_login(town.person(who))
            with CaptureQueriesContext(connection) as queries:
                client.get(door.url(scene)).getvalue()
            yield f"{door} as {who}", [q["sql"] for q in queries.captured_queries]


@pytest.mark.parametrize("table", TABLES, ids=[t.feature for t in TABLES])
def test_queries_do_not_grow_with_rows(table: Table, town: cast.Town) -> None:
    built = doors.scenes(town)
    before = dict(counted(table, town, built[table.feature]))
    doors.add_more(town, built)
    after = dict(counted(table, town, built[table.feature]))
    wrong = [
        f"{page}: {len(before[page])} queries, then {len(after[page])}; for instance\n"
        + "\n".join(sql[:200] for sql in after[page] if after[page].count(sql) > 1)[:800]
        for page in before
        if len(after[page]) > len(before[page])
    ]
    assert not wrong, "\n".join(wrong)
