"""What a hand-made request may bring, at every address: numbers that no row has, and NUL, which
PostgreSQL cannot hold. Each is told what to do; none shows as a fault of ours.
"""

import pytest
from django.db import transaction
from django.test import Client

from tests import cast, doors
from tests.doors import STRANGER, Door, Table

TABLES = doors.tables()
each_feature = pytest.mark.parametrize("table", TABLES, ids=[t.feature for t in TABLES])

NUMBERS = ("9" * 30, "9" * 5_000, "①", "-1", "0")
"""More than a database counts, more than Python reads, a digit that is no number, no row's."""
BROUGHT = {
    ("get", "casework:inbox"): {"case": ""},
    ("get", "rewards:moves"): {"before": ""},
    ("get", "rewards:place_orders"): {"goods": ""},
    ("get", "rewards:shelf"): {"place": ""},
    ("get", "work:board"): {"module": ""},
    ("get", "work:publish"): {"copy": ""},
    ("get", "work:desk_claims"): {"task": ""},
    ("get", "work:review"): {"first": ""},
    ("post", "base:sign_in_demo"): {"person": ""},
    ("post", "casework:act"): {"seen": "", "verb": "send_back", "reason": "看不清"},
    ("post", "rewards:cancel"): {"seen": ""},
    ("post", "rewards:hand_over"): {"seen": "", "code": "12345678"},
    ("post", "rewards:order_basket"): {"wanted": "1:1", "payer": "person", "points": ""},
    ("post", "rewards:put"): {"count": ""},
    ("post", "work:assign"): {"person": ""},
    ("post", "work:evaluate_one"): {"seen": "", "level": "", "verb": "evaluate"},
    ("post", "work:recall"): {"seen": ""},
    ("post", "work:review"): {"pick": "", "verb": "review"},
    ("post", "work:submit"): {"seen": "", "lat": "", "lon": "", "accuracy_m": ""},
    ("post", "work:withdraw"): {"seen": ""},
}
"""Method and address → the numbers that are read there (empty), and what makes them be read."""


def visitor(town: cast.Town, door: Door) -> Client:
    client = Client()
    if who := sorted(door.opens - {STRANGER}):
        client.force_login(town.person(who[0]))
    return client


def test_numbers_are_brought_to_addresses_that_exist() -> None:
    known = {(door.method, door.name) for table in TABLES for door in table.doors}
    assert set(BROUGHT) - known == set()


@each_feature
def test_a_number_that_no_row_has_is_no_fault(table: Table, town: cast.Town) -> None:
    scene = doors.scenes(town)[table.feature]
    for door in table.doors:
        sent = BROUGHT.get((door.method, door.name), {})
        for name in (name for name, value in sent.items() if not value):
            for number in NUMBERS:
                values = {"key": "k"} | sent | {name: number}
                with transaction.atomic():
                    ask = getattr(visitor(town, door), door.method)
                    status = ask(door.url(scene).partition("?")[0], values).status_code
                    transaction.set_rollback(True)
                assert status < 500, f"{door} with {name}={number[:40]}"


@each_feature
def test_nul_in_what_is_sent_is_refused(table: Table, town: cast.Town) -> None:
    scene = doors.scenes(town)[table.feature]
    for door in table.doors:
        sent = door.posted(scene)
        for part in ("data", "headers"):
            for name in (n for n, value in sent.get(part, {}).items() if isinstance(value, str)):
                spoilt = sent | {part: sent[part] | {name: "a\0b"}}
                if door.method == "post":
                    status = visitor(town, door).post(door.url(scene), **spoilt).status_code
                    assert status == 422, f"{door} with {name}"
