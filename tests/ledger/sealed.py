"""Builds ledgers to seal, seals them at a known hour, and tampers with them as somebody could who
has the database's password: the triggers are passed by and are there again afterwards.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from tests.ledger.cast import Cast
from zhicunbao.base import access
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions, rules
from zhicunbao.ledger.actions import Movement, sealing
from zhicunbao.ledger.models import Checkpoint, Purse, Transfer

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def post(cast: Cast, count: int, *, purse: Purse | None = None, at: datetime = NOON) -> Purse:
    """Fund a purse and book ``count`` small rewards to Chen, at one moment."""
    with clock.at(at):
        purse = purse or cast.purse(1_000_000)
        done = Transfer.objects.count()
        actions.transfer_all(
            access.SYSTEM,
            [
                Movement(
                    key=f"reward {done + number}",
                    debit=rules.fund_code(purse.pk),
                    credit=cast.code(purse=purse),
                    amount=1 + number % 40,
                    reason="award",
                    memo=f"沿街店铺消防排查 {number}",
                )
                for number in range(count)
            ],
        )
    return purse


def one_of_each(cast: Cast) -> dict[str, Transfer]:
    """Book a transfer of each kind, and a second promise and booking beside them."""
    with clock.at(NOON):
        purse = cast.purse(100_000)
        hold = cast.award(purse, 20, key="a")
        posted = actions.post_hold(access.SYSTEM, hold=hold, key="a posted")
        other = cast.award(purse, 30, key="b")
        voided = actions.void_hold(access.SYSTEM, hold=other, key="b void")
        back = actions.reverse(cast.zhao, transfer=posted, key="a back", reason="记错了")
        waiting = cast.award(purse, 40, key="c")
    funding = Transfer.objects.get(reason="fund")
    return {
        "funding": funding,
        "hold": hold,
        "posted": posted,
        "voided": voided,
        "back": back,
        "waiting": waiting,
    }


def seal(at: datetime = NOON + HOUR) -> Checkpoint:
    """Seal what is there and return the checkpoint."""
    assert sealing.seal_now(at) > 0
    return Checkpoint.objects.latest("number")


def files(folder: Path) -> dict[str, bytes]:
    """Return every published file by its path."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@contextmanager
def tampered(statement: str, *values: Any) -> Iterator[None]:
    """Run one statement past the triggers; inside the block they are there again, and at its end
    nothing was done.
    """
    # A savepoint and no block: sealing does not work inside somebody's transaction.
    before = transaction.savepoint()
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute(statement, values)
                changed = cursor.rowcount
                cursor.execute("SET LOCAL session_replication_role = origin")
            else:
                cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                triggers = cursor.fetchall()
                for name, _ in triggers:
                    cursor.execute(f"DROP TRIGGER {name}")
                cursor.execute(statement, values)
                changed = cursor.rowcount
                for _, created in triggers:
                    cursor.execute(created)
        assert changed == 1
        yield
    finally:
        transaction.savepoint_rollback(before)
