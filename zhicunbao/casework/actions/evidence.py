"""Keeping what proves a matter: photos, a position, filled-in fields, a note."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from zhicunbao.base import files
from zhicunbao.base.models import Area
from zhicunbao.base.photos import CleanPhoto
from zhicunbao.casework.models import Evidence
from zhicunbao.casework.rules import Move
from zhicunbao.kernel import clock
from zhicunbao.registry.queries import outline_of
from zhicunbao.registry.rules import is_inside


@dataclass(frozen=True)
class Photo:
    """A photo as it was sent, or already cleaned; which of the wanted ones it is; phone's time."""

    upload: files.Upload | CleanPhoto
    label: str
    device_at: datetime | None = None

    def cleaned(self) -> "Photo":
        """Return this photo checked and cleaned; refuses what is not one (files.clean_photo)."""
        if isinstance(self.upload, CleanPhoto):
            return self
        return replace(self, upload=files.clean_photo(self.upload))

    @cached_property
    def fingerprint(self) -> str:
        """The digest of the bytes as sent: the same photo sent again is the same request."""
        if isinstance(self.upload, CleanPhoto):
            return self.upload.sha256
        seen = hashlib.sha256()
        for chunk in self.upload.chunks():
            seen.update(chunk)
        self.upload.seek(0)
        return seen.hexdigest()


@dataclass(frozen=True)
class Position:
    """Where the phone says it is: WGS-84 degrees and its error in metres."""

    latitude: float
    longitude: float
    accuracy_m: int

    @property
    def fingerprint(self) -> list[str]:
        """The numbers as text: canonical forms hold no floats."""
        return [f"{self.latitude:.4f}", f"{self.longitude:.4f}", str(self.accuracy_m)]


def keep_evidence(move: Move, *, within: Area) -> None:
    """Keep what ``move.data`` brings under the step that is being made; for a flow's effects.

    ``within``: the area against which a position is judged.
    ``photos``: list of Photo; ``position``: Position or None; ``fields``: list of (label, text);
    ``note``: text. Refuses a photo that is not one (files.keep_photo says how). Remembers counts
    and digests in the step.
    """
    round_ = len(move.steps) + 1
    rows = [_photo(move, round_, photo) for photo in move.data.get("photos", ())]
    if position := move.data.get("position"):
        rows.append(_position(move, round_, position, within))
    rows += [
        Evidence(case=move.case, round=round_, kind=Evidence.Kind.FIELD, label=label, text=text)
        for label, text in move.data.get("fields", ())
        if text
    ]
    if note := move.data.get("note", ""):
        rows.append(
            Evidence(case=move.case, round=round_, kind=Evidence.Kind.NOTE, label="说明", text=note)
        )
    for row in rows:
        row.received_at = move.at
    Evidence.objects.bulk_create(rows)
    move.detail["round"] = round_
    move.detail["photos"] = [r.attachment.sha256 for r in rows if r.attachment is not None]


def _photo(move: Move, round_: int, photo: Photo) -> Evidence:
    kept = files.keep_photo(move.actor, photo.upload, area_prefix=move.case.area_prefix)
    return Evidence(
        case=move.case,
        round=round_,
        kind=Evidence.Kind.PHOTO,
        label=photo.label,
        attachment=kept,
        # What cannot be true counts as not said: it is a hint for people, never a refusal.
        device_at=said if (said := photo.device_at) and clock.is_believable(said) else None,
    )


def _position(move: Move, round_: int, position: Position, within: Area) -> Evidence:
    outline = outline_of(within)
    inside = (
        is_inside(outline, position.latitude, position.longitude, position.accuracy_m)
        if outline
        else None
    )
    return Evidence(
        case=move.case,
        round=round_,
        kind=Evidence.Kind.POSITION,
        label="现场位置",
        is_inside=inside,
        latitude=round(position.latitude, 4),
        longitude=round(position.longitude, 4),
        accuracy_m=position.accuracy_m,
    )
