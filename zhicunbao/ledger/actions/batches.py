"""Thousands of movements at once: written by a few statements a chunk, in bounded memory.

Movements are laid into a temporary table and posted from there chunk by chunk; the balances of a
chunk move by one conditional UPDATE. What one row refuses is found out by posting its chunk row by
row. All accounts are locked before the first row, in the order of single postings, so that neither
these nor another batch can wait for this one while it waits for them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from django.db import connection, transaction

from zhicunbao.base.access import Actor
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Refusal
from zhicunbao.ledger import rules
from zhicunbao.ledger.actions import posting, writing
from zhicunbao.ledger.models import Transfer
from zhicunbao.ledger.rules import Movement

Kind = Transfer.Kind
CHUNK: Final = 10_000
"""Rows that are in memory, and in one statement, at a time."""
REFUSED_MAX: Final = 1_000
"""Refusals that are kept by name; beyond it they are only counted."""

Progress = Callable[[int], None]


@dataclass
class BatchResult:
    """What came of a batch: rows ``written``, rows that were there already (``repeated``), and the
    keys that were refused, each with its refusal.
    """

    written: int = 0
    repeated: int = 0
    refused_count: int = 0
    refused: dict[str, Refusal] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """How many rows were looked at."""
        return self.written + self.repeated + self.refused_count

    def refuse(self, key: str, refusal: Refusal) -> None:
        """Count a refused row."""
        self.refused_count += 1
        if len(self.refused) < REFUSED_MAX:
            self.refused[key] = refusal


def transfer_all(
    actor: Actor, movements: Iterable[Movement], *, progress: Progress | None = None
) -> BatchResult:
    """Book every movement or none: the first refusal is raised and nothing is changed.

    Reads ``movements`` once, before it posts the first, and holds a chunk of them in memory. A row
    sent before, with the same content, is counted as repeated. ``progress`` is told the number of
    rows after each chunk.
    """
    result = BatchResult()
    with transaction.atomic():
        count = _lay_out(movements)
        _lock_accounts()
        _open_missing()
        for first in range(0, count, CHUNK):
            _post(actor, first, result, is_strict=True)
            if progress is not None:
                progress(result.done)
    return result


def transfer_each(
    actor: Actor, movements: Iterable[Movement], *, progress: Progress | None = None
) -> BatchResult:
    """Book each movement by itself: what is refused is named in the result, the rest is booked.

    Each chunk is a transaction of its own, so a broken run can be repeated with the same keys.
    Otherwise as ``transfer_all``.
    """
    result = BatchResult()
    for chunk in _chunks(movements):
        with transaction.atomic():
            _lay_out(chunk)
            _lock_accounts()
            _post(actor, 0, result, is_strict=False)
        if progress is not None:
            progress(result.done)
    return result


def _chunks(movements: Iterable[Movement]) -> Iterator[list[Movement]]:
    rest = iter(movements)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _post(actor: Actor, first: int, result: BatchResult, *, is_strict: bool) -> None:
    """Post the chunk that begins with the row ``first``."""
    try:
        with transaction.atomic():
            if not is_strict:
                _open_missing()
            result.written += _post_plain(actor, first)
    except _Unplain:
        _post_each(actor, first, result, is_strict=is_strict)


def _post_each(actor: Actor, first: int, result: BatchResult, *, is_strict: bool) -> None:
    for movement in _laid_out(first):
        try:
            _, is_new = posting.move(actor, Kind.POSTED, movement)
        except Refusal as refusal:
            if is_strict:
                raise
            result.refuse(movement.key, refusal)
            continue
        if is_new:
            result.written += 1
        else:
            result.repeated += 1


# --- what is to be posted ------------------------------------------------------------------------

_FIELDS: Final = (
    "key, debit, credit, amount, reason, memo, case_number, area_prefix, earner_id, floor"
)
_NAMES: Final = tuple(_FIELDS.split(", "))
_TABLE: Final = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS ledger_batch (n integer PRIMARY KEY, key varchar,"
    " debit varchar, credit varchar, amount bigint, reason varchar, memo varchar,"
    " case_number varchar, area_prefix varchar, earner_id bigint, floor bigint)"
)
_HERE: Final = "b.n >= %s AND b.n < %s"
_ROWS: Final = f"SELECT {_FIELDS} FROM ledger_batch b WHERE {_HERE} ORDER BY n"


def _lay_out(movements: Iterable[Movement]) -> int:
    """Fill the temporary table with ``movements``, numbered from 0; return how many they are."""
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(_TABLE)
        cursor.execute("TRUNCATE ledger_batch" if is_postgresql else "DELETE FROM ledger_batch")
    count = 0
    for chunk in _chunks(movements):
        rows = []
        for number, movement in enumerate(chunk, count):
            posting.check_movement(movement)
            rows.append((number, *(getattr(movement, name) for name in _NAMES)))
        _load(rows)
        count += len(rows)
    return count


def _load(rows: list[tuple[Any, ...]]) -> None:
    if connection.vendor == "postgresql":
        with (
            connection.wrap_database_errors,
            connection.connection.cursor() as cursor,
            cursor.copy(f"COPY ledger_batch (n, {_FIELDS}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * (1 + len(_NAMES)))
        cursor.executemany(f"INSERT INTO ledger_batch (n, {_FIELDS}) VALUES ({places})", rows)


def _laid_out(first: int) -> list[Movement]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [first, first + CHUNK])
        return [Movement(**dict(zip(_NAMES, row, strict=True))) for row in cursor.fetchall()]


# --- its accounts --------------------------------------------------------------------------------

# Counted, so that the numbers of all these accounts stay in the database.
_LOCK: Final = (
    "SELECT count(*) FROM (SELECT id FROM ledger_account WHERE code IN (SELECT debit"
    " FROM ledger_batch UNION SELECT credit FROM ledger_batch) ORDER BY id FOR UPDATE) AS locked"
)
_MISSING: Final = (
    "SELECT DISTINCT b.credit FROM ledger_batch b LEFT JOIN ledger_account a ON a.code = b.credit"
    " WHERE a.id IS NULL ORDER BY b.credit"
)
_OPEN: Final = (
    "INSERT INTO ledger_account (code, holder_kind, holder_id, unit, purse_id, is_guarded,"
    " debits_pending, debits_posted, credits_pending, credits_posted)"
    " VALUES (%s, %s, %s, %s, %s, %s, 0, 0, 0, 0) ON CONFLICT (code) DO NOTHING"
)


def _lock_accounts() -> None:
    """Lock the accounts that are there. Outside of any savepoint: rolled back, it would let go."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)


def _open_missing() -> None:
    """Open the creditors' accounts that are not there, in one order for everybody. After the locks,
    so that nobody who holds a purse waits for an account that was opened here.
    """
    with connection.chunked_cursor() as found, connection.cursor() as cursor:
        found.execute(_MISSING)
        while missing := found.fetchmany(CHUNK):
            cursor.executemany(_OPEN, [_opened(code) for (code,) in missing])


def _opened(code: str) -> list[str | int | None]:
    parsed = rules.parse_code(code)
    holder: list[str | int | None] = [code, parsed.holder_kind, parsed.holder_id]
    return [*holder, parsed.unit, parsed.purse_id, parsed.is_guarded]


# --- a chunk by a few statements -----------------------------------------------------------------

_INSERT: Final = (
    "INSERT INTO ledger_transfer (unit, debit_account_id, credit_account_id, amount, pending_id,"
    " reverses_id, reason, memo, case_number, area_prefix, earner_id, key, kind, person_id, at)"
    " SELECT d.unit, d.id, c.id, b.amount, NULL, NULL, b.reason, b.memo, b.case_number,"
    " b.area_prefix, b.earner_id, b.key, 'posted', CAST(%s AS bigint), %s"
    " FROM ledger_batch b JOIN ledger_account d ON d.code = b.debit"
    " JOIN ledger_account c ON c.code = b.credit AND c.unit = d.unit"
    f" WHERE {_HERE} ORDER BY b.n ON CONFLICT DO NOTHING"
)
# On each side one row an account. A debtor must have the sum and, were the highest floor that of
# the last row and this the smallest one, still as much as the floor. That is a little more than is
# needed: where it fails, the rows are posted one by one and each is judged by itself.
_SIDE: Final = (
    "SELECT a.id, sum(b.amount) AS amount, sum(b.amount) - min(b.amount) + max(b.floor) AS needed"
    f" FROM ledger_batch b JOIN ledger_account a ON a.code = b.{{side}} WHERE {_HERE} GROUP BY a.id"
)
_DEBIT: Final = (
    "UPDATE ledger_account SET debits_posted = debits_posted + s.amount"
    f" FROM ({_SIDE.format(side='debit')}) s WHERE ledger_account.id = s.id AND (NOT is_guarded"
    " OR (credits_posted - debits_posted - debits_pending >= s.amount"
    " AND credits_posted - debits_posted - debits_pending >= s.needed))"
)
_CREDIT: Final = (
    "UPDATE ledger_account SET credits_posted = credits_posted + s.amount"
    f" FROM ({_SIDE.format(side='credit')}) s WHERE ledger_account.id = s.id"
)
_COUNT: Final = f"SELECT count(*), count(DISTINCT debit) FROM ledger_batch b WHERE {_HERE}"


class _Unplain(Exception):
    """Some row of the chunk was sent before, is short or has no debtor."""


def _post_plain(actor: Actor, first: int) -> int:
    """Post a chunk in which every row is new and covered, and return how many rows it has;
    otherwise raise, so that nothing is changed.
    """
    here = [first, first + CHUNK]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, here)
        rows, debtors = cursor.fetchone()
        cursor.execute(_INSERT, [actor.person_id, writing.moment(clock.now()), *here])
        if cursor.rowcount != rows:
            raise _Unplain
        cursor.execute(_DEBIT, here)
        if cursor.rowcount != debtors:
            raise _Unplain
        cursor.execute(_CREDIT, here)
    return int(rows)
