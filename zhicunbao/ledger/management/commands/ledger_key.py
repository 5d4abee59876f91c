"""Shows the public key that seals are signed with; makes another after the old one was lost."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from zhicunbao.ledger.actions import signing
from zhicunbao.ledger.queries.sealing import SealBroken


class Command(BaseCommand):
    """``manage.py ledger_key``: the private key itself is never printed."""

    help = "显示封存账本用的公钥。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --new."""
        parser.add_argument(
            "--new", action="store_true", help="另立一把密钥，用于旧密钥丢失或泄露以后"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the public key on a line of its own, and where the private one lies."""
        del args
        try:
            if options["new"]:
                signing.new_key()
            key = signing.public_key()
        except SealBroken as broken:
            raise CommandError(f"{broken}。") from None
        self.stdout.write(str(key))
        self.stderr.write(f"私钥在 {signing.key_path()}。请另存一份在数据库备份以外的地方。")
