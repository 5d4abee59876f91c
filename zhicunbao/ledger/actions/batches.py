"""Thousands of movements at once: written by a few statements a chunk, in bounded memory.

A chunk is laid into a temporary table and posted from there; its balances move by one conditional
UPDATE. What one row refuses is found out by posting that chunk row by row.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

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

    Reads ``movements`` once and holds a chunk of them in memory. A row sent before, with the same
    content, is counted as repeated. ``progress`` is told the number of rows after each chunk.
    """
    result = BatchResult()
    with transaction.atomic():
        for chunk in _chunks(movements):
            if not _post_chunk(actor, chunk, result):
                _post_each(actor, chunk, result, is_strict=True)
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
            if not _post_chunk(actor, chunk, result):
                _post_each(actor, chunk, result, is_strict=False)
        if progress is not None:
            progress(result.done)
    return result


def _chunks(movements: Iterable[Movement]) -> Iterator[list[Movement]]:
    rest = iter(movements)
    while chunk := list(islice(rest, CHUNK)):
        for movement in chunk:
            posting.check_movement(movement)
        yield chunk


def _post_each(
    actor: Actor, chunk: list[Movement], result: BatchResult, *, is_strict: bool
) -> None:
    known = set(
        Transfer.objects.filter(key__in=[m.key for m in chunk]).values_list("key", flat=True)
    )
    for movement in chunk:
        try:
            posting.transfer(actor, movement)
        except Refusal as refusal:
            if is_strict:
                raise
            result.refuse(movement.key, refusal)
            continue
        if movement.key in known:
            result.repeated += 1
        else:
            known.add(movement.key)
            result.written += 1


# --- a chunk by a few statements -----------------------------------------------------------------

_FIELDS: Final = (
    "key, debit, credit, amount, reason, memo, case_number, area_prefix, earner_id, floor"
)
_TABLE: Final = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS ledger_batch (key varchar, debit varchar,"
    " credit varchar, amount bigint, reason varchar, memo varchar, case_number varchar,"
    " area_prefix varchar, earner_id bigint, floor bigint)"
)
_EMPTY: Final = "DELETE FROM ledger_batch"
_OPEN: Final = (
    "INSERT INTO ledger_account (code, holder_kind, holder_id, unit, purse_id, is_guarded,"
    " debits_pending, debits_posted, credits_pending, credits_posted)"
    " VALUES (%s, %s, %s, %s, %s, %s, 0, 0, 0, 0) ON CONFLICT (code) DO NOTHING"
)
_MISSING: Final = (
    "SELECT DISTINCT b.credit FROM ledger_batch b"
    " LEFT JOIN ledger_account a ON a.code = b.credit WHERE a.id IS NULL"
)
_LOCK: Final = (
    "SELECT id FROM ledger_account WHERE code IN (SELECT debit FROM ledger_batch"
    " UNION SELECT credit FROM ledger_batch) ORDER BY id FOR UPDATE"
)
_INSERT: Final = (
    "INSERT INTO ledger_transfer (unit, debit_account_id, credit_account_id, amount, pending_id,"
    " reverses_id, reason, memo, case_number, area_prefix, earner_id, key, kind, person_id, at)"
    " SELECT d.unit, d.id, c.id, b.amount, NULL, NULL, b.reason, b.memo, b.case_number,"
    " b.area_prefix, b.earner_id, b.key, 'posted', CAST(%s AS bigint), %s"
    " FROM ledger_batch b JOIN ledger_account d ON d.code = b.debit"
    " JOIN ledger_account c ON c.code = b.credit AND c.unit = d.unit"
    " WHERE true ON CONFLICT DO NOTHING"
)
# On each side one row an account; a debtor must have the sum, and the highest floor of its rows.
_SIDE: Final = (
    "SELECT a.id, sum(b.amount) AS amount, max(b.floor) AS floor FROM ledger_batch b"
    " JOIN ledger_account a ON a.code = b.{side} GROUP BY a.id"
)
_DEBIT: Final = (
    "UPDATE ledger_account SET debits_posted = debits_posted + s.amount"
    f" FROM ({_SIDE.format(side='debit')}) s WHERE ledger_account.id = s.id AND (NOT is_guarded"
    " OR (credits_posted - debits_posted - debits_pending >= s.amount"
    " AND credits_posted - debits_posted - debits_pending >= s.floor))"
)
_CREDIT: Final = (
    "UPDATE ledger_account SET credits_posted = credits_posted + s.amount"
    f" FROM ({_SIDE.format(side='credit')}) s WHERE ledger_account.id = s.id"
)
_DEBTORS: Final = "SELECT count(DISTINCT debit) FROM ledger_batch"


class _Unplain(Exception):
    """Some row of the chunk was sent before, is short or has no debtor."""


def _post_chunk(actor: Actor, chunk: list[Movement], result: BatchResult) -> bool:
    """Post a chunk in which every row is new and covered; otherwise change nothing, say False."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_TABLE)
            cursor.execute(_EMPTY)
            _load(chunk)
            if connection.vendor == "postgresql":
                # In the order of single postings; before accounts are opened, so that nobody who
                # holds a purse waits for an account that was opened here.
                cursor.execute(_LOCK)
            cursor.execute(_MISSING)
            missing = sorted(code for (code,) in cursor.fetchall())
            cursor.executemany(_OPEN, [_opened(code) for code in missing])
            cursor.execute(_INSERT, [actor.person_id, writing.moment(clock.now())])
            if cursor.rowcount != len(chunk):
                raise _Unplain
            cursor.execute(_DEBTORS)
            (debtors,) = cursor.fetchone()
            cursor.execute(_DEBIT)
            if cursor.rowcount != debtors:
                raise _Unplain
            cursor.execute(_CREDIT)
    except _Unplain:
        return False
    result.written += len(chunk)
    return True


def _opened(code: str) -> list[str | int | None]:
    parsed = rules.parse_code(code)
    holder: list[str | int | None] = [code, parsed.holder_kind, parsed.holder_id]
    return [*holder, parsed.unit, parsed.purse_id, parsed.is_guarded]


def _load(chunk: list[Movement]) -> None:
    rows = [
        (
            m.key,
            m.debit,
            m.credit,
            m.amount,
            m.reason,
            m.memo,
            m.case_number,
            m.area_prefix,
            m.earner_id,
            m.floor,
        )
        for m in chunk
    ]
    if connection.vendor == "postgresql":
        with (
            connection.wrap_database_errors,
            connection.connection.cursor() as cursor,
            cursor.copy(f"COPY ledger_batch ({_FIELDS}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * 10)
        cursor.executemany(f"INSERT INTO ledger_batch ({_FIELDS}) VALUES ({places})", rows)
