"""The form by which a work item gets a new version. It reads what was filled in; which points are
allowed and who may adopt is decided by the action.
"""

import re
from typing import Any, Final

from django import forms

from zhicunbao.work.models import WorkItemVersion
from zhicunbao.work.rules import LEVELS, PHOTOS_MAX

FIELDS_MAX: Final = 4
"""Rows for what is to be filled in: asking for more than this is asking too much."""
MINUTES_MAX: Final = 480
WHOLE: Final = {"required": "请填整数", "invalid": "请填整数", "min_value": "不能更小"}
SHOWN_AT: Final = {"points_by_level": "points_1"}
"""Where a refusal about the five numbers together is shown."""
_BETWEEN = re.compile(r"[、,，;；\s]+")


def _number(label: str, low: int, high: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=low,
        max_value=high,
        error_messages=WHOLE | {"max_value": f"最多 {high}"},
    )


class VersionForm(forms.Form):
    """What a work item asks and gives from today on. ``points_1`` to ``points_5`` and the rows
    ``field_1`` to ``field_4`` stand for the lists that a version keeps.
    """

    photo_labels = forms.CharField(label="每张照片拍什么", required=False, max_length=120)
    wants_position = forms.BooleanField(label="要现场位置（只记在不在）", required=False)
    minutes_on_site = _number("到现场约几分钟", 0, MINUTES_MAX)
    cap_period = forms.ChoiceField(label="封顶按", choices=WorkItemVersion.Period.choices)
    cap_count = _number("每人最多几次", 0, 99)
    cap_points = _number("每人最多几分", 0, 9_999)
    source = forms.CharField(
        label="依据",
        required=False,
        max_length=300,
        help_text="写明哪次会议、哪份文件定的。没有依据不能生效",
    )

    def __init__(self, sent: Any = None, *, initial: dict[str, Any]) -> None:
        super().__init__(sent, initial=initial)
        for level in LEVELS:
            self.fields[f"points_{level}"] = _number(f"{level} 级", 0, 999)
        for row in range(1, FIELDS_MAX + 1):
            self.fields[f"field_{row}"] = forms.CharField(
                label=f"第 {row} 项", required=False, max_length=40
            )
            self.fields[f"field_{row}_minutes"] = forms.IntegerField(
                label=f"第 {row} 项约几分钟", required=False, min_value=0, max_value=60
            )
            self.fields[f"field_{row}_is_required"] = forms.BooleanField(
                label=f"第 {row} 项必填", required=False
            )

    def changes(self) -> dict[str, Any]:
        """Return the content of the new version; call it on a valid form."""
        read = self.cleaned_data
        labels = [label[:40] for label in _BETWEEN.split(read["photo_labels"]) if label]
        return {
            "points_by_level": [read[f"points_{n}"] for n in LEVELS],
            "photos_min": len(labels[:PHOTOS_MAX]),
            "photo_labels": labels[:PHOTOS_MAX],
            "wants_position": read["wants_position"],
            "fields": [
                {
                    "label": read[f"field_{n}"].strip(),
                    "is_required": read[f"field_{n}_is_required"],
                    "minutes": read[f"field_{n}_minutes"] or 1,
                }
                for n in range(1, FIELDS_MAX + 1)
                if read[f"field_{n}"].strip()
            ],
            "minutes_on_site": read["minutes_on_site"],
            "cap_count": read["cap_count"],
            "cap_points": read["cap_points"],
            "cap_period": read["cap_period"],
        }


def values_of(version: WorkItemVersion) -> dict[str, Any]:
    """Return a version's content as the form's values."""
    values: dict[str, Any] = {
        "photo_labels": "、".join(version.photo_labels),
        "wants_position": version.wants_position,
        "minutes_on_site": version.minutes_on_site,
        "cap_period": version.cap_period,
        "cap_count": version.cap_count,
        "cap_points": version.cap_points,
    }
    values |= {f"points_{n}": version.points(n) for n in LEVELS}
    for n, field in enumerate(version.fields[:FIELDS_MAX], start=1):
        values |= {
            f"field_{n}": field["label"],
            f"field_{n}_minutes": field["minutes"],
            f"field_{n}_is_required": field["is_required"],
        }
    return values
