"""Seals what is settled now, without waiting for the worker's turn; writes lost files anew."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from zhicunbao.kernel import clock
from zhicunbao.ledger.actions import sealing as actions
from zhicunbao.ledger.queries import sealing


class Command(BaseCommand):
    """``manage.py ledger_seal``: safe beside a running worker and safe to repeat."""

    help = "封存账本：满一分钟的流水编入封存，签名，写出封存文件。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --files and --rewrite, which seal nothing and need no key."""
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--files", action="store_true", help="只补写还没有写出的封存文件")
        only.add_argument(
            "--rewrite", action="store_true", help="只按数据库重写全部封存文件，用于文件丢失以后"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal until nothing settled is left, and say what stands sealed."""
        del args
        try:
            if options["files"] or options["rewrite"]:
                written = actions.rewrite() if options["rewrite"] else actions.publish()
                self.stdout.write(f"写出了 {written} 次封存的文件。")
            else:
                self._seal()
        except sealing.SealBroken as broken:
            raise CommandError(f"{broken}。") from None
        newest = sealing.newest()
        if newest is None:
            self.stdout.write("还没有封存过。满一分钟的流水才会封存。")
            return
        head = sealing.head_of(newest)
        self.stdout.write(f"{newest}，共 {newest.size} 笔。\n根 {head.fingerprint}")

    def _seal(self) -> None:
        while done := actions.seal_now(clock.now()):
            self.stdout.write(f"封存了 {done} 笔。")
            self.stdout.flush()
