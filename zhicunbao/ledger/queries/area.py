"""The ledger of a place (台账): every movement of points there, narrowed and summed. A figure and
its rows come from the same table of parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count, Q, QuerySet, Sum

from zhicunbao.base import access, holders
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area
from zhicunbao.kernel import clock, division
from zhicunbao.kernel.masks import mask_name
from zhicunbao.ledger import rules
from zhicunbao.ledger.models import POINTS, Account, Purse, Transfer
from zhicunbao.ledger.queries.holders import NAMES, NAMESAKES_MAX, name_of, too_many
from zhicunbao.ledger.queries.statements import SHOWN, Line, faces_in, in_full

Kind = Transfer.Kind
PAGE_SIZE: Final = 50
CHUNK: Final = 2_000
"""Rows that are in memory at a time when a whole list is written out."""
IN, OUT = "in", "out"


@dataclass(frozen=True)
class Part:
    """A part of the ledger: rows of some kinds, for some reasons, in one direction.

    ``direction`` is seen from those who hold points: ``in`` to them, ``out`` from them.
    """

    label: str
    kinds: tuple[str, ...]
    reason: str = ""
    direction: str = ""

    @property
    def condition(self) -> Q:
        """Its rows, among those that are shown."""
        from_purse = Q(debit_account__holder_kind=rules.PURSE)
        to_purse = Q(credit_account__holder_kind=rules.PURSE)
        found = Q(kind__in=self.kinds)
        if self.reason:
            found &= Q(reason=self.reason)
        if self.direction:
            found &= from_purse & ~to_purse if self.direction == IN else to_purse & ~from_purse
        return found

    def holds(self, kind: str, reason: str, debit: str, credit: str) -> bool:
        """Say whether rows with this kind and reason, between such holders, belong to it."""
        if kind not in self.kinds or (self.reason and reason != self.reason):
            return False
        return not self.direction or self.direction == direction_of(debit, credit)


def direction_of(debit: str, credit: str) -> str:
    """Return which way points went between holders of these kinds; nothing within one side."""
    if (debit == rules.PURSE) == (credit == rules.PURSE):
        return ""
    return IN if debit == rules.PURSE else OUT


PARTS: Final = {
    "in": Part("居民得到", rules.BOOKED, direction=IN),
    "out": Part("居民用掉和退回", rules.BOOKED, direction=OUT),
    "waiting": Part("待入账", (Kind.PENDING,), direction=IN),
    "held": Part("占用中", (Kind.PENDING,), direction=OUT),
    "award": Part("奖励", rules.REVERSIBLE, "award"),
    "redeem": Part("兑换", rules.REVERSIBLE, "redeem"),
    "reversal": Part("冲正", (Kind.REVERSAL,)),
    "fund": Part("注入", rules.REVERSIBLE, "fund"),
    "household": Part("户间转移", rules.REVERSIBLE, "household"),
    "expiry": Part("清零", rules.REVERSIBLE, "expiry"),
    "voided": Part("没有入账", (Kind.VOID_PENDING,)),
}
"""What the ledger of a place is summed by."""


@dataclass(frozen=True)
class Asked:
    """What somebody looks for in the ledger of ``area``; empty means anything."""

    area: Area
    part: str = ""
    purse: Purse | None = None
    since: date | None = None
    until: date | None = None
    text: str = ""


@dataclass(frozen=True)
class Total:
    """A sum of points and the number of its rows."""

    points: int = 0
    count: int = 0


def rows_of(actor: Actor, asked: Asked) -> QuerySet[Transfer]:
    """Return what is asked for, in places where the actor may look into the ledger.

    ``text`` is a case number or its beginning, a household's number, or a name where the actor
    sees names. Refuses a name that too many bear.
    """
    here = access.under(actor.reach("ledger.view")) & access.under([asked.area.prefix])
    rows = Transfer.objects.filter(SHOWN, here, unit__startswith=f"{POINTS}/")
    if asked.purse is not None:
        rows = rows.filter(unit=asked.purse.unit)
    if asked.since is not None:
        rows = rows.filter(at__gte=clock.start_of(asked.since))
    if asked.until is not None:
        rows = rows.filter(at__lt=clock.start_of(asked.until + clock.DAY))
    if asked.text:
        rows = rows.filter(_named(actor, asked.text))
    return rows.order_by("-pk")


def _named(actor: Actor, text: str) -> Q:
    found = Q(case_number__startswith=text)
    others = holders.others_called(actor, text, NAMESAKES_MAX)
    if others:
        found |= _touching(others)
    people = holders.people_called(text, NAMESAKES_MAX + 1) if actor.reach(NAMES) else []
    if len(people) > NAMESAKES_MAX:
        raise too_many(text)
    if people:
        theirs = _touching([(rules.PERSON, number) for number in people]) | Q(earner__in=people)
        found |= theirs & access.under(actor.reach(NAMES))
    return found


def _touching(found: list[tuple[str, int]]) -> Q:
    by_kind: dict[str, list[int]] = {}
    for kind, number in found:
        by_kind.setdefault(kind, []).append(number)
    accounts = list(
        Account.objects.filter(holders.held_by(by_kind)).order_by().values_list("pk", flat=True)
    )
    return Q(debit_account__in=accounts) | Q(credit_account__in=accounts)


def totals_of(rows: QuerySet[Transfer]) -> dict[str, Total]:
    """Return the total of each of ``PARTS``, and under "" how many rows there are (one query)."""
    sums = (
        rows.order_by()
        .values_list(
            "kind",
            "reason",
            "debit_account__holder_kind",
            "credit_account__holder_kind",
        )
        .annotate(points=Sum("amount"), count=Count("pk"))
    )
    found = {name: Total() for name in ("", *PARTS)}
    for kind, reason, debit, credit, points, count in sums:
        wanted = [n for n, part in PARTS.items() if part.holds(kind, reason, debit, credit)]
        for name in ("", *wanted):
            total = found[name]
            found[name] = Total(total.points + (points if name else 0), total.count + count)
    return found


@dataclass(frozen=True)
class AreaLine:
    """A row of a place's ledger, with the names that this reader is shown.

    Its change is signed as those who hold points see it; what stays within the purses is a plus
    when it came in. ``holder`` is the kind and number of the one who got it or gave it.
    """

    line: Line
    holders: str
    earner: str
    place: str
    holder: tuple[str, int] | None

    @property
    def transfer(self) -> Transfer:
        """The row itself."""
        return self.line.transfer

    @property
    def part(self) -> str:
        """What kind of movement it is, in a word."""
        row = self.line.transfer
        if row.kind == Kind.PENDING:
            return PARTS["waiting" if self.line.change > 0 else "held"].label
        if row.kind == Kind.VOID_PENDING:
            return PARTS["voided"].label
        if row.kind == Kind.REVERSAL:
            return PARTS["reversal"].label
        return PARTS[row.reason].label if row.reason in PARTS else self.line.reason.label


def page_of(
    actor: Actor, rows: QuerySet[Transfer], part: str, *, before: int | None, size: int = PAGE_SIZE
) -> tuple[list[AreaLine], int | None]:
    """Return a page of ``rows`` in one of ``PARTS`` (empty: all), and where the next one begins.

    Names are whole where the actor sees names, otherwise masked. Constant queries.
    """
    wanted = rows.filter(PARTS[part].condition) if part else rows
    if before is not None:
        wanted = wanted.filter(pk__lt=before)
    # Numbers first: what has to be sorted is then a number, not a whole row.
    numbers = list(wanted.order_by("-pk").values_list("pk", flat=True)[: size + 1])
    following = numbers[size - 1] if len(numbers) > size else None
    return _lines(actor, in_full(numbers[:size])), following


def every_line(
    actor: Actor, rows: QuerySet[Transfer], part: str, *, count_max: int
) -> Iterator[AreaLine]:
    """Yield the lines of a whole list, at most ``count_max``, with a chunk of them in memory."""
    before: int | None = None
    while count_max > 0:
        size = min(CHUNK, count_max)
        lines, before = page_of(actor, rows, part, before=before, size=size)
        yield from lines
        if before is None:
            return
        count_max -= size


def _lines(actor: Actor, rows: list[Transfer]) -> list[AreaLine]:
    faces = faces_in(rows)
    places = Area.objects.filter(prefix__in={row.area_prefix for row in rows})
    names = {area.prefix: area.short_name for area in places}
    reach = actor.reach(NAMES)
    lines = []
    for row in rows:
        in_full = any(division.is_under(row.area_prefix, above) for above in reach)
        sides = (row.debit_account, row.credit_account)
        held = [(a.holder_kind, a.holder_id) for a in sides if a.holder_kind != rules.PURSE]
        known = [name_of(faces[side], in_full=in_full) for side in held if side in faces]
        earner = row.earner.name if row.earner else ""
        lines.append(
            AreaLine(
                line=Line(row, _signed(row)),
                holders=" → ".join(known),
                earner=earner if in_full else mask_name(earner),
                place=names.get(row.area_prefix, ""),
                holder=held[-1] if held else None,
            )
        )
    return lines


def _signed(row: Transfer) -> int:
    if row.kind == Kind.VOID_PENDING:
        return 0
    way = direction_of(row.debit_account.holder_kind, row.credit_account.holder_kind)
    is_back = way == OUT or (not way and row.kind == Kind.REVERSAL)
    return -row.amount if is_back else row.amount
