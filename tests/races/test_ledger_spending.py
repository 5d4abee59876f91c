"""Races for what one holder has in several purses, and for the stop line of a purse."""

import time

import pytest
from django.db import OperationalError, transaction
from django.db.models import F

from tests.ledger.cast import Cast, build
from tests.races.together import Turn, together
from zhicunbao.base import access
from zhicunbao.base.models import OutboxMessage
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.models import Account, Purse, Transfer

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

CROWD = 8
ROUNDS = 12


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The ledger's people, in rows that every thread sees."""
    return build()


def earn(cast: Cast, purse: Purse, points: int, to: str = "chen") -> None:
    hold = cast.award(purse, points, key=f"claim {purse.pk} {to}", to=to)
    actions.post_hold(cast.wang, hold=hold, key=f"post {purse.pk} {to}")


def two_purses(cast: Cast, points: int, *people: str) -> list[Purse]:
    """Open two purses and give ``points`` of each to everybody named."""
    purses = [cast.purse(10_000, name=name) for name in ("2025年", "2026年")]
    for purse in purses:
        for name in people or ("chen",):
            earn(cast, purse, points, name)
    return purses


def spend(cast: Cast, points: int, key: str, who: str = "chen") -> list[Transfer]:
    holder = ("person", cast.people[who].pk)
    return actions.spend_hold(cast.chen, holder=holder, points=points, key=key, memo="洗衣液")


def left(cast: Cast) -> int:
    return queries.balance_of(cast.people["chen"].pk).available


# --- a writer that waited looks again ------------------------------------------------------------


@pytest.mark.parametrize("is_spend", [False, True], ids=["debtor first", "creditor first"])
@pytest.mark.parametrize("comes_back", [False, True], ids=["kept", "rolled back"])
def test_whoever_waited_for_a_balance_judges_it_as_it_is_then(
    cast: Cast, is_spend: bool, comes_back: bool
) -> None:
    purse = cast.purse(100)
    earn(cast, purse, 40)

    def take(number: int) -> object:
        if not is_spend:
            return cast.award(purse, 40, key=f"more {number}", to="wang")
        asked = actions.Movement(
            key=f"order {number}",
            debit=cast.code(),
            credit=rules.purse_code(purse.pk, "redeemed"),
            amount=40,
            reason="redeem",
        )
        return actions.hold(cast.chen, asked)

    def act(turn: Turn) -> object:
        if turn.index:
            turn.meet()
            return take(1)  # Its snapshot still shows what the other one has taken by now.
        with transaction.atomic():
            found = take(0)
            turn.meet()
            time.sleep(0.4)
            if comes_back:
                raise Conflict("不要了。")
            return found

    # 60 are in the purse and 40 in her hands: enough for one of the two.
    outcomes = together(2, act)
    assert len(outcomes.answers) == len(outcomes.refusals) == 1
    short = "balance_short" if is_spend else "purse_short"
    assert outcomes.refusals[0].code == ("conflict" if comes_back else short)
    assert queries.verify() == []


# --- several purses at once ----------------------------------------------------------------------


def test_what_is_in_two_purses_is_spent_once(cast: Cast) -> None:
    purses = two_purses(cast, 20)
    outcomes = together(CROWD, lambda turn: spend(cast, 9, f"order {turn.index}"))
    assert len(outcomes.answers) == 4
    assert [refusal.code for refusal in outcomes.refusals] == ["balance_short"] * 4
    assert left(cast) == 4
    # Whoever came third found 2 in the older purse and took the rest from the other.
    amounts = sorted([row.amount for row in rows] for rows in outcomes.answers)
    assert amounts == [[2, 7], [9], [9], [9]]
    for rows in outcomes.answers:
        actions.post_spend(cast.wang, holds=rows, key=f"post {rows[0].pk}")
    figures = queries.figures_by_purse(purses)
    assert [figures[purse.pk].redeemed for purse in purses] == [20, 16]
    assert queries.verify() == []


def test_dividing_before_locking_spends_it_often(cast: Cast) -> None:
    two_purses(cast, 20)

    def careless(turn: Turn) -> int:
        accounts = cast.accounts()
        if sum(account.available for account in accounts) < 30:
            raise Conflict("不够。")
        turn.meet()
        # As much as the first has, and the rest from the second.
        for account, part in zip(accounts, (20, 10), strict=True):
            account.debits_pending += part
            account.save()
        return 30

    assert sum(together(CROWD, careless).answers) == CROWD * 30
    assert left(cast) == 10


def test_one_key_spends_once(cast: Cast) -> None:
    two_purses(cast, 20)
    outcomes = together(CROWD, lambda _: spend(cast, 30, "order"))
    assert len(outcomes.answers) == CROWD
    assert len({tuple(row.pk for row in rows) for rows in outcomes.answers}) == 1
    assert left(cast) == 10


def test_looking_for_the_key_before_locking_spends_it_often(cast: Cast) -> None:
    two_purses(cast, 20)

    def careless(turn: Turn) -> bool:
        is_new = not Transfer.objects.filter(key="order/0").exists()
        turn.meet()
        if is_new:
            mine = Account.objects.filter(code=cast.accounts()[0].code)
            mine.update(debits_pending=F("debits_pending") + 1)
        return is_new

    assert together(CROWD, careless).answers == [True] * CROWD
    assert left(cast) == 40 - CROWD


def test_a_spend_is_booked_or_given_back_as_a_whole(cast: Cast) -> None:
    two_purses(cast, 20)
    rows = spend(cast, 30, "order")

    def act(turn: Turn) -> list[Transfer]:
        end = actions.void_spend if turn.index % 2 else actions.post_spend
        return end(cast.wang, holds=rows, key=f"end {turn.index}")

    outcomes = together(CROWD, act)
    assert [refusal.code for refusal in outcomes.refusals] == ["already_resolved"] * (CROWD - 1)
    [ended] = outcomes.answers
    assert len({row.kind for row in ended}) == 1
    assert left(cast) == (10 if ended[0].kind == "post_pending" else 40)
    assert queries.verify() == []


def divided_spends(cast: Cast, count: int) -> list[list[Transfer]]:
    """Return spends of 2 points of which each purse gives one."""
    older, _ = two_purses(cast, 1_000)
    spend(cast, 1_000, "all of the older")
    found = []
    for number in range(count):
        one = actions.Movement(
            key=f"one {number}",
            debit=rules.fund_code(older.pk),
            credit=cast.code(purse=older),
            amount=1,
            reason="award",
        )
        actions.transfer(cast.wang, one)
        found.append(spend(cast, 2, f"order {number}"))
    return found


def test_spends_whose_parts_are_ended_in_opposite_orders_do_not_deadlock(cast: Cast) -> None:
    orders = divided_spends(cast, 2 * ROUNDS)
    assert {len(rows) for rows in orders} == {2}

    def act(turn: Turn) -> int:
        way = 1 if turn.index else -1
        for number, rows in enumerate(orders[turn.index :: 2]):
            end = actions.post_spend if number % 2 else actions.void_spend
            end(cast.wang, holds=rows[::way], key=f"end {turn.index} {number}")
        return ROUNDS

    assert together(2, act).answers == [ROUNDS] * 2
    assert queries.verify() == []


def test_a_spend_beside_a_redemption_that_is_reversed_does_not_deadlock(cast: Cast) -> None:
    orders = divided_spends(cast, ROUNDS)
    booked = [
        actions.post_spend(cast.wang, holds=rows, key=f"end {number}")
        for number, rows in enumerate(orders)
    ]

    def act(turn: Turn) -> None:
        for number, rows in enumerate(booked):
            if turn.index % 2:
                spend(cast, 2, f"more {turn.index} {number}")
            elif turn.index == 0:
                for row in rows:
                    actions.reverse(cast.zhao, transfer=row, key=f"undo {row.pk}", reason="没有货")
            else:
                holder = ("person", cast.people["chen"].pk)
                actions.transfer_between(
                    cast.zhao,
                    source=holder,
                    target=("household", 7),
                    points=1,
                    reason="household",
                    key=f"split {number}",
                    memo="分户",
                )

    assert len(together(4, act).answers) == 4
    assert left(cast) == 1_000 - ROUNDS + 2 * ROUNDS - 4 * ROUNDS - ROUNDS
    assert queries.verify() == []


def test_taking_the_holder_before_the_purse_deadlocks(cast: Cast) -> None:
    [purse, _] = two_purses(cast, 20)
    codes = [cast.code(purse=purse), rules.purse_code(purse.pk, "redeemed")]

    def careless(turn: Turn) -> None:
        with transaction.atomic():
            for code in codes if turn.index else codes[::-1]:
                Account.objects.select_for_update().get(code=code)
                if code == codes[1 - turn.index]:
                    turn.meet()

    with pytest.raises(OperationalError, match="deadlock detected"):
        together(2, careless)


# --- the stop line -------------------------------------------------------------------------------


def told_of(cast: Cast) -> list[int]:
    """Return how many messages each person got."""
    who = access.people_holding("ledger.fund", cast.street.prefix)
    return [OutboxMessage.objects.filter(person_id=person_id).count() for person_id in who]


def test_the_award_that_reaches_the_stop_line_is_told_once(cast: Cast) -> None:
    purse = cast.purse(100, stop_below=60)
    outcomes = together(CROWD, lambda turn: cast.award(purse, 10, key=f"claim {turn.index}"))
    assert len(outcomes.answers) == 4
    assert [refusal.code for refusal in outcomes.refusals] == ["purse_stopped"] * 4
    assert queries.purse_figures(purse).in_purse == 60
    told = told_of(cast)
    assert told == [1] * len(told) != []


def test_looking_at_the_line_after_the_award_tells_it_often(cast: Cast) -> None:
    purse = cast.purse(100)

    def careless(turn: Turn) -> bool:
        cast.award(purse, 5, key=f"claim {turn.index}")
        turn.meet()
        return queries.purse_figures(purse).in_purse <= 60

    assert together(CROWD, careless).answers == [True] * CROWD
