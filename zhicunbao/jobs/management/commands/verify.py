"""``manage.py verify``: prove that audit trail, step chains and ledger are whole."""

from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from zhicunbao.base import audit
from zhicunbao.casework.queries import broken_chains
from zhicunbao.ledger import queries as ledger

SHOWN_MAX = 20


class Command(BaseCommand):
    """Check everything that claims to be unchangeable; exit non-zero when something was changed."""

    help = "Verify the audit trail, every case's chain of steps, and the ledger."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what is whole, or fail naming the first things that are not."""
        del args, options
        found = [*audit.problems(), *islice(broken_chains(), SHOWN_MAX), *ledger.verify()]
        if found:
            raise CommandError("\n".join(found[:SHOWN_MAX]))
        self.stdout.write("审计、流转链和积分账本都完整。")
