"""Balances, and the statements that explain them row by row."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Q, Sum, prefetch_related_objects
from django.db.models.functions import TruncMonth

from zhicunbao.base import access, holders
from zhicunbao.base.access import Actor
from zhicunbao.kernel import clock
from zhicunbao.ledger import rules
from zhicunbao.ledger.models import Account, Purse, Transfer

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
    """Return a holder's accounts of points, one for each purse that ever gave them anything (one
    query); what they hold in other units is not points.
    """
    rows = Account.objects.filter(holder_kind=kind, holder_id=number, purse__isnull=False)
    return list(rows.order_by("pk"))


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
    return _booked(accounts, Q(at__lt=clock.start_of(day + clock.DAY)))


def balances_on(accounts: Collection[Account], day: date) -> list[tuple[Purse, int]]:
    """Return what was booked in each purse at the end of a Chinese day, the oldest purse first;
    together it is ``balance_on`` (three queries).
    """
    until = Q(at__lt=clock.start_of(day + clock.DAY), kind__in=rules.BOOKED)
    found = {account.pk: 0 for account in accounts}
    for side, sign in (("debit_account", -1), ("credit_account", 1)):
        rows = Transfer.objects.filter(until, among(side, accounts)).order_by()
        for account, total in rows.values_list(side).annotate(s=Sum("amount")):
            found[account] += sign * total
    purses = Purse.objects.in_bulk([account.purse_id for account in accounts])
    return [(purses[account.purse_id], found[account.pk]) for account in accounts]


def _booked(accounts: Collection[Account], condition: Q) -> int:
    rows = Transfer.objects.filter(condition, kind__in=rules.BOOKED)
    into = rows.filter(among("credit_account", accounts)).aggregate(s=Sum("amount"))["s"] or 0
    out = rows.filter(among("debit_account", accounts)).aggregate(s=Sum("amount"))["s"] or 0
    return int(into - out)


OPEN: Final = Q(kind=Kind.PENDING, resolution__isnull=True)
"""A promise that nothing has resolved."""
SHOWN: Final = ~Q(kind=Kind.PENDING) | OPEN
"""Rows that people are shown: a promise as long as it is open, then only what became of it."""
_NONE: Final = Q(pk__in=[])
_BOOKED_FORWARD: Final = Q(kind__in=rules.REVERSIBLE)
_BACK: Final = Q(kind=Kind.REVERSAL)

SHOW: Final[dict[str, tuple[Q, Q]]] = {
    "all": (SHOWN, SHOWN),
    "in": (_BACK, _BOOKED_FORWARD),
    "out": (_BOOKED_FORWARD | OPEN, _BACK),
    "spent": (_BOOKED_FORWARD, _BACK),
    "waiting": (_NONE, OPEN),
    "held": (OPEN, _NONE),
    "booked": (Q(kind__in=rules.BOOKED), Q(kind__in=rules.BOOKED)),
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
    until: datetime | None = None,
    before: int | None = None,
    size: int = PAGE_SIZE,
    with_holders: bool = False,
) -> Statement:
    """Return a page of the statement of one holder's accounts, or of one account of a purse.

    ``show`` is a name in ``SHOW``; ``before`` the ``next_before`` of the page above; ``since`` and
    ``until`` leave out what is older, and what is not. The balance after each row is what was
    available, in the list ``all`` without dates; what was booked, in the list ``booked`` without
    ``since``. ``with_holders`` also fetches the accounts on both sides. Two short index scans an
    account.
    """
    if not accounts:
        return Statement(())
    condition = Q()
    if since is not None:
        condition &= Q(at__gte=since)
    if until is not None:
        condition &= Q(at__lt=until)
    page = condition if before is None else condition & Q(pk__lt=before)
    rows = _newest(accounts, show, page, size + 1, with_holders=with_holders)
    is_more, rows = len(rows) > size, rows[:size]
    _tell_reversals(rows, is_newest=before is None and until is None)
    left = _left_before(accounts, show, since, until, before)
    own = {account.pk for account in accounts}
    lines = []
    for row in rows:
        is_debit = row.debit_account_id in own
        signed = 0 if row.kind == Kind.VOID_PENDING else row.amount * (-1 if is_debit else 1)
        lines.append(Line(row, signed, left))
        if left is not None:
            left -= rules.change_to_available(row.kind, row.amount, is_debit=is_debit)
    return Statement(tuple(accounts), tuple(lines), rows[-1].pk if is_more else None)


def _newest(
    accounts: Collection[Account], show: str, condition: Q, count: int, *, with_holders: bool
) -> list[Transfer]:
    """Return the newest rows of a list, with all that a line tells of them.

    Asked for each side of each account by itself, in the order of its index: for several accounts
    at once a database would sort all their rows, or go through the whole table backwards.
    """
    # Only what a household got was earned by somebody else than its holder.
    joined = ["debit_account", "credit_account"] if with_holders else []
    if any(account.holder_kind != rules.PERSON for account in accounts):
        joined.append("earner")
    found: list[Transfer] = []
    for side, rule in zip(("debit_account", "credit_account"), SHOW[show], strict=True):
        if rule is _NONE:
            continue
        for account in accounts:
            rows = Transfer.objects.filter(rule, condition, **{side: account}).order_by("-pk")
            found += (rows.select_related(*joined) if joined else rows)[:count]
    return sorted(found, key=lambda row: -row.pk)[:count]


def _tell_reversals(rows: list[Transfer], *, is_newest: bool) -> None:
    """Let each row know its reversal. That is a newer row of the same list: among the newest rows
    of a list it needs no query.
    """
    if not is_newest:
        # Reversals are few and fetched apart: joined, SQLite reads every transfer for each row.
        prefetch_related_objects(rows, "reversal")
        return
    known = {row.reverses_id: row for row in rows}
    link = Transfer._meta.get_field("reversal")
    for row in rows:
        link.set_cached_value(row, known.get(row.pk))


def in_full(numbers: list[int]) -> list[Transfer]:
    """Return these rows, newest first, with all that a line tells of them (two queries)."""
    if not numbers:
        return []
    rows = (
        Transfer.objects.select_related("debit_account", "credit_account", "earner", "person")
        .prefetch_related("reversal")
        .in_bulk(numbers)
    )
    return [rows[number] for number in numbers]


def _left_before(
    accounts: Collection[Account],
    show: str,
    since: datetime | None,
    until: datetime | None,
    before: int | None,
) -> int | None:
    """Return the balance after the first row of a page; None where a list has none."""
    if since is not None:
        return None
    if show == "booked":
        rule = Q() if until is None else Q(at__lt=until)
        return _booked(accounts, rule if before is None else rule & Q(pk__lt=before))
    if show != "all" or until is not None:
        return None
    return balance(accounts).available - (_moved_since(accounts, before) if before else 0)


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
    out = rows.filter(booked | OPEN, among("debit_account", accounts))
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
    """Return the totals of each month from ``first`` (a first day of a month) on (two queries)."""
    totals: dict[date, MonthTotal] = {}
    for side, sign, promised in (("debit_account", -1, "held"), ("credit_account", 1, "waiting")):
        rows = (
            Transfer.objects.filter(SHOWN, among(side, accounts), at__gte=clock.start_of(first))
            .order_by()
            .annotate(month=TruncMonth("at", tzinfo=clock.LOCAL))
            .values_list("month", "kind")
            .annotate(total=Sum("amount"))
        )
        for month, kind, total in rows:
            entry = totals.setdefault(month.date(), MonthTotal())
            if kind == Kind.PENDING:
                setattr(entry, promised, getattr(entry, promised) + total)
            elif kind == Kind.REVERSAL:
                # It counts down what it takes back: on the debit side something earned.
                name = "earned" if sign < 0 else "spent"
                setattr(entry, name, getattr(entry, name) - total)
            elif kind in rules.REVERSIBLE:
                name = "spent" if sign < 0 else "earned"
                setattr(entry, name, getattr(entry, name) + total)
    return totals


def earned_in(totals: dict[date, MonthTotal], year: int) -> int:
    """Return what was booked in during a year, less what of it was reversed: the sum of the list
    ``in`` of that year.
    """
    return sum(total.earned for month, total in totals.items() if month.year == year)


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
    # Neither sorted nor cut by the database, which would then leave the accounts' own index.
    found: list[Transfer] = []
    for side in ("debit_account", "credit_account"):
        rows = Transfer.objects.filter(
            among(side, accounts), kind__in=rules.BOOKED, at__gte=since, at__lt=until
        )
        found += rows.order_by().select_related("earner").prefetch_related("reversal")
    found.sort(key=lambda row: row.pk)
    opening = _booked(accounts, Q(at__lt=since))
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


Faces = dict[tuple[str, int], holders.HolderFace]


def faces_in(transfers: Iterable[Transfer]) -> Faces:
    """Return the faces of those whose accounts these transfers touch, by kind and number; purses
    have names of their own. One query a kind.
    """
    return faces_of(a for row in transfers for a in (row.debit_account, row.credit_account))


def faces_of(accounts: Iterable[Account]) -> Faces:
    """Return the faces of the holders of these accounts, purses left out. One query a kind."""
    return holders.faces_of(
        (a.holder_kind, a.holder_id) for a in accounts if a.holder_kind != rules.PURSE
    )
