"""A purse's figures, each with exactly its rows, and which purse pays where."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area
from zhicunbao.kernel import clock, division
from zhicunbao.ledger import rules
from zhicunbao.ledger.models import Account, Purse
from zhicunbao.ledger.queries.statements import PAGE_SIZE, Line, Statement, page_of


@dataclass(frozen=True)
class PurseFigures:
    """Points of a purse: ``funded`` = ``in_purse`` + ``pending`` + ``outstanding``, always."""

    funded: int = 0
    in_purse: int = 0
    pending: int = 0
    outstanding: int = 0


PURSE_LISTS: Final = {
    "funded": ("issue", "spent", -1),
    "in_purse": ("fund", "all", 1),
    "pending": ("fund", "held", -1),
    "outstanding": ("fund", "spent", -1),
}
"""Figure → the account, the list and the sign that give exactly its rows."""


def purse_figures(purse: Purse) -> PurseFigures:
    """Return the figures of one purse (one query)."""
    return figures_by_purse([purse])[purse.pk]


def figures_by_purse(purses: Iterable[Purse]) -> dict[int, PurseFigures]:
    """Return the figures of several purses by their number (one query)."""
    wanted = [purse.pk for purse in purses]
    accounts = {a.code: a for a in Account.objects.filter(purse_id__in=wanted)}
    found = {}
    for pk in wanted:
        fund, issue = accounts[rules.fund_code(pk)], accounts[rules.issue_code(pk)]
        funded = -issue.posted
        found[pk] = PurseFigures(
            funded=funded,
            in_purse=fund.available,
            pending=fund.debits_pending,
            outstanding=funded - fund.posted,
        )
    return found


def purse_rows(
    purse: Purse, kind: str, *, before: int | None = None, size: int = PAGE_SIZE
) -> Statement:
    """Return a page of the rows behind a figure of ``PURSE_LISTS``; all of them add up to it."""
    part, show, sign = PURSE_LISTS[kind]
    account = Account.objects.get(code=f"purse/{purse.pk}/{part}")
    page = page_of(account, show=show, before=before, size=size)
    lines = tuple(Line(line.transfer, sign * line.change, line.balance) for line in page.lines)
    return Statement(page.account, lines, page.next_before)


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
