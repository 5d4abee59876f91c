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
from django.db import connection

from zhicunbao.ledger import rules
from zhicunbao.ledger.models import Transfer

Value = str | int | datetime | None

_COLUMNS: Final = (
    "unit, debit_account_id, credit_account_id, amount, pending_id, reverses_id, reason, memo,"
    " case_number, area_prefix, earner_id"
)
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
_AT_ONCE: Final = (
    "WITH written AS ({insert}), wanted AS (SELECT *, amount * CAST(%s AS bigint) AS to_pending,"
    " amount * CAST(%s AS bigint) AS to_posted,"
    " GREATEST(amount * CAST(%s AS bigint), CAST(%s AS bigint)) AS needed FROM written),"
    f" one AS ({_MOVE.format(rows='wanted w', place='LEAST')}),"
    f" two AS ({_MOVE.format(rows='wanted w, one', place='GREATEST')})"
    " SELECT written.*, (SELECT count(*) FROM two) FROM written"
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


@dataclass(frozen=True)
class Written:
    """A row that was written. ``is_moved`` is False when the debtor had too little: the caller must
    then leave its transaction by a refusal, so that the row is gone too.
    """

    row: Transfer
    is_moved: bool


def write(source: str, values: list[Value], row: Transfer, *, floor: int = 0) -> Written | None:
    """Write ``row`` from ``source`` and move both balances; None when nothing was written, because
    the source is empty or the key or promise is taken. Fills ``row``. Inside a transaction.
    """
    to_pending, to_posted = rules.MOVES[row.kind]
    spends = 1 if row.kind in rules.SPENDING else 0
    values = [row.key, row.kind, row.person_id, moment(row.at), *values]
    if connection.vendor == "postgresql":
        found = _at_once(source, [*values, to_pending, to_posted, spends, floor])
        return None if found is None else Written(_fill(row, found[:-1]), found[-1] == 1)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(source=source), values)
        found = cursor.fetchone()
        if found is None:
            return None
        _fill(row, found)
        pending, posted = to_pending * row.amount, to_posted * row.amount
        needed = max(row.amount * spends, floor)
        cursor.execute(_MOVE_DEBIT, [pending, posted, row.debit_account_id, needed])
        is_moved = cursor.rowcount == 1
        cursor.execute(_MOVE_CREDIT, [pending, posted, row.credit_account_id])
    return Written(row, is_moved)


def moment(at: datetime) -> Value:
    """Return a moment as the database's own driver takes it."""
    if connection.vendor == "postgresql":
        return at
    return connection.ops.adapt_datetimefield_value(at)


_STATEMENTS: Final = {
    source: _AT_ONCE.format(insert=_INSERT.format(source=source))
    for source in (BETWEEN, RESOLVING, REVERSING)
}


def _at_once(source: str, values: list[Value]) -> tuple[Any, ...] | None:
    # The driver's own cursor: Django's would send the text each time, to be planned each time.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_STATEMENTS[source], values, prepare=True)
        return cursor.fetchone()


def _fill(row: Transfer, found: tuple[Any, ...]) -> Transfer:
    row.pk, row.unit, row.debit_account_id, row.credit_account_id, row.amount = found[:5]
    row.pending_id, row.reverses_id, row.reason, row.memo, row.case_number = found[5:10]
    row.area_prefix, row.earner_id = found[10:]
    row._state.adding, row._state.db = False, connection.alias
    return row
