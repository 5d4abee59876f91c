"""Every address × every member of the cast, from the features' tables of doors."""

from collections import Counter
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests import cast, doors
from tests.doors import STRANGER, Door, Table

CLOSED = (403, 404)
TABLES = doors.tables()
each_feature = pytest.mark.parametrize("table", TABLES, ids=[t.feature for t in TABLES])


def test_every_address_has_its_row() -> None:
    rows = [door.name for table in TABLES for door in table.doors]
    assert doors.names() - set(rows) == set(), "add a row to tests/<feature>/doors.py"
    assert set(rows) - doors.names() == set(), "these rows lead nowhere"


def test_a_row_stands_once_and_with_its_feature() -> None:
    rows = [(table.feature, str(door)) for table in TABLES for door in table.doors]
    assert [row for row, count in Counter(rows).items() if count > 1] == []
    strays = [
        (table.feature, door.name)
        for table in TABLES
        for door in table.doors
        if not door.name.startswith(f"{table.feature}:")
    ]
    assert strays == []


def ask(town: cast.Town, who: str, door: Door, url: str, scene: Any, method: str = "") -> Any:
    """Send one request as ``who`` and undo whatever it did."""
    client = Client(raise_request_exception=True)
    with transaction.atomic():
        if who != STRANGER:
            client.force_login(town.person(who))
        if (method or door.method) == "get":
            response = client.get(url)
        else:
            response = client.post(url, door.form(scene))
        transaction.set_rollback(True)
    return response


def sent_to_sign_in(response: Any) -> bool:
    target = response.headers.get("Location", "") if response.status_code == 302 else ""
    return str(target).startswith(reverse(settings.LOGIN_URL))


@each_feature
def test_doors_open_to_those_who_may_and_to_nobody_else(table: Table, town: cast.Town) -> None:
    scene = doors.scenes(town)[table.feature]
    wrong = []
    for door in table.doors:
        url = door.url(scene)
        for who in sorted(doors.ANYONE):
            response = ask(town, who, door, url, scene)
            status = response.status_code
            if who in door.opens:
                is_open = status < 500 and status not in (*CLOSED, 405)
                if not is_open or (who != STRANGER and sent_to_sign_in(response)):
                    wrong.append(f"{door}: {who} should come in, got {status}")
            elif who == STRANGER:
                if not sent_to_sign_in(response):
                    wrong.append(f"{door}: a stranger should be sent to sign in, got {status}")
            elif status not in CLOSED:
                wrong.append(f"{door}: {who} should be refused, got {status}")
    assert not wrong, "\n".join(wrong)


@each_feature
def test_not_yours_and_not_there_are_one_answer(table: Table, town: cast.Town) -> None:
    scene = doors.scenes(town)[table.feature]
    wrong = []
    for door in table.doors:
        if not door.at:
            continue
        looking = [d.opens for d in table.doors if (d.name, d.method) == (door.name, "get")]
        for who in sorted(doors.SIGNED_IN.difference(door.opens, door.sees, *looking)):
            there = ask(town, who, door, door.url(scene), scene)
            absent = ask(town, who, door, door.nowhere(scene), scene)
            if (there.status_code, there.content) != (absent.status_code, absent.content):
                wrong.append(
                    f"{door}: {who} can tell {there.status_code} from {absent.status_code}"
                )
    assert not wrong, "\n".join(wrong)


@each_feature
def test_no_door_answers_a_way_of_asking_without_a_row(table: Table, town: cast.Town) -> None:
    scene = doors.scenes(town)[table.feature]
    ways = {(door.name, door.method) for door in table.doors}
    wrong = []
    for door in table.doors:
        who = min(door.opens)
        if (door.name, "post") not in ways:
            # A page that reads no form answers POST as it answers GET, or not at all.
            posted = ask(town, who, door, door.url(scene), scene, "post").status_code
            if posted not in (200, 405):
                wrong.append(f"{door.name} answers POST with {posted} and has no row for it")
        if (door.name, "get") not in ways:
            got = ask(town, who, door, door.url(scene), scene, "get").status_code
            if got != 405:
                wrong.append(f"{door.name} answers GET with {got} and has no row for it")
    assert not wrong, "\n".join(wrong)
