"""The form by which a claimant hands in proof: what it asks follows from the task. It reads what
was sent; whether that is enough is decided by the action.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final

from django import forms
from django.http import HttpRequest

from zhicunbao.casework.actions import Photo
from zhicunbao.casework.actions.evidence import Position
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Refusal
from zhicunbao.work.models import Task
from zhicunbao.work.rules import EXTRA_LABEL, FIELD_LENGTH_MAX, NOTE_LENGTH_MAX, PHOTOS_SENT_MAX

MORE: Final = "more"


@dataclass(frozen=True)
class Slot:
    """A place for photos on the form. Each wanted photo has one of its own; the last takes more."""

    name: str
    label: str
    is_required: bool
    takes_several: bool = False

    @property
    def taken_name(self) -> str:
        """The hidden fields that carry the phone's times, in the order of the files."""
        return f"taken_{self.name}"


def slots_of(task: Task) -> list[Slot]:
    """Return the places for photos: one a wanted label, then one for whatever else helps."""
    labels = [str(label) for label in task.photo_labels]
    wanted = [
        Slot(f"photo_{n}", label, n < task.photos_min) for n, label in enumerate(labels, start=0)
    ]
    rest = task.photos_min - len(labels)
    return [*wanted, Slot(MORE, EXTRA_LABEL, rest > 0, takes_several=True)]


class ProofForm(forms.Form):
    """The task's own fields and a note. Photos and position are read from the request beside it."""

    note = forms.CharField(
        label="说明",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": NOTE_LENGTH_MAX, "data-count": ""}),
    )

    def __init__(self, task: Task, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = [(f"field_{n}", str(field["label"])) for n, field in enumerate(task.fields)]
        for (name, label), field in zip(self.asked, task.fields, strict=True):
            self.fields[name] = forms.CharField(
                label=label,
                required=bool(field.get("is_required")),
                widget=forms.TextInput(attrs={"maxlength": FIELD_LENGTH_MAX}),
            )
            self.fields[name].error_messages["required"] = f"请填“{label}”"

    @property
    def task_fields(self) -> list[forms.BoundField]:
        """The fields that the task asks for, in its order."""
        return [self[name] for name, _ in self.asked]

    def answers(self) -> list[tuple[str, str]]:
        """Return what was filled in, as (label, text)."""
        return [(label, self.data.get(name, "").strip()) for name, label in self.asked]

    def note_text(self) -> str:
        """Return the note; a browser counts a line's end as one character and sends two."""
        return str(self.data.get("note", "")).replace("\r\n", "\n").strip()

    def show(self, refusal: Refusal) -> None:
        """Put the sentences that belong to a field under it; those of photos stand elsewhere."""
        by_label = {f"field:{label}": name for name, label in self.asked}
        for key, sentence in refusal.fields.items():
            name = by_label.get(key, key)
            if name in self.fields and name not in self.errors:
                self.add_error(name, sentence)


def photos_sent(request: HttpRequest, task: Task) -> Iterator[Photo]:
    """Yield the photos of the request with their labels and the phone's times."""
    for slot in slots_of(task):
        uploads = request.FILES.getlist(slot.name)
        times = request.POST.getlist(slot.taken_name)
        for upload, taken in zip_longest(uploads, times[: len(uploads)]):
            yield Photo(upload, slot.label, device_time(taken or ""))


def device_time(text: str) -> datetime | None:
    """Return the phone's time as an aware moment, China's when it names no zone; None for what
    cannot be read.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.LOCAL)


def position_sent(request: HttpRequest) -> Position | None:
    """Return the position of the request, or None when none came or it is no place on earth."""
    try:
        latitude, longitude = (float(request.POST.get(name, "")) for name in ("lat", "lon"))
        accuracy_m = int(request.POST.get("accuracy_m", ""))
    except ValueError:
        return None
    # "not … <=" also turns away what is not a number.
    if not (abs(latitude) <= 90 and abs(longitude) <= 180 and 0 < accuracy_m < 100_000):
        return None
    return Position(latitude, longitude, accuracy_m)


def faults_of(photos: list[Photo]) -> list[str]:
    """Return what is wrong with each photo that cannot be kept, by its label and place."""
    found = []
    for number, photo in enumerate(photos[:PHOTOS_SENT_MAX], start=1):
        try:
            photo.cleaned()
        except Refusal as refusal:
            found.append(f"第 {number} 张（{photo.label}）：{refusal.message}")
    return found
