"""Races for matters that take two: approvals at once, and two workers that end points at once."""

from datetime import timedelta

import pytest

from tests import cast
from tests.cast import Town
from tests.races.together import Turn, together
from tests.treasury import books
from zhicunbao.base.access import SYSTEM
from zhicunbao.casework.actions import perform
from zhicunbao.casework.models import Case
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger import queries as balances
from zhicunbao.ledger.models import Account, Transfer
from zhicunbao.treasury import actions, queries
from zhicunbao.treasury.models import HouseholdMove, Zeroing

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

APPROVERS = ("reviewer", "reviewer2", "oversight", "leader")


@pytest.fixture
def town(transactional_db: None) -> Town:
    """The town, in rows that every thread sees."""
    return cast.build()


def approve(town: Town, case: Case, turn: Turn) -> Case:
    actor = town.actor(APPROVERS[turn.index])
    return perform(actor, case, "approve", key=f"approve {turn.index}")


def waiting_move(town: Town) -> HouseholdMove:
    source, target = books.home(town, "member"), books.home(town, "member2")
    books.award(town, books.purse(town, credited="household"), 100, home=source)
    return books.move(town, source, target, points=10)


def test_of_many_approvals_of_a_correction_one_reverses(town: Town) -> None:
    made = books.request(town, books.award(town, books.purse(town)))
    outcomes = together(len(APPROVERS), lambda turn: approve(town, made.case, turn))
    assert len(outcomes.answers) == 1
    assert {refusal.code for refusal in outcomes.refusals} == {"moved_on"}
    assert Transfer.objects.filter(kind="reversal").count() == 1
    assert books.whole()


def test_of_many_approvals_of_a_move_one_moves(town: Town) -> None:
    made = waiting_move(town)
    outcomes = together(len(APPROVERS), lambda turn: approve(town, made.case, turn))
    assert len(outcomes.answers) == 1
    assert {refusal.code for refusal in outcomes.refusals} == {"moved_on"}
    assert made.target is not None
    assert books.available(made.target) == 10
    assert books.whole()


def test_looking_at_the_state_and_then_moving_moves_many_times(town: Town) -> None:
    made = waiting_move(town)

    def careless(turn: Turn) -> None:
        if Case.objects.get(pk=made.case_id).state != "requested":
            raise Conflict("办过了。")
        turn.meet()
        ledger.transfer_between(
            town.actor(APPROVERS[turn.index]),
            source=("household", made.source_id),
            target=made.receiver,
            points=made.points,
            reason="household",
            key=f"careless {turn.index}",
            memo="分户",
        )
        Case.objects.filter(pk=made.case_id).update(state="carried_out")

    assert len(together(len(APPROVERS), careless).answers) == len(APPROVERS)
    assert made.target is not None
    assert books.available(made.target) == 10 * len(APPROVERS)


def test_opposite_moves_at_once_do_not_deadlock(town: Town) -> None:
    one, other = books.home(town, "member"), books.home(town, "member2")
    for of in [books.purse(town, credited="household") for _ in range(2)]:
        for home in (one, other):
            books.award(town, of, 100, home=home)
    made = [
        books.move(town, *((one, other) if n % 2 else (other, one)), points=150)
        for n in range(len(APPROVERS))
    ]
    outcomes = together(len(APPROVERS), lambda turn: approve(town, made[turn.index].case, turn))
    assert {refusal.code for refusal in outcomes.refusals} <= {"balance_short"}
    assert books.available(one) + books.available(other) == 400
    assert books.whole()


def running(town: Town) -> tuple[Zeroing, list[Account]]:
    """Return a resolution under way: of each holder's 100 points, 40 are old and go."""
    with clock.at(clock.now() - timedelta(days=10)):
        of = books.purse(town, 10_000)
        for who in APPROVERS:
            books.award(town, of, 40, to=who if who != "reviewer" else "member")
    for who in APPROVERS:
        books.award(town, of, 60, to=who if who != "reviewer" else "member")
    made = books.announce(town, of, before=clock.today() - timedelta(days=5))
    with clock.at(clock.start_of(made.effective_on)):
        made.case.refresh_from_db()
        perform(SYSTEM, made.case, "start", key="start")
    return made, list(queries.accounts_after(made, 0))


def test_two_workers_take_each_account_once(town: Town) -> None:
    made, _ = running(town)
    outcomes = together(4, lambda _: actions.carry_out(clock.now()))
    assert outcomes.refusals == []
    assert sum(outcomes.answers) == 4
    figures = balances.purse_figures(made.purse)
    assert (figures.expired, figures.outstanding) == (160, 240)
    assert books.whole()


def test_reading_shares_and_then_taking_them_takes_what_is_fresh(town: Town) -> None:
    made, accounts = running(town)

    def careless(turn: Turn) -> int:
        found = queries.shares(made, accounts)
        turn.meet()
        return ledger.transfer_each(
            SYSTEM,
            [
                ledger.Movement(
                    key=f"{turn.index} {share.account.pk}",
                    debit=share.account.code,
                    credit=f"purse/{made.purse_id}/expired",
                    amount=share.points,
                    reason="expiry",
                )
                for share in found
            ],
        ).written

    assert together(2, careless).answers == [4, 4]
    assert balances.purse_figures(made.purse).expired == 320
