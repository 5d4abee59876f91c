"""Whatever is done in whatever order: the books are whole after every step, a refusal changes
nothing, a repeated key does nothing, and a plain model in Python agrees with every balance.
"""

from collections.abc import Callable

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.ledger import cast as people
from tests.ledger.books import books
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.actions import Movement
from zhicunbao.ledger.models import Transfer

AMOUNTS = st.integers(min_value=1, max_value=60)
WHO = st.sampled_from(["chen", "wang", "zhou"])


class Ledger(RuleBasedStateMachine):
    """A street that funds, awards, books, takes back and spends at random.

    The model is a dictionary: who has how much to spend, and what each key has done.
    """

    holds = Bundle("holds")
    booked = Bundle("booked")

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.cast = people.build()
        self.purse = self.cast.purse(0)
        self.fund = rules.fund_code(self.purse.pk)
        self.available: dict[str, int] = {self.fund: 0}
        self.resolved: dict[int, str] = {}
        self.reversed: set[int] = set()
        self.funded = 0
        self.count = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def key(self) -> str:
        self.count += 1
        return f"step {self.count}"

    def code(self, who: str) -> str:
        return rules.person_code(self.cast.people[who].pk, self.purse.pk)

    def short(self, code: str, amount: int) -> bool:
        return self.available.get(code, 0) < amount

    def move(self, code: str, change: int) -> None:
        self.available[code] = self.available.get(code, 0) + change

    @rule(target=booked, points=AMOUNTS)
    def fund_the_purse(self, points: int) -> Transfer:
        row = self.cast.fund(self.purse, points, key=self.key())
        self.move(self.fund, points)
        self.funded += points
        return row

    @rule(target=holds, who=WHO, points=AMOUNTS)
    def promise(self, who: str, points: int) -> object:
        key, before = self.key(), books()
        if self.short(self.fund, points):
            self.expect_refusal(lambda: self.cast.award(self.purse, points, key=key, to=who))
            assert books() == before
            return multiple()
        row = self.cast.award(self.purse, points, key=key, to=who)
        before = books()
        assert self.cast.award(self.purse, points, key=key, to=who) == row
        assert books() == before
        self.move(self.fund, -points)
        return row

    @rule(target=booked, hold=holds)
    def book(self, hold: Transfer) -> object:
        if not self.resolve(hold, "post"):
            return multiple()
        self.move(hold.credit_account.code, hold.amount)
        return Transfer.objects.get(pending=hold)

    @rule(hold=holds)
    def give_back(self, hold: Transfer) -> None:
        if self.resolve(hold, "void"):
            self.move(self.fund, hold.amount)

    def resolve(self, hold: Transfer, how: str) -> bool:
        act = {"post": actions.post_hold, "void": actions.void_hold}[how]
        key, before = self.key(), books()
        if hold.pk in self.resolved:
            self.expect_refusal(lambda: act(self.cast.wang, hold=hold, key=key))
            assert books() == before
            return False
        act(self.cast.wang, hold=hold, key=key)
        self.resolved[hold.pk] = how
        return True

    @rule(target=booked, giver=WHO, taker=WHO, amount=AMOUNTS)
    def spend(self, giver: str, taker: str, amount: int) -> object:
        debit, credit = self.code(giver), self.code(taker)
        if giver == taker:
            return multiple()
        key, before = self.key(), books()

        def act() -> Transfer:
            return actions.transfer(
                self.cast.chen,
                Movement(key=key, debit=debit, credit=credit, amount=amount, reason="award"),
            )

        if self.short(debit, amount):
            self.expect_refusal(act)
            assert books() == before
            return multiple()
        row = act()
        before = books()
        assert act() == row
        assert books() == before
        self.move(debit, -amount)
        self.move(credit, amount)
        return row

    @rule(row=booked)
    def take_back(self, row: Transfer) -> None:
        key, before = self.key(), books()
        taker, giver = row.credit_account.code, row.debit_account.code

        def act() -> Transfer:
            return actions.reverse(self.cast.zhao, transfer=row, key=key, reason="记错了")

        if row.pk in self.reversed or self.short(taker, row.amount):
            self.expect_refusal(act)
            assert books() == before
            return
        act()
        self.reversed.add(row.pk)
        self.move(taker, -row.amount)
        if giver == rules.issue_code(self.purse.pk):
            self.funded -= row.amount
        else:
            self.move(giver, row.amount)

    def expect_refusal(self, act: Callable[[], object]) -> None:
        with pytest.raises(Conflict, match=r"。$"):
            act()

    @invariant()
    def the_books_are_whole(self) -> None:
        assert queries.verify() == []

    @invariant()
    def the_model_agrees(self) -> None:
        for who in ("chen", "wang", "zhou"):
            balance = queries.balance_of(self.cast.people[who].pk)
            assert balance.available == self.available.get(self.code(who), 0) >= 0
        figures = queries.purse_figures(self.purse)
        assert figures.in_purse == self.available[self.fund] >= 0
        assert figures.funded == self.funded
        assert figures.funded == figures.in_purse + figures.pending + figures.outstanding
        in_hand = sum(n for code, n in self.available.items() if code != self.fund)
        assert figures.outstanding == in_hand


def test_the_books_are_whole_after_any_sequence_of_actions(db: None) -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=14,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
