"""A process that posts in a loop until it is killed, and says each number once it is booked.

``python -m tests.ledger.poster DATABASE`` reads lines ``HOW FIRST LAST`` and forks a child for
each, so that a life costs no start of Python. It writes ``pid N``, the numbers that are booked, and
``dead STATUS``. What a number does depends on nothing but the number: who does not know whether it
was booked sends it again.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext

import django
from django.db import connection
from django.db.models import F

if __name__ == "__main__":
    django.setup()

from zhicunbao.base.access import SYSTEM
from zhicunbao.ledger import actions, rules
from zhicunbao.ledger.actions import Movement
from zhicunbao.ledger.models import Account, Transfer

OLDER, NEWER = 1, 2
"""Which of the two purses, in the order in which they were opened."""
PERSON, HOME = ("person", 1), ("household", 7)
BATCH = 40
CYCLE = 8
"""After so many numbers the person has nothing again."""


def movement(key: str, purse: int, code: str, amount: int) -> Movement:
    """Return an award of a purse."""
    fund = rules.fund_code(purse)
    return Movement(key=key, debit=fund, credit=code, amount=amount, reason="award")


def of(*keys: str) -> list[Transfer]:
    """Return the transfers with these keys, which were acknowledged before."""
    return [Transfer.objects.get(key=key) for key in keys]


def post(number: int, purses: tuple[int, int]) -> None:
    """Do what ``number`` stands for."""
    older, newer = purses
    key, before = f"{number}", f"{number - 1}"
    mine = [rules.person_code(PERSON[1], purse) for purse in purses]
    match number % CYCLE:
        case 0:
            actions.hold(SYSTEM, movement(key, older, mine[0], 5))
        case 1:
            actions.post_hold(SYSTEM, hold=of(before)[0], key=key)
        case 2:
            actions.transfer(SYSTEM, movement(key, newer, mine[1], 5))
        case 3:
            actions.spend_hold(SYSTEM, holder=PERSON, points=8, key=key, memo="")
        case 4:
            actions.post_spend(SYSTEM, holds=of(f"{before}/0", f"{before}/1"), key=key)
        case 5:
            homes = [rules.household_code(home, older) for home in range(BATCH)]
            batch = [movement(f"{key} {n}", older, home, 1) for n, home in enumerate(homes)]
            actions.transfer_all(SYSTEM, batch)
        case 6:
            actions.transfer_between(
                SYSTEM,
                source=PERSON,
                target=HOME,
                points=2,
                reason="household",
                key=key,
                memo="",
            )
        case 7:
            [one] = of(f"{number - 2} 0")
            actions.reverse(SYSTEM, transfer=one, key=key, reason="记错了")


def keys_of(number: int) -> set[str]:
    """Return the keys of the transfers that a number writes; a spend's end bears its holds' ids."""
    key, before = f"{number}", f"{number - 1}"
    match number % CYCLE:
        case 3:
            return {f"{key}/0", f"{key}/1"}
        case 4:
            return {f"{key}:{hold.pk}" for hold in of(f"{before}/0", f"{before}/1")}
        case 5:
            return {f"{key} {n}" for n in range(BATCH)}
        case 6:
            return {f"{key}/0"}
    return {key}


def post_carelessly(number: int, purses: tuple[int, int]) -> None:
    """Write the row, then one balance, then the other: each is safe, together they are not."""
    code = rules.person_code(PERSON[1], purses[0])
    debit = Account.objects.get(code=rules.fund_code(purses[0]))
    credit = actions.open_account(code=code)
    Transfer.objects.create(
        key=f"{number} {os.getpid()}",
        kind="posted",
        unit=debit.unit,
        debit_account=debit,
        credit_account=credit,
        amount=1,
        reason="award",
    )
    Account.objects.filter(pk=debit.pk).update(debits_posted=F("debits_posted") + 1)
    Account.objects.filter(pk=credit.pk).update(credits_posted=F("credits_posted") + 1)


WAYS = {"carefully": post, "carelessly": post_carelessly}


class Death:
    """Kills the process before the statement that stands at ``place``, counted from 0."""

    def __init__(self, place: int) -> None:
        self.left = place

    def __call__(self, execute: Callable[..., object], *statement: object) -> object:
        """Take the place of Django's own call that sends a statement."""
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        return execute(*statement)


def live(how: str, first: int, last: int) -> None:
    """Post from ``first`` to ``last``, each acknowledged when it is booked.

    ``carefully:3`` dies before the fourth statement.
    """
    how, _, place = how.partition(":")
    older, newer = (
        Account.objects.filter(code__endswith="/fund")
        .order_by("pk")
        .values_list("holder_id", flat=True)
    )
    with connection.execute_wrapper(Death(int(place))) if place else nullcontext():
        for number in range(first, last + 1):
            WAYS[how](number, (older, newer))
            os.write(1, f"{number}\n".encode())


def main(database: str) -> None:
    """Fork a child for each line, until there are no more."""
    connection.settings_dict["NAME"] = database
    for line in sys.stdin:
        how, first, last = line.split()
        child = os.fork()
        if child == 0:
            try:
                live(how, int(first), int(last))
            except BaseException as error:  # noqa: BLE001 -- a child must not come back into the loop
                os.write(1, f"error {error!r}\n".encode())
                os._exit(1)
            os._exit(0)
        os.write(1, f"pid {child}\n".encode())
        _, status = os.waitpid(child, 0)
        os.write(1, f"dead {os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1])
