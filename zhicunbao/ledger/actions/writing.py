"""The three writes that make a posting: the row, guarded by its unique key, and one conditional
change of each of its two balances. Nothing is ever read, checked and then saved.

PostgreSQL does all three in one prepared statement, SQLite one after the other; what they do is
the same. The account with the smaller number is always taken first. A purse's accounts are opened
with it and so have smaller numbers than those of its holders: whoever draws on one purse queues at
its row before holding any other, and batches in one transaction cannot deadlock.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from zhicunbao.ledger import rules
from zhicunbao.ledger.models import Transfer

Value = str | int | datetime | None

_COLUMNS: Final = (
    "unit, debit_account_id, credit_account_id, amount, pending_id, reverses_id, reason, memo,"
    " case_number, area_prefix, earner_id"
)
_RETURNED: Final = ("id", *_COLUMNS.split(", "))
_NOTHING: Final = "CAST(NULL AS bigint)"

BETWEEN: Final = (
    f"SELECT d.unit, d.id, c.id, CAST(%s AS bigint), {_NOTHING}, {_NOTHING},"
    " CAST(%s AS varchar), CAST(%s AS varchar), CAST(%s AS varchar), CAST(%s AS varchar),"
    " CAST(%s AS bigint) FROM ledger_account d, ledger_account c"
    " WHERE d.code = CAST(%s AS varchar) AND c.code = CAST(%s AS varchar) AND d.unit = c.unit"
)
"""A new movement: amount, reason, memo, case number, area, earner, debit code, credit code."""
RESOLVING: Final = (
    "SELECT t.unit, t.debit_account_id, t.credit_account_id, t.amount, t.id,"
    f" {_NOTHING}, t.reason, t.memo, t.case_number, t.area_prefix, t.earner_id"
    " FROM ledger_transfer t WHERE t.id = CAST(%s AS bigint) AND t.kind = 'pending'"
)
"""What a promise becomes: its number."""
REVERSING: Final = (
    f"SELECT t.unit, t.credit_account_id, t.debit_account_id, t.amount, {_NOTHING}, t.id,"
    " CAST('reversal' AS varchar), CAST(%s AS varchar), t.case_number, t.area_prefix, t.earner_id"
    " FROM ledger_transfer t WHERE t.id = CAST(%s AS bigint)"
    " AND t.kind IN ('posted', 'post_pending')"
)
"""The way back of a booked transfer: why, its number."""

# ON CONFLICT names no index: a taken key and a promise resolved by somebody else both end here
# without an error, racers queue on the index, and the transaction stays usable.
_INSERT: Final = (
    f"INSERT INTO ledger_transfer ({_COLUMNS}, key, kind, person_id, at)"
    " SELECT source.*, CAST(%s AS varchar), CAST(%s AS varchar), CAST(%s AS bigint), %s"
    " FROM ({source}) AS source WHERE true ON CONFLICT DO NOTHING"
    f" RETURNING id, {_COLUMNS}"
)
_AVAILABLE: Final = "credits_posted - debits_posted - debits_pending"

# Only the debtor's side has a condition. The second account is taken after the first, because it
# is joined to what the first change returned.
_MOVE: Final = """
UPDATE ledger_account a SET
  debits_pending = a.debits_pending + CASE WHEN a.id = w.debit_account_id THEN w.to_pending ELSE 0 END,
  debits_posted = a.debits_posted + CASE WHEN a.id = w.debit_account_id THEN w.to_posted ELSE 0 END,
  credits_pending = a.credits_pending + CASE WHEN a.id = w.credit_account_id THEN w.to_pending ELSE 0 END,
  credits_posted = a.credits_posted + CASE WHEN a.id = w.credit_account_id THEN w.to_posted ELSE 0 END
FROM {rows} WHERE a.id = {place}(w.debit_account_id, w.credit_account_id)
  AND (a.id = w.credit_account_id OR NOT a.is_guarded
       OR a.credits_posted - a.debits_posted - a.debits_pending >= w.needed)
RETURNING a.id"""  # noqa: E501 -- four equal lines are read as a table
_TEMPLATE: Final = (
    "WITH written AS ({insert}), wanted AS (SELECT *, amount * CAST(%s AS bigint) AS to_pending,"
    " amount * CAST(%s AS bigint) AS to_posted,"
    " GREATEST(amount * CAST(%s AS bigint), CAST(%s AS bigint)) AS needed FROM written),"
    f" one AS ({_MOVE.format(rows='wanted w', place='LEAST')}),"
    f" two AS ({_MOVE.format(rows='wanted w, one', place='GREATEST')})"
    # Divided by zero when the second account was not changed: the statement fails as a whole.
    " SELECT written.*, written.id / (SELECT count(*) FROM two) FROM written"
)
_MOVE_DEBIT: Final = (
    "UPDATE ledger_account SET debits_pending = debits_pending + %s,"
    " debits_posted = debits_posted + %s WHERE id = %s"
    f" AND (NOT is_guarded OR {_AVAILABLE} >= %s)"
)
_MOVE_CREDIT: Final = (
    "UPDATE ledger_account SET credits_pending = credits_pending + %s,"
    " credits_posted = credits_posted + %s WHERE id = %s"
)


class ShortError(Exception):
    """The debtor has less than is needed; nothing was written."""


@dataclass(frozen=True)
class Entry:
    """What a row says of itself, whatever its source."""

    key: str
    kind: str
    person_id: int | None
    at: datetime


def write(source: str, values: list[Value], entry: Entry, *, floor: int = 0) -> Transfer | None:
    """Write a row from ``source`` and move both balances, or change nothing.

    None when nothing is there to write, because the source is empty or the key or promise is taken;
    ShortError when the debtor has less than the amount, or than ``floor``.
    """
    db = connections[DEFAULT_DB_ALIAS]
    to_pending, to_posted = rules.MOVES[entry.kind]
    spends = 1 if entry.kind in rules.SPENDING else 0
    values = [entry.key, entry.kind, entry.person_id, moment(entry.at), *values]
    if db.vendor == "postgresql":
        whole = [*values, to_pending, to_posted, spends, floor]
        if not db.in_atomic_block:  # One statement is a transaction of its own.
            return _at_once(db, source, whole, entry)
        with transaction.atomic():
            return _at_once(db, source, whole, entry)
    with transaction.atomic(), db.cursor() as cursor:
        cursor.execute(_INSERT.format(source=source), values)
        found = cursor.fetchone()
        if found is None:
            return None
        row = _row(entry, found)
        pending, posted = to_pending * row.amount, to_posted * row.amount
        needed = max(row.amount * spends, floor)
        cursor.execute(_MOVE_DEBIT, [pending, posted, row.debit_account_id, needed])
        if cursor.rowcount == 0:
            raise ShortError
        cursor.execute(_MOVE_CREDIT, [pending, posted, row.credit_account_id])
        return row


def moment(at: datetime) -> Value:
    """Return a moment as the database's own driver takes it."""
    if connection.vendor == "postgresql":
        return at
    return connection.ops.adapt_datetimefield_value(at)


AT_ONCE: Final = {
    source: _TEMPLATE.format(insert=_INSERT.format(source=source))
    for source in (BETWEEN, RESOLVING, REVERSING)
}
"""Source → PostgreSQL's whole statement."""


def _at_once(
    db: BaseDatabaseWrapper, source: str, values: list[Value], entry: Entry
) -> Transfer | None:
    db.ensure_connection()
    # The driver's own cursor: Django's would send the text each time, to be planned each time.
    with db.wrap_database_errors, psycopg.Cursor(db.connection) as cursor:
        try:
            cursor.execute(AT_ONCE[source], values, prepare=True)
        except psycopg.errors.DivisionByZero:
            raise ShortError from None
        found = cursor.fetchone()
    return None if found is None else _row(entry, found)


_NAMES: Final = tuple(field.attname for field in Transfer._meta.concrete_fields)


def _row(entry: Entry, found: tuple[Any, ...]) -> Transfer:
    given = dict(zip(_RETURNED, found, strict=False))
    given |= {"key": entry.key, "kind": entry.kind, "person_id": entry.person_id, "at": entry.at}
    return Transfer.from_db(DEFAULT_DB_ALIAS, _NAMES, [given[name] for name in _NAMES])
