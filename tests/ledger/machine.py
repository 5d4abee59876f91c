"""The machine behind the random operations: it does each of them for real and in the shadow, counts
them, and looks after every step whether both came to the same. What is done stands in the tests.
"""

from collections import Counter
from collections.abc import Callable
from copy import copy
from typing import Any, ClassVar, Final, TypeVar

import pytest
from django.db import connection, transaction
from django.db.models import Model
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.ledger.cast import Cast
from tests.ledger.shadow import SIDES, Refused, Row, Shadow
from zhicunbao.base.models import AuditEntry, IdempotencyKey, OutboxMessage
from zhicunbao.kernel.refusals import Refusal
from zhicunbao.ledger import queries, rules
from zhicunbao.ledger.models import Purse, Transfer

VERIFY_EVERY: Final = 30
"""Steps between two looks at every row there is; the others look at what is new."""
APPENDED: Final[tuple[type[Model], ...]] = (Transfer, AuditEntry, OutboxMessage, IdempotencyKey)
# Bare SQL, because each of these is asked after every step.
_ACCOUNTS: Final = f"SELECT code, {', '.join(SIDES)} FROM ledger_account"  # noqa: S608 -- the names above
_PURSES: Final = "SELECT id, is_open, stop_below FROM ledger_purse ORDER BY id"
_COUNT: Final = "(SELECT count(*) FROM {0}), (SELECT coalesce(max(id), 0) FROM {0})"
_COUNTS: Final = ", ".join(_COUNT.format(model._meta.db_table) for model in APPENDED)
_ROWS: Final = (
    "SELECT t.id, t.key, t.kind, d.code, c.code, t.amount, t.unit, t.reason, t.memo, t.earner_id,"
    " p.key, r.key FROM ledger_transfer t"
    " JOIN ledger_account d ON d.id = t.debit_account_id"
    " JOIN ledger_account c ON c.id = t.credit_account_id"
    " LEFT JOIN ledger_transfer p ON p.id = t.pending_id"
    " LEFT JOIN ledger_transfer r ON r.id = t.reverses_id"
    " WHERE t.id > %s ORDER BY t.id"
)

Act = Callable[[], object]
Thing = TypeVar("Thing")


def asked(sql: str, *values: int) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def everything() -> tuple[dict[str, list[int]], list[tuple[Any, ...]], tuple[int, ...]]:
    """Return all balances, all purses, and how long the tables are that only grow."""
    accounts = {code: balances for code, *balances in asked(_ACCOUNTS)}
    return accounts, asked(_PURSES), asked(f"SELECT {_COUNTS}")[0]


def told(answer: object) -> list[tuple[type[Model], Any]]:
    """Return what must be the same when an operation is repeated."""
    rows = answer if isinstance(answer, list) else [answer]
    return [(type(row), row.pk) for row in rows if isinstance(row, Model)]


def as_stored(row: Row) -> tuple[object, ...]:
    """Return a row of the shadow as it must stand in the table, in the order of ``_ROWS``."""
    pending = row.pending.key if row.pending else None
    reverses = row.reverses.key if row.reverses else None
    stored = (row.key, row.kind, row.debit, row.credit, row.amount, row.unit)
    return (*stored, row.reason, row.memo, row.earner, pending, reverses)


class Compared(RuleBasedStateMachine):
    """The books of some purses and their shadow. Everything is rolled back at the end."""

    cast: ClassVar[Cast]
    opened: ClassVar[list[Purse]]
    shelf: ClassVar[str]
    done: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.purses = [copy(purse) for purse in self.opened]
        self.shadow = Shadow()
        for purse in self.purses:
            self.shadow.open_purse(purse.pk)
        self.shadow.accounts[self.shelf] = [0, 0, 0, 0]
        self.past: list[tuple[str, Act, Act, list[tuple[type[Model], Any]]]] = []
        self.ids: dict[str, int] = {}
        self.keys = self.steps = 0
        self.state = everything()
        self.first_id = self.last_id = self.state[2][1]

    def teardown(self) -> None:
        try:
            self.every_row_agrees()
            connection.check_constraints()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    # --- doing --------------------------------------------------------------------------------

    def key(self) -> str:
        self.keys += 1
        return f"step {self.keys}"

    def code(self, holder: str | int, purse: Purse) -> str:
        """Return the account of a person, by name, or of a household, by number."""
        if isinstance(holder, int):
            return rules.household_code(holder, purse.pk)
        return rules.person_code(self.cast.people[holder].pk, purse.pk)

    def pick(self, things: list[Thing], which: int) -> Thing:
        """Return one of ``things``: a number that is drawn is 0 too often."""
        return things[(which + self.steps) % len(things)]

    def rows(self, *kinds: str) -> list[Row]:
        return [row for row in self.shadow.rows.values() if row.kind in kinds]

    def real(self, row: Row) -> Transfer:
        return Transfer.objects.get(pk=self.ids[row.key])

    def do(self, name: str, expected: Act, act: Act, other: Act | None = None) -> object:
        """Do it in the shadow and for real: both refuse for the same reason, or neither does.

        Returns the real answer, or None after a refusal. ``other`` is the same key with something
        else; what was done with one is remembered for ``do_again``.
        """
        try:
            expected()
        except Refused as refused:
            self.is_refused(f"{name}, refused", refused.code, act)
            return None
        self.done[name] += 1
        answer = act()
        if other is not None:
            self.past.append((name, act, other, told(answer)))
        return answer

    def is_refused(self, name: str, code: str, act: Act) -> None:
        self.done[name] += 1
        with pytest.raises(Refusal, match=r"。$") as caught:
            act()
        assert caught.value.code == code
        self.nothing_changed()

    def is_a_mistake(self, act: Act) -> None:
        """What only a mistake of ours could ask for raises, and changes as little as a refusal."""
        self.done["mistake"] += 1
        with pytest.raises(ValueError, match=r"\w"):
            act()
        self.nothing_changed()

    def nothing_changed(self) -> None:
        assert everything() == self.state

    # --- looking ------------------------------------------------------------------------------

    @invariant()
    def nothing_is_wrong(self) -> None:
        self.the_shadow_agrees()
        self.each_purse_adds_up()
        self.steps += 1
        if self.steps % VERIFY_EVERY == 0:
            self.every_row_agrees()

    def the_shadow_agrees(self) -> None:
        before, self.state = self.state, everything()
        accounts, _, (count, *_) = self.state
        assert accounts == self.shadow.accounts
        new = list(self.shadow.rows.values())[len(self.ids) :]
        assert count == before[2][0] + len(new)
        if new:
            rows = asked(_ROWS, self.last_id)
            assert [tuple(row) for _, *row in rows] == [as_stored(row) for row in new]
            self.ids |= {key: pk for pk, key, *_ in rows}
            self.last_id = rows[-1][0]

    def each_purse_adds_up(self) -> None:
        for purse in self.purses:
            issue, fund, redeemed, expired = (
                self.state[0][rules.purse_code(purse.pk, part)] for part in rules.PURSE_PARTS
            )
            held = [b for c, b in self.state[0].items() if c.endswith(f"/{purse.unit}")]
            parts = {
                "in_purse": fund[3] - fund[1] - fund[0],
                "pending": fund[0],
                "outstanding": sum(b[3] - b[1] for b in held),
                "redeemed": redeemed[3] - redeemed[1],
                "expired": expired[3] - expired[1],
            }
            assert issue[1] - issue[3] == sum(parts.values()) == self.paid_in(purse)
            assert min(parts.values()) >= 0

    def paid_in(self, purse: Purse) -> int:
        """Return what the documents brought into a purse, less what was taken back."""
        issue = rules.issue_code(purse.pk)
        rows = self.shadow.rows.values()
        into = sum(row.amount for row in rows if row.debit == issue)
        return into - sum(row.amount for row in rows if row.credit == issue)

    def every_row_agrees(self) -> None:
        assert queries.verify() == []
        stored = [tuple(row) for _, *row in asked(_ROWS, self.first_id)]
        assert stored == [as_stored(row) for row in self.shadow.rows.values()]
        figures = queries.figures_by_purse(self.purses)
        for purse in self.purses:
            f, fen = figures[purse.pk], purse.unit_value_fen
            parts = (f.in_purse, f.pending, f.outstanding, f.redeemed, f.expired)
            assert f.funded * fen == sum(part * fen for part in parts) == self.paid_in(purse) * fen
