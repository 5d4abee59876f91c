"""Times the ledger on PostgreSQL with fsync on, beside the same work done bare in SQL.

``python -m bench.ledger`` prints a table and keeps it as JSON in ``var/bench``. Everything is told
as a ratio within one run, because a machine's own speed says little. ``--quick`` takes a tenth of
the rows and of the time.
"""

import argparse
import json
import multiprocessing
import os
import platform
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg

from tests import postgres

DURABLE: Final = (
    "fsync=on",
    "synchronous_commit=on",
    "shared_buffers=1GB",
    "max_wal_size=8GB",
    "max_connections=60",
)


def _fresh_database() -> str:
    server = postgres.start(DURABLE)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE ledger_bench")
    return server.rpartition("/")[0] + "/ledger_bench"


URL: Final = _fresh_database()
os.environ |= {
    "DATABASE_URL": URL,
    "ZHICUNBAO_TEST_DB": "postgres",
    "DJANGO_SETTINGS_MODULE": "tests.settings",
}

import django  # noqa: E402 -- the database stands

django.setup()

from django.core.management import call_command  # noqa: E402 -- Django stands
from django.db import connection  # noqa: E402 -- the same

from zhicunbao.base import access  # noqa: E402 -- the same
from zhicunbao.base.models import Area  # noqa: E402 -- the same
from zhicunbao.ledger import actions, queries, rules  # noqa: E402 -- the same
from zhicunbao.ledger.actions import writing  # noqa: E402 -- the same
from zhicunbao.ledger.models import Account, Purse  # noqa: E402 -- the same

PURSES: Final = 100
PEOPLE: Final = 5_000
ROWS_A_PERSON: Final = 200
"""Of a statement that is read: some ten years of a busy grid member."""
PROCESSES: Final = (1, 4, 8)
PGLEDGER: Final = 1_870 / 5_000
"""pgledger's rate on a machine that makes 5,000 bare postings a second (measured in 2026)."""


@dataclass
class Report:
    """What was measured, as it is printed and kept."""

    machine: str
    lines: list[dict[str, Any]] = field(default_factory=list)

    def add(self, what: str, ours: float, bare: float | None, unit: str, **more: Any) -> None:
        """Keep and print one line; ``bare`` is the same work without us."""
        ratio = round(ours / bare, 3) if bare else None
        self.lines.append(
            {"what": what, "ours": ours, "bare": bare, "unit": unit, "ratio": ratio, **more}
        )
        told = f"{bare:>12,.1f}{ratio:>8.2f}" if bare else f"{'':>20}"
        note = "  ".join(f"{name} {value}" for name, value in more.items())
        print(f"{what:<44}{ours:>12,.1f}{told}  {unit}  {note}", flush=True)


# --- the cluster and its content -----------------------------------------------------------------


def furnish() -> None:
    """Open a hundred purses with money in them, and five thousand people's accounts."""
    call_command("migrate", verbosity=0)

    area = Area.objects.create(
        code="331125001000", prefix="331125001", name="浮云街道", level="subdistrict"
    )
    for number in range(PURSES):
        purse = Purse.objects.create(
            name=f"资金池{number}",
            area=area,
            area_prefix=area.prefix,
            unit_value_fen=50,
            source_document="基准",
            funder="基准",
        )
        for part in rules.PURSE_PARTS:
            actions.open_account(code=rules.purse_code(purse.pk, part))
        actions.transfer(
            access.SYSTEM,
            actions.Movement(
                key=f"fund {number}",
                debit=rules.issue_code(purse.pk),
                credit=rules.fund_code(purse.pk),
                amount=rules.AMOUNT_MAX,
                reason="fund",
            ),
        )
    Account.objects.bulk_create(_holders(0, PEOPLE), batch_size=1_000)


def _holders(first: int, past: int) -> Iterator[Any]:
    """Accounts of people, each in a purse of a hundred, and all in the first one too."""

    for person in range(first, past):
        for purse in {1, 1 + person % PURSES}:
            yield Account(
                code=rules.person_code(person, purse),
                holder_kind="person",
                holder_id=person,
                unit=f"points/{purse}",
                purse_id=purse,
                is_guarded=True,
            )


# --- (a) and (d): one posting after the other ----------------------------------------------------


def _post_for(seconds: float, seed: int, *, is_hot: bool, counts: Any) -> None:

    chance = random.Random(seed)
    count, until = 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        person = chance.randrange(PEOPLE)
        purse = 1 if is_hot else 1 + person % PURSES
        actions.transfer(
            access.SYSTEM,
            actions.Movement(
                key=f"bench {seed} {chance.getrandbits(62)}",
                debit=rules.fund_code(purse),
                credit=rules.person_code(person, purse),
                amount=1,
                reason="award",
                memo="沿街店铺消防排查",
                case_number="RW-2026-0001",
                area_prefix="331125001",
            ),
        )
        count += 1
    counts.put(count)


def ours_per_second(processes: int, seconds: float, *, is_hot: bool) -> float:
    """Return the postings a second of so many processes of ours, each with its connection."""

    connection.close()  # Each worker opens its own.
    context = multiprocessing.get_context("fork")
    counts = context.Queue()
    workers = [
        context.Process(
            target=_post_for,
            args=(seconds, random.getrandbits(30)),
            kwargs={"is_hot": is_hot, "counts": counts},
        )
        for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    total: int = sum(counts.get() for _ in workers)
    for worker in workers:
        worker.join()
    return total / seconds


def bare_script(*, is_hot: bool) -> str:
    """Return the transaction of one posting for pgbench: our own statement, values in place."""
    purse = "1" if is_hot else f"(1 + :person % {PURSES})"
    values = [
        "('bare ' || :n)",
        "'posted'",
        "NULL",
        "now()",
        "1",
        "'award'",
        "'沿街店铺消防排查'",
        "'RW-2026-0001'",
        "'331125001'",
        "NULL",
        f"('purse/' || {purse} || '/fund')",
        f"('person/' || :person || '/points/' || {purse})",
        "0",
        "1",
        "1",
        "0",
    ]
    statement = writing.AT_ONCE[writing.BETWEEN]
    for value in values:
        statement = statement.replace("%s", value, 1)
    one_line = " ".join(statement.split())
    return (
        f"\\set person random(0, {PEOPLE - 1})\n\\set n random(1, 4000000000000000000)\n"
        f"{one_line};\n"
    )


def bare_per_second(processes: int, seconds: float, *, is_hot: bool) -> float:
    """Return the postings a second of pgbench with so many clients, statements prepared."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(bare_script(is_hot=is_hot))
        script.flush()
        done = subprocess.run(
            [
                postgres.binaries() / "pgbench",
                *("-n", "-M", "prepared", "-c", str(processes), "-j", "2"),
                *("-T", str(max(1, round(seconds))), "-f", script.name, URL),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    for line in done.stdout.splitlines():
        if line.startswith("tps ="):
            return float(line.split()[2])
    raise RuntimeError(done.stdout + done.stderr)


def singles(report: Report, seconds: float, rounds: int) -> None:
    """Time single postings over many purses, then on one."""
    for is_hot, name in ((False, "100 purses"), (True, "one hot purse")):
        for processes in PROCESSES:
            ours, bare = [], []
            for _ in range(rounds):
                ours.append(ours_per_second(processes, seconds, is_hot=is_hot))
                bare.append(bare_per_second(processes, seconds, is_hot=is_hot))
            middle = statistics.median(bare)
            report.add(
                f"single, {name}, {processes} at once",
                statistics.median(ours),
                middle,
                "postings/s",
                wanted=f"{middle * PGLEDGER:,.0f}",
            )


# --- (b): batches --------------------------------------------------------------------------------

_BARE_ROWS: Final = """
CREATE TEMPORARY TABLE bare ON COMMIT DROP AS
  SELECT i, d.id AS debit, c.id AS credit, d.unit FROM generate_series(1, %s) i
  JOIN ledger_account d ON d.code = 'purse/' || (1 + i %% 100) || '/fund'
  JOIN ledger_account c
    ON c.code = 'person/' || (i %% 100 + 100 * (i %% 50)) || '/points/' || (1 + i %% 100);
"""
_BARE_INSERT: Final = """
INSERT INTO ledger_transfer (key, kind, unit, debit_account_id, credit_account_id, amount, reason,
    memo, case_number, area_prefix, at)
  SELECT %s || i, 'posted', unit, debit, credit, 1, 'award', '沿街店铺消防排查', 'RW-2026-0001',
    '331125001', now() FROM bare;
"""
_BARE_MOVE: Final = """
UPDATE ledger_account a SET debits_posted = debits_posted + n
  FROM (SELECT debit, count(*) n FROM bare GROUP BY debit) s WHERE a.id = s.debit;
UPDATE ledger_account a SET credits_posted = credits_posted + n
  FROM (SELECT credit, count(*) n FROM bare GROUP BY credit) s WHERE a.id = s.credit;
"""


def _bare_batch(rows: int, name: str) -> float:
    begun = time.perf_counter()
    with psycopg.connect(URL) as connection:
        connection.execute(_BARE_ROWS, [rows])
        connection.execute(_BARE_INSERT, [name])
        connection.execute(_BARE_MOVE)
    return rows / (time.perf_counter() - begun)


def _our_batch(rows: int, name: str) -> float:

    movements = (
        actions.Movement(
            key=f"{name}{i}",
            debit=f"purse/{1 + i % 100}/fund",
            credit=f"person/{i % 100 + 100 * (i % 50)}/points/{1 + i % 100}",
            amount=1,
            reason="award",
            memo="沿街店铺消防排查",
            case_number="RW-2026-0001",
            area_prefix="331125001",
        )
        for i in range(rows)
    )
    begun = time.perf_counter()
    result = actions.transfer_all(access.SYSTEM, movements)
    taken = time.perf_counter() - begun
    if result.written != rows:
        raise RuntimeError(result)
    return rows / taken


def batches(report: Report, sizes: tuple[int, ...], rounds: int) -> None:
    """Time batches of whole movements against bare bulk SQL that writes the same rows."""
    for rows in sizes:
        ours, bare = [], []
        for number in range(rounds):
            ours.append(_our_batch(rows, f"ours {rows} {number} "))
            bare.append(_bare_batch(rows, f"bare {rows} {number} "))
        report.add(
            f"batch of {rows:,}",
            statistics.median(ours),
            statistics.median(bare),
            "rows/s",
            wanted="0.5 of bare",
        )


# --- (c): reading --------------------------------------------------------------------------------

_FILL: Final = """
INSERT INTO ledger_transfer (key, kind, unit, debit_account_id, credit_account_id, amount, reason,
    memo, case_number, area_prefix, at)
  SELECT 'fill ' || i, 'posted', 'points/1', d.id, c.id, 1 + i %% 7, 'award', '沿街店铺消防排查',
    'RW-2026-0001', '331125001', now() - (%s - i) * interval '1 second'
  FROM generate_series(%s::bigint, %s::bigint) i
  JOIN ledger_account d ON d.code = 'purse/1/fund'
  JOIN ledger_account c ON c.code = 'person/' || (%s + (i * 7919) %% %s) || '/points/1'
"""


def _fill(first: int, past: int, people: tuple[int, int]) -> None:
    """Write rows ``first`` to ``past`` for the people of this stretch, with their balances."""

    low, count = people
    Account.objects.bulk_create(_holders(low, low + count), batch_size=1_000, ignore_conflicts=True)
    with psycopg.connect(URL, autocommit=True) as connection:
        # Only loads the table; what is measured is reading.
        connection.execute("SET session_replication_role = replica")
        connection.execute(_FILL, [past, first, past - 1, low, count])
        connection.execute(
            "UPDATE ledger_account a SET credits_posted = s.n FROM (SELECT credit_account_id,"
            " sum(amount) n FROM ledger_transfer WHERE credit_account_id IN (SELECT id FROM"
            " ledger_account WHERE holder_kind = 'person' AND holder_id >= %s) GROUP BY 1) s"
            " WHERE a.id = s.credit_account_id",
            [low],
        )
        connection.execute("VACUUM ANALYZE ledger_transfer")
        connection.execute("VACUUM ANALYZE ledger_account")


def _median_ms(ask: Callable[[int], object], people: range, times: int) -> float:
    chance = random.Random(7)
    taken = []
    for number in range(times + 10):
        person = chance.choice(people)
        begun = time.perf_counter()
        ask(person)
        if number >= 10:  # The first ones fill the caches.
            taken.append((time.perf_counter() - begun) * 1_000)
    return statistics.median(taken)


def reading(report: Report, sizes: tuple[int, ...], times: int) -> None:
    """Time what people look at, at growing sizes."""

    purse = Purse.objects.get(pk=1)
    asks: dict[str, Callable[[int], object]] = {
        "my balance": queries.balance_of,
        "my statement page": lambda person: queries.statement(
            queries.accounts_of("person", person)
        ),
        "top 20 of a purse": lambda _: queries.top_holders(purse, limit=20),
    }
    first_size: dict[str, float] = {}
    done, low = 0, 1_000_000
    for size in sizes:
        people = (low, (size - done) // ROWS_A_PERSON)
        _fill(done, size, people)
        done, low = size, low + people[1]
        for name, ask in asks.items():
            taken = _median_ms(ask, range(people[0], people[0] + people[1]), times)
            first = first_size.setdefault(name, taken)
            report.add(f"{name}, {size:,} rows", taken, None, "ms", growth=f"{taken / first:.2f}")


def machine() -> str:
    """Say what machine this is."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} × {model}, {memory_gb:.0f} GB, {platform.system()},"
        f" Python {platform.python_version()}, load {load:.1f} at the start"
    )


def main() -> None:
    """Run all parts, or those that are named."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("parts", nargs="*", default=["single", "batch", "read"])
    asked.add_argument("--quick", action="store_true")
    chosen = asked.parse_args()
    report = Report(machine())
    print(report.machine)
    with psycopg.connect(URL) as asked_server:
        (version,) = asked_server.execute("SHOW server_version").fetchone() or ("",)
    print(f"PostgreSQL {version}, fsync on", flush=True)
    furnish()
    print(f"{'':<44}{'ours':>12}{'bare':>12}{'ratio':>8}")
    scale = 10 if chosen.quick else 1
    if "single" in chosen.parts:
        singles(report, 10 / scale + 1, rounds=1 if chosen.quick else 3)
    if "batch" in chosen.parts:
        batches(report, (100_000 // scale, 1_000_000 // scale), 1 if chosen.quick else 3)
    if "read" in chosen.parts:
        reading(report, (10_000, 1_000_000 // scale, 10_000_000 // scale), 200)
    kept = Path("var/bench/ledger.json")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(report.__dict__, ensure_ascii=False, indent=2))
    print(f"kept in {kept}")


if __name__ == "__main__":
    main()
