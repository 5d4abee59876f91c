"""Checks that the books are whole and as they were sealed; stops at the first thing that is not."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from zhicunbao.base import append_only
from zhicunbao.ledger import queries
from zhicunbao.ledger.models import Account, Transfer
from zhicunbao.ledger.queries import seal_check, sealing

SAID_EVERY: Final = 200_000
"""Leaves between two lines of progress: some seconds."""


class Command(BaseCommand):
    """``manage.py ledger_verify``: exit 0 when everything agrees, otherwise 1 and the reason."""

    help = "核对账本：防改保护都在，余额等于流水合计，每笔流水与封存一致，签名和封存文件完整。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the first problem as an error, or how much was checked."""
        del args, options
        # The seals come before the balances: they name the row. A lost protection is told as well,
        # but says only that something may have been changed, not what.
        broken = next(chain(self._seals(), queries.problems()), None)
        found = [*append_only.unprotected(), *([broken] if broken else [])]
        if found:
            raise CommandError("".join(f"{problem}。\n" for problem in found))
        accounts, transfers = Account.objects.count(), Transfer.objects.count()
        self.stdout.write(f"账本完整：{accounts} 个账户，{transfers} 笔流水，差 0。")
        newest = sealing.newest()
        if newest is not None:
            self.stdout.write(f"{newest}，共 {newest.size} 笔，逐笔相符。公钥 {newest.key}")

    def _seals(self) -> Iterator[str]:
        return seal_check.seal_problems(self._progress)

    def _progress(self, done: int, total: int) -> None:
        if done % SAID_EVERY == 0:
            self.stdout.write(f"已核对封存 {done} / {total} 笔")
            self.stdout.flush()
