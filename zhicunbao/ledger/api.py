"""The ledger's operations of the JSON door: what one has, and every row of it."""

from datetime import datetime
from typing import Literal

from ninja import Query, Router

from zhicunbao.base.api import Asked, Page, Shown, cursor_of, place_in
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
    list ``all`` alone.
    """

    id: int
    at: datetime
    title: str
    reason: str
    state: str
    change: int
    balance: int | None
    case_number: str


class LinesAsked(Asked):
    """Which list: every row, what came in, what went out, or what waits to be booked."""

    show: Literal["all", "in", "out", "waiting"] = "all"


@router.get("/points", url_name="points", response=Points)
def show_points(request: Request) -> Points:
    """Say how many points the person has."""
    balance = queries.balance_of(request.actor.person_id or 0)
    return Points(
        posted=balance.posted,
        pending=balance.pending,
        available=balance.available,
        held=balance.held,
    )


@router.get("/points/statement", url_name="statement", response=Page[StatementLine])
def list_statement(request: Request, asked: Query[LinesAsked]) -> Page[StatementLine]:
    """List the movements of the person's points, newest first."""
    name = f"ledger.statement:{asked.show}"
    found = queries.statement(
        queries.accounts_of(rules.PERSON, request.actor.person_id or 0),
        show=asked.show,
        before=place_in(name, asked.cursor)[0] if asked.cursor else None,
        size=asked.limit,
    )
    following = cursor_of(name, [found.next_before]) if found.next_before else None
    return Page[StatementLine](items=[_line(line) for line in found.lines], next=following)


def _line(line: queries.Line) -> StatementLine:
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
    )
