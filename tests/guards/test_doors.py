"""Every address × every member of the cast, from the features' tables of doors."""

import re
from collections import Counter
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests import cast, doors
from tests.doors import STRANGER, Door, Table

CLOSED = (403, 404)
CHANGING = re.compile(rb'name="(csrfmiddlewaretoken|key)" value="[^"]*"')
"""What differs between two answers of the same page."""
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


@dataclass(frozen=True)
class Answer:
    """What came back; ``said`` names it in a finding."""

    status: int
    content: bytes
    location: str
    said: str

    @property
    def is_open(self) -> bool:
        return self.status < 500 and self.status not in (*CLOSED, 405) and not self.to_sign_in

    @property
    def to_sign_in(self) -> bool:
        return self.status == 302 and self.location.startswith(reverse(settings.LOGIN_URL))


def ask(town: cast.Town, who: str, door: Door, url: str, scene: object, method: str = "") -> Answer:
    """Send one request as ``who`` and undo whatever it did."""
    client = Client()
    with transaction.atomic():
        if who != STRANGER:
            client.force_login(town.person(who))
        try:
            if (method or door.method) == "get":
                response = client.get(url)
            else:
                response = client.post(url, door.form(scene))
        except Exception as error:  # noqa: BLE001 -- one broken page must not hide the others
            answer = Answer(500, b"", "", repr(error))
        else:
            content = b"" if response.streaming else CHANGING.sub(b"", response.content)
            status = response.status_code
            answer = Answer(status, content, response.headers.get("Location", ""), str(status))
        transaction.set_rollback(True)
    return answer


@each_feature
def test_doors_open_to_those_who_may_and_to_nobody_else(table: Table, town: cast.Town) -> None:
    scene = doors.scenes(town)[table.feature]
    wrong: dict[str, list[str]] = {}
    for door in table.doors:
        url = door.url(scene)
        for who in sorted(doors.ANYONE):
            answer = ask(town, who, door, url, scene)
            if who in door.opens:
                is_right, should = answer.is_open, "should come in"
            elif who == STRANGER:
                is_right, should = answer.to_sign_in, "should have to sign in"
            else:
                is_right, should = answer.status in CLOSED, "should be refused"
            if not is_right:
                wrong.setdefault(f"{door}: got {answer.said}, {should}", []).append(who)
    assert not wrong, listed(wrong)


def listed(wrong: dict[str, list[str]]) -> str:
    return "\n" + "\n".join(f"{finding}: {', '.join(whom)}" for finding, whom in wrong.items())


@each_feature
def test_not_yours_and_not_there_are_one_answer(table: Table, town: cast.Town) -> None:
    scene = doors.scenes(town)[table.feature]
    wrong: dict[str, list[str]] = {}
    for door in table.doors:
        if not door.at:
            continue
        looking = [d.opens for d in table.doors if (d.name, d.method) == (door.name, "get")]
        for who in sorted(doors.SIGNED_IN.difference(door.opens, door.sees, *looking)):
            there = ask(town, who, door, door.url(scene), scene)
            absent = ask(town, who, door, door.nowhere(scene), scene)
            if (there.status, there.content) != (absent.status, absent.content):
                finding = f"{door}: {there.said} can be told from {absent.said}"
                wrong.setdefault(finding, []).append(who)
    assert not wrong, listed(wrong)


@each_feature
def test_no_door_answers_a_way_of_asking_without_a_row(table: Table, town: cast.Town) -> None:
    scene = doors.scenes(town)[table.feature]
    ways = {(door.name, door.method) for door in table.doors}
    wrong = []
    for door in table.doors:
        who = min(door.opens)
        if (door.name, "post") not in ways:
            # A page that reads no form answers POST as it answers GET, or not at all.
            posted = ask(town, who, door, door.url(scene), scene, "post")
            if posted.status not in (200, 405):
                wrong.append(f"{door.name} answers POST with {posted.said} and has no row for it")
        if (door.name, "get") not in ways:
            got = ask(town, who, door, door.url(scene), scene, "get")
            if got.status != 405:
                wrong.append(f"{door.name} answers GET with {got.said} and has no row for it")
    assert not wrong, "\n".join(wrong)
