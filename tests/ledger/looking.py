"""How the ledger's pages are looked at in tests: who browses, what stands in the tables, and books
with a row of every kind in them.
"""

from django.test import Client

from tests.ledger.cast import COMMUNITY, Cast
from tests.page import Page, Pages
from zhicunbao.base import access
from zhicunbao.ledger import actions, rules
from zhicunbao.ledger.actions import Movement
from zhicunbao.ledger.models import Purse, Transfer


def browse(cast: Cast, who: str) -> Pages:
    """Return the browser of a member of the cast."""
    client = Client()
    client.force_login(cast.people[who])
    return Pages(client)


def cells(page: Page) -> list[list[str]]:
    """Return the words of the cells of each row that is not a heading."""
    rows = [row for row in page.all("tr") if row.find("td") is not None]
    return [["".join(cell.itertext()).strip() for cell in row] for row in rows]


def number(text: str) -> int:
    """Read 1,286, +35 and −60."""
    return int(text.replace(",", "").replace("−", "-").replace("+", ""))


def sum_of(page: Page, column: int = 5) -> int:
    """Return the sum of a column; a last row that says so itself must agree."""
    table = [row for row in cells(page) if row[column]]
    total = [row for row in table if "合计" in row]
    amount = sum(number(row[column]) for row in table if row not in total)
    assert [number(row[column]) for row in total] in ([], [amount])
    return amount


def booked(cast: Cast, purse: Purse, amount: int, key: str, *, to: str = "chen") -> Transfer:
    """Award ``amount`` to somebody and book it."""
    hold = cast.award(purse, amount, key=key, to=to)
    return actions.post_hold(access.SYSTEM, hold=hold, key=f"{key} posted")


def redeemed(cast: Cast, amount: int, key: str, *, to: str = "chen") -> list[Transfer]:
    """Let somebody spend ``amount`` and take the goods."""
    holds = actions.spend_hold(
        cast.wang,
        holder=("person", cast.people[to].pk),
        points=amount,
        key=key,
        memo="毛巾 2 条",
        case_number="DH-2026-0001",
        area_prefix=COMMUNITY,
    )
    return actions.post_spend(cast.wang, holds=holds, key=f"{key} handed over")


def expired(cast: Cast, purse: Purse, amount: int, key: str) -> Transfer:
    """End points of 陈晓梅, as a resolution does."""
    return actions.transfer(
        cast.zhao,
        Movement(
            key=key,
            debit=cast.code(purse=purse),
            credit=rules.purse_code(purse.pk, "expired"),
            amount=amount,
            reason="expiry",
            memo="2026年清零决议",
            area_prefix=COMMUNITY,
        ),
    )


def books_of(cast: Cast) -> Purse:
    """Fill a purse of 1,000 points so that no figure is nought: 925 in it, 45 pending, 20 in the
    hands of 陈晓梅, 8 redeemed, 2 expired; with a void and a reversal behind them.
    """
    purse = cast.purse(1_000)
    booked(cast, purse, 30, "a")
    actions.void_hold(access.SYSTEM, hold=cast.award(purse, 70, key="c"), key="void")
    wrong = booked(cast, purse, 20, "d")
    actions.reverse(cast.zhao, transfer=wrong, key="undo", reason="照片是去年的")
    redeemed(cast, 8, "e")
    expired(cast, purse, 2, "f")
    cast.award(purse, 45, key="b")
    return purse
