"""What the desk's pages of work ask people to fill in. A form reads and never judges: what may be
published, evaluated or adopted is decided by the actions, whose refusals come back to its fields.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.http import QueryDict

from zhicunbao.base.forms import number_in
from zhicunbao.base.models import Area
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid
from zhicunbao.work.models import Module, Task, WorkItemVersion
from zhicunbao.work.rules import LEVELS, PHOTOS_MAX, SLOTS_MAX, Publication

LOCAL_TIME: Final = "%Y-%m-%dT%H:%M"
NEEDED: Final = {"required": "请填这一项", "invalid": "请改成看得懂的写法"}
LOADS_ITEM: Final = {
    "hx-get": "?",
    "hx-trigger": "change consume",
    "hx-include": "#publish",
    "hx-params": "not csrfmiddlewaretoken,key",
    "hx-target": "#publish",
    "hx-select": "#publish",
    "hx-select-oob": "#asked",
    "hx-swap": "outerHTML",
}
"""Choosing another work item loads its points and proof at once; without scripts a button does."""
_BETWEEN = re.compile(r"[、,，;；\s]+")


def show(form: forms.Form, refusal: Invalid, at: Mapping[str, str] | None = None) -> None:
    """Put a refusal's sentences under the fields that they name (``at``: under which other one),
    or above the form.
    """
    for said, sentence in (refusal.fields or {"": refusal.message}).items():
        name = (at or {}).get(said, said)
        form.add_error(name if name in form.fields else None, sentence)


class MomentField(forms.DateTimeField):
    """A moment to the minute, as people in China read their clocks."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(
            label=label,
            input_formats=[LOCAL_TIME, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL_TIME),
            error_messages={"required": "请选日期和时间", "invalid": "请选日期和时间"},
            **options,
        )


def grouped_items(versions: Iterable[WorkItemVersion]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the work items as choices, under their five modules."""
    found: dict[int, list[tuple[str, str]]] = {m.value: [] for m in Module}
    for version in versions:
        found[version.item.module].append((version.item.code, version.item.name))
    return [(Module(m).label, items) for m, items in found.items() if items]


def grouped_areas(areas: Sequence[Area]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return areas as choices: each community whole, then its grids and micro-grids."""
    names = {a.prefix: a.short_name for a in areas}
    groups: dict[str, list[tuple[str, str]]] = {}
    for area in areas:
        village = names.get(area.prefix[:12], "其他")
        label = f"{village}（全部）" if len(area.prefix) == 12 else area.short_name
        if area.level == "micro_grid" and area.prefix[:14] in names:
            label = f"{names[area.prefix[:14]].removeprefix(village[:2])} · {label}"
        groups.setdefault(village, []).append((area.code, label))
    return list(groups.items())


class PublicationForm(forms.Form):
    """A task as its publisher writes it."""

    item = forms.ChoiceField(
        label="工作事项", error_messages=NEEDED, widget=forms.Select(attrs=LOADS_ITEM)
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        label="任务名称", required=False, widget=forms.TextInput(attrs={"maxlength": 40})
    )
    text = forms.CharField(
        label="要做什么",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300}),
    )
    level = forms.TypedChoiceField(
        label="难度",
        coerce=int,
        choices=[(n, f"{n} 级") for n in LEVELS],
        widget=forms.RadioSelect,
        error_messages=NEEDED,
    )
    area = forms.ChoiceField(label="范围", error_messages={"required": "请选在哪里做"})
    place = forms.CharField(
        label="具体地点", required=False, widget=forms.TextInput(attrs={"maxlength": 40})
    )
    slots = forms.IntegerField(
        label="名额",
        widget=forms.NumberInput(attrs={"min": 1, "max": SLOTS_MAX}),
        error_messages={"required": "请填几个人", "invalid": "请填一个整数"},
    )
    opens_at = MomentField("开始认领")
    closes_at = MomentField("认领截止")
    due_at = MomentField("完成期限")
    way = forms.ChoiceField(
        label="怎么分", choices=Task.Way.choices, widget=forms.RadioSelect, error_messages=NEEDED
    )
    trust = forms.BooleanField(label="都不用交，信得过", required=False)
    photos_min = forms.TypedChoiceField(
        label="照片",
        coerce=int,
        choices=[(n, f"{n} 张" if n else "不要") for n in range(PHOTOS_MAX + 1)],
        required=False,
    )
    photo_labels = forms.CharField(label="每张拍什么", required=False, max_length=120)
    wants_position = forms.BooleanField(label="现场位置（只记在不在）", required=False)
    keep = forms.MultipleChoiceField(
        label="填写", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        versions: Sequence[WorkItemVersion],
        areas: Sequence[Area],
        loaded: WorkItemVersion,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.loaded = loaded
        self._choices("item", grouped_items(versions))
        self._choices("area", [("", "请选择"), *grouped_areas(areas)])
        self._choices("keep", [(f["label"], f["label"]) for f in loaded.fields])

    def _choices(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def proof(self) -> "Proof":
        """Return the proof that is asked for; call it on a valid form."""
        return Proof.of(self.loaded, self.cleaned_data)

    def publication(self) -> Publication:
        """Return the publication as written; call it on a valid form."""
        read, proof = self.cleaned_data, self.proof()
        return Publication(
            version=self.loaded,
            title=read["title"],
            text=read["text"],
            level=read["level"],
            slots=read["slots"],
            way=read["way"],
            opens_at=read["opens_at"],
            closes_at=read["closes_at"],
            due_at=read["due_at"],
            place=read["place"],
            photos_min=proof.photos_min,
            photo_labels=proof.photo_labels,
            wants_position=proof.wants_position,
            fields=proof.fields,
        )


@dataclass(frozen=True)
class Proof:
    """What a task asks to be handed in."""

    photos_min: int
    photo_labels: tuple[str, ...]
    wants_position: bool
    fields: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, version: WorkItemVersion, read: dict[str, Any]) -> "Proof":
        """Return the proof that the values ``read`` ask for; trust asks for none."""
        if read.get("trust"):
            return cls(0, (), wants_position=False, fields=())
        photos = int(read.get("photos_min") or 0)
        labels = [label[:40] for label in _BETWEEN.split(read.get("photo_labels", "")) if label]
        kept = set(read.get("keep", ()))
        return cls(
            photos,
            tuple(labels[:photos]),
            wants_position=bool(read.get("wants_position")),
            fields=tuple(f for f in version.fields if f["label"] in kept),
        )


def fresh_values(version: WorkItemVersion, now: datetime) -> dict[str, Any]:
    """Return what a new publication of a work item starts with: the item's own proof, level 3, two
    days to claim and one more to finish, until six in the evening.
    """
    today = clock.end_of(clock.local_date(now)) - timedelta(hours=5, minutes=59, seconds=59)
    return {
        "item": version.item.code,
        "version": version.pk,
        "level": 3,
        "slots": 5,
        "way": Task.Way.CLAIM,
        "opens_at": now.replace(second=0, microsecond=0),
        "closes_at": today + timedelta(days=2),
        "due_at": today + timedelta(days=3),
        **proof_values(version),
    }


def proof_values(version: WorkItemVersion) -> dict[str, Any]:
    """Return the proof that a work item asks for by itself, as the form's values."""
    return {
        "trust": False,
        "photos_min": version.photos_min,
        "photo_labels": "、".join(version.photo_labels),
        "wants_position": version.wants_position,
        "keep": [f["label"] for f in version.fields],
    }


def values_of(task: Task) -> dict[str, Any]:
    """Return a task's content as the form's values, but for its version and times."""
    return {
        "item": task.version.item.code,
        "title": task.title,
        "text": task.text,
        "level": task.level,
        "area": task.area.code,
        "place": task.place,
        "slots": task.slots,
        "way": task.way,
        "trust": not (task.photos_min or task.wants_position or task.fields),
        "photos_min": task.photos_min,
        "photo_labels": "、".join(task.photo_labels),
        "wants_position": task.wants_position,
        "keep": [f["label"] for f in task.fields],
    }


VERDICTS: Final = {"evaluate": "做到了", "return": "退回补充", "reject": "没做到"}
"""Verb of a claim's flow → what the evaluator chooses."""


class EvaluationForm(forms.Form):
    """A verdict on a claim. Nothing is chosen beforehand but the difficulty as published."""

    verb = forms.ChoiceField(
        label="您的考评",
        choices=list(VERDICTS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "请先选“做到了”“退回补充”或“没做到”"},
    )
    level = forms.TypedChoiceField(
        label="难度是否合适", coerce=int, widget=forms.RadioSelect, required=False, empty_value=None
    )
    reason = forms.CharField(
        label="评语",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "给对方一句话"}),
    )

    def __init__(self, sent: Any = None, *, task: Task) -> None:
        super().__init__(sent, initial={"level": task.level})
        self.levels = [n for n in LEVELS if abs(n - task.level) <= 1]
        field = self.fields["level"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(n, f"{n} 级") for n in self.levels]


class ReviewForm(forms.Form):
    """What a committee member does with the rows that are ticked."""

    verb = forms.ChoiceField(
        choices=[("review", "审核通过"), ("send_back", "退回考评")],
        error_messages={"required": "请选“审核通过”或“退回所选”"},
    )
    reason = forms.CharField(label="退回的理由", required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for a tick, and for a reason when something is sent back."""
        read: dict[str, Any] = super().clean() or {}
        picked = self.data.getlist("pick") if isinstance(self.data, QueryDict) else []
        read["pick"] = [pk for pk in map(number_in, picked) if pk is not None]
        if not read["pick"]:
            self.add_error(None, "还没有勾选。请先勾选要审核的几件。")
        if read.get("verb") == "send_back" and not read.get("reason", "").strip():
            self.add_error("reason", "退回要写一句理由，考评的人会看到")
        return read


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label="理由", required=False, max_length=300)


def seen_in(sent: QueryDict, name: str = "seen") -> int | None:
    """Return the version of a case that the page showed; None when it was not sent."""
    return number_in(sent.get(name, ""))
