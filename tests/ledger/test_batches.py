"""Batches: all of them or each by itself, repeated, refused in the middle, in bounded memory."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from tests.ledger.books import refused
from tests.ledger.cast import COMMUNITY, Cast
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.actions import BatchResult, Movement, batches
from zhicunbao.ledger.models import Account, Purse, Transfer

PEOPLE = 7
"""Households that take turns, so that every chunk holds some of them twice."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of ten rows, so that thirty rows are a long batch."""
    monkeypatch.setattr(batches, "CHUNK", 10)


def awards(purse: Purse, count: int, **change: Any) -> list[Movement]:
    """Return movements from a purse to households, 2 points each."""
    asked: dict[str, Any] = {
        "debit": rules.fund_code(purse.pk),
        "amount": 2,
        "reason": "award",
        "memo": "沿街店铺消防排查",
        "case_number": "RW-2026-0001",
        "area_prefix": COMMUNITY,
    }
    return [
        Movement(
            key=f"row {number}",
            credit=rules.household_code(number % PEOPLE, purse.pk),
            **{**asked, **change},
        )
        for number in range(count)
    ]


def stored() -> list[tuple[str, str, int, str, str, str]]:
    rows = Transfer.objects.exclude(reason="fund").order_by("pk")
    names = ("debit_account__code", "amount", "memo", "case_number", "area_prefix")
    return list(rows.values_list("key", *names))


def held(number: int, purse: Purse) -> int:
    return Account.objects.get(code=rules.household_code(number, purse.pk)).available


# --- every movement or none ----------------------------------------------------------------------


def test_a_batch_books_every_row_and_opens_what_is_missing(cast: Cast) -> None:
    purse = cast.purse(100)
    actions.open_account(code=rules.household_code(3, purse.pk))
    told: list[int] = []
    result = actions.transfer_all(cast.zhao, iter(awards(purse, 34)), progress=told.append)
    assert result == BatchResult(written=34)
    assert told == [10, 20, 30, 34]
    fund = rules.fund_code(purse.pk)
    assert stored() == [
        (f"row {n}", fund, 2, "沿街店铺消防排查", "RW-2026-0001", COMMUNITY) for n in range(34)
    ]
    assert [held(number, purse) for number in range(PEOPLE)] == [10] * 6 + [8]
    assert {row.person_id for row in Transfer.objects.all()} == {cast.zhao.person_id}
    assert queries.purse_figures(purse).outstanding == 68
    assert queries.verify() == []


def test_an_empty_batch_is_done_at_once(cast: Cast) -> None:
    for act in (actions.transfer_all, actions.transfer_each):
        assert act(cast.zhao, []) == BatchResult()


def test_a_refusal_in_the_third_chunk_leaves_nothing(cast: Cast) -> None:
    purse = cast.purse(1_000)
    rows = awards(purse, 34)
    rows[25] = replace(rows[25], debit=rules.household_code(6, purse.pk), amount=500)
    told: list[int] = []
    with refused(Conflict, "balance_short", "只有 6 分，不够这笔 500 分"):
        actions.transfer_all(cast.zhao, iter(rows), progress=told.append)
    assert told == [10, 20]
    assert queries.verify() == []


def test_a_purse_that_is_short_by_one_row_gives_nothing(cast: Cast) -> None:
    purse = cast.purse(67)
    with refused(Conflict, "purse_short", "只剩 1 分，不够这笔 2 分"):
        actions.transfer_all(cast.zhao, awards(purse, 34))
    assert actions.transfer_all(cast.zhao, awards(purse, 33)).written == 33


def test_a_mistake_of_the_caller_in_a_batch_leaves_nothing(cast: Cast) -> None:
    purse, other = cast.purse(100), cast.purse(100, name="另一个")
    before = stored()
    mistakes = (
        ({"amount": 0}, "not a transfer"),
        ({"reason": "gift"}, "table of reasons"),
        ({"credit": "household/1/points"}, "not an account code|does not say"),
        ({"credit": rules.household_code(1, other.pk)}, "different units"),
        ({"credit": rules.household_code(1, 999_999)}, "different units"),
    )
    for change, says in mistakes:
        rows = awards(purse, 25)
        rows[23] = replace(rows[23], **change)
        with pytest.raises(ValueError, match=says):
            actions.transfer_all(cast.zhao, rows)
        assert stored() == before
    assert not Account.objects.filter(holder_kind="household").exists()


def test_a_batch_that_is_sent_again_is_there_already(cast: Cast) -> None:
    purse = cast.purse(100)
    actions.transfer_all(cast.zhao, awards(purse, 25))
    assert actions.transfer_all(cast.zhao, awards(purse, 25)) == BatchResult(repeated=25)
    # A run that was broken off is sent again with what had not come.
    more = actions.transfer_all(cast.zhao, awards(purse, 34))
    assert more == BatchResult(written=9, repeated=25)
    assert queries.purse_figures(purse).outstanding == 68
    assert queries.verify() == []


def test_a_key_of_another_movement_refuses_the_whole_batch(cast: Cast) -> None:
    purse = cast.purse(100)
    actions.transfer(cast.zhao, awards(purse, 12)[11])
    rows = awards(purse, 25)
    for change in ({"amount": 3}, {"memo": "别的"}, {"earner_id": cast.chen.person_id}):
        rows[11] = replace(awards(purse, 12)[11], **change)
        with refused(Conflict, "key_reused"):
            actions.transfer_all(cast.zhao, rows)


def test_one_key_twice_in_a_batch_is_one_row(cast: Cast) -> None:
    purse = cast.purse(100)
    rows = awards(purse, 15)
    same_chunk, later_chunk = rows[4], rows[7]
    rows = [*rows[:9], same_chunk, *rows[9:], later_chunk]
    assert actions.transfer_all(cast.zhao, rows) == BatchResult(written=15, repeated=2)
    assert queries.purse_figures(purse).outstanding == 30
    assert queries.verify() == []


@pytest.mark.parametrize("place", [5, 14], ids=["same chunk", "later chunk"])
def test_one_key_for_two_things_in_a_batch_refuses_it(cast: Cast, place: int) -> None:
    purse = cast.purse(100)
    rows = awards(purse, 15)
    rows[place] = replace(rows[2], amount=3)
    with refused(Conflict, "key_reused"):
        actions.transfer_all(cast.zhao, rows)


def test_in_a_chunk_an_account_may_stand_on_both_sides(cast: Cast) -> None:
    purse = cast.purse(100)
    rows = awards(purse, 3)
    first, second = rows[0].credit, rows[1].credit
    asked: dict[str, Any] = {"reason": "household", "memo": "", "case_number": ""}
    onward = replace(rows[0], key="on", debit=first, credit=second, **asked)
    # The first has nothing before this batch, so its rows count only in their order.
    assert actions.transfer_all(cast.zhao, [*rows, onward]).written == 4
    assert [held(number, purse) for number in range(3)] == [0, 4, 2]
    back = [
        replace(onward, key="back", debit=second, credit=first),
        replace(onward, key="on again", debit=first, credit=second),
    ]
    with refused(Conflict, "balance_short"):
        actions.transfer_all(cast.zhao, back[::-1])
    assert actions.transfer_all(cast.zhao, back).written == 2
    assert [held(number, purse) for number in range(3)] == [0, 4, 2]
    assert queries.verify() == []


def test_a_row_does_not_go_below_the_floor_wherever_it_stands(cast: Cast) -> None:
    purse = cast.purse(100)
    # Each wants 95 points in the purse before it: the first three find them, the fourth 94.
    rows = awards(purse, 20, floor=95)
    with refused(Conflict, "purse_stopped", "已到停发线"):
        actions.transfer_all(cast.zhao, rows)
    result = actions.transfer_each(cast.zhao, rows)
    assert (result.written, result.refused_count) == (3, 17)
    assert {refusal.code for refusal in result.refused.values()} == {"purse_stopped"}
    assert queries.purse_figures(purse).in_purse == 94


def test_a_batch_may_go_exactly_as_low_as_its_floor_allows(cast: Cast) -> None:
    purse = cast.purse(100)
    # The tenth finds 82.
    result = actions.transfer_all(cast.zhao, awards(purse, 10, floor=82))
    assert result == BatchResult(written=10)


# --- each by itself ------------------------------------------------------------------------------


def test_what_is_refused_is_named_and_the_rest_is_booked(cast: Cast) -> None:
    purse = cast.purse(1_000)
    rows = awards(purse, 34)
    rows[3] = replace(rows[3], debit=rules.household_code(99, purse.pk))
    rows[25] = replace(rows[25], debit=rows[1].credit, amount=500)
    actions.transfer(cast.zhao, replace(rows[30], amount=7))
    told: list[int] = []
    result = actions.transfer_each(cast.zhao, iter(rows), progress=told.append)
    assert told == [10, 20, 30, 34]
    assert (result.written, result.repeated, result.refused_count) == (31, 0, 3)
    assert {key: refusal.code for key, refusal in result.refused.items()} == {
        "row 3": "balance_short",
        "row 25": "balance_short",
        "row 30": "key_reused",
    }
    assert "只有 8 分，不够这笔 500 分" in str(result.refused["row 25"])
    assert not Account.objects.filter(code=rules.household_code(99, purse.pk)).exists()
    assert queries.verify() == []


def test_a_refused_row_opens_no_account(cast: Cast) -> None:
    purse = cast.purse(1)
    result = actions.transfer_each(cast.zhao, awards(purse, 12))
    assert (result.written, result.refused_count) == (0, 12)
    assert not Account.objects.filter(holder_kind="household").exists()


def test_a_run_that_is_repeated_does_only_what_was_refused(cast: Cast) -> None:
    purse = cast.purse(50)
    first = actions.transfer_each(cast.zhao, awards(purse, 34))
    assert (first.written, first.refused_count) == (25, 9)
    cast.fund(purse, 100, key="more")
    again = actions.transfer_each(cast.zhao, awards(purse, 34))
    assert again == BatchResult(written=9, repeated=25)
    assert queries.verify() == []


def test_refusals_beyond_those_that_are_kept_are_counted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "REFUSED_MAX", 5)
    purse = cast.purse(1)
    result = actions.transfer_each(cast.zhao, awards(purse, 34))
    assert (result.refused_count, result.done) == (34, 34)
    assert list(result.refused) == [f"row {n}" for n in range(5)]


def test_expiry_is_an_ordinary_batch(cast: Cast) -> None:
    purse = cast.purse(100)
    actions.transfer_all(cast.zhao, awards(purse, 14))
    ended = [
        Movement(
            key=f"end {account.pk}",
            debit=account.code,
            credit=rules.purse_code(purse.pk, "expired"),
            amount=account.available,
            reason="expiry",
        )
        for account in Account.objects.filter(holder_kind="household")
    ]
    assert actions.transfer_each(cast.zhao, ended).written == PEOPLE
    figures = queries.purse_figures(purse)
    assert (figures.in_purse, figures.outstanding, figures.expired) == (72, 0, 28)


# --- thousands ------------------------------------------------------------------------------------


def peak_of(cast: Cast, purse: Purse, count: int) -> int:
    """Return the most memory that a batch of ``count`` rows needed, in bytes."""

    def rows() -> Iterator[Movement]:
        for number in range(count):
            yield Movement(
                key=f"{count} {number}",
                debit=rules.fund_code(purse.pk),
                credit=rules.household_code(number % 50, purse.pk),
                amount=1,
                reason="award",
            )

    tracemalloc.start()
    assert actions.transfer_all(cast.zhao, rows()).written == count
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_twenty_times_the_rows_take_the_same_memory(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CHUNK", 500)
    purse = cast.purse(100_000)
    peak_of(cast, purse, 500)
    little, much = peak_of(cast, purse, 1_000), peak_of(cast, purse, 20_000)
    assert much < 1.2 * little
    assert queries.purse_figures(purse).outstanding == 21_500


def test_the_table_of_a_batch_is_empty_for_the_next(cast: Cast) -> None:
    purse = cast.purse(100)
    actions.transfer_all(cast.zhao, awards(purse, 25))
    actions.transfer_all(cast.zhao, [replace(awards(purse, 1)[0], key="alone")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM ledger_batch")
        assert cursor.fetchall() == [("alone",)]
