"""Times every page with 20,000 claims and 500 tasks in the database.

``python -m bench.pages`` on SQLite; ``ZHICUNBAO_TEST_DB=postgres python -m bench.pages`` on
PostgreSQL. Each GET address of the doors tables is asked by one member of each reach that it opens
to; shown is the slowest member's median of three, after one warming request. ``--limit 200`` exits
with 1 when a page takes longer (milliseconds).
"""

import argparse
import os
import statistics
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402 -- Django stands
from django.test import Client  # noqa: E402 -- the same
from django.test.utils import CaptureQueriesContext, setup_databases  # noqa: E402 -- the same

from bench.crowd import Crowd  # noqa: E402 -- the same
from tests import cast, doors  # noqa: E402 -- the same

WHO = frozenset(("leader", "admin", "reviewer", "member"))
"""One of each reach: the street, those who judge a heavy community, those who do the work."""


def median_ms(client: Client, url: str) -> tuple[float, int]:
    """Return the median of three requests in milliseconds, and the number of queries."""
    client.get(url)
    took = []
    for _ in range(3):
        started = time.perf_counter()
        client.get(url)
        took.append((time.perf_counter() - started) * 1000)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return statistics.median(took), len(queries)


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

    rows = []
    for table in doors.tables():
        for door in table.doors:
            if door.method != "get":
                continue
            url = door.url(scenes[table.feature])
            worst = (0.0, 0, "")
            for who in WHO & door.opens or sorted(door.opens - {doors.STRANGER})[:1]:
                client = Client()
                client.force_login(town.person(who))
                worst = max(worst, (*median_ms(client, url), who))
            rows.append((*worst, door.name, url))
    slow = 0
    for took, queries, who, name, _url in sorted(rows, reverse=True):
        mark = " !" if took > options.limit else ""
        slow += took > options.limit
        print(f"{took:8.1f} ms {queries:4d} queries  {name:28s} {who}{mark}")
    print(f"{len(rows)} pages, {slow} over {options.limit:.0f} ms")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
