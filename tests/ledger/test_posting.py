"""Holds, postings, voids and reversals: each way out of each action."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.ledger.books import refused
from tests.ledger.cast import Cast
from zhicunbao.base.models import AuditEntry
from zhicunbao.kernel.refusals import Conflict, Invalid
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.actions import Movement
from zhicunbao.ledger.models import Purse, Transfer


def figures(purse: Purse) -> tuple[int, int, int, int]:
    f = queries.purse_figures(purse)
    return f.funded, f.in_purse, f.pending, f.outstanding


def balance(cast: Cast, name: str = "chen") -> tuple[int, int, int]:
    b = queries.balance_of(cast.people[name].pk)
    return b.posted, b.pending, b.available


def test_a_hold_waits_on_both_sides_and_spends_the_purse_at_once(cast: Cast) -> None:
    purse = cast.purse(100)
    row = cast.award(purse, 40)
    assert (row.kind, row.amount, row.reason) == ("pending", 40, "award")
    assert (row.memo, row.case_number) == ("沿街店铺消防排查", "RW-2026-0001")
    assert row.person_id == cast.wang.person_id
    assert row == Transfer.objects.get(pk=row.pk)
    assert row.at == Transfer.objects.get(pk=row.pk).at
    assert figures(purse) == (100, 60, 40, 0)
    assert balance(cast) == (0, 40, 0)


def test_a_posted_hold_is_in_the_hands_of_the_person(cast: Cast) -> None:
    purse = cast.purse(100)
    row = actions.post_hold(cast.wang, hold=cast.award(purse, 40), key="post")
    assert (row.kind, row.amount, row.memo) == ("post_pending", 40, "沿街店铺消防排查")
    assert row.pending_id is not None
    assert figures(purse) == (100, 60, 0, 40)
    assert balance(cast) == (40, 0, 40)


def test_a_voided_hold_is_back_in_the_purse(cast: Cast) -> None:
    purse = cast.purse(100)
    actions.void_hold(cast.wang, hold=cast.award(purse, 40), key="void")
    assert figures(purse) == (100, 100, 0, 0)
    assert balance(cast) == (0, 0, 0)


def test_a_short_purse_says_what_is_left_and_what_to_do(cast: Cast) -> None:
    purse = cast.purse(12)
    says = "资金池“2026年基层治理积分”只剩 12 分，不够这笔 20 分。请街道先补充资金池，再审核。"
    with refused(Conflict, "purse_short", says):
        cast.award(purse, 20)


def test_the_last_point_of_a_purse_can_be_promised_and_no_more(cast: Cast) -> None:
    purse = cast.purse(20)
    cast.award(purse, 20)
    with refused(Conflict, "purse_short"):
        cast.award(purse, 1, key="claim 2")


def test_the_same_key_and_content_answer_with_the_first_hold(cast: Cast) -> None:
    purse = cast.purse(100)
    first = cast.award(purse, 40)
    assert cast.award(purse, 40) == first
    assert figures(purse) == (100, 60, 40, 0)


def test_a_repeat_is_answered_although_the_purse_is_empty_by_now(cast: Cast) -> None:
    purse = cast.purse(40)
    assert cast.award(purse, 40) == cast.award(purse, 40)


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 41},
        {"memo": "别的"},
        {"case_number": "RW-2026-0002"},
        {"credit": "person/999/points/1"},
        {"debit": "person/998/points/1"},
        {"area_prefix": "331125001"},
        {"earner_id": 1},
        {"reason": "fund"},
    ],
)
def test_the_same_key_with_other_content_is_refused(cast: Cast, other: dict[str, Any]) -> None:
    purse = cast.purse(100)
    asked: dict[str, Any] = {
        "key": "k",
        "debit": rules.fund_code(purse.pk),
        "credit": cast.code(),
        "amount": 40,
        "reason": "award",
        "memo": "排查",
        "case_number": "RW-2026-0001",
    }
    actions.hold(cast.wang, Movement(**asked))
    with refused(Conflict, "key_reused"):
        actions.hold(cast.wang, Movement(**{**asked, **other}))
    with refused(Conflict, "key_reused"):
        actions.transfer(cast.wang, Movement(**asked))


def test_a_hold_is_resolved_once(cast: Cast) -> None:
    hold = cast.award(cast.purse(100), 40)
    posted = actions.post_hold(cast.wang, hold=hold, key="post")
    assert actions.post_hold(cast.wang, hold=hold, key="post") == posted
    with refused(Conflict, "already_resolved"):
        actions.post_hold(cast.wang, hold=hold, key="post again")
    with refused(Conflict, "already_resolved"):
        actions.void_hold(cast.wang, hold=hold, key="void")
    with refused(Conflict, "key_reused"):
        actions.void_hold(cast.wang, hold=hold, key="post")


def test_a_voided_hold_says_so(cast: Cast) -> None:
    hold = cast.award(cast.purse(100), 40)
    actions.void_hold(cast.wang, hold=hold, key="void")
    with refused(Conflict, "already_resolved", "已经撤销"):
        actions.post_hold(cast.wang, hold=hold, key="post")


def test_the_key_of_one_resolution_cannot_resolve_another_hold(cast: Cast) -> None:
    purse = cast.purse(100)
    actions.post_hold(cast.wang, hold=cast.award(purse, 40), key="post")
    second = cast.award(purse, 10, key="claim 2")
    with refused(Conflict, "key_reused"):
        actions.post_hold(cast.wang, hold=second, key="post")


def test_only_a_pending_transfer_can_be_resolved(cast: Cast) -> None:
    funding = cast.fund(cast.purse(0), 100)
    with pytest.raises(ValueError, match="not a pending transfer"):
        actions.post_hold(cast.wang, hold=funding, key="post")


def test_a_first_spend_from_somebody_without_an_account_is_refused(cast: Cast) -> None:
    cast.purse(100)
    for act in (actions.hold, actions.transfer):
        with refused(Conflict, "balance_short"):
            act(
                cast.chen,
                Movement(
                    key="spend",
                    debit=cast.code(),
                    credit=cast.code("wang"),
                    amount=1,
                    reason="award",
                ),
            )


def test_a_spend_beyond_the_balance_says_what_there_is(cast: Cast) -> None:
    actions.post_hold(cast.wang, hold=cast.award(cast.purse(100), 40), key="post")
    spend: dict[str, Any] = {
        "debit": cast.code(),
        "credit": cast.home(),
        "reason": "award",
    }
    actions.hold(cast.chen, Movement(key="a", amount=30, **spend))
    assert balance(cast) == (40, 0, 10)
    with refused(Conflict, "balance_short", "只有 10 分，不够这笔 11 分"):
        actions.hold(cast.chen, Movement(key="b", amount=11, **spend))
    actions.transfer(cast.chen, Movement(key="c", amount=10, **spend))
    assert balance(cast) == (30, 0, 0)
    assert queries.verify() == []


def test_what_is_only_pending_cannot_be_spent(cast: Cast) -> None:
    cast.award(cast.purse(100), 40)
    with refused(Conflict, "balance_short"):
        actions.transfer(
            cast.chen,
            Movement(key="spend", debit=cast.code(), credit=cast.home(), amount=1, reason="award"),
        )


def test_a_reversal_restores_every_figure_and_is_audited(cast: Cast) -> None:
    purse = cast.purse(100)
    posted = actions.post_hold(cast.wang, hold=cast.award(purse, 40), key="post")
    row = actions.reverse(cast.zhao, transfer=posted, key="undo", reason="照片是去年的")
    assert (row.kind, row.amount, row.reason, row.memo) == (
        "reversal",
        40,
        "reversal",
        "照片是去年的",
    )
    assert row.case_number == posted.case_number
    assert figures(purse) == (100, 100, 0, 0)
    assert balance(cast) == (0, 0, 0)
    entry = AuditEntry.objects.get(verb="ledger.transfer_reversed")
    assert (entry.subject_id, entry.area_prefix) == (str(row.pk), cast.community.prefix)
    assert queries.verify() == []


def test_a_reversal_is_done_once_and_audited_once(cast: Cast) -> None:
    posted = actions.post_hold(cast.wang, hold=cast.award(cast.purse(100), 40), key="post")
    first = actions.reverse(cast.zhao, transfer=posted, key="undo", reason="重复")
    assert actions.reverse(cast.zhao, transfer=posted, key="undo", reason="重复") == first
    with refused(Conflict, "already_reversed"):
        actions.reverse(cast.zhao, transfer=posted, key="undo again", reason="重复")
    with refused(Conflict, "key_reused"):
        actions.reverse(cast.zhao, transfer=posted, key="undo", reason="别的原因")
    assert AuditEntry.objects.filter(verb="ledger.transfer_reversed").count() == 1


def test_a_reversal_between_people_lies_where_the_purse_lies(cast: Cast) -> None:
    actions.post_hold(cast.wang, hold=cast.award(cast.purse(100), 40), key="post")
    gift = actions.transfer(
        cast.chen,
        Movement(key="gift", debit=cast.code(), credit=cast.home(), amount=5, reason="award"),
    )
    actions.reverse(cast.zhao, transfer=gift, key="undo", reason="记错户")
    entry = AuditEntry.objects.get(verb="ledger.transfer_reversed")
    assert entry.area_prefix == cast.street.prefix


def test_a_reversal_needs_a_reason(cast: Cast) -> None:
    funding = cast.fund(cast.purse(0), 100)
    with refused(Invalid, "invalid"):
        actions.reverse(cast.zhao, transfer=funding, key="undo", reason="  ")


def test_spent_points_cannot_be_reversed(cast: Cast) -> None:
    posted = actions.post_hold(cast.wang, hold=cast.award(cast.purse(100), 40), key="post")
    actions.transfer(
        cast.chen,
        Movement(key="spend", debit=cast.code(), credit=cast.home(), amount=1, reason="award"),
    )
    with refused(Conflict, "balance_short"):
        actions.reverse(cast.zhao, transfer=posted, key="undo", reason="照片是去年的")


def test_funding_that_is_promised_cannot_be_taken_back(cast: Cast) -> None:
    purse = cast.purse(0)
    funding = cast.fund(purse, 100)
    cast.award(purse, 1)
    with refused(Conflict, "purse_short", "只剩 99 分没有发出，收不回这笔 100 分"):
        actions.reverse(cast.zhao, transfer=funding, key="undo", reason="多拨了")


def test_a_promise_or_a_reversal_cannot_be_reversed(cast: Cast) -> None:
    hold = cast.award(cast.purse(100), 40)
    with pytest.raises(ValueError, match="nothing to reverse"):
        actions.reverse(cast.zhao, transfer=hold, key="undo", reason="错")
    posted = actions.post_hold(cast.wang, hold=hold, key="post")
    row = actions.reverse(cast.zhao, transfer=posted, key="undo", reason="错")
    with pytest.raises(ValueError, match="nothing to reverse"):
        actions.reverse(cast.zhao, transfer=row, key="redo", reason="错")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"amount": 0}, "not a transfer"),
        ({"amount": -5}, "not a transfer"),
        ({"amount": rules.AMOUNT_MAX + 1}, "not a transfer"),
        ({"credit": "purse/1/fund"}, "not a transfer"),
        ({"reason": "gift"}, "table of reasons"),
        ({"key": ""}, "empty or too long"),
        ({"key": "k" * 161}, "empty or too long"),
        ({"memo": "字" * 201}, "empty or too long"),
    ],
)
def test_mistakes_of_the_caller_are_not_refusals(
    cast: Cast, change: dict[str, Any], says: str
) -> None:
    asked: dict[str, Any] = {
        "key": "k",
        "debit": "purse/1/fund",
        "credit": "person/1/points/1",
        "amount": 1,
        "reason": "award",
    }
    with pytest.raises(ValueError, match=says):
        actions.hold(cast.wang, Movement(**{**asked, **change}))


def test_points_of_different_purses_never_meet(cast: Cast) -> None:
    purse = cast.purse(100)
    other = cast.purse(100, name="另一个")
    for _ in range(2):  # with the creditor's account missing, and again with it there
        with pytest.raises(ValueError, match="different units"):
            actions.hold(
                cast.wang,
                Movement(
                    key="k",
                    debit=rules.fund_code(purse.pk),
                    credit=cast.code(purse=other),
                    amount=1,
                    reason="award",
                ),
            )
        actions.open_account(code=cast.code(purse=other))


def test_a_floor_must_be_there_before_the_movement(cast: Cast) -> None:
    purse = cast.purse(100)
    asked: dict[str, Any] = {
        "debit": rules.fund_code(purse.pk),
        "credit": cast.code(),
        "amount": 40,
        "reason": "award",
    }
    for act in (actions.hold, actions.transfer):
        with refused(Conflict, "purse_stopped"):
            act(cast.wang, Movement(key="k", floor=101, **asked))
    actions.transfer(cast.wang, Movement(key="k", floor=100, **asked))
    # A repeat is answered, although less than the floor is there by now.
    assert actions.transfer(cast.wang, Movement(key="k", floor=100, **asked)).amount == 40


def _statements(context: CaptureQueriesContext) -> list[str]:
    words = [query["sql"].split()[0] for query in context.captured_queries]
    return [word for word in words if word not in ("SAVEPOINT", "RELEASE")]


def test_a_posting_takes_three_writes_or_one_prepared_statement(cast: Cast) -> None:
    # What PostgreSQL prepares goes past the list that Django keeps.
    is_prepared = connection.vendor == "postgresql"
    wrote = [] if is_prepared else ["INSERT", "UPDATE", "UPDATE"]
    purse = cast.purse(100)
    posted = actions.post_hold(cast.wang, hold=cast.award(purse, 1), key="post 1")
    with CaptureQueriesContext(connection) as asked:
        hold = cast.award(purse, 1, key="claim 2")
    assert _statements(asked) == wrote
    with CaptureQueriesContext(connection) as asked:
        actions.post_hold(cast.wang, hold=hold, key="post 2")
    assert _statements(asked) == wrote
    with CaptureQueriesContext(connection) as asked:
        cast.award(purse, 1, key="claim 2")
    assert _statements(asked) == [*wrote[:1], "SELECT"]
    with CaptureQueriesContext(connection) as asked:
        actions.reverse(cast.zhao, transfer=posted, key="undo", reason="错")
    assert _statements(asked) == [*wrote, "INSERT"]
