"""A purse's figures, each with exactly its rows, how fast it is drawn on, and which purse pays
where.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Case, F, Q, QuerySet, Sum, Value, When

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area
from zhicunbao.kernel import clock, division
from zhicunbao.ledger import rules
from zhicunbao.ledger.models import Account, Purse, Transfer
from zhicunbao.ledger.queries.statements import PAGE_SIZE, Line, Statement, statement

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
        page = statement([accounts[codes[part]]], show=show, before=before, size=size)
        lines += [Line(o.transfer, sign * o.change, o.balance) for o in page.lines]
        is_more = is_more or page.next_before is not None
    lines.sort(key=lambda line: -line.transfer.pk)
    is_more, lines = is_more or len(lines) > size, lines[:size]
    following = lines[-1].transfer.pk if is_more else None
    return Statement(tuple(accounts.values()), tuple(lines), following)


def drawn_lately(purse: Purse) -> int:
    """Return how many points the purse promised in the last ``RATE_DAYS`` days, less what came
    back to it (three short queries: the row from which on to look, and the two sides).
    """
    since = clock.now() - timedelta(days=rules.RATE_DAYS)
    rows = Transfer.objects.order_by("-pk")
    older = rows.filter(at__lt=since).values_list("pk", flat=True).first() or 0
    fund = Account.objects.get(code=rules.fund_code(purse.pk))
    lately = Transfer.objects.filter(pk__gt=older, at__gte=since)
    total = Sum("amount")
    # Promised by a review, less those promises that were given back and awards that were reversed.
    out = lately.filter(debit_account=fund, kind__in=(Kind.PENDING, Kind.POSTED))
    void = lately.filter(debit_account=fund, kind=Kind.VOID_PENDING)
    back = lately.filter(credit_account=fund, kind=Kind.REVERSAL)
    drawn, returned, reversed_ = (q.aggregate(s=total)["s"] or 0 for q in (out, void, back))
    return int(drawn - returned - reversed_)


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
