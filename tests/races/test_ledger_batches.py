"""Races of batches: beside each other, beside single postings, and for accounts that are not there
yet. The chunks are small, so that each batch has many.
"""

from collections.abc import Iterator

import pytest
from django.db import OperationalError, transaction

from tests.ledger.cast import Cast, build
from tests.races.together import Turn, together
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.actions import BatchResult, Movement, batches
from zhicunbao.ledger.models import Account, Purse, Transfer

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

HOMES = 40
CHUNK = 5


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of five rows."""
    monkeypatch.setattr(batches, "CHUNK", CHUNK)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The ledger's people, in rows that every thread sees."""
    return build()


def home(number: int, purse: Purse) -> str:
    return rules.household_code(number, purse.pk)


def moves(key: str, purse: Purse, pairs: list[tuple[str, str]], amount: int = 1) -> list[Movement]:
    return [
        Movement(key=f"{key} {n}", debit=debit, credit=credit, amount=amount, reason="household")
        for n, (debit, credit) in enumerate(pairs)
    ]


def rich(cast: Cast) -> Purse:
    """Give every home 100 points, in accounts whose numbers follow the homes'."""
    purse = cast.purse(100 * HOMES + 1_000)
    fund = rules.fund_code(purse.pk)
    pairs = [(fund, home(number, purse)) for number in range(HOMES)]
    actions.transfer_all(cast.zhao, moves("start", purse, pairs, 100))
    return purse


def circle(purse: Purse, *, is_backward: bool = False) -> list[tuple[str, str]]:
    """Return pairs that pass a point from each home to the next."""
    pairs = [(home(n, purse), home((n + 1) % HOMES, purse)) for n in range(HOMES)]
    return pairs[::-1] if is_backward else pairs


# --- two batches ---------------------------------------------------------------------------------


def test_batches_in_opposite_orders_do_not_deadlock(cast: Cast) -> None:
    purse = rich(cast)

    def act(turn: Turn) -> int:
        pairs = circle(purse)[
            :-1
        ]  # Not closed: the first chunks of the two have no home in common.
        asked = moves(f"{turn.index}", purse, pairs[::-1] if turn.index else pairs)

        def rows() -> Iterator[Movement]:
            yield from asked[:CHUNK]
            turn.meet()  # Whoever posts each chunk as it comes holds the first by now.
            yield from asked[CHUNK:]

        return actions.transfer_all(cast.zhao, rows()).written

    assert together(2, act).answers == [HOMES - 1] * 2
    assert queries.verify() == []


def test_taking_accounts_chunk_by_chunk_deadlocks(cast: Cast) -> None:
    purse = rich(cast)
    chunks = [[home(n, purse) for n in range(first, first + CHUNK)] for first in (0, CHUNK)]

    def careless(turn: Turn) -> None:
        with transaction.atomic():
            for place, chunk in enumerate(chunks if turn.index else chunks[::-1]):
                rows = Account.objects.filter(code__in=chunk).order_by("pk")
                assert len(rows.select_for_update()) == CHUNK
                if place == 0:
                    turn.meet()

    with pytest.raises(OperationalError, match="deadlock detected"):
        together(2, careless)


def test_of_two_batches_that_want_the_same_one_is_written_and_one_is_not(cast: Cast) -> None:
    purse = cast.purse(HOMES + HOMES // 2)
    fund = rules.fund_code(purse.pk)

    def act(turn: Turn) -> BatchResult:
        pairs = [(fund, home(number, purse)) for number in range(HOMES)]
        pairs = pairs[::-1] if turn.index else pairs
        return actions.transfer_all(cast.zhao, moves(f"batch {turn.index}", purse, pairs))

    outcomes = together(2, act)
    assert outcomes.answers == [BatchResult(written=HOMES)]
    assert [refusal.code for refusal in outcomes.refusals] == ["purse_short"]
    keys = set(Transfer.objects.filter(reason="household").values_list("key", flat=True))
    assert keys in [{f"batch {turn} {n}" for n in range(HOMES)} for turn in range(2)]
    assert queries.purse_figures(purse).in_purse == HOMES // 2
    assert queries.verify() == []


def test_the_same_batch_from_many_threads_is_written_once(cast: Cast) -> None:
    purse = cast.purse(1_000)
    fund = rules.fund_code(purse.pk)
    pairs = [(fund, home(number, purse)) for number in range(HOMES)]
    act = {0: actions.transfer_all, 1: actions.transfer_each}
    outcomes = together(
        4, lambda turn: act[turn.index % 2](cast.zhao, moves("batch", purse, pairs))
    )
    assert sum(result.written for result in outcomes.answers) == HOMES
    assert sum(result.repeated for result in outcomes.answers) == 3 * HOMES
    assert [result.refused_count for result in outcomes.answers] == [0] * 4
    assert queries.purse_figures(purse).outstanding == HOMES
    assert queries.verify() == []


def test_looking_for_keys_before_a_batch_writes_it_often(cast: Cast) -> None:
    purse = cast.purse(1_000)
    fund = rules.fund_code(purse.pk)

    def careless(turn: Turn) -> int:
        keys = [f"batch {number}" for number in range(HOMES)]
        known = set(Transfer.objects.filter(key__in=keys).values_list("key", flat=True))
        turn.meet()
        new = [(fund, home(n, purse)) for n, key in enumerate(keys) if key not in known]
        return actions.transfer_all(cast.zhao, moves(f"{turn.index}", purse, new)).written

    assert together(4, careless).answers == [HOMES] * 4


# --- beside single postings ----------------------------------------------------------------------


@pytest.mark.parametrize("is_refused", [False, True], ids=["plain", "with a row refused"])
def test_a_batch_beside_single_postings_does_not_deadlock(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, is_refused: bool
) -> None:
    monkeypatch.setattr(batches, "CHUNK", 2 * HOMES)
    purse = rich(cast)
    # The last home first. Whoever has no account refuses a row, and so its chunk is posted singly.
    ends = [(home(n, purse), rules.purse_code(purse.pk, "expired")) for n in range(HOMES)][::-1]
    if is_refused:
        ends.append((home(999, purse), ends[0][1]))

    def act(turn: Turn) -> int:
        if turn.index == 0:
            done = 0
            for number in range(8):
                asked = moves(f"end {number}", purse, ends)
                done += actions.transfer_each(cast.zhao, asked).written
            return done
        for number, pair in enumerate(4 * circle(purse, is_backward=turn.index == 1)):
            [one] = moves(f"single {turn.index} {number}", purse, [pair])
            actions.transfer(cast.chen, one)
        return 8 * HOMES

    assert together(3, act).answers == [8 * HOMES] * 3
    assert queries.purse_figures(purse).expired == 8 * HOMES
    assert queries.verify() == []


def test_a_batch_never_takes_what_a_single_posting_took(cast: Cast) -> None:
    purse = cast.purse(2 * HOMES)
    fund = rules.fund_code(purse.pk)
    pairs = [(fund, home(number, purse)) for number in range(HOMES)]

    def gives(one: Movement) -> bool:
        try:
            actions.transfer(cast.chen, one)
        except Conflict:
            return False
        return True

    def act(turn: Turn) -> int:
        if turn.index == 0:
            return actions.transfer_each(cast.zhao, moves("batch", purse, pairs)).written
        return [gives(one) for one in moves(f"single {turn.index}", purse, pairs)].count(True)

    assert sum(together(4, act).answers) == 2 * HOMES
    assert queries.purse_figures(purse).in_purse == 0
    assert queries.verify() == []


# --- accounts that are not there yet -------------------------------------------------------------


def test_batches_and_singles_that_open_the_same_accounts_do_not_deadlock(cast: Cast) -> None:
    purse = cast.purse(100)
    for name in ("chen", "wang", "zhou", "zhao"):
        hold = cast.award(purse, 10, key=f"claim {name}", to=name)
        actions.post_hold(cast.wang, hold=hold, key=f"post {name}")
    givers = [cast.code(name) for name in ("chen", "wang", "zhou", "zhao")]

    def act(turn: Turn) -> int:
        giver = givers[turn.index]
        asked = moves(f"{turn.index}", purse, [(giver, home(n, purse)) for n in range(10)])
        asked = asked[::-1] if turn.index % 2 else asked
        if turn.index < 2:
            return actions.transfer_all(cast.zhao, asked).written
        return len([actions.transfer(cast.zhao, one) for one in asked])

    assert together(4, act).answers == [10] * 4
    homes = Account.objects.filter(holder_kind="household")
    assert [account.available for account in homes] == [4] * 10
    assert queries.verify() == []
