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
        is_sent = self.status == 302 and self.location.startswith(reverse(settings.LOGIN_URL))
        return is_sent or self.status == 401


class Visitors:
    """The whole cast, each signed in once; what a request did is undone after it."""

    def __init__(self, town: cast.Town) -> None:
        self._cookies = {STRANGER: ""}
        for who in doors.SIGNED_IN:
            client = Client()
            client.force_login(town.person(who))
            self._cookies[who] = client.cookies.output(header="", sep=";")

    def ask(self, who: str, door: Door, url: str, scene: object, method: str = "") -> Answer:
        # A refusal as JSON is the same refusal, without drawing a page a thousand times.
        accept = "text/html" if who in door.opens else "application/json"
        client = Client(headers={"accept": accept})
        client.cookies.load(self._cookies[who])
        with transaction.atomic():
            try:
                if (method or door.method) == "get":
                    response = client.get(url)
                else:
                    response = client.post(url, **door.posted(scene))
            except Exception as error:  # noqa: BLE001 -- one broken page must not hide the others
                answer = Answer(500, b"", "", repr(error))
            else:
                content = CHANGING.sub(b"", response.getvalue())
                status = response.status_code
                answer = Answer(status, content, response.headers.get("Location", ""), str(status))
            transaction.set_rollback(True)
        return answer


@each_feature
def test_doors_open_to_those_who_may_and_to_nobody_else(table: Table, town: cast.Town) -> None:
    scene = doors.scenes(town)[table.feature]
    visitors = Visitors(town)
    wrong: dict[str, list[str]] = {}

    def expect(is_right: bool, finding: str, who: str) -> None:
        if not is_right:
            wrong.setdefault(finding, []).append(who)

    for door in table.doors:
        url = door.url(scene)
        looking = [d.opens for d in table.doors if (d.name, d.method) == (door.name, "get")]
        seeing = door.sees.union(*looking)
        for who in sorted(doors.ANYONE):
            answer = visitors.ask(who, door, url, scene)
            if who in door.opens:
                expect(answer.is_open, f"{door}: {answer.said}, should come in", who)
            elif who == STRANGER and door.opens:
                expect(answer.to_sign_in, f"{door}: {answer.said}, should have to sign in", who)
            else:
                # Or sent to the door, where something must come first: a password before its code.
                is_shut = answer.status in CLOSED or answer.to_sign_in
                expect(is_shut, f"{door}: {answer.said}, should be refused", who)
                if door.at and who not in seeing:
                    absent = visitors.ask(who, door, door.nowhere(scene), scene)
                    same = (answer.status, answer.content) == (absent.status, absent.content)
                    expect(same, f"{door}: {answer.said} differs from what is not there", who)
    assert not wrong, "\n" + "\n".join(f"{what}: {', '.join(w)}" for what, w in wrong.items())


@each_feature
def test_no_door_answers_a_way_of_asking_without_a_row(table: Table, town: cast.Town) -> None:
    scene = doors.scenes(town)[table.feature]
    visitors = Visitors(town)
    ways = {(door.name, door.method) for door in table.doors}
    wrong = []
    for door in table.doors:
        who = min(door.opens, default=STRANGER)
        if (door.name, "post") not in ways:
            # A page that reads no form answers POST as it answers GET, or not at all.
            posted = visitors.ask(who, door, door.url(scene), scene, "post")
            if posted.status not in (200, 405):
                wrong.append(f"{door.name} answers POST with {posted.said} and has no row for it")
        if (door.name, "get") not in ways:
            got = visitors.ask(who, door, door.url(scene), scene, "get")
            if got.status != 405:
                wrong.append(f"{door.name} answers GET with {got.said} and has no row for it")
    assert not wrong, "\n".join(wrong)
