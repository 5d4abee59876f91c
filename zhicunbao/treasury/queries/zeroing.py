"""What a resolution would take, of whom, and how far the clock has come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, F, QuerySet, Sum

from zhicunbao.casework.queries import number_of
from zhicunbao.kernel import clock
from zhicunbao.ledger import rules as ledger
from zhicunbao.ledger.models import Account, Transfer
from zhicunbao.treasury.models import Zeroing
from zhicunbao.treasury.rules import BOOKED, taken

CHUNK: Final = 1_000
"""Accounts looked at in one step: what is in memory, and in one transaction, at a time."""


@dataclass(frozen=True)
class Share:
    """What a resolution takes of one account."""

    account: Account
    points: int


def shares(zeroing: Zeroing, accounts: Sequence[Account]) -> list[Share]:
    """Return what ``zeroing`` would take of ``accounts`` now, nothing left out (no query, or two).

    Points promised away are left. Of what was booked since its day, what was reversed again does
    not stand.
    """
    fresh = _fresh(zeroing, accounts) if zeroing.booked_before else {}
    found = ((a, taken(a.available, fresh.get(a.pk, 0))) for a in accounts)
    return [Share(account, points) for account, points in found if points]


def _fresh(zeroing: Zeroing, accounts: Sequence[Account]) -> dict[int, int]:
    if zeroing.booked_before is None:
        return {}
    since = clock.start_of(zeroing.booked_before)
    total = Sum("amount")
    into = Transfer.objects.filter(credit_account__in=accounts, kind__in=BOOKED, at__gte=since)
    back = Transfer.objects.filter(
        debit_account__in=accounts, kind=Transfer.Kind.REVERSAL, reverses__at__gte=since
    )
    fresh = dict(into.order_by().values_list("credit_account").annotate(s=total))
    for account, points in back.order_by().values_list("debit_account").annotate(s=total):
        fresh[account] = fresh.get(account, 0) - points
    return fresh


def accounts_after(zeroing: Zeroing, after: int, size: int = CHUNK) -> QuerySet[Account]:
    """Return the next holders' accounts of the purse that have anything, by their number."""
    return (
        Account.objects.filter(purse=zeroing.purse_id, pk__gt=after)
        .exclude(holder_kind=ledger.PURSE)
        .filter(credits_posted__gt=F("debits_posted"))
        .order_by("pk")[:size]
    )


def all_shares(zeroing: Zeroing, *, after: int = 0) -> Iterator[list[Share]]:
    """Yield what ``zeroing`` would take, by chunks of accounts; bounded memory."""
    while accounts := list(accounts_after(zeroing, after)):
        yield shares(zeroing, accounts)
        after = accounts[-1].pk


@dataclass(frozen=True)
class Extent:
    """How many holders, and how many points of theirs."""

    holders: int = 0
    points: int = 0


def would_take(zeroing: Zeroing) -> Extent:
    """Return what ``zeroing`` would take in all, now; reads every account of the purse."""
    count, points = 0, 0
    for chunk in all_shares(zeroing):
        count += len(chunk)
        points += sum(share.points for share in chunk)
    return Extent(count, points)


def was_taken(zeroing: Zeroing) -> Extent:
    """Return what ``zeroing`` has taken so far (one query along the expired account)."""
    rows = Transfer.objects.filter(
        credit_account__code=ledger.purse_code(zeroing.purse_id, "expired"),
        case_number=number_of(zeroing.case),
    )
    found = rows.aggregate(n=Count("pk"), s=Sum("amount"))
    return Extent(found["n"], found["s"] or 0)


def approved_at(zeroing: Zeroing) -> datetime | None:
    """Return when a second person approved the resolution."""
    return zeroing.case.steps.filter(verb="approve").values_list("at", flat=True).first()
