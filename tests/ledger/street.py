"""Everything that a street can do with its ledger, and much that it must not, in any order. Each
operation is compared with its shadow by ``machine``; how many are done is the tests' matter.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.ledger.machine import Compared, told
from tests.ledger.shadow import Refused, Row
from zhicunbao.kernel.refusals import Refusal
from zhicunbao.ledger import actions, rules
from zhicunbao.ledger.actions import Movement
from zhicunbao.ledger.models import Purse, Transfer

AMOUNTS = st.integers(min_value=1, max_value=30)
PICK = st.integers(min_value=0, max_value=1_000)
WHO = st.sampled_from(["chen", "wang", "zhou"])
HOLDERS = st.sampled_from(["chen", "wang", "zhou", 7, 8])
Method = TypeVar("Method", bound=Callable[..., None])
SHELF, SHOP = "outside/0/goods/5", "shop/2/goods/5"


WHAT_STREETS_DO: list[st.SearchStrategy[tuple[str, dict[str, Any]]]] = []


def operation(*, times: int = 1, **given: st.SearchStrategy[Any]) -> Callable[[Method], Method]:
    """Let the street do this ``times`` as often as other things."""

    def keep(method: Method) -> Method:
        chosen = st.tuples(st.just(method.__name__), st.fixed_dictionaries(given))
        WHAT_STREETS_DO.extend([chosen] * times)
        return method

    return keep


class Street(Compared):
    """Does, at random, everything that the ledger can do and much that it must not."""

    def __init__(self) -> None:
        super().__init__()
        self.spends: list[list[Row]] = []
        self.closings = 0
        for purse in self.purses:
            self.put_in(purse, 500)
        self.past.clear()

    # --- once more ----------------------------------------------------------------------------

    # The first of all, because Hypothesis begins with the first only: then nothing is done.
    @operation(times=3, which=PICK)
    def again(self, which: int) -> None:
        if not self.past:
            return
        name, act, _, answer = self.pick(self.past, which)
        self.done[f"{name}, again"] += 1
        found: object
        try:
            found = told(act())
        except Refusal as refusal:
            found = refusal.code
        # An award asks first whether the purse still gives; everything else is answered.
        assert found == answer or (name, found) == ("award", "purse_closed")
        self.nothing_changed()

    @operation(times=2, which=PICK)
    def same_key_for_something_else(self, which: int) -> None:
        if not self.past:
            return
        name, _, other, _ = self.pick(self.past, which)
        self.done[f"{name}, other content"] += 1
        with pytest.raises(Refusal) as caught:
            other()
        assert caught.value.code == "key_reused" or (name, caught.value.code) == (
            "award",
            "purse_closed",
        )
        self.nothing_changed()

    # --- purses -------------------------------------------------------------------------------

    @operation(which=PICK, points=st.integers(min_value=20, max_value=300))
    def fund(self, which: int, points: int) -> None:
        self.put_in(self.purses[which % 3], points)

    def put_in(self, purse: Purse, points: int) -> None:
        key = self.key()
        asked = Movement(
            key=f"fund/{purse.pk}/{self.cast.zhao.person_id}/{key}",
            debit=rules.issue_code(purse.pk),
            credit=rules.fund_code(purse.pk),
            amount=points,
            reason="fund",
            memo="浮财〔2026〕3号",
        )

        def expected() -> None:
            self.shadow.must_run(purse.pk)
            self.shadow.between("posted", asked)

        self.do(
            "fund",
            expected,
            lambda: self.cast.fund(purse, points, key=key),
            lambda: self.cast.fund(purse, points + 1, key=key),
        )

    @operation(times=3, which=PICK, who=HOLDERS, points=st.integers(min_value=10, max_value=60))
    def earn(self, which: int, who: str | int, points: int) -> None:
        """Give points at once, so that there is something to spend."""
        purse = self.purses[which % 3]
        self.move(rules.fund_code(purse.pk), self.code(who, purse), points, is_promise=False)

    @operation(which=PICK, points=st.integers(min_value=0, max_value=100))
    def set_the_stop_line(self, which: int, points: int) -> None:
        purse, key, zhao = self.purses[which % 3], self.key(), self.cast.zhao
        self.do(
            "stop line",
            lambda: self.shadow.stop_lines.update({purse.pk: points}),
            lambda: actions.set_stop_line(zhao, purse=purse, stop_below=points, key=key),
            lambda: actions.set_stop_line(zhao, purse=purse, stop_below=points + 1, key=key),
        )

    @operation()
    def close(self) -> None:
        purse, key, zhao = self.purses[2], self.key(), self.cast.zhao
        if self.steps < 30 or self.closings == 2:
            return
        self.closings += 1

        def expected() -> None:
            self.shadow.must_run(purse.pk)
            self.shadow.closed.add(purse.pk)

        self.do("close", expected, lambda: actions.close_purse(zhao, purse=purse, key=key))

    # --- awards -------------------------------------------------------------------------------

    @operation(
        times=3, which=PICK, who=WHO, points=AMOUNTS, household=st.sampled_from([7, 7, 8, None])
    )
    def award(self, which: int, who: str, points: int, household: int | None) -> None:
        purse, key = self.purses[which % 3], self.key()
        goes_home = purse.credited == "household"

        def expected() -> None:
            self.shadow.must_run(purse.pk)
            if goes_home and household is None:
                raise Refused("no_household")
            taker = household if goes_home and household is not None else who
            asked = Movement(
                key=key,
                debit=rules.fund_code(purse.pk),
                credit=self.code(taker, purse),
                amount=points,
                reason="award",
                memo="沿街店铺消防排查",
                earner_id=self.cast.people[who].pk if goes_home else None,
                floor=self.shadow.stop_lines[purse.pk] + 1,
            )
            self.shadow.between("pending", asked)

        def act(amount: int) -> Transfer:
            return self.cast.award(purse, amount, key=key, to=who, household=household)

        self.do("award", expected, lambda: act(points), lambda: act(points + 1))

    @operation(times=4, which=PICK, is_post=st.booleans())
    def resolve(self, which: int, is_post: bool) -> None:
        holds, key, wang = self.rows("pending"), self.key(), self.cast.wang
        if not holds:
            return
        hold = self.pick(holds, which)
        row = self.real(hold)
        ways = [actions.post_hold, actions.void_hold]
        act, other = ways if is_post else ways[::-1]
        self.do(
            "post" if is_post else "void",
            lambda: self.shadow.resolve("post_pending" if is_post else "void_pending", hold, key),
            lambda: act(wang, hold=row, key=key),
            lambda: other(wang, hold=row, key=key),
        )

    @operation(which=PICK)
    def take_back(self, which: int) -> None:
        rows, key, zhao = self.rows("posted", "post_pending"), self.key(), self.cast.zhao
        if not rows:
            return
        booked = self.pick(rows, which)
        row = self.real(booked)
        self.do(
            "reverse",
            lambda: self.shadow.reverse(booked, key, "记错了"),
            lambda: actions.reverse(zhao, transfer=row, key=key, reason="记错了"),
            lambda: actions.reverse(zhao, transfer=row, key=key, reason="别的"),
        )

    # --- holders ------------------------------------------------------------------------------

    @operation(which=PICK, giver=HOLDERS, taker=HOLDERS, amount=AMOUNTS, is_promise=st.booleans())
    def move_between_holders(
        self, which: int, giver: str | int, taker: str | int, amount: int, is_promise: bool
    ) -> None:
        if giver != taker:
            purse = self.purses[which % 3]
            self.move(self.code(giver, purse), self.code(taker, purse), amount, is_promise)

    @operation(amount=AMOUNTS, is_delivery=st.booleans(), is_promise=st.booleans())
    def move_goods(self, amount: int, is_delivery: bool, is_promise: bool) -> None:
        self.move(*((SHELF, SHOP) if is_delivery else (SHOP, SHELF)), amount, is_promise)

    def move(self, debit: str, credit: str, amount: int, is_promise: bool) -> None:
        asked = Movement(
            key=self.key(), debit=debit, credit=credit, amount=amount, reason="household"
        )
        act = actions.hold if is_promise else actions.transfer
        kind, name = ("pending", "promise") if is_promise else ("posted", "transfer")
        self.do(
            name,
            lambda: self.shadow.between(kind, asked),
            lambda: act(self.cast.chen, asked),
            lambda: act(self.cast.chen, replace(asked, amount=amount + 1)),
        )

    @operation(times=2, giver=HOLDERS, taker=HOLDERS, points=AMOUNTS)
    def hand_over(self, giver: str | int, taker: str | int, points: int) -> None:
        """Pass points on over all purses, as when a household is split."""
        key, source, target = self.key(), self.holder(giver), self.holder(taker)

        def act(amount: int) -> list[Transfer]:
            return actions.transfer_between(
                self.cast.zhao,
                source=source,
                target=target,
                points=amount,
                reason="household",
                key=key,
                memo="分户",
            )

        if giver == taker:
            self.is_a_mistake(lambda: act(points))
            return
        self.do(
            "hand over",
            lambda: self.shadow.hand_over(source, target, points, key),
            lambda: act(points),
            lambda: act(points + 1),
        )

    def holder(self, who: str | int) -> tuple[str, int]:
        return ("household", who) if isinstance(who, int) else ("person", self.cast.people[who].pk)

    @operation(times=3, who=HOLDERS, points=AMOUNTS)
    def spend(self, who: str | int, points: int) -> None:
        key, holder = self.key(), self.holder(who)

        def act(amount: int) -> list[Transfer]:
            return actions.spend_hold(
                self.cast.chen, holder=holder, points=amount, key=key, memo=""
            )

        def expected() -> None:
            rows = self.shadow.spend(holder, points, key)
            self.spends.append(rows)

        self.do("spend", expected, lambda: act(points), lambda: act(points + 1))

    @operation(times=3, which=PICK, is_post=st.booleans())
    def end_a_spend(self, which: int, is_post: bool) -> None:
        if not self.spends:
            return
        holds, key = self.pick(self.spends, which), self.key()
        rows = [self.real(hold) for hold in holds]
        ways = [actions.post_spend, actions.void_spend]
        act, other = ways if is_post else ways[::-1]

        def expected() -> None:
            with self.shadow.attempt():
                for hold, row in zip(holds, rows, strict=True):
                    kind = "post_pending" if is_post else "void_pending"
                    self.shadow.resolve(kind, hold, f"{key}:{row.pk}")

        self.do(
            "post a spend" if is_post else "void a spend",
            expected,
            lambda: act(self.cast.wang, holds=rows, key=key),
            lambda: other(self.cast.wang, holds=rows, key=key),
        )

    # --- batches ------------------------------------------------------------------------------

    @operation(which=PICK, is_wrong=st.booleans())
    def expire(self, which: int, is_wrong: bool) -> None:
        """End what everybody has of a purse; ``is_wrong`` adds a row too many and one twice."""
        purse, key = self.purses[which % 3], self.key()
        mine = [code for code in self.shadow.accounts if code.endswith(f"/{purse.unit}")]
        batch = [
            self.gone(f"{key} {code}", code, self.shadow.available(code))
            for code in mine
            if self.shadow.available(code)
        ]
        if is_wrong:
            batch += batch[-1:]
            batch += [self.gone(f"{key} more {code}", code, 1) for code in mine]
        asked = (len(batch), len({m.key for m in batch}))
        refused: dict[str, str] = {}

        def expected() -> None:
            for movement in batch:
                try:
                    self.shadow.between("posted", movement)
                except Refused as reason:
                    refused[movement.key] = reason.code

        result = self.do("each", expected, lambda: actions.transfer_each(self.cast.zhao, batch))
        assert isinstance(result, actions.BatchResult)
        assert {k: r.code for k, r in result.refused.items()} == refused
        assert (result.done, result.written) == (asked[0], asked[1] - len(refused))

    def gone(self, key: str, code: str, amount: int) -> Movement:
        credit = rules.purse_code(rules.parse_code(code).purse_id or 0, "expired")
        return Movement(key=key, debit=code, credit=credit, amount=amount, reason="expiry")

    @operation(
        times=2,
        which=PICK,
        rows=st.lists(
            st.tuples(HOLDERS, st.integers(min_value=1, max_value=15)), min_size=1, max_size=4
        ),
        floor=st.sampled_from([0, 0, 30]),
        is_circle=st.booleans(),
    )
    def give_to_many(
        self, which: int, rows: list[tuple[str | int, int]], floor: int, is_circle: bool
    ) -> None:
        """Give all of them their points or none; ``is_circle`` lets the first pass his on."""
        purse, key = self.purses[which % 3], self.key()
        fund, batch = rules.fund_code(purse.pk), []
        for number, (who, amount) in enumerate(rows):
            credit = self.code(who, purse)
            batch.append(self.given(f"{key} {number}", fund, credit, amount, floor))
        first = batch[0]
        if is_circle:
            onward = self.code(9, purse)
            batch.append(self.given(f"{key} on", first.credit, onward, first.amount, 0))

        def expected() -> None:
            with self.shadow.attempt():
                for movement in batch:
                    self.shadow.between("posted", movement)

        result = self.do(
            "all",
            expected,
            lambda: actions.transfer_all(self.cast.zhao, iter(batch)),
            lambda: actions.transfer_all(
                self.cast.zhao, [*batch[1:], replace(first, amount=first.amount + 1)]
            ),
        )
        if result is not None:
            assert result == actions.BatchResult(written=len(batch))
            self.done["all, again"] += 1
            again = actions.transfer_all(self.cast.zhao, batch)
            assert again == actions.BatchResult(repeated=len(batch))

    def given(self, key: str, debit: str, credit: str, amount: int, floor: int) -> Movement:
        return Movement(
            key=key, debit=debit, credit=credit, amount=amount, reason="award", floor=floor
        )

    # --- what must not be ---------------------------------------------------------------------

    @operation(who=WHO, amount=AMOUNTS)
    def cross_the_purses(self, who: str, amount: int) -> None:
        one, other = (self.code(who, purse) for purse in self.purses[:2])
        asked = Movement(key=self.key(), debit=one, credit=other, amount=amount, reason="household")
        self.is_a_mistake(lambda: actions.transfer(self.cast.chen, asked))

    @operation(which=PICK)
    def take_back_what_is_not_booked(self, which: int) -> None:
        rows = self.rows("pending", "reversal")
        if not rows:
            return
        row, key = self.real(self.pick(rows, which)), self.key()
        self.is_a_mistake(
            lambda: actions.reverse(self.cast.zhao, transfer=row, key=key, reason="记错了")
        )

    # One rule, because of many each run would leave out some, and most of this needs the rest.
    @rule(chosen=st.one_of(WHAT_STREETS_DO))
    def do_something(self, chosen: tuple[str, dict[str, Any]]) -> None:
        name, given = chosen
        getattr(self, name)(**given)
