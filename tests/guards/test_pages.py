"""Every page that a GET opens, through the page client, as several of those who may see it."""

import pytest
from django.test import Client

from tests import cast, doors
from tests.doors import STRANGER, Table
from tests.page import PageFault, Pages

TABLES = doors.tables()
VIEWERS_MAX = 3
"""Pages differ by role in menu and buttons; a few roles show each of them at least once."""


@pytest.mark.parametrize("table", TABLES, ids=[t.feature for t in TABLES])
def test_pages_are_sound(table: Table, town: cast.Town) -> None:
    scene = doors.scenes(town)[table.feature]
    wrong = []
    for door in table.doors:
        if door.method != "get" or door.is_json:
            continue
        for who in sorted(door.opens)[:VIEWERS_MAX]:
            client = Client()
            if who != STRANGER:
                client.force_login(town.person(who))
            try:
                Pages(client).get(door.url(scene))
            except PageFault as fault:
                wrong.append(f"{door} as {who}: {fault}")
            except Exception as error:  # noqa: BLE001 -- one broken page must not hide the others
                wrong.append(f"{door} as {who}: {error!r}")
    assert not wrong, "\n".join(wrong)
