"""Watches the gauges of all purses while something else goes on, and goes through the rows once
more afterwards: funded = in purse + pending + outstanding + redeemed + expired, to the fen.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass

from django.db.models import F, Sum

from zhicunbao.ledger import rules
from zhicunbao.ledger.models import Account, Purse, Transfer
from zhicunbao.ledger.queries import PurseFigures, figures_by_purse


def check(purse: Purse, figures: PurseFigures) -> None:
    """Fail unless the figures of a purse add up, and its points are in its holders' hands."""
    parts = asdict(figures)
    funded = parts.pop("funded")
    assert min(parts.values()) >= 0, (purse.name, figures)
    assert funded == sum(parts.values()), (purse.name, figures)
    fen = {name: points * purse.unit_value_fen for name, points in parts.items()}
    assert funded * purse.unit_value_fen == sum(fen.values()), (purse.name, fen)
    said = [rules.yuan(points, purse.unit_value_fen) for points in parts.values()]
    assert sum(map(_fen, said)) == _fen(rules.yuan(funded, purse.unit_value_fen)), said
    held = (
        Account.objects.filter(purse=purse)
        .exclude(holder_kind=rules.PURSE)
        .aggregate(s=Sum(F("credits_posted") - F("debits_posted")))["s"]
    )
    assert figures.outstanding == (held or 0), (purse.name, figures, held)


def _fen(yuan: str) -> int:
    """Read 1,286.05 as fen."""
    whole, _, rest = yuan.replace(",", "").partition(".")
    return int(whole) * 100 + int(rest)


@dataclass
class GaugeWatch:
    """Checks every purse whenever rows have been written since the last look."""

    last: int = 0
    looks: int = 0

    def look(self) -> None:
        """Check all purses, unless nothing was written."""
        newest = Transfer.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if newest == self.last:
            return
        self.last, self.looks = newest, self.looks + 1
        purses = list(Purse.objects.all())
        figures = figures_by_purse(purses)
        for purse in purses:
            check(purse, figures[purse.pk])


def replayed() -> int:
    """Do every row over again in memory and check its purse after each; return how many there were.

    So the gauge is right after every single row, not only when an act was over.
    """
    purses = {purse.unit: purse for purse in Purse.objects.all()}
    accounts = {account.pk: account for account in Account.objects.all()}
    posted: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    count = 0
    for row in Transfer.objects.filter(unit__in=purses).order_by("pk"):
        to_pending, to_posted = (n * row.amount for n in rules.MOVES[row.kind])
        places = posted[row.unit]
        places[_place(accounts[row.debit_account_id])] -= to_posted
        places[_place(accounts[row.credit_account_id])] += to_posted
        if _place(accounts[row.debit_account_id]) == "fund":
            places["pending"] += to_pending
        funded, pending, fund = -places["issue"], places["pending"], places["fund"]
        rest = (places["holders"], places["redeemed"], places["expired"])
        worth = purses[row.unit].unit_value_fen
        figures = (fund - pending, pending, *rest)
        assert min(figures) >= 0, (row.pk, figures)
        assert funded * worth == sum(points * worth for points in figures), (row.pk, figures)
        count += 1
    for unit, purse in purses.items():
        found = figures_by_purse([purse])[purse.pk]
        places = posted[unit]
        assert (found.funded, found.outstanding) == (-places["issue"], places["holders"])
        assert (found.pending, found.redeemed) == (places["pending"], places["redeemed"])
    return count


def _place(account: Account) -> str:
    return account.code.rpartition("/")[2] if account.holder_kind == rules.PURSE else "holders"
