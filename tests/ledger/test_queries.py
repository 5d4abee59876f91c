"""Statements, figures with their rows, and the check of the books."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.ledger.cast import Cast
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.actions import Movement
from zhicunbao.ledger.models import Account, Purse, Transfer
from zhicunbao.ledger.queries.verification import sums_of

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


def spend(cast: Cast, amount: int, key: str) -> Transfer:
    return actions.transfer(
        cast.chen,
        Movement(key=key, debit=cast.code(), credit=cast.home(), amount=amount, reason="award"),
    )


def street_purse(cast: Cast) -> Purse:
    found = queries.purse_for(cast.street.prefix)
    assert found is not None
    return found


def booked(cast: Cast, amount: int, key: str) -> Transfer:
    purse = queries.purse_for(cast.street.prefix) or cast.purse(1_000)
    return actions.post_hold(
        cast.wang, hold=cast.award(purse, amount, key=key), key=f"{key} posted"
    )


def page(cast: Cast, **asked: object) -> list[tuple[str, int, int | None]]:
    found = queries.statement(cast.accounts(), **asked)  # type: ignore[arg-type]  # the options under test
    return [(line.state, line.change, line.balance) for line in found.lines]


def test_somebody_without_an_account_has_nothing(cast: Cast) -> None:
    assert queries.balance_of(cast.people["chen"].pk) == queries.Balance()
    assert queries.statement([]) == queries.Statement(())
    assert queries.month_totals([], date(2026, 11, 1)) == {}


def test_a_statement_runs_from_the_newest_row_with_the_balance_after_each(cast: Cast) -> None:
    first = booked(cast, 20, "a")
    actions.void_hold(cast.wang, hold=cast.award(street_purse(cast), 7, key="b"), key="b void")
    spend(cast, 5, "c")
    actions.reverse(cast.zhao, transfer=booked(cast, 30, "d"), key="d undo", reason="错")
    cast.award(street_purse(cast), 11, key="e")
    actions.hold(
        cast.chen,
        Movement(key="f", debit=cast.code(), credit=cast.home(), amount=2, reason="award"),
    )
    assert page(cast) == [
        ("held", -2, 13),
        ("waiting", 11, 15),
        ("booked", -30, 15),
        ("reversed", 30, 45),
        ("booked", -5, 15),
        ("voided", 0, 20),
        ("booked", 20, 20),
    ]
    lines = queries.statement(cast.accounts()).lines
    assert lines[-1].transfer == first
    assert (lines[-1].title, lines[2].reason.label) == ("沿街店铺消防排查", "冲正")
    assert lines[4].title == "奖励积分"


def test_pages_join_without_a_gap_and_the_balance_goes_on(cast: Cast) -> None:
    for number in range(7):
        booked(cast, 10, f"in {number}")
        spend(cast, number + 1, f"out {number}")
    whole = page(cast)
    assert len(whole) == 14
    for size in (1, 4, 14):
        joined, before = [], None
        while True:
            part = queries.statement(cast.accounts(), before=before, size=size)
            joined += [(line.state, line.change, line.balance) for line in part.lines]
            before = part.next_before
            if before is None:
                break
        assert joined == whole


def test_each_list_of_a_statement_adds_up_to_its_figure(cast: Cast) -> None:
    booked(cast, 20, "a")
    actions.reverse(cast.zhao, transfer=booked(cast, 30, "b"), key="undo b", reason="错")
    actions.reverse(cast.zhao, transfer=spend(cast, 4, "c"), key="undo c", reason="错")
    spend(cast, 5, "d")
    cast.award(street_purse(cast), 11, key="e")
    actions.hold(
        cast.chen,
        Movement(key="f", debit=cast.code(), credit=cast.home(), amount=2, reason="award"),
    )
    totals = {name: sum(change for _, change, _ in page(cast, show=name)) for name in queries.SHOW}
    balance = queries.balance_of(cast.people["chen"].pk)
    assert totals == {
        "all": 24,
        "in": 20,
        "out": -7,
        "spent": -5,
        "waiting": 11,
        "held": -2,
        "booked": 15,
    }
    assert (balance.posted, balance.pending, balance.held, balance.available) == (15, 11, 2, 13)
    earned = queries.month_totals(cast.accounts(), date(2026, 1, 1))
    assert queries.earned_in(earned, clock.today().year) == totals["in"]


def test_months_are_chinese_months_and_whole(cast: Cast) -> None:
    # 16:30 UTC on 31 October is half past midnight on 1 November in China.
    with clock.at(datetime(2026, 10, 31, 15, 30, tzinfo=UTC)):
        cast.purse(1_000)
        booked(cast, 10, "october")
    with clock.at(datetime(2026, 10, 31, 16, 30, tzinfo=UTC)):
        booked(cast, 20, "november")
        spend(cast, 3, "spend")
    with clock.at(NOON):
        actions.reverse(cast.zhao, transfer=booked(cast, 30, "b"), key="undo b", reason="错")
        cast.award(street_purse(cast), 11, key="e")
        accounts = cast.accounts()
        october, november = date(2026, 10, 1), date(2026, 11, 1)
        assert queries.month_totals(accounts, october) == {
            october: queries.MonthTotal(earned=10),
            november: queries.MonthTotal(earned=20, spent=3, waiting=11),
        }
        assert list(queries.month_totals(accounts, november)) == [november]
        months = [line.month for line in queries.statement(cast.accounts()).lines]
        assert months == [november] * 5 + [october]
        since = datetime(2026, 11, 1, tzinfo=clock.LOCAL)
        assert queries.earned_in(queries.month_totals(accounts, october), 2026) == 30
        assert sum(change for _, change, _ in page(cast, show="in", since=since)) == 20


def test_a_purses_figures_are_the_sums_of_their_rows(cast: Cast) -> None:
    purse = cast.purse(1_000)
    cast.fund(purse, 500, key="more")
    wrong = cast.fund(purse, 70, key="wrong")
    actions.reverse(cast.zhao, transfer=wrong, key="undo funding", reason="多拨了")
    actions.reverse(cast.zhao, transfer=booked(cast, 30, "a"), key="undo a", reason="错")
    booked(cast, 25, "b")
    cast.award(purse, 11, key="c")
    actions.void_hold(cast.wang, hold=cast.award(purse, 5, key="d"), key="void d")
    figures = queries.purse_figures(purse)
    assert (figures.funded, figures.in_purse, figures.pending, figures.outstanding) == (
        1_500,
        1_464,
        11,
        25,
    )
    for kind in queries.PURSE_LISTS:
        rows = queries.purse_rows(purse, kind)
        assert sum(line.change for line in rows.lines) == getattr(figures, kind)
        assert rows.next_before is None
    assert queries.purse_rows(purse, "in_purse").lines[0].balance == 1_464


def test_figures_of_many_purses_take_one_query(cast: Cast) -> None:
    purses = [cast.purse(10, name=f"资金池{number}") for number in range(3)]
    with CaptureQueriesContext(connection) as asked:
        figures = queries.figures_by_purse(purses)
    assert len(asked) == 1
    assert [figures[purse.pk].funded for purse in purses] == [10, 10, 10]


@pytest.mark.parametrize(("before", "count"), [(None, 3), (10**9, 6)])
def test_a_page_of_a_statement_takes_as_many_queries_however_long_it_is(
    cast: Cast, before: int | None, count: int
) -> None:
    for number in range(4):
        booked(cast, 10, f"in {number}")
        with CaptureQueriesContext(connection) as asked:
            lines = queries.statement(cast.accounts(), before=before).lines
            assert [line.state for line in lines] == ["booked"] * (number + 1)
        assert len(asked) == count


def test_whole_books_verify(cast: Cast) -> None:
    assert queries.verify() == []
    booked(cast, 20, "a")
    assert queries.verify() == []
    call_command("ledger_verify")


def _set(code: str, **change: int | str) -> None:
    Account.objects.filter(code=code).update(**change)


def test_a_changed_balance_is_found(cast: Cast) -> None:
    purse = cast.purse(100)
    _set(rules.fund_code(purse.pk), credits_posted=101)
    found = queries.verify()
    assert len(found) == 2
    assert rules.fund_code(purse.pk) in found[0]
    assert "借方" in found[1]
    with pytest.raises(CommandError, match="不符"):
        call_command("ledger_verify")


def test_a_unit_that_was_changed_is_found(cast: Cast) -> None:
    purse = cast.purse(100)
    _set(rules.fund_code(purse.pk), unit="hours")
    assert len([problem for problem in queries.verify() if "与账户的单位不符" in problem]) == 1


def _write(first: Transfer, **change: object) -> None:
    """Slip a row into the books beside the actions, with balances to match."""
    row = Transfer.objects.get(pk=first.pk)
    row.pk, row.key = None, "slipped in"
    for name, value in change.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    sums = sums_of("debit_account"), sums_of("credit_account")
    for account in Account.objects.all():
        for side, found in zip(("debits", "credits"), sums, strict=True):
            pending, posted = found.get(account.pk, (0, 0))
            _set(account.code, **{f"{side}_pending": pending, f"{side}_posted": posted})


def test_a_resolution_of_another_amount_is_found(cast: Cast) -> None:
    hold = cast.award(cast.purse(100), 40)
    _write(hold, kind="post_pending", pending=hold, amount=39)
    assert [problem for problem in queries.verify() if "了结" in problem]


def test_a_reversal_in_the_same_direction_is_found(cast: Cast) -> None:
    purse = cast.purse(0)
    funding = cast.fund(purse, 100)
    _write(funding, kind="reversal", reverses=funding)
    assert queries.verify() == [f"流水第 {Transfer.objects.latest('pk').pk} 笔与它冲正的那一笔不符"]


def test_a_lifted_guard_and_the_overdraft_behind_it_are_found(cast: Cast) -> None:
    purse = cast.purse(10)
    _set(rules.fund_code(purse.pk), is_guarded=False)
    cast.award(purse, 12)
    code = rules.fund_code(purse.pk)
    assert queries.verify() == [
        f"账户 {code} 的透支保护被去掉了",
        f"账户 {code} 的可用余额低于零：-2",
    ]
