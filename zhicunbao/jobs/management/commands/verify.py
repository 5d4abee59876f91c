"""``manage.py verify``: prove that audit trail, step chains, ledger and its seals are whole."""

from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from zhicunbao.base import append_only, audit
from zhicunbao.casework.queries import broken_chains
from zhicunbao.ledger import queries as ledger
from zhicunbao.ledger.queries.seal_check import seal_problems

SHOWN_MAX = 20


class Command(BaseCommand):
    """Check everything that claims to be unchangeable; exit non-zero when something was changed."""

    help = "Verify the audit trail, every case's chain of steps, the ledger and its seals."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what is whole, or fail naming the first things that are not."""
        del args, options
        found = [
            *append_only.unprotected(),
            *audit.problems(),
            *islice(broken_chains(), SHOWN_MAX),
            *seal_problems(),
            *islice(ledger.problems(), SHOWN_MAX),
        ]
        if found:
            raise CommandError("\n".join(found[:SHOWN_MAX]))
        self.stdout.write("审计、流转链、积分账本和封存都完整。")
