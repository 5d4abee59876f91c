"""Spending and handing over: the oldest purse first, over several purses, repeated, refused."""

from typing import Any

import pytest

from tests.ledger.books import refused
from tests.ledger.cast import COMMUNITY, Cast
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.models import Account, Purse, Transfer


@pytest.fixture
def purses(cast: Cast) -> list[Purse]:
    """Three purses; Chen has 10, 20 and 30 points of them, the newest earned first."""
    purses = [cast.purse(100, name=name) for name in ("2024年", "2025年", "2026年")]
    for number in (2, 1, 0):
        earn(cast, purses[number], 10 * (number + 1))
    return purses


def earn(cast: Cast, purse: Purse, points: int, to: str = "chen") -> None:
    hold = cast.award(purse, points, key=f"claim {purse.pk} {to}", to=to)
    actions.post_hold(cast.wang, hold=hold, key=f"post {purse.pk} {to}")


def spend(cast: Cast, points: int, *, who: str = "chen", **change: Any) -> list[Transfer]:
    asked: dict[str, Any] = {
        "key": "order 1",
        "memo": "洗衣液",
        "case_number": "DH-1",
        "area_prefix": COMMUNITY,
    }
    holder = ("person", cast.people[who].pk)
    return actions.spend_hold(cast.chen, holder=holder, points=points, **{**asked, **change})


def parts(rows: list[Transfer]) -> list[tuple[str, int]]:
    return [(row.debit_account.code, row.amount) for row in rows]


def available(cast: Cast, who: str = "chen") -> list[int]:
    return [
        account.available for account in sorted(cast.accounts(who), key=lambda a: a.purse_id or 0)
    ]


def redeemed(purses: list[Purse]) -> list[int]:
    figures = queries.figures_by_purse(purses)
    return [figures[purse.pk].redeemed for purse in purses]


# --- spending ------------------------------------------------------------------------------------


def test_the_oldest_purse_pays_first(cast: Cast, purses: list[Purse]) -> None:
    rows = spend(cast, 7)
    assert parts(rows) == [(cast.code(purse=purses[0]), 7)]
    [row] = rows
    assert (row.kind, row.reason, row.memo) == ("pending", "redeem", "洗衣液")
    assert (row.case_number, row.area_prefix) == ("DH-1", COMMUNITY)
    assert row.credit_account.code == rules.purse_code(purses[0].pk, "redeemed")
    assert available(cast) == [3, 20, 30]


def test_a_large_spend_is_split_over_the_purses(cast: Cast, purses: list[Purse]) -> None:
    rows = spend(cast, 35)
    assert [amount for _, amount in parts(rows)] == [10, 20, 5]
    assert [row.unit for row in rows] == [purse.unit for purse in purses]
    assert available(cast) == [0, 0, 25]
    assert redeemed(purses) == [0, 0, 0]
    posted = actions.post_spend(cast.wang, holds=rows, key="hand over")
    assert [(row.kind, row.pending_id) for row in posted] == [
        ("post_pending", row.pk) for row in rows
    ]
    assert redeemed(purses) == [10, 20, 5]
    assert queries.verify() == []


def test_a_purse_that_gave_nothing_more_is_passed_over(cast: Cast, purses: list[Purse]) -> None:
    spend(cast, 10, key="first")
    assert parts(spend(cast, 21, key="second")) == [
        (cast.code(purse=purses[1]), 20),
        (cast.code(purse=purses[2]), 1),
    ]


def test_a_spend_that_is_cancelled_gives_every_part_back(cast: Cast, purses: list[Purse]) -> None:
    rows = spend(cast, 35)
    actions.void_spend(cast.wang, holds=rows, key="cancel")
    assert available(cast) == [10, 20, 30]
    assert redeemed(purses) == [0, 0, 0]
    assert queries.verify() == []


def test_all_of_it_can_be_spent_and_no_more(cast: Cast, purses: list[Purse]) -> None:
    with refused(Conflict, "balance_short", "只有 60 分，不够这笔 61 分"):
        spend(cast, 61)
    assert len(spend(cast, 60)) == 3
    with refused(Conflict, "balance_short", "只有 0 分"):
        spend(cast, 1, key="order 2")


def test_who_never_had_points_has_nothing_to_spend(cast: Cast) -> None:
    cast.purse(100)
    with refused(Conflict, "balance_short", "只有 0 分，不够这笔 1 分"):
        spend(cast, 1, who="zhou")


def test_goods_are_not_points_to_spend(cast: Cast, purses: list[Purse]) -> None:
    mine = rules.code_of("person", cast.people["chen"].pk, "goods/5")
    for code in ("outside/0/goods/5", mine):
        actions.open_account(code=code)
    asked = actions.Movement(
        key="delivery", debit="outside/0/goods/5", credit=mine, amount=500, reason="redeem"
    )
    actions.transfer(cast.zhao, asked)
    with refused(Conflict, "balance_short", "只有 60 分"):
        spend(cast, 61)


def test_the_same_spend_again_is_the_first(cast: Cast, purses: list[Purse]) -> None:
    first = spend(cast, 35)
    earn(cast, cast.purse(100, name="以后的"), 40)
    assert spend(cast, 35) == first
    assert spend(cast, 35, key="order 2") != first


@pytest.mark.parametrize(
    "change",
    [{"points": 34}, {"points": 36}, {"memo": "牙膏"}, {"case_number": "DH-2"}, {"who": "wang"}],
)
def test_one_key_for_another_spend_is_refused(
    cast: Cast, purses: list[Purse], change: dict[str, Any]
) -> None:
    earn(cast, purses[2], 50, to="wang")
    spend(cast, 35)
    with refused(Conflict, "key_reused"):
        spend(cast, **{"points": 35, **change})


def test_a_key_of_a_spend_cannot_hand_over(cast: Cast, purses: list[Purse]) -> None:
    spend(cast, 35)
    with refused(Conflict, "key_reused"):
        hand_over(cast, 35, key="order 1")


@pytest.mark.parametrize("points", [0, -1, rules.AMOUNT_MAX + 1])
def test_a_spend_of_nothing_is_a_mistake(cast: Cast, purses: list[Purse], points: int) -> None:
    with pytest.raises(ValueError, match="nothing to spend"):
        spend(cast, points)


def test_all_parts_of_a_spend_are_resolved_or_none(cast: Cast, purses: list[Purse]) -> None:
    rows = spend(cast, 35)
    actions.void_hold(cast.wang, hold=rows[2], key="one of them")
    for act in (actions.post_spend, actions.void_spend):
        with refused(Conflict, "already_resolved"):
            act(cast.wang, holds=rows, key="all")
    assert available(cast) == [0, 0, 30]


def test_a_spend_is_resolved_once_and_repeated_with_its_key(
    cast: Cast, purses: list[Purse]
) -> None:
    rows = spend(cast, 35)
    posted = actions.post_spend(cast.wang, holds=rows, key="hand over")
    assert actions.post_spend(cast.wang, holds=rows, key="hand over") == posted
    with refused(Conflict, "already_resolved"):
        actions.post_spend(cast.wang, holds=rows, key="again")
    with refused(Conflict, "key_reused"):
        actions.void_spend(cast.wang, holds=rows, key="hand over")


def test_a_redemption_that_is_reversed_comes_back_to_its_purses(
    cast: Cast, purses: list[Purse]
) -> None:
    posted = actions.post_spend(cast.wang, holds=spend(cast, 35), key="hand over")
    for row in posted:
        actions.reverse(cast.zhao, transfer=row, key=f"undo {row.pk}", reason="没有货")
    assert available(cast) == [10, 20, 30]
    assert redeemed(purses) == [0, 0, 0]
    assert queries.verify() == []


# --- handing over --------------------------------------------------------------------------------


def hand_over(cast: Cast, points: int, **change: Any) -> list[Transfer]:
    asked: dict[str, Any] = {
        "source": ("person", cast.people["chen"].pk),
        "target": ("household", 7),
        "reason": "household",
        "key": "split",
        "memo": "分户",
        "area_prefix": COMMUNITY,
    }
    return actions.transfer_between(cast.zhao, points=points, **{**asked, **change})


def test_what_is_handed_over_stays_in_its_purses(cast: Cast, purses: list[Purse]) -> None:
    actions.open_account(code=cast.home(purse=purses[1]))
    rows = hand_over(cast, 35)
    assert [(row.kind, row.reason, row.amount) for row in rows] == [
        ("posted", "household", amount) for amount in (10, 20, 5)
    ]
    assert available(cast) == [0, 0, 25]
    home = queries.accounts_of("household", 7)
    assert {account.code: account.available for account in home} == {
        cast.home(purse=purse): amount for purse, amount in zip(purses, (10, 20, 5), strict=True)
    }
    figures = queries.figures_by_purse(purses)
    assert [figures[purse.pk].outstanding for purse in purses] == [10, 20, 30]
    assert queries.verify() == []


def test_more_than_there_is_cannot_be_handed_over(cast: Cast, purses: list[Purse]) -> None:
    spend(cast, 5)
    with refused(Conflict, "balance_short", "只有 55 分，不够这笔 56 分"):
        hand_over(cast, 56)
    assert not Account.objects.filter(holder_kind="household").exists()


def test_handed_over_twice_with_one_key_is_handed_over_once(
    cast: Cast, purses: list[Purse]
) -> None:
    first = hand_over(cast, 35)
    # By now a purse has given that had given nothing before.
    earn(cast, cast.purse(100, name="以后的"), 40)
    assert hand_over(cast, 35) == first
    eight = ("household", 8)
    for change in (
        {"target": eight},
        {"memo": "并户"},
        {"source": ("household", 7), "target": eight},
    ):
        with refused(Conflict, "key_reused"):
            hand_over(cast, 35, **change)
    assert available(cast) == [0, 0, 25, 40]


def test_handing_over_to_oneself_is_a_mistake(cast: Cast, purses: list[Purse]) -> None:
    for points, target in ((5, ("person", cast.people["chen"].pk)), (0, ("household", 7))):
        with pytest.raises(ValueError, match="nothing to hand over"):
            hand_over(cast, points, target=target)
