"""Checks that the books are whole and stops at the first thing that is not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from zhicunbao.ledger import queries
from zhicunbao.ledger.models import Account, Transfer


class Command(BaseCommand):
    """``manage.py ledger_verify``: exit 0 when every sum agrees, otherwise 1 and the reason."""

    help = "核对账本：流水合计等于余额，借贷相等，没有透支，每笔待入账只了结一次。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the first problem as an error, or how much was checked."""
        del args, options
        problem = next(queries.problems(), None)
        if problem is not None:
            raise CommandError(problem)
        accounts, transfers = Account.objects.count(), Transfer.objects.count()
        self.stdout.write(f"账本完整：{accounts} 个账户，{transfers} 笔流水，差 0。")
