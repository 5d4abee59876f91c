"""What treasury's pages ask people to fill in. Bounds are checked again by the actions."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from zhicunbao.kernel import clock
from zhicunbao.ledger.models import MEMO_LENGTH_MAX, PURSE_TEXT_MAX, Purse
from zhicunbao.ledger.rules import AMOUNT_MAX
from zhicunbao.treasury.models import HouseholdMove

NUMBER_LENGTH_MAX = 20


def _text(label: str, longest: int, help_text: str, missing: str, *, rows: int = 0) -> forms.Field:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(
        label=label,
        max_length=longest,
        help_text=help_text,
        widget=widget,
        error_messages={"required": missing, "max_length": f"最多 {longest} 字，请写短一些"},
    )


def _day(label: str, help_text: str, *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请选日期", "invalid": "请按 2026-12-01 的样子填"},
    )


class CorrectionForm(forms.Form):
    """Why a booked row is wrong."""

    reason = _text(
        "为什么要冲正",
        MEMO_LENGTH_MAX,
        "本人会在明细里看到这句话，写清哪里记错了",
        "请写一句原因，本人会看到",
        rows=3,
    )


class MoveForm(forms.Form):
    """Where the points of a household go, how many, and on what ground."""

    kind = forms.ChoiceField(
        label="办什么",
        choices=HouseholdMove.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选一种"},
    )
    target = forms.CharField(
        label="转入的户编号",
        required=False,
        max_length=NUMBER_LENGTH_MAX,
    )
    person = forms.TypedChoiceField(
        label="转给哪位成员", required=False, coerce=int, empty_value=None
    )
    points = forms.IntegerField(
        label="转多少",
        min_value=1,
        max_value=AMOUNT_MAX,
        error_messages={"required": "请填分数", "min_value": "至少 1 分"},
    )
    document = _text(
        "依据", PURSE_TEXT_MAX, "分户协议、户口迁移等文件的名称或编号", "请写明依据的文件"
    )
    reason = _text("为什么", MEMO_LENGTH_MAX, "两边的人都会看到", "请写一句原因", rows=2)

    def __init__(self, *args: Any, members: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "不分给成员"), *((str(pk), name) for pk, name in members)]
        cast("forms.TypedChoiceField", self.fields["person"]).choices = choices


class PurseField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in stubs alone
    """A choice of purses by their names."""

    def label_from_instance(self, obj: Purse) -> str:
        """Name the purse."""
        return obj.name


class ZeroingForm(forms.Form):
    """What a resolution on zeroing says."""

    purse = PurseField(None, label="资金池", empty_label=None)
    body = _text("谁决定的", PURSE_TEXT_MAX, "如 街道党工委会议、村民代表会议", "请写明由谁决定")
    decided_on = _day("哪天决定的", "决议上的日期")
    document = _text("文号", PURSE_TEXT_MAX, "会议纪要或文件的编号", "请写明文号")
    effective_on = _day("清零日", "当天 0 时起不能再用")
    booked_before = _day(
        "只清哪天之前入账的", "不含当天；不填就清全部未用的。后来用掉的先算旧的", required=False
    )

    def __init__(self, *args: Any, purses: QuerySet[Purse], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("PurseField", self.fields["purse"]).queryset = purses
        self.fields["decided_on"].widget.attrs["max"] = clock.today().isoformat()
