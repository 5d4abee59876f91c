"""Casework's operations of the JSON door: plain moves of any case, and public notices."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Query, Router
from pydantic import Field

from zhicunbao.base.api import Asked, Fetched, Key, Page, Place, Sent, Shown, page_of
from zhicunbao.base.http import Request
from zhicunbao.casework import actions, queries
from zhicunbao.casework.api.shapes import Allowed, CaseRow, allowed_of, case_row
from zhicunbao.casework.models import Case, PublicNotice
from zhicunbao.casework.queries.notices import PAST, RUNNING, STOPPED
from zhicunbao.kernel.refusals import Invalid

router = Router(tags=["casework"])

SeenCase = Annotated[Case, Fetched(queries.fetch_case)]
SeenNotice = Annotated[PublicNotice, Fetched(queries.fetch_notice)]


# ---- cases ----


class Move(Sent):
    """A verb from ``allowed``, the version of the case that was seen, and a reason if asked for."""

    verb: str = Field(min_length=1, max_length=24)
    seen: int
    reason: str = ""


class CaseMoved(CaseRow):
    """A case after a move, with what the person may do now."""

    allowed: list[Allowed]


@router.post("/cases/{int:case}/moves", url_name="move", response=CaseMoved)
def move(request: Request, case: SeenCase, key: Key, sent: Move) -> CaseMoved:
    """Move a case by a verb that needs nothing but perhaps a reason (`is_plain` in `allowed`).

    Refused with 409 when somebody moved the case since `seen`, 403 when the verb is not the
    person's, 422 when it has an operation of its own.
    """
    flow = queries.flow_of(case)
    ways = [t for t in flow.transitions if t.verb == sent.verb]
    # Of a verb that the state no longer allows, ``perform`` says who acted meanwhile.
    transition = flow.find(case.state, sent.verb) or next(iter(ways), None)
    if transition is None or not transition.plain:
        raise Invalid(
            "这一步不能在这里办。请按接口说明，用它自己的地址。",
            code="own_operation",
            fields={"verb": "请从 allowed 里 is_plain 的几项选"},
        )
    actions.perform(request.actor, case, sent.verb, key=key, seen=sent.seen, reason=sent.reason)
    moved = queries.fetch_case(request.actor, case.pk)
    steps = list(moved.steps.all())
    return CaseMoved(
        **case_row(moved).model_dump(), allowed=allowed_of(request.actor, moved, steps)
    )


# ---- public notice ----


class NoticeRow(Shown):
    """A public notice. ``objections_open`` counts those that wait for an answer."""

    id: int
    title: str
    area: Place
    window_days: int
    opens_at: datetime
    closes_at: datetime
    lines: int
    points: int
    objections_open: int


class AnswerShown(Shown):
    """An objection as everybody may read it: where it stands and why. Never by whom."""

    state_label: str
    reason: str
    is_open: bool


class NoticeLine(Shown):
    """A line of a notice as it was frozen, and what became of it."""

    number: int
    masked_name: str
    area_name: str
    subject: str
    points: int
    state_label: str
    is_stopped: bool
    objections: list[AnswerShown]


class NoticeWhole(NoticeRow):
    """A notice with all its lines."""

    entries: list[NoticeLine]


class NoticesAsked(Asked):
    """``place``: in the window, stopped by an objection, or over. ``area``: an area's code."""

    place: Literal["running", "stopped", "past"] = "running"
    area: str = Field("", max_length=24)


PLACES = {"running": RUNNING, "stopped": STOPPED, "past": PAST}


@router.get("/notices", url_name="notices", response=Page[NoticeRow])
def list_notices(request: Request, asked: Query[NoticesAsked]) -> Page[NoticeRow]:
    """List the public notices of the person's street, newest first."""
    rows = queries.board(request.actor, PLACES[asked.place], asked.area)
    notices, following = page_of(rows, asked, "-opens_at", "-id")
    return Page[NoticeRow](items=[_row(notice) for notice in notices], next=following)


@router.get("/notices/{int:notice}", url_name="notice", response=NoticeWhole)
def show_notice(request: Request, notice: SeenNotice) -> NoticeWhole:
    """Show a public notice with its lines, their objections and the answers to them."""
    entries = [
        NoticeLine(
            number=line.number,
            masked_name=line.entry.masked_name,
            area_name=line.entry.area_name,
            subject=line.entry.subject,
            points=line.entry.points,
            state_label=line.state,
            is_stopped=line.is_stopped,
            objections=[
                AnswerShown(state_label=a.state, reason=a.reason, is_open=a.is_open)
                for a in line.answers
            ],
        )
        for line in queries.lines_of(request.actor, notice)
    ]
    return NoticeWhole(**_row(notice).model_dump(), entries=entries)


def _row(notice: PublicNotice) -> NoticeRow:
    # The three figures are annotated by ``queries.notices``, which every notice here comes from.
    return NoticeRow(
        id=notice.pk,
        title=notice.title,
        area=Place.of(notice.area),
        window_days=notice.window_days,
        opens_at=notice.opens_at,
        closes_at=notice.closes_at,
        lines=getattr(notice, "entry_count", 0),
        points=getattr(notice, "points_sum", 0),
        objections_open=getattr(notice, "open_count", 0),
    )
