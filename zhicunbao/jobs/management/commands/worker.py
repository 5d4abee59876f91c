"""``manage.py worker``: the loop that does what is due. One is enough; two do no harm."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from zhicunbao.jobs.clockwork import run_once


class Command(BaseCommand):
    """Run the clock until stopped, or once with ``--once`` (for cron)."""

    help = "Do what is due: close notices, post points, draw lots, remind, seal the audit trail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --every and --once."""
        parser.add_argument("--every", type=int, default=30, help="seconds between two turns")
        parser.add_argument("--once", action="store_true", help="one turn, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take turns until SIGTERM or SIGINT; a turn under way is finished first."""
        del args
        stop = threading.Event()
        if not options["once"]:
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            signal.signal(signal.SIGINT, lambda *_: stop.set())
        while True:
            done = {name: count for name, count in run_once().items() if count}
            if done:
                self.stdout.write(", ".join(f"{name} {count}" for name, count in done.items()))
            if options["once"] or stop.wait(options["every"]):
                return
