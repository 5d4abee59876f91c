"""``manage.py demo``: a street that has lived for a month, served on this machine alone."""

import gc
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from zhicunbao.base.models import Person
from zhicunbao.jobs import clockwork
from zhicunbao.jobs.demo.cast import CAST, PASSWORD
from zhicunbao.jobs.demo.month import live_a_month
from zhicunbao.jobs.demo.nights import seal_each_night
from zhicunbao.jobs.demo.street import build_street
from zhicunbao.kernel import clock
from zhicunbao.ledger.queries.sealing import SealBroken

EVERY_SECONDS = 15


class Command(BaseCommand):
    """Migrate, fill when empty, print the address and the cast, serve on 127.0.0.1."""

    help = "Build the demo street (all people invented) and serve it. Needs ZHICUNBAO_DEMO=1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --port and --no-serve."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-serve", action="store_true", help="only build")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build and serve. A street that is already there is kept as it was left."""
        del args
        if not settings.ZHICUNBAO_DEMO:
            raise CommandError("set ZHICUNBAO_DEMO=1: this fills the database with invented people")
        started = time.monotonic()
        call_command("migrate", verbosity=0)
        if Person.objects.exists():
            self.stdout.write("沿用上次的演示街道（删除 var/ 可从头再来）。")
        else:
            self.stdout.write("正在建一条生活了一个月的浮云街道（演示数据）……")
            gc.disable()  # a short life with much to make and little to throw away
            build_street()
            report = live_a_month()
            gc.enable()
            self._seal()
            self.stdout.write(f"{report}，用时 {time.monotonic() - started:.0f} 秒。")
        if options["no_serve"]:
            return
        self._greet(options["port"])
        clockwork.run_beside(EVERY_SECONDS)
        call_command("runserver", f"127.0.0.1:{options['port']}", use_reloader=False, verbosity=0)

    def _seal(self) -> None:
        try:
            seal_each_night(clock.now())
        except SealBroken as broken:
            # Seals of a street before this one, whose database is gone.
            raise CommandError(f"{broken}。删除 var/ 再从头来。") from None

    def _greet(self, port: int) -> None:
        self.stdout.write(f"\n  打开 http://127.0.0.1:{port}/ ，在登录页点一个人就能进去。\n")
        for member in CAST:
            self.stdout.write(f"  {member.name}  {member.does}")
        self.stdout.write(
            f"\n  也可用手机号登录，密码都是 {PASSWORD}。人物均为虚构。Ctrl+C 结束。\n"
        )
