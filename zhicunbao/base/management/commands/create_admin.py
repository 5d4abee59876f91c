"""``manage.py create_admin``: the first system administrator, who appoints everybody else."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from zhicunbao.base import people
from zhicunbao.kernel.refusals import Refusal


class Command(BaseCommand):
    """Make a system administrator of the county or city and print a first password, once."""

    help = "Make the first system administrator. Later ones are appointed in the product."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --name, --phone and --area."""
        parser.add_argument("--name", required=True, help="full name")
        parser.add_argument("--phone", required=True, help="mobile number, used to sign in")
        parser.add_argument(
            "--area", required=True, help="code of the county or city, such as 331125000000"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the person, the post and the password."""
        del args
        try:
            given = people.create_admin(
                name=options["name"], phone=options["phone"], area_code=options["area"]
            )
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(
            f"已设系统管理员{given.person.name}，首次登录密码：{given.text}\n"
            "这个密码只显示这一次。登录后要先设两步验证，再换成自己的密码。"
        )
