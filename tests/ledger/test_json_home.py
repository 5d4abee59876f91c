"""The household at the JSON door: its balance, and its statement with who earned what."""

from typing import Any

from django.test import Client

from tests.ledger.cast import Cast
from zhicunbao.base import access
from zhicunbao.ledger import actions


def ask(cast: Cast, who: str, path: str) -> dict[str, Any]:
    client = Client()
    client.force_login(cast.people[who])
    answer: dict[str, Any] = client.get(f"/api/v1{path}").json()
    return answer


def test_the_household_has_a_balance_and_a_statement_of_its_own(cast: Cast) -> None:
    purse = cast.purse(1_000, credited="household")
    home = cast.household("wu", "xu")
    hold = cast.award(purse, 20, to="xu", household=home.pk)
    actions.post_hold(access.SYSTEM, hold=hold, key="posted")
    cast.award(purse, 5, key="b", to="wu", household=home.pk)
    assert ask(cast, "wu", "/points?of=home") == {
        "posted": 20,
        "pending": 5,
        "available": 20,
        "held": 0,
    }
    assert ask(cast, "wu", "/points")["posted"] == 0
    found = ask(cast, "wu", "/points/statement?of=home")
    assert [(row["earner"], row["change"], row["state"]) for row in found["items"]] == [
        ("吴村民", 5, "waiting"),
        ("徐美兰", 20, "booked"),
    ]
    assert ask(cast, "wu", "/points/statement")["items"] == []


def test_a_page_of_the_household_is_no_page_of_ones_own(cast: Cast) -> None:
    purse = cast.purse(1_000, credited="household")
    home = cast.household("wu")
    for number in range(3):
        cast.award(purse, 5, key=f"a {number}", to="wu", household=home.pk)
    first = ask(cast, "wu", "/points/statement?of=home&limit=2")
    second = ask(cast, "wu", f"/points/statement?of=home&limit=2&cursor={first['next']}")
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    assert ask(cast, "wu", f"/points/statement?cursor={first['next']}")["status"] == 422


def test_without_a_household_there_is_nothing(cast: Cast) -> None:
    cast.purse(1_000)
    assert ask(cast, "chen", "/points?of=home")["posted"] == 0
    assert ask(cast, "chen", "/points/statement?of=home") == {"items": [], "next": None}
    assert ask(cast, "chen", "/points?of=street")["status"] == 422
