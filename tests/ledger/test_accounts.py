"""Accounts and the units they hold: what is opened, and what the database itself refuses."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests.ledger.books import books, refused
from tests.ledger.cast import Cast
from zhicunbao.base.models import AuditEntry
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.actions import Movement
from zhicunbao.ledger.models import Account, Transfer


def test_goods_come_from_outside_onto_a_shelf_and_into_hands(cast: Cast) -> None:
    outside = actions.open_account(code="outside/0/goods/5")
    assert (outside.is_guarded, outside.unit, outside.purse) == (False, "goods/5", None)
    ways = (
        ("delivery", "outside/0/goods/5", "shop/2/goods/5", 12),
        ("sale", "shop/2/goods/5", "person/1/goods/5", 5),
        ("return", "person/1/goods/5", "shop/2/goods/5", 1),
    )
    for key, debit, credit, amount in ways:
        asked = Movement(key=key, debit=debit, credit=credit, amount=amount, reason="redeem")
        row = actions.transfer(cast.zhao, asked)
        assert (row.unit, row.amount) == ("goods/5", amount)
    left = {a.code: a.available for a in Account.objects.filter(unit="goods/5")}
    assert left == {"outside/0/goods/5": -12, "shop/2/goods/5": 8, "person/1/goods/5": 4}
    shelf = Account.objects.get(code="shop/2/goods/5")
    assert (shelf.is_guarded, shelf.holder_kind, shelf.holder_id) == (True, "shop", 2)
    sale = Movement(
        key="more", debit=shelf.code, credit="person/1/goods/5", amount=9, reason="redeem"
    )
    for act in (actions.hold, actions.transfer):
        with refused(Conflict, "balance_short"):
            act(cast.zhao, sale)
    assert queries.verify() == []


def test_goods_are_promised_booked_and_taken_back_like_points(cast: Cast) -> None:
    actions.open_account(code="outside/0/goods/5")
    asked = Movement(
        key="order", debit="outside/0/goods/5", credit="shop/2/goods/5", amount=3, reason="redeem"
    )
    posted = actions.post_hold(cast.zhao, hold=actions.hold(cast.zhao, asked), key="arrived")
    actions.reverse(cast.zhao, transfer=posted, key="undo", reason="送错了")
    assert {a.available for a in Account.objects.filter(unit="goods/5")} == {0}
    assert AuditEntry.objects.get(verb="ledger.transfer_reversed").area_prefix == ""
    assert queries.verify() == []


def test_points_do_not_turn_into_goods(cast: Cast) -> None:
    purse = cast.purse(100)
    actions.open_account(code="shop/2/goods/5")
    asked = Movement(
        key="k", debit=rules.fund_code(purse.pk), credit="shop/2/goods/5", amount=1, reason="redeem"
    )
    with pytest.raises(ValueError, match="different units"):
        actions.transfer(cast.zhao, asked)


def test_opening_an_account_twice_gives_the_same_row(cast: Cast) -> None:
    purse = cast.purse(0)
    first = actions.open_account(code=cast.home())
    assert actions.open_account(code=cast.home()) == first
    assert str(first) == f"household/7/points/{purse.pk}"
    assert (first.holder_kind, first.holder_id, first.unit) == ("household", 7, purse.unit)
    assert first.purse == purse
    assert first.is_guarded


@pytest.mark.parametrize(
    "code",
    [
        "purse/999999/fund",
        "person/x/points/1",
        "person/1/points",
        "person/1/points/999999",
        "person/1/points/",
        "town/1/points/999999",
        "Town/1/goods/1",
        "shop/1",
        "purse/1/gold",
    ],
)
def test_an_account_that_makes_no_sense_is_not_opened(cast: Cast, code: str) -> None:
    with pytest.raises(ValueError, match=code.partition("/")[0]):
        actions.open_account(code=code)
    assert not Account.objects.exists()


def test_a_purse_has_four_accounts_and_only_the_issue_may_go_below_zero(cast: Cast) -> None:
    purse = cast.purse(0)
    assert list(purse.accounts.order_by("pk").values_list("code", "is_guarded")) == [
        (f"purse/{purse.pk}/issue", False),
        (f"purse/{purse.pk}/fund", True),
        (f"purse/{purse.pk}/redeemed", True),
        (f"purse/{purse.pk}/expired", True),
    ]


def test_the_accounts_of_a_purse_are_taken_before_those_of_its_holders(cast: Cast) -> None:
    purse = cast.purse(100)
    cast.award(purse, 1)
    own = purse.accounts.filter(holder_kind="purse").order_by("-pk")[0]
    assert own.pk < Account.objects.get(code=cast.code()).pk


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_transfer SET amount = amount + 1",
        "UPDATE ledger_transfer SET memo = ''",
        "DELETE FROM ledger_transfer",
    ],
)
def test_the_database_refuses_to_change_or_delete_a_transfer(cast: Cast, statement: str) -> None:
    cast.purse(100)
    before = books()
    with (
        pytest.raises(DatabaseError, match="ledger_transfer is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert books() == before


@pytest.mark.parametrize(
    "change",
    [
        "debits_pending = 101",
        "debits_posted = 101",
        "credits_posted = 99, debits_posted = 100",
        "credits_pending = -1",
    ],
)
def test_the_database_refuses_a_guarded_account_below_zero(cast: Cast, change: str) -> None:
    purse = cast.purse(100)
    statement = f"UPDATE ledger_account SET {change} WHERE code = %s"  # noqa: S608 -- the table above
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [rules.fund_code(purse.pk)])
    assert queries.purse_figures(purse).in_purse == 100


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0},
        {"credit_account": "same"},
        {"kind": "post_pending"},
        {"kind": "reversal"},
        {"reverses": "first"},
        {"pending": "first"},
        {"key": "first"},
    ],
)
def test_the_database_refuses_transfers_that_make_no_sense(
    cast: Cast, change: dict[str, Any]
) -> None:
    purse = cast.purse(0)
    first = cast.fund(purse, 100)
    stand_for = {"same": first.debit_account, "first": first}
    row = Transfer(
        key="new",
        kind="posted",
        unit="points",
        debit_account=first.debit_account,
        credit_account=first.credit_account,
        amount=1,
        reason="fund",
    )
    for name, value in change.items():
        meant = stand_for.get(str(value), value)
        setattr(row, name, first.key if name == "key" else meant)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
