"""``manage.py openapi_file``: keep the description of the JSON door beside the documents."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from zhicunbao.openapi.assembly import description


class Command(BaseCommand):
    """Write the file, or with ``--check`` fail when it is not what the code announces."""

    help = "Write docs/openapi.json, the description of the JSON door; --check only compares."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --check and --file."""
        parser.add_argument("--check", action="store_true", help="fail when the file is stale")
        parser.add_argument("--file", type=Path, default=settings.ROOT / "docs" / "openapi.json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or compare."""
        del args
        path: Path = options["file"]
        if not options["check"]:
            path.write_text(description(), encoding="utf-8")
            return
        if not path.exists() or path.read_text(encoding="utf-8") != description():
            raise CommandError(f"{path.name} is not what the code announces; run: openapi_file")
