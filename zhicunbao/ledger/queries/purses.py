"""A purse's figures, each with exactly its rows, how fast it is drawn on, and which purse pays
where.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Case, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncDate

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area
from zhicunbao.kernel import clock, division
from zhicunbao.ledger import rules
from zhicunbao.ledger.models import Account, Purse, Transfer
from zhicunbao.ledger.queries.statements import PAGE_SIZE, Line, Statement, in_full, statement

Kind = Transfer.Kind
HOLDERS: Final = "holders"
"""Stands for the accounts of people and households among the parts of a purse."""


@dataclass(frozen=True)
class PurseFigures:
    """Points of a purse: ``funded`` = ``in_purse`` + ``pending`` + ``outstanding`` + ``redeemed``
    + ``expired``, always.
    """

    funded: int = 0
    in_purse: int = 0
    pending: int = 0
    outstanding: int = 0
    redeemed: int = 0
    expired: int = 0


PURSE_LISTS: Final[dict[str, tuple[tuple[str, str, int], ...]]] = {
    "funded": (("issue", "spent", -1),),
    "in_purse": (("fund", "all", 1),),
    "pending": (("fund", "held", -1),),
    "outstanding": (("fund", "spent", -1), ("redeemed", "in", -1), ("expired", "in", -1)),
    "redeemed": (("redeemed", "in", 1),),
    "expired": (("expired", "in", 1),),
}
"""Figure → the accounts, the lists and the signs that together give exactly its rows."""


def purse_figures(purse: Purse) -> PurseFigures:
    """Return the figures of one purse (one query)."""
    return figures_by_purse([purse])[purse.pk]


def figures_by_purse(purses: Iterable[Purse]) -> dict[int, PurseFigures]:
    """Return the figures of several purses by their number (one query).

    What is outstanding is summed from the holders' accounts, not taken as what is left over, so
    that figures which do not add up can show.
    """
    wanted = [purse.pk for purse in purses]
    sums: dict[tuple[int, str], tuple[int, int, int]] = {}
    rows = Account.objects.filter(purse_id__in=wanted).order_by()
    is_purse = Q(holder_kind=rules.PURSE)
    part = Case(When(is_purse, then=F("code")), default=Value(HOLDERS))
    posted = Sum(F("credits_posted") - F("debits_posted"))
    for pk, code, booked, out, into in (
        rows.values("purse_id")
        .annotate(part=part)
        .values_list("purse_id", "part")
        .annotate(booked=posted, out=Sum("debits_pending"), into=Sum("credits_pending"))
    ):
        sums[pk, code.rpartition("/")[2]] = (booked, out, into)
    none = (0, 0, 0)
    found = {}
    for pk in wanted:
        fund = sums.get((pk, "fund"), none)
        found[pk] = PurseFigures(
            funded=-sums.get((pk, "issue"), none)[0],
            in_purse=fund[0] - fund[1],
            pending=fund[1],
            outstanding=sums.get((pk, HOLDERS), none)[0],
            redeemed=sums.get((pk, "redeemed"), none)[0],
            expired=sums.get((pk, "expired"), none)[0],
        )
    return found


def purse_rows(
    purse: Purse, kind: str, *, before: int | None = None, size: int = PAGE_SIZE
) -> Statement:
    """Return a page of the rows behind a figure of ``PURSE_LISTS``; all of them add up to it."""
    lists = PURSE_LISTS[kind]
    codes = {part: rules.purse_code(purse.pk, part) for part, _, _ in lists}
    accounts = {a.code: a for a in Account.objects.filter(code__in=codes.values())}
    lines: list[Line] = []
    is_more = False
    for part, show, sign in lists:
        page = statement(
            [accounts[codes[part]]], show=show, before=before, size=size, with_holders=True
        )
        lines += [Line(o.transfer, sign * o.change, o.balance) for o in page.lines]
        is_more = is_more or page.next_before is not None
    lines.sort(key=lambda line: -line.transfer.pk)
    is_more, lines = is_more or len(lines) > size, lines[:size]
    following = lines[-1].transfer.pk if is_more else None
    return Statement(tuple(accounts.values()), tuple(lines), following)


# --- how fast it is drawn on ----------------------------------------------------------------------

_PROMISED: Final = Q(kind__in=(Kind.PENDING, Kind.POSTED))
_GIVEN_BACK: Final = Q(kind=Kind.VOID_PENDING)


def drawn_lately(purse: Purse) -> int:
    """Return how many points the purse promised in the last ``RATE_DAYS`` days, less what came
    back to it: given back by a void, or by the reversal of an award.
    """
    fund, total = _fund_of(purse), Sum("amount")
    out, back = _lately(fund)
    drawn = out.filter(_PROMISED).aggregate(s=total)["s"] or 0
    returned = out.filter(_GIVEN_BACK).aggregate(s=total)["s"] or 0
    reversed_ = back.aggregate(s=total)["s"] or 0
    return int(drawn - returned - reversed_)


def drawn_rows(purse: Purse, *, before: int | None = None, size: int = PAGE_SIZE) -> Statement:
    """Return a page of the rows that add up to ``drawn_lately``: promises count, whatever became of
    them since, and what came back is taken off.
    """
    fund = _fund_of(purse)
    out, back = _lately(fund)
    numbers: list[int] = []
    for rows in (out.filter(_PROMISED | _GIVEN_BACK), back):
        older = rows if before is None else rows.filter(pk__lt=before)
        numbers += older.order_by("-pk").values_list("pk", flat=True)[: size + 1]
    numbers = sorted(numbers, reverse=True)[: size + 1]
    lines = tuple(
        Line(row, row.amount if row.kind in (Kind.PENDING, Kind.POSTED) else -row.amount)
        for row in in_full(numbers[:size])
    )
    return Statement((fund,), lines, numbers[size - 1] if len(numbers) > size else None)


def _fund_of(purse: Purse) -> Account:
    return Account.objects.get(code=rules.fund_code(purse.pk))


def _lately(fund: Account) -> tuple[QuerySet[Transfer], QuerySet[Transfer]]:
    """Return what went out of a purse in the last ``RATE_DAYS`` days, and the awards taken back."""
    rows = _since(clock.now() - timedelta(days=rules.RATE_DAYS))
    return rows.filter(debit_account=fund), rows.filter(credit_account=fund, kind=Kind.REVERSAL)


def _since(moment: datetime) -> QuerySet[Transfer]:
    """Return the rows since a moment, by their numbers too: the indexes of accounts are in the
    order of the numbers, and a purse may have millions of older rows.
    """
    rows = Transfer.objects.order_by("-pk")
    older = rows.filter(at__lt=moment).values_list("pk", flat=True).first() or 0
    return Transfer.objects.filter(pk__gt=older, at__gte=moment)


def left_by_day(purse: Purse) -> list[tuple[date, int]]:
    """Return what was in the purse at the end of each of the last ``RATE_DAYS`` days, today last;
    it begins when something was first in it (four queries).
    """
    today, fund = clock.today(), _fund_of(purse)
    first = today - timedelta(days=rules.RATE_DAYS)
    lately = _since(clock.start_of(first))
    changes: dict[date, int] = {}
    for side, sign in (("debit_account", -1), ("credit_account", 1)):
        rows = (
            lately.filter(**{side: fund})
            .order_by()
            .annotate(day=TruncDate("at", tzinfo=clock.LOCAL))
            .values_list("day", "kind")
            .annotate(total=Sum("amount"))
        )
        for day, kind, total in rows:
            changes[day] = changes.get(day, 0) + sign * _available_sign(kind, sign) * total
    left, found = fund.available, [(today, fund.available)]
    for back in range(rules.RATE_DAYS):
        left -= changes.get(today - timedelta(days=back), 0)
        found.append((today - timedelta(days=back + 1), left))
    while len(found) > 1 and not found[-1][1]:
        found.pop()
    return found[::-1]


def _available_sign(kind: str, side: int) -> int:
    """Return how a row of this kind moves what is available: a promise takes it, a void gives it
    back, and what books a promise changes nothing more. Towards an account only bookings count.
    """
    if side > 0:
        return 1 if kind in rules.BOOKED else 0
    return {Kind.POST_PENDING: 0, Kind.VOID_PENDING: -1}.get(Kind(kind), 1)


def top_holders(purse: Purse, *, limit: int = 20) -> list[Account]:
    """Return the accounts with the most booked points of a purse, the largest first (one query).

    For those who audit it: points heaped on one holder can be an error. Never a ranking for show.
    """
    return list(Account.objects.filter(purse=purse, held__gt=0).order_by("-held", "-pk")[:limit])


# --- which purse pays where -----------------------------------------------------------------------


def state_of(purse: Purse, figures: PurseFigures) -> str:
    """Return how a purse stands today: ``closed``, ``ended`` or ``early`` by its term, ``empty``,
    ``stopped`` at its stop line, or ``running``.
    """
    if purse.is_running:
        if figures.in_purse <= 0:
            return "empty"
        return "stopped" if figures.in_purse <= purse.stop_below else "running"
    if not purse.is_open:
        return "closed"
    return "early" if purse.valid_from > clock.today() else "ended"


def purse_for(area_prefix: str) -> Purse | None:
    """Return the nearest purse that gives awards today, at the area itself or above it."""
    today = clock.today()
    above = [area_prefix[:length] for length in range(1, len(area_prefix) + 1)]
    return (
        Purse.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today))
        .filter(is_open=True, valid_from__lte=today, area_prefix__in=above)
        .order_by("-area_prefix", "pk")
        .first()
    )


def purses_seen(actor: Actor) -> list[Purse]:
    """Return the purses that ``actor`` may look into, in the official order of their areas."""
    purses = Purse.objects.select_related("area")
    return list(access.visible_to(actor, purses).order_by("-is_open", "area_prefix", "pk"))


def fetch_purse(actor: Actor, pk: int) -> Purse:
    """Return a purse that ``actor`` may look into, or refuse with 404."""
    return access.fetch(actor, Purse.objects.select_related("area"), pk=pk)


def areas_to_fund(actor: Actor) -> QuerySet[Area]:
    """Return the areas for which ``actor`` may open a purse: townships, communities, villages."""
    levels = (*division.TOWNSHIP_LEVELS, *division.VILLAGE_LEVELS)
    here = access.under(actor.reach("ledger.fund"), "prefix")
    return Area.objects.filter(here, level__in=levels, merged_into__isnull=True)
