"""The ledger once more, in plain Python and without a database: what each operation must do, or for
which code it must be refused. The real one is compared with it after every step.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from zhicunbao.ledger import rules
from zhicunbao.ledger.rules import Movement

SIDES: Final = ("debits_pending", "debits_posted", "credits_pending", "credits_posted")


@dataclass(eq=False)
class Row:
    """A transfer as it must stand in the table."""

    key: str
    kind: str
    debit: str
    credit: str
    amount: int
    reason: str
    memo: str = ""
    earner: int | None = None
    pending: "Row | None" = None
    reverses: "Row | None" = None
    is_resolved: bool = False
    is_reversed: bool = False

    @property
    def unit(self) -> str:
        return rules.parse_code(self.debit).unit

    @property
    def is_booked(self) -> bool:
        return self.kind in ("posted", "post_pending")


class Refused(Exception):
    """The real one must refuse with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Shadow:
    """Accounts by code (the four balances in the order of ``SIDES``), rows by key in their order,
    and each purse's stop line by its number.
    """

    accounts: dict[str, list[int]] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    stop_lines: dict[int, int] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo everything when the block is refused."""
        accounts = {code: list(balances) for code, balances in self.accounts.items()}
        rows = {key: (row, row.is_resolved, row.is_reversed) for key, row in self.rows.items()}
        try:
            yield
        except Refused:
            self.accounts = accounts
            self.rows = {key: row for key, (row, *_) in rows.items()}
            for row, is_resolved, is_reversed in rows.values():
                row.is_resolved, row.is_reversed = is_resolved, is_reversed
            raise

    def open_purse(self, purse_id: int) -> None:
        for part in rules.PURSE_PARTS:
            self.accounts[rules.purse_code(purse_id, part)] = [0, 0, 0, 0]
        self.stop_lines[purse_id] = 0

    def available(self, code: str) -> int:
        out_pending, out, _, into = self.accounts.get(code, (0, 0, 0, 0))
        return into - out - out_pending

    def codes(self, kind: str, number: int) -> list[str]:
        """Return a holder's accounts of points, that of the oldest purse first."""
        own = [c for c in self.accounts if c.startswith(f"{kind}/{number}/points/")]
        return sorted(own, key=lambda code: rules.parse_code(code).purse_id or 0)

    def must_run(self, purse_id: int) -> None:
        if purse_id in self.closed:
            raise Refused("purse_closed")

    # --- what can be done ----------------------------------------------------------------------

    def between(self, kind: str, m: Movement) -> Row:
        """Promise (``pending``) or book (``posted``) a movement."""
        known = self.rows.get(m.key)
        if known is not None:
            asked = (kind, m.debit, m.credit, m.amount, m.reason, m.memo, m.earner_id)
            stands = (known.kind, known.debit, known.credit, known.amount, known.reason)
            if asked != (*stands, known.memo, known.earner):
                raise Refused("key_reused")
            return known
        self.need(m.debit, m.amount, m.floor)
        row = Row(m.key, kind, m.debit, m.credit, m.amount, m.reason, m.memo, m.earner_id)
        self.accounts.setdefault(m.credit, [0, 0, 0, 0])
        return self.write(row)

    def resolve(self, kind: str, hold: Row, key: str) -> Row:
        """Book a promise (``post_pending``) or give it back (``void_pending``)."""
        if hold.is_resolved:
            raise Refused("already_resolved")
        hold.is_resolved = True
        row = Row(key, kind, hold.debit, hold.credit, hold.amount, hold.reason, hold.memo)
        row.earner, row.pending = hold.earner, hold
        return self.write(row)

    def reverse(self, booked: Row, key: str, why: str) -> Row:
        """Take a booked row back."""
        if booked.is_reversed:
            raise Refused("already_reversed")
        self.need(booked.credit, booked.amount)
        booked.is_reversed = True
        row = Row(key, "reversal", booked.credit, booked.debit, booked.amount, "reversal", why)
        row.earner, row.reverses = booked.earner, booked
        return self.write(row)

    def spend(self, holder: tuple[str, int], points: int, key: str) -> list[Row]:
        """Promise a holder's points to the purses that gave them."""
        return [
            self.between(
                "pending",
                Movement(
                    key=f"{key}/{number}",
                    debit=code,
                    credit=rules.purse_code(purse_id, "redeemed"),
                    amount=part,
                    reason="redeem",
                ),
            )
            for number, (code, purse_id, part) in enumerate(self.parts(holder, points))
        ]

    def hand_over(
        self, source: tuple[str, int], target: tuple[str, int], points: int, key: str
    ) -> None:
        """Book a holder's points to another holder."""
        for number, (code, purse_id, part) in enumerate(self.parts(source, points)):
            credit = rules.code_of(*target, f"points/{purse_id}")
            m = Movement(
                key=f"{key}/{number}",
                debit=code,
                credit=credit,
                amount=part,
                reason="household",
                memo="分户",
            )
            self.between("posted", m)

    def parts(self, holder: tuple[str, int], points: int) -> list[tuple[str, int, int]]:
        """Return (account, purse, how much it gives), the oldest purse first; or refuse."""
        codes = self.codes(*holder)
        if sum(self.available(code) for code in codes) < points:
            raise Refused("balance_short")
        parts = []
        for code in codes:
            part = min(points, self.available(code))
            if part > 0:
                parts.append((code, rules.parse_code(code).purse_id or 0, part))
                points -= part
        return parts

    # --- what each of them comes to -------------------------------------------------------------

    def need(self, code: str, amount: int, floor: int = 0) -> None:
        """Refuse when a guarded account has not ``amount``, or not ``floor``."""
        parsed = rules.parse_code(code)
        if not parsed.is_guarded:
            return
        available = self.available(code)
        if available < amount:
            raise Refused("purse_short" if parsed.holder_kind == "purse" else "balance_short")
        if available < floor:
            raise Refused("purse_stopped" if parsed.holder_kind == "purse" else "balance_short")

    def write(self, row: Row) -> Row:
        to_pending, to_posted = {
            "posted": (0, 1),
            "pending": (1, 0),
            "post_pending": (-1, 1),
            "void_pending": (-1, 0),
            "reversal": (0, 1),
        }[row.kind]
        for code, first in ((row.debit, 0), (row.credit, 2)):
            self.accounts[code][first] += to_pending * row.amount
            self.accounts[code][first + 1] += to_posted * row.amount
        self.rows[row.key] = row
        return row
