"""Balances, and the statements that explain them row by row."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import islice
from typing import Final

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from zhicunbao.base import access, holders
from zhicunbao.base.access import Actor
from zhicunbao.kernel import clock
from zhicunbao.ledger import rules
from zhicunbao.ledger.models import Account, Transfer

Kind = Transfer.Kind
PAGE_SIZE: Final = 30
SHEET_LINES_MAX: Final = 1_000
"""Rows on one printed sheet: some forty sides of paper, more than anybody earns in a year."""


@dataclass(frozen=True)
class Balance:
    """What somebody has: ``posted`` is booked, ``pending`` on its way in, ``available`` what may
    be used now (booked less what is promised away).
    """

    posted: int = 0
    pending: int = 0
    available: int = 0

    @property
    def held(self) -> int:
        """Booked, but promised away."""
        return self.posted - self.available


def balance_of(person_id: int) -> Balance:
    """Return a person's balance over all purses; all zero for somebody without an account."""
    return balance(accounts_of(rules.PERSON, person_id))


def accounts_of(kind: str, number: int) -> list[Account]:
    """Return a holder's accounts, one for each purse that ever gave them anything (one query)."""
    rows = Account.objects.filter(holder_kind=kind, holder_id=number)
    return list(rows.select_related("purse").order_by("pk"))


def balance(accounts: Iterable[Account]) -> Balance:
    """Return what is on some accounts together."""
    found = list(accounts)
    return Balance(
        sum(a.posted for a in found),
        sum(a.credits_pending for a in found),
        sum(a.available for a in found),
    )


def balance_on(accounts: Collection[Account], day: date) -> int:
    """Return what was booked on some accounts at the end of a Chinese day (two queries)."""
    until = datetime.combine(day + timedelta(days=1), time.min, clock.LOCAL)
    return _booked_before(accounts, until)


def _booked_before(accounts: Collection[Account], until: datetime) -> int:
    rows = Transfer.objects.filter(kind__in=rules.BOOKED, at__lt=until)
    into = rows.filter(credit_account__in=accounts).aggregate(s=Sum("amount"))["s"] or 0
    out = rows.filter(debit_account__in=accounts).aggregate(s=Sum("amount"))["s"] or 0
    return int(into - out)


_OPEN: Final = Q(kind=Kind.PENDING, resolution__isnull=True)
_NONE: Final = Q(pk__in=[])
_SHOWN: Final = ~Q(kind=Kind.PENDING) | _OPEN
_BOOKED_FORWARD: Final = Q(kind__in=rules.REVERSIBLE)
_BACK: Final = Q(kind=Kind.REVERSAL)

SHOW: Final[dict[str, tuple[Q, Q]]] = {
    "all": (_SHOWN, _SHOWN),
    "in": (_BACK, _BOOKED_FORWARD),
    "out": (_BOOKED_FORWARD | _OPEN, _BACK),
    "spent": (_BOOKED_FORWARD, _BACK),
    "waiting": (_NONE, _OPEN),
    "held": (_OPEN, _NONE),
}
"""Name of a list → which rows it takes from the debit and from the credit side of an account.

A reversal stands in the list of what it takes back, so that the sum of a list is its figure.
"""


@dataclass(frozen=True)
class Line:
    """One row of an account's statement. ``change`` is signed and in the account's unit.

    ``balance`` is what was available after the row, in the full list of an account; elsewhere None.
    """

    transfer: Transfer
    change: int
    balance: int | None = None

    @property
    def state(self) -> str:
        """``waiting`` (on its way in), ``held`` (promised away), ``voided``, ``reversed`` or
        ``booked``.
        """
        kind = self.transfer.kind
        if kind == Kind.PENDING:
            return "waiting" if self.change > 0 else "held"
        if kind == Kind.VOID_PENDING:
            return "voided"
        return "reversed" if hasattr(self.transfer, "reversal") else "booked"

    @property
    def reason(self) -> rules.Reason:
        """Why it moved."""
        return rules.REASONS[self.transfer.reason]

    @property
    def title(self) -> str:
        """The memo, or the reason when there is none."""
        return self.transfer.memo or self.reason.label

    @property
    def month(self) -> date:
        """The first day of the Chinese month it belongs to."""
        return clock.local_date(self.transfer.at).replace(day=1)


@dataclass(frozen=True)
class Statement:
    """A page of some accounts' rows, newest first; ``next_before`` asks for the page after it."""

    accounts: tuple[Account, ...]
    lines: tuple[Line, ...] = ()
    next_before: int | None = None

    @property
    def balance(self) -> Balance:
        """What is on the accounts."""
        return balance(self.accounts)


def statement(
    accounts: Collection[Account],
    *,
    show: str = "all",
    since: datetime | None = None,
    before: int | None = None,
    size: int = PAGE_SIZE,
) -> Statement:
    """Return a page of the statement of one holder's accounts, or of one account of a purse.

    ``show`` is a name in ``SHOW``; ``before`` the ``next_before`` of the page above; ``since``
    leaves out what is older. Two short index scans, merged: one OR over both sides would sort an
    account's whole life.
    """
    if not accounts:
        return Statement(())
    sides = _sides(accounts, show)
    if since is not None:
        sides = [side.filter(at__gte=since) for side in sides]
    if before is not None:
        sides = [side.filter(pk__lt=before) for side in sides]
    # Reversals are few and fetched apart: joined, SQLite reads every transfer for each row.
    pages = [
        side.select_related("debit_account", "credit_account", "earner")
        .prefetch_related("reversal")
        .order_by("-pk")[: size + 1]
        for side in sides
    ]
    rows = list(islice(merge(*pages, key=lambda row: -row.pk), size + 1))
    is_more, rows = len(rows) > size, rows[:size]
    left: int | None = None
    if show == "all" and since is None:
        left = balance(accounts).available - (_moved_since(accounts, before) if before else 0)
    own = {account.pk for account in accounts}
    lines = []
    for row in rows:
        is_debit = row.debit_account_id in own
        signed = 0 if row.kind == Kind.VOID_PENDING else row.amount * (-1 if is_debit else 1)
        lines.append(Line(row, signed, left))
        if left is not None:
            left -= rules.change_to_available(row.kind, row.amount, is_debit=is_debit)
    return Statement(tuple(accounts), tuple(lines), rows[-1].pk if is_more else None)


def _sides(accounts: Collection[Account], show: str) -> list[QuerySet[Transfer]]:
    debit, credit = SHOW[show]
    rows = Transfer.objects.all()
    return [
        rows.filter(condition, among(side, accounts))
        for condition, side in ((debit, "debit_account"), (credit, "credit_account"))
        if condition is not _NONE
    ]


def among(side: str, accounts: Collection[Account]) -> Q:
    """Return the condition that ``side`` is one of ``accounts``; for one, an equality, which an
    index serves in the order of the rows.
    """
    if len(accounts) == 1:
        return Q(**{side: next(iter(accounts))})
    return Q(**{f"{side}__in": accounts})


def _moved_since(accounts: Collection[Account], pk: int) -> int:
    """Return by how much the rows from ``pk`` on have moved what is available."""
    booked = Q(kind__in=rules.BOOKED)
    rows = Transfer.objects.filter(pk__gte=pk)
    into = rows.filter(booked, among("credit_account", accounts))
    out = rows.filter(booked | _OPEN, among("debit_account", accounts))
    total = Sum("amount")
    return (into.aggregate(s=total)["s"] or 0) - (out.aggregate(s=total)["s"] or 0)


@dataclass
class MonthTotal:
    """What a month brought, in whole, however the page is cut."""

    earned: int = 0
    spent: int = 0
    waiting: int = 0
    held: int = 0


def month_totals(accounts: Collection[Account], first: date) -> dict[date, MonthTotal]:
    """Return the totals of each month from ``first`` (a first day of a month) on."""
    since = datetime(first.year, first.month, 1, tzinfo=clock.LOCAL)
    totals: dict[date, MonthTotal] = {}
    for name, show in (("earned", "in"), ("spent", "spent"), ("waiting", "waiting"), ("held",) * 2):
        debit, credit = SHOW[show]
        # A list's own direction counts up, a reversal in it counts down.
        forward = 1 if name in ("earned", "waiting") else -1
        for sign, condition, side in (
            (-forward, debit, "debit_account"),
            (forward, credit, "credit_account"),
        ):
            if condition is _NONE:
                continue
            rows = (
                Transfer.objects.filter(condition, among(side, accounts), at__gte=since)
                .order_by()
                .annotate(month=TruncMonth("at", tzinfo=clock.LOCAL))
                .values_list("month")
                .annotate(total=Sum("amount"))
            )
            for month, total in rows:
                entry = totals.setdefault(month.date(), MonthTotal())
                setattr(entry, name, getattr(entry, name) + sign * total)
    return totals


def earned_since(accounts: Collection[Account], since: datetime) -> int:
    """Return what was booked in since a moment, less what of it was reversed: the sum of the list
    ``in`` with the same ``since``.
    """
    debit, credit = SHOW["in"]
    rows = Transfer.objects.filter(at__gte=since)
    total = Sum("amount")
    into = rows.filter(credit, among("credit_account", accounts)).aggregate(s=total)["s"] or 0
    back = rows.filter(debit, among("debit_account", accounts)).aggregate(s=total)["s"] or 0
    return int(into - back)


# --- on paper -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sheet:
    """What was booked on an account in a stretch of time, oldest first, for printing.

    ``opening`` and ``closing`` are booked balances; ``is_cut`` says that the paper was too short.
    """

    lines: tuple[Line, ...] = ()
    opening: int = 0
    closing: int = 0
    is_cut: bool = False


def sheet(
    accounts: Collection[Account],
    since: datetime,
    until: datetime,
    *,
    size: int = SHEET_LINES_MAX,
) -> Sheet:
    """Return what was booked from ``since`` until just before ``until``, at most ``size`` rows."""
    own = {account.pk for account in accounts}
    sides = [
        Transfer.objects.filter(
            among(side, accounts), kind__in=rules.BOOKED, at__gte=since, at__lt=until
        )
        .select_related("earner")
        .prefetch_related("reversal")
        .order_by("pk")[: size + 1]
        for side in ("debit_account", "credit_account")
    ]
    found = list(islice(merge(*sides, key=lambda row: row.pk), size + 1))
    opening = _booked_before(accounts, since)
    left, lines = opening, []
    for row in found[:size]:
        change = row.amount * (-1 if row.debit_account_id in own else 1)
        left += change
        lines.append(Line(row, change, left))
    return Sheet(tuple(lines), opening, left, len(found) > size)


# --- one row and its story ------------------------------------------------------------------------


def fetch_transfer(actor: Actor, pk: int) -> Transfer:
    """Return a transfer that ``actor`` may see: one's own, or of a purse that one may look into."""
    rows = Transfer.objects.select_related(
        "debit_account__purse",
        "credit_account__purse",
        "person",
        "earner",
        "pending__person",
        "resolution__person",
        "resolution__reversal__person",
        "reversal__person",
        "reverses__person",
        "reverses__pending__person",
    )
    return access.fetch(actor, rows, pk=pk)


def story_of(transfer: Transfer) -> list[Transfer]:
    """Return the rows of one matter in order: promised, booked or given back, reversed."""
    booked = transfer.reverses or transfer
    first = booked.pending or booked
    story = [first]
    for link in ("resolution", "reversal"):
        following = getattr(story[-1], link, None)
        if following is not None:
            story.append(following)
    return story


def faces_in(transfers: Iterable[Transfer]) -> dict[tuple[str, int], holders.HolderFace]:
    """Return the faces of those whose accounts these transfers touch, by kind and number; purses
    have names of their own. One query a kind.
    """
    accounts = [a for row in transfers for a in (row.debit_account, row.credit_account)]
    return holders.faces_of(
        (a.holder_kind, a.holder_id) for a in accounts if a.holder_kind != rules.PURSE
    )
