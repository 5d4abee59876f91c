"""Who earned what for a household. The points are the household's; the record goes with the person
who moves.
"""

from dataclasses import dataclass

from django.db.models import Q, Sum

from zhicunbao.base import holders
from zhicunbao.kernel.masks import mask_name
from zhicunbao.ledger import rules
from zhicunbao.ledger.models import Transfer
from zhicunbao.ledger.queries.statements import PAGE_SIZE, SHOWN, Line, Statement

Kind = Transfer.Kind


def has_record(person_id: int) -> bool:
    """Whether a person ever earned anything for a household (one short look into an index)."""
    return Transfer.objects.filter(earner=person_id).exists()


def record_of(person_id: int, *, before: int | None = None, size: int = PAGE_SIZE) -> Statement:
    """Return a page of what a person earned for households, newest first (two queries).

    What was reversed stands as a line of its own, so that all lines add up to ``earned_for_home``
    and what is still waiting.
    """
    rows = Transfer.objects.filter(SHOWN, earner=person_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(
        rows.select_related("debit_account", "credit_account")
        .prefetch_related("reversal")
        .order_by("-pk")[: size + 1]
    )
    lines = tuple(Line(row, _change(row)) for row in found[:size])
    return Statement((), lines, lines[-1].transfer.pk if len(found) > size else None)


def _change(row: Transfer) -> int:
    if row.kind == Kind.VOID_PENDING:
        return 0
    return -row.amount if row.kind == Kind.REVERSAL else row.amount


def earned_for_home(person_id: int) -> tuple[int, int]:
    """Return what a person earned for households, booked and still waiting (one query)."""
    found = Transfer.objects.filter(SHOWN, earner=person_id).aggregate(
        booked=Sum("amount", filter=Q(kind__in=rules.REVERSIBLE)),
        back=Sum("amount", filter=Q(kind=Kind.REVERSAL)),
        waiting=Sum("amount", filter=Q(kind=Kind.PENDING)),
    )
    return (found["booked"] or 0) - (found["back"] or 0), found["waiting"] or 0


@dataclass(frozen=True)
class Earners:
    """Names those who earned the rows of a household: its own ``people`` to one another in full,
    anybody when ``in_full``, others masked. The reader is 我 when it ``says_me``: not on paper.
    """

    people: frozenset[int]
    me: int
    in_full: bool = False
    says_me: bool = True

    def name(self, line: Line) -> str:
        """Name who earned a row; nothing when it was earned for oneself."""
        earner = line.transfer.earner
        if earner is None:
            return ""
        if earner.pk == self.me and self.says_me:
            return "我"
        is_known = self.in_full or (self.me in self.people and earner.pk in self.people)
        return earner.name if is_known else mask_name(earner.name)


def earners_of(
    person_id: int, holder: tuple[str, int], *, in_full: bool = False, says_me: bool = True
) -> Earners:
    """Return how the earners of a holder's rows are named to a person (one query)."""
    return Earners(frozenset(holders.people_in(*holder)), person_id, in_full, says_me)
