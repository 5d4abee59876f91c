"""How cases look in JSON, for casework itself and for every feature that has cases."""

from collections.abc import Iterable
from datetime import datetime

from zhicunbao.base import files
from zhicunbao.base.access import Actor
from zhicunbao.base.api import Shown
from zhicunbao.casework import queries
from zhicunbao.casework.models import Case, Evidence, Step


class LinePartShown(Shown):
    """One dot of the line of steps: ``done``, ``now``, ``ahead`` or ``returned``."""

    label: str
    state: str


class CaseRow(Shown):
    """Where a case stands. ``version`` goes back as ``seen`` with whatever is done to it."""

    id: int
    number: str
    state: str
    state_label: str
    version: int
    due_at: datetime | None
    closed_at: datetime | None
    line: list[LinePartShown]


def case_row(case: Case) -> CaseRow:
    """Return where ``case`` stands."""
    return CaseRow(
        id=case.pk,
        number=queries.number_of(case),
        state=case.state,
        state_label=queries.state_label(case),
        version=case.version,
        due_at=case.due_at,
        closed_at=case.closed_at,
        line=[LinePartShown(label=p.label, state=p.state) for p in queries.line_of(case)],
    )


class Allowed(Shown):
    """A verb that the reader may perform now. ``is_plain``: ``POST /cases/{case}/moves`` does it;
    the others have an operation of their own.
    """

    verb: str
    label: str
    needs_reason: bool
    is_plain: bool


def allowed_of(actor: Actor, case: Case, steps: list[Step]) -> list[Allowed]:
    """Return what ``actor`` may do with ``case`` now; ``steps`` are all of its steps."""
    return [
        Allowed(verb=t.verb, label=t.label, needs_reason=t.reason, is_plain=t.plain)
        for t in queries.allowed(actor, case, steps)
    ]


class StepShown(Shown):
    """One step. ``who`` is empty for the clock and masked where the reader may not know."""

    verb: str
    label: str
    who: str
    at: datetime
    reason: str


def steps_of(actor: Actor, case: Case, steps: Iterable[Step]) -> list[StepShown]:
    """Return the steps as ``actor`` may read them."""
    acts = [queries.act_of(actor, case, step) for step in steps]
    return [
        StepShown(verb=a.step.verb, label=a.label, who=a.who, at=a.step.at, reason=a.step.reason)
        for a in acts
    ]


class PhotoShown(Shown):
    """A photo with its addresses and the three times that are known of it."""

    label: str
    url: str
    thumb_url: str
    camera_at: datetime | None
    device_at: datetime | None
    received_at: datetime


class SaidShown(Shown):
    """Something that was filled in or noted."""

    label: str
    text: str


class RoundShown(Shown):
    """What was handed in at one time. ``is_inside``: whether the position given lies in the area;
    null when none was given or no outline is drawn.
    """

    received_at: datetime
    photos: list[PhotoShown]
    has_position: bool
    is_inside: bool | None
    said: list[SaidShown]


def evidence_of(case: Case) -> list[RoundShown]:
    """Return what was handed in, the newest round first (one query)."""
    return [_round(rows) for rows in queries.evidence_of(case)]


def _round(rows: list[Evidence]) -> RoundShown:
    positions = [row for row in rows if row.kind == Evidence.Kind.POSITION]
    return RoundShown(
        received_at=rows[0].received_at,
        photos=[_photo(row) for row in rows if row.attachment is not None],
        has_position=bool(positions),
        is_inside=positions[0].is_inside if positions else None,
        said=[
            SaidShown(label=row.label, text=row.text)
            for row in rows
            if row.kind in (Evidence.Kind.FIELD, Evidence.Kind.NOTE)
        ],
    )


def _photo(row: Evidence) -> PhotoShown:
    photo = row.attachment
    if photo is None:
        raise ValueError(f"evidence {row.pk} is not a photo")
    return PhotoShown(
        label=row.label,
        url=files.photo_url(photo),
        thumb_url=files.photo_url(photo, thumbnail=True),
        camera_at=photo.camera_at,
        device_at=row.device_at,
        received_at=row.received_at,
    )
