"""The ledger's operations of the JSON door: what one has, and every row of it."""

from datetime import datetime
from typing import Literal

from ninja import Query, Router

from zhicunbao.base.api import Asked, Page, Sent, Shown, cursor_of, place_in
from zhicunbao.base.http import Request
from zhicunbao.ledger import queries, rules

router = Router(tags=["ledger"])


class Points(Shown):
    """Booked, on their way in, usable now, and promised away."""

    posted: int
    pending: int
    available: int
    held: int


class StatementLine(Shown):
    """One movement of points. ``change`` is signed; ``balance`` is what was usable after it, in the
    list ``all`` alone. ``earner`` is who earned it for the household: one of it in full, others
    masked.
    """

    id: int
    at: datetime
    title: str
    reason: str
    state: str
    change: int
    balance: int | None
    case_number: str
    earner: str


class PointsAsked(Sent):
    """Whose points: one's own, or those of the household that one belongs to."""

    of: Literal["me", "home"] = "me"


class LinesAsked(Asked):
    """Whose points, and which list: every row, what came in, what went out, or what waits to be
    booked.
    """

    of: Literal["me", "home"] = "me"
    show: Literal["all", "in", "out", "waiting"] = "all"


@router.get("/points", url_name="points", response=Points)
def show_points(request: Request, asked: Query[PointsAsked]) -> Points:
    """Say how many points the person has, or the household.

    Who belongs to no household has none there.
    """
    holder = _holder(request, asked.of)
    balance = queries.balance(queries.accounts_of(*holder) if holder else [])
    return Points(
        posted=balance.posted,
        pending=balance.pending,
        available=balance.available,
        held=balance.held,
    )


@router.get("/points/statement", url_name="statement", response=Page[StatementLine])
def list_statement(request: Request, asked: Query[LinesAsked]) -> Page[StatementLine]:
    """List the movements of the person's points, or the household's, newest first."""
    holder = _holder(request, asked.of)
    if holder is None:
        return Page[StatementLine](items=[], next=None)
    name = f"ledger.statement:{asked.of}:{asked.show}"
    found = queries.statement(
        queries.accounts_of(*holder),
        show=asked.show,
        before=place_in(name, asked.cursor)[0] if asked.cursor else None,
        size=asked.limit,
    )
    earners = queries.earners_of(request.actor.person_id or 0, holder, says_me=False)
    following = cursor_of(name, [found.next_before]) if found.next_before else None
    items = [_line(line, earners.name(line)) for line in found.lines]
    return Page[StatementLine](items=items, next=following)


def _holder(request: Request, of: str) -> tuple[str, int] | None:
    person_id = request.actor.person_id or 0
    if of == "me":
        return rules.PERSON, person_id
    return next(iter(queries.homes_of(person_id)), None)


def _line(line: queries.Line, earner: str) -> StatementLine:
    row = line.transfer
    return StatementLine(
        id=row.pk,
        at=row.at,
        title=line.title,
        reason=line.reason.label,
        state=line.state,
        change=line.change,
        balance=line.balance,
        case_number=row.case_number,
        earner=earner,
    )
