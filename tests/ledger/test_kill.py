"""A process that posts is killed in the middle of it: fifty times at any moment, and once before
each statement. What it said is booked is there, nothing is there twice, and the books are whole.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import pytest
from django.db import connection

from tests.ledger import poster
from tests.ledger.cast import build
from tests.repository import ROOT
from zhicunbao.ledger import queries
from zhicunbao.ledger.models import Purse, Transfer

pytestmark = pytest.mark.django_db(transaction=True)

LIVES = 50
LONGEST_S = 0.06
"""What a life may last after its first acknowledgement; a cycle of eight takes about half of it."""


@dataclass
class Poster:
    """The parent of the processes that are killed."""

    process: subprocess.Popen[bytes]

    def say(self, how: str, first: int, last: int) -> int:
        """Begin a life and return the number of its process."""
        assert self.process.stdin
        self.process.stdin.write(f"{how} {first} {last}\n".encode())
        self.process.stdin.flush()
        word, pid = self.hear()
        assert word == "pid"
        return int(pid)

    def hear(self) -> list[str]:
        """Return the words of the next line; an error of the process is one of the test."""
        assert self.process.stdout
        words = self.process.stdout.readline().decode().split()
        assert words, "the poster has ended"
        assert words[0] != "error", " ".join(words)
        return words

    def until_dead(self) -> tuple[list[int], int]:
        """Return the numbers acknowledged until the end of a life, and how it ended."""
        numbers: list[int] = []
        while (words := self.hear())[0] != "dead":
            numbers.append(int(words[0]))
        return numbers, int(words[1])

    def killed(self, how: str, first: int, delay_s: float) -> int:
        """Let a process post from ``first`` on, kill it, and return the number to go on with."""
        pid = self.say(how, first, first + 1_000_000)
        assert self.hear() == [str(first)]
        time.sleep(delay_s)
        os.kill(pid, signal.SIGKILL)
        numbers, end = self.until_dead()
        assert end == -signal.SIGKILL
        assert numbers == list(range(first + 1, first + 1 + len(numbers)))
        return first + 1 + len(numbers)


@contextmanager
def running() -> Iterator[Poster]:
    """Start a poster on the database of this test."""
    name = str(connection.settings_dict["NAME"])
    product = os.environ | {"DJANGO_SETTINGS_MODULE": "zhicunbao.config.settings"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.ledger.poster", name],
        cwd=ROOT,
        env=product,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield Poster(process)
        assert process.stdin
        process.stdin.close()
    assert process.returncode == 0


@pytest.fixture
def purses(transactional_db: None) -> list[Purse]:
    """Two purses with more than can be posted, in rows that other processes see."""
    cast = build()
    return [cast.purse(10_000_000, name=name) for name in ("2025年", "2026年")]


def test_what_was_acknowledged_is_there_once_however_often_it_is_killed(
    purses: list[Purse],
) -> None:
    chance = random.Random(1)
    with running() as process:
        first = 0
        for _ in range(LIVES):
            # The first number is one that the process before may have booked and not said.
            first = process.killed("carefully", first, chance.uniform(0, LONGEST_S))
        # Nothing is under way any more when the last cycle was brought to its end.
        last = first + poster.CYCLE - 1 - first % poster.CYCLE
        process.say("carefully", first, last)
        numbers, end = process.until_dead()
    assert (end, numbers[-1]) == (0, last)
    assert last >= LIVES
    keys = list(Transfer.objects.exclude(reason="fund").values_list("key", flat=True))
    expected = set().union(*(poster.keys_of(number) for number in range(last + 1)))
    assert (len(keys), set(keys)) == (len(expected), expected)
    assert queries.verify() == []
    cycles = (last + 1) // poster.CYCLE
    older, newer = queries.figures_by_purse(purses).values()
    assert (older.redeemed, older.outstanding) == (5 * cycles, (poster.BATCH - 1) * cycles)
    assert (newer.redeemed, newer.outstanding) == (3 * cycles, 2 * cycles)


def test_whoever_dies_before_any_statement_leaves_all_of_it_or_nothing(
    purses: list[Purse],
) -> None:
    deaths = 0
    with running() as process:
        for number in range(poster.CYCLE):
            expected = poster.keys_of(number)
            for place in count():
                process.say(f"carefully:{place}", number, number)
                numbers, end = process.until_dead()
                found = set(Transfer.objects.filter(key__in=expected).values_list("key", flat=True))
                assert found in (set(), expected)
                assert queries.verify() == []
                if end == 0:
                    assert (numbers, found) == ([number], expected)
                    break
                assert (numbers, end) == ([], -signal.SIGKILL)
                deaths += 1
    assert deaths > 3 * poster.CYCLE


def test_a_row_and_its_balances_written_one_after_the_other_come_apart(
    purses: list[Purse],
) -> None:
    chance = random.Random(2)
    with running() as process:
        first = 0
        for _ in range(LIVES):
            first = process.killed("carelessly", first, chance.uniform(0, LONGEST_S))
            if queries.verify():
                break
    assert queries.verify() != []
