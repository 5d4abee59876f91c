"""What casework's pages ask people to fill in. Bounds are checked again by the actions."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from zhicunbao.base.models import Area
from zhicunbao.casework.actions.moves import REASON_LENGTH_MAX
from zhicunbao.casework.actions.notices import TEXT_LENGTH_MAX
from zhicunbao.casework.actions.settings import SOURCE_LENGTH_MAX
from zhicunbao.casework.rules import Adjustable


class ReasonForm(forms.Form):
    """The reason for a step; ``is_needed`` by the flow's table."""

    reason = forms.CharField(
        label="理由",
        max_length=REASON_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="对方会看到这句话",
        error_messages={
            "required": "请写一句理由，对方会看到",
            "max_length": f"理由最多 {REASON_LENGTH_MAX} 字，请写短一些",
        },
    )

    def __init__(self, *args: Any, is_needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_needed


class ObjectionForm(forms.Form):
    """What somebody holds against a line of a notice."""

    text = forms.CharField(
        label="哪里不对",
        max_length=TEXT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=f"5 到 {TEXT_LENGTH_MAX} 字。写清时间、地点和您看到的情况，办理人据此核实",
        error_messages={
            "required": "请写明哪里不对，办理人要据此核实",
            "max_length": f"最多 {TEXT_LENGTH_MAX} 字，请写短一些",
        },
    )


class PlaceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in stubs alone
    """A choice of areas by the names that people use."""

    def label_from_instance(self, obj: Area) -> str:
        """Name the area."""
        return obj.short_name


class RuleForm(forms.Form):
    """A new version of an adjustable rule."""

    area = PlaceField(None, label="适用于", empty_label=None)
    value = forms.IntegerField(label="日数")
    valid_from = forms.DateField(
        label="从哪天起",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="今天或以后；已经开始的照原来的日数走完",
        error_messages={"required": "请选日期", "invalid": "请按 2026-12-01 的样子填"},
    )
    source = forms.CharField(
        label="依据",
        max_length=SOURCE_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="哪次会议通过，或文件号",
        error_messages={
            "required": "请写明依据，例如哪次会议通过",
            "max_length": f"依据最多 {SOURCE_LENGTH_MAX} 字，请写短一些",
        },
    )

    def __init__(self, *args: Any, rule: Adjustable, places: QuerySet[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("PlaceField", self.fields["area"]).queryset = places
        days = self.fields["value"]
        days.help_text = f"{rule.low} 到 {rule.high} 之间的整数"
        days.error_messages |= {
            "required": f"请填 {rule.low} 到 {rule.high} 之间的整数",
            "invalid": f"请填 {rule.low} 到 {rule.high} 之间的整数",
        }
        days.widget.attrs |= {"min": rule.low, "max": rule.high, "inputmode": "numeric"}
