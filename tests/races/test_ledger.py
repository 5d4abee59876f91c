"""Races for points: overspending a purse, one key from many phones, one promise resolved twice,
first accounts, and transfers that cross.
"""

import time

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F

from tests.ledger.cast import Cast, build
from tests.races.together import Turn, together
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.actions import Movement
from zhicunbao.ledger.models import Account, Transfer

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

CROWD = 8


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The ledger's people, in rows that every thread sees."""
    return build()


def whole() -> bool:
    return queries.verify() == []


def person(cast: Cast, name: str = "chen") -> str:
    return cast.code(name)


def row_of(debit: Account, credit: Account, amount: int, key: str) -> Transfer:
    """Write a pending row as a careless program would, without moving balances."""
    return Transfer.objects.create(
        key=key,
        kind="pending",
        unit=debit.unit,
        debit_account=debit,
        credit_account=credit,
        amount=amount,
        reason="award",
    )


# --- a purse that is too small for all who draw on it ----------------------------------------


def test_a_purse_is_never_overspent(cast: Cast) -> None:
    purse = cast.purse(100)
    outcomes = together(CROWD, lambda turn: cast.award(purse, 30, key=f"claim {turn.index}"))
    assert len(outcomes.answers) == 3
    assert [refusal.code for refusal in outcomes.refusals] == ["purse_short"] * 5
    figures = queries.purse_figures(purse)
    assert (figures.in_purse, figures.pending) == (10, 90)
    assert whole()


def test_reading_checking_and_saving_overspends_it(cast: Cast) -> None:
    purse = cast.purse(100)
    receiver = actions.open_account(code=person(cast))

    def careless(turn: Turn) -> Transfer:
        fund = Account.objects.get(code=rules.fund_code(purse.pk))
        if fund.available < 30:
            raise Conflict("不够。")
        turn.meet()
        fund.debits_pending += 30
        fund.save()
        return row_of(fund, receiver, 30, f"claim {turn.index}")

    outcomes = together(CROWD, careless)
    promised = sum(row.amount for row in outcomes.answers)
    assert promised == 240
    assert queries.purse_figures(purse).in_purse == 70
    assert not whole()


# --- the same request from many phones -------------------------------------------------------


def test_one_key_from_many_threads_promises_once(cast: Cast) -> None:
    purse = cast.purse(1_000)
    outcomes = together(CROWD, lambda _: cast.award(purse, 30))
    assert len({row.pk for row in outcomes.answers}) == 1
    assert len(outcomes.answers) == CROWD
    assert queries.purse_figures(purse).pending == 30
    assert whole()


def test_one_key_with_different_content_promises_once_and_refuses_the_others(cast: Cast) -> None:
    purse = cast.purse(1_000)
    outcomes = together(CROWD, lambda turn: cast.award(purse, 30 + turn.index))
    assert len(outcomes.answers) == 1
    assert [refusal.code for refusal in outcomes.refusals] == ["key_reused"] * (CROWD - 1)
    assert queries.purse_figures(purse).pending == outcomes.answers[0].amount
    assert whole()


def test_a_key_whose_first_sender_gave_up_is_taken_by_the_one_who_waited(cast: Cast) -> None:
    purse = cast.purse(1_000)

    def act(turn: Turn) -> Transfer:
        if turn.index:
            turn.meet()
            return cast.award(purse, 30)
        with transaction.atomic():
            cast.award(purse, 40)
            turn.meet()
            time.sleep(0.3)  # the other one is now waiting at the key
            raise Conflict("不要了。")

    outcomes = together(2, act)
    assert [row.amount for row in outcomes.answers] == [30]
    assert queries.purse_figures(purse).pending == 30
    assert whole()


def test_looking_for_the_key_first_ends_in_an_error(cast: Cast) -> None:
    purse = cast.purse(1_000)
    fund = Account.objects.get(code=rules.fund_code(purse.pk))
    receiver = actions.open_account(code=person(cast))

    def careless(turn: Turn) -> Transfer:
        found = Transfer.objects.filter(key="claim 1").first()
        turn.meet()
        return found or row_of(fund, receiver, 30, "claim 1")

    with pytest.raises(IntegrityError):
        together(CROWD, careless)


# --- one promise, two decisions --------------------------------------------------------------


def test_a_promise_is_resolved_once(cast: Cast) -> None:
    purse = cast.purse(1_000)
    hold = cast.award(purse, 40)
    cast.award(purse, 500, key="claim 2")

    def act(turn: Turn) -> Transfer:
        decide = actions.void_hold if turn.index % 2 else actions.post_hold
        return decide(cast.wang, hold=hold, key=f"decision {turn.index}")

    outcomes = together(CROWD, act)
    assert len(outcomes.answers) == 1
    assert [refusal.code for refusal in outcomes.refusals] == ["already_resolved"] * (CROWD - 1)
    is_posted = outcomes.answers[0].kind == "post_pending"
    assert queries.balance_of(cast.people["chen"].pk).posted == (40 if is_posted else 0)
    assert queries.purse_figures(purse).pending == 500
    assert whole()


def test_asking_first_whether_it_is_resolved_books_it_many_times(cast: Cast) -> None:
    purse = cast.purse(1_000)
    hold = cast.award(purse, 40)
    cast.award(purse, 500, key="claim 2")

    def careless(turn: Turn) -> bool:
        is_open = not Transfer.objects.filter(pending=hold).exists()
        turn.meet()
        if is_open:
            Account.objects.filter(code=person(cast)).update(
                credits_pending=F("credits_pending") - 40, credits_posted=F("credits_posted") + 40
            )
        return is_open

    assert together(CROWD, careless).answers == [True] * CROWD
    assert queries.balance_of(cast.people["chen"].pk).posted == CROWD * 40
    assert not whole()


def test_a_booked_transfer_is_reversed_once(cast: Cast) -> None:
    purse = cast.purse(1_000)
    posted = actions.post_hold(cast.wang, hold=cast.award(purse, 40), key="post")
    other = cast.award(purse, 400, key="claim 2")
    actions.post_hold(cast.wang, hold=other, key="post 2")
    outcomes = together(
        CROWD,
        lambda turn: actions.reverse(
            cast.zhao, transfer=posted, key=f"undo {turn.index}", reason="记错了"
        ),
    )
    assert len(outcomes.answers) == 1
    assert [refusal.code for refusal in outcomes.refusals] == ["already_reversed"] * (CROWD - 1)
    assert queries.balance_of(cast.people["chen"].pk).posted == 400
    assert whole()


def test_asking_first_whether_it_was_reversed_takes_it_back_often(cast: Cast) -> None:
    purse = cast.purse(1_000)
    posted = actions.post_hold(cast.wang, hold=cast.award(purse, 40), key="post")
    other = cast.award(purse, 400, key="claim 2")
    actions.post_hold(cast.wang, hold=other, key="post 2")

    def careless(turn: Turn) -> bool:
        is_booked = not Transfer.objects.filter(reverses=posted).exists()
        turn.meet()
        if is_booked:
            mine = Account.objects.filter(code=person(cast), credits_posted__gte=40)
            mine.update(debits_posted=F("debits_posted") + 40)
        return is_booked

    assert together(CROWD, careless).answers == [True] * CROWD
    assert queries.balance_of(cast.people["chen"].pk).posted == 440 - CROWD * 40
    assert not whole()


# --- accounts that are not there yet ---------------------------------------------------------


def test_first_awards_at_once_open_one_account(cast: Cast) -> None:
    purse = cast.purse(1_000)
    outcomes = together(CROWD, lambda turn: cast.award(purse, 30, key=f"claim {turn.index}"))
    assert len(outcomes.answers) == CROWD
    assert Account.objects.filter(code=person(cast)).count() == 1
    assert queries.balance_of(cast.people["chen"].pk).pending == CROWD * 30
    assert whole()


def test_locking_a_row_that_is_not_there_locks_nothing(cast: Cast) -> None:
    purse = cast.purse(0)

    def careless(turn: Turn) -> None:
        with transaction.atomic():
            rows = Account.objects.select_for_update().filter(code=person(cast))
            account = rows.first()
            turn.meet()
            if account is None:
                Account.objects.create(
                    code=person(cast),
                    holder_kind="person",
                    holder_id=cast.people["chen"].pk,
                    unit=purse.unit,
                    purse=purse,
                    is_guarded=True,
                    credits_pending=30,
                )

    with pytest.raises(IntegrityError):
        together(CROWD, careless)


def spend(cast: Cast, key: str, amount: int = 30) -> Transfer:
    return actions.transfer(
        cast.chen,
        Movement(key=key, debit=person(cast), credit=cast.home(), amount=amount, reason="award"),
    )


def test_first_spends_from_a_missing_account_are_all_refused(cast: Cast) -> None:
    cast.purse(0)
    outcomes = together(CROWD, lambda turn: spend(cast, f"spend {turn.index}"))
    assert [refusal.code for refusal in outcomes.refusals] == ["balance_short"] * CROWD
    assert not Transfer.objects.exists()
    assert whole()


def test_a_first_spend_beside_the_first_award_never_takes_what_is_not_there(cast: Cast) -> None:
    purse = cast.purse(1_000)

    def act(turn: Turn) -> Transfer:
        if turn.index % 2:
            return spend(cast, f"spend {turn.index}", 50)
        hold = cast.award(purse, 30, key=f"claim {turn.index}")
        return actions.post_hold(cast.wang, hold=hold, key=f"post {turn.index}")

    outcomes = together(CROWD, act)
    spent = sum(row.amount for row in outcomes.answers if row.kind == "posted")
    assert queries.balance_of(cast.people["chen"].pk).available == 4 * 30 - spent >= 0
    assert whole()


def test_a_check_that_a_missing_row_passes_spends_from_nothing(cast: Cast) -> None:
    cast.purse(0)

    def careless(turn: Turn) -> Transfer:
        # "No account is too poor" is true of an account that is not there.
        poor = Account.objects.filter(code=person(cast), credits_posted__lt=30)
        if poor.exists():
            raise Conflict("不够。")
        turn.meet()
        debit = actions.open_account(code=person(cast))
        credit = actions.open_account(code=cast.home())
        return row_of(debit, credit, 30, f"spend {turn.index}")

    assert len(together(CROWD, careless).answers) == CROWD
    assert not whole()


# --- transfers that cross --------------------------------------------------------------------


def rich(cast: Cast) -> tuple[str, str]:
    """Give two people 1,000 points each and return their accounts."""
    purse = cast.purse(2_000)
    for name in ("chen", "wang"):
        hold = cast.award(purse, 1_000, key=f"to {name}", to=name)
        actions.post_hold(cast.wang, hold=hold, key=f"post {name}")
    return person(cast, "chen"), person(cast, "wang")


def test_opposite_transfers_never_deadlock(cast: Cast) -> None:
    one, other = rich(cast)

    def act(turn: Turn) -> None:
        debit, credit = (one, other) if turn.index % 2 else (other, one)
        for number in range(20):
            actions.transfer(
                cast.chen,
                Movement(
                    key=f"{turn.index} {number}",
                    debit=debit,
                    credit=credit,
                    amount=1,
                    reason="award",
                ),
            )

    assert len(together(CROWD, act).answers) == CROWD
    for name in ("chen", "wang"):
        assert queries.balance_of(cast.people[name].pk).posted == 1_000
    assert whole()


def test_taking_the_debtor_first_deadlocks(cast: Cast) -> None:
    accounts = rich(cast)

    def careless(turn: Turn) -> None:
        debit, credit = accounts[turn.index], accounts[1 - turn.index]
        with transaction.atomic():
            Account.objects.filter(code=debit).update(debits_posted=F("debits_posted") + 1)
            turn.meet()
            Account.objects.filter(code=credit).update(credits_posted=F("credits_posted") + 1)

    with pytest.raises(OperationalError, match="deadlock detected"):
        together(2, careless)


@pytest.mark.parametrize("has_accounts", [True, False], ids=["known people", "new people"])
def test_batches_in_one_transaction_never_deadlock(cast: Cast, has_accounts: bool) -> None:
    purse = cast.purse(1_000)
    names = ["chen", "wang", "zhao", "zhou"]
    if has_accounts:
        for name in names:
            actions.open_account(code=person(cast, name))

    def act(turn: Turn) -> None:
        with transaction.atomic():
            for name in names if turn.index % 2 else reversed(names):
                cast.award(purse, 1, key=f"{turn.index} {name}", to=name)

    assert len(together(CROWD, act).answers) == CROWD
    assert queries.purse_figures(purse).pending == CROWD * len(names)
    assert whole()


def test_batches_that_take_people_first_deadlock(cast: Cast) -> None:
    cast.purse(0)
    codes = [person(cast, "chen"), person(cast, "wang")]
    for code in codes:
        actions.open_account(code=code)

    def careless(turn: Turn) -> None:
        with transaction.atomic():
            for place in (turn.index, 1 - turn.index):
                rows = Account.objects.filter(code=codes[place])
                rows.update(credits_pending=F("credits_pending") + 1)
                if place == turn.index:
                    turn.meet()

    with pytest.raises(OperationalError, match="deadlock detected"):
        together(2, careless)
