"""``manage.py load_areas``: the table of administrative divisions, into the database."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from zhicunbao.base import divisions
from zhicunbao.kernel.refusals import Invalid

DEFAULT = Path(settings.ROOT) / "data" / "lishui_divisions.csv"


class Command(BaseCommand):
    """Load, or bring up to date; may be run as often as one likes."""

    help = "Load administrative divisions: the table of 丽水市, another file, or the whole country."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --file and --country."""
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--file", type=Path, default=DEFAULT, help="a table like data/*.csv")
        source.add_argument(
            "--country",
            type=Path,
            help="folder with provinces, cities, areas, streets and villages.csv, or one of them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and report in one line."""
        del args
        started = time.monotonic()
        country: Path | None = options["country"]
        try:
            if country is not None:
                folder = country if country.is_dir() else country.parent
                loaded = divisions.load(divisions.read_country(folder))
            else:
                loaded = divisions.load(divisions.read_table(options["file"]))
        except (Invalid, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"区划已载入：新增 {loaded.added:,}，更新 {loaded.changed:,}，"
            f"不变 {loaded.unchanged:,}，用时 {time.monotonic() - started:.1f} 秒。"
        )
