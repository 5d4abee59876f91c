"""Times every page with 20,000 claims and 500 tasks in the database.

``python -m bench.pages`` on SQLite; ``ZHICUNBAO_TEST_DB=postgres python -m bench.pages`` on
PostgreSQL. Each GET address of the doors tables is asked by one member of each reach that it opens
to, and so are some narrowed lists; shown is the slowest member's median of three, after one warming
request: what a clock on the wall says, and how long was computed, here and by the connection's
server process if that runs on this machine (the rest is waiting, and other work of the machine).
``--limit 200`` exits with 1 when a page takes longer (milliseconds).
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402 -- Django stands
from django.test import Client  # noqa: E402 -- the same
from django.test.utils import CaptureQueriesContext, setup_databases  # noqa: E402 -- the same

from bench.crowd import Crowd  # noqa: E402 -- the same
from tests import cast, doors  # noqa: E402 -- the same
from tests.doors import Door  # noqa: E402 -- the same

WHO = frozenset(("leader", "admin", "reviewer", "member"))
"""One of each reach: the street, those who judge a heavy community, those who do the work."""
TIMES = 3
NARROWED = (
    ("base:audit", "?about=任务 7"),
    ("base:audit", "?who=周敏&page=900"),
    ("base:audit", "?verb=casework.case_moved&since=2026-01-01"),
    ("base:people", "?q=群"),
    ("casework:notices", "?place=past&page=9"),
    ("casework:search", "?q=任务 77"),
    ("ledger:area", "?part=award&since=2026-01-01"),
    ("ledger:area", "?who=群001"),
    ("ledger:area_paper", "?part=in"),
    ("ledger:lookup", "?who=群001"),
    ("registry:households", "?q=红光"),
    ("work:desk_claims", "?q=任务 7"),
    ("work:desk_claims", "?state=posted&page=200"),
    ("work:desk_claims", "?module=2"),
    ("work:desk_tasks", "?q=任务 7"),
)
"""Lists as people narrow and leaf through them, where many rows fit."""


@dataclass(frozen=True, order=True)
class Timing:
    """How long one page takes one member: medians in milliseconds, and the number of queries."""

    wall_ms: float
    cpu_ms: float
    query_count: int
    name: str
    who: str


def computed() -> float:
    """Return the seconds that this process and the database's process for it have computed."""
    seconds = time.process_time()
    if connection.vendor == "postgresql":
        server = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
        if server.exists():
            seconds += int(server.read_text().split()[0]) / 1e9
    return seconds


def timing(town: cast.Town, who: str, name: str, url: str) -> Timing:
    """Ask the page as ``who``. A page that is refused would be fast, and counts as a mistake."""
    client = Client()
    client.force_login(town.person(who))
    with CaptureQueriesContext(connection) as asked:
        status = client.get(url).status_code
        query_count = len(asked)
    if status >= HTTPStatus.BAD_REQUEST:
        raise SystemExit(f"{name} answers {who} with {status}")
    wall, cpu = [], []
    for _ in range(TIMES):
        wall_began, cpu_began = time.perf_counter(), computed()
        client.get(url).getvalue()
        wall.append((time.perf_counter() - wall_began) * 1000)
        cpu.append((computed() - cpu_began) * 1000)
    return Timing(statistics.median(wall), statistics.median(cpu), query_count, name, who)


def pages(scenes: dict[str, Any]) -> Iterator[tuple[str, str, set[str]]]:
    """Yield every page: its name, its address, and those who ask for it."""
    doors_of: dict[str, Door] = {}
    for table in doors.tables():
        for door in table.doors:
            if door.method == "get" and door.opens:
                asking = WHO & door.opens or set(sorted(door.opens - {doors.STRANGER})[:1])
                yield f"{door.name}{door.query}", door.url(scenes[table.feature]), set(asking)
                doors_of[door.name] = door
    for name, query in NARROWED:
        door = replace(doors_of[name], query=query)
        yield f"{name}{query}", door.url(None), set(WHO & door.opens)


def main() -> int:
    """Fill, measure, print a table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=20_000)
    parser.add_argument("--tasks", type=int, default=500)
    parser.add_argument("--limit", type=float, default=200.0)
    options = parser.parse_args()

    setup_databases(verbosity=0, interactive=False)
    town = cast.build()
    scenes = doors.scenes(town)
    started = time.perf_counter()
    Crowd(town, claims=options.claims, tasks=options.tasks).fill()
    print(f"{connection.vendor}: filled in {time.perf_counter() - started:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    rows = [
        max(timing(town, who, name, url) for who in sorted(asking))
        for name, url, asking in pages(scenes)
    ]
    slow = [row for row in rows if row.wall_ms > options.limit]
    print("    wall      cpu  queries")
    for row in sorted(rows, reverse=True):
        mark = " !" if row in slow else ""
        print(
            f"{row.wall_ms:8.1f} {row.cpu_ms:8.1f} {row.query_count:8d}"
            f"  {row.name:50s} {row.who}{mark}"
        )
    print(f"{len(rows)} pages, {len(slow)} over {options.limit:.0f} ms")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
