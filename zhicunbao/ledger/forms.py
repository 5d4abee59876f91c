"""The forms of the ledger: what people type, before an action or a query judges it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from zhicunbao.base.models import Area
from zhicunbao.kernel import clock
from zhicunbao.ledger import rules
from zhicunbao.ledger.models import PURSE_TEXT_MAX, Purse


class DayField(forms.DateField):
    """A day, chosen with the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, error_messages={"invalid": "请选择一个日期。"}, **kwargs)


class AreaField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in stubs alone
    """A choice of areas, each by the name people use."""

    def label_from_instance(self, obj: Area) -> str:
        """Say 庄前村, not 庄前村委会."""
        return obj.short_name


class FundForm(forms.Form):
    """What is asked to put points into a purse."""

    points = forms.IntegerField(label="补充多少", min_value=1, max_value=rules.AMOUNT_MAX)
    document = forms.CharField(
        label="来源文件或凭据",
        max_length=PURSE_TEXT_MAX,
        help_text="如 浮财〔2026〕3号，资金要有出处",
    )


class StopLineForm(forms.Form):
    """How many points must be left for a purse to go on giving awards."""

    stop_below = forms.IntegerField(
        label="停发线",
        min_value=0,
        max_value=rules.AMOUNT_MAX,
        help_text="池内只剩这么多时停止发放，0 表示发完为止",
    )


class PurseForm(forms.Form):
    """What is asked to open a purse."""

    name = forms.CharField(
        label="名称", max_length=PURSE_TEXT_MAX, help_text="如 2026年基层治理积分"
    )
    area = AreaField(
        None,
        label="用在哪里",
        empty_label="请选择",
        help_text="街道的资金池，下面的社区和村都用得到",
    )
    credited = forms.ChoiceField(
        label="积分记到",
        choices=((Purse.Credited.PERSON, "个人"), (Purse.Credited.HOUSEHOLD, "户")),
        initial=Purse.Credited.PERSON,
        widget=forms.RadioSelect,
        help_text="记到户的，全家合在一本账上；谁做的仍然记着",
    )
    worth = forms.DecimalField(
        label="1 分相当于",
        min_value=Decimal("0.01"),
        max_value=Decimal(1_000),
        max_digits=6,
        decimal_places=2,
    )
    source_document = forms.CharField(label="来源文件", max_length=PURSE_TEXT_MAX)
    funder = forms.CharField(label="出资单位", max_length=PURSE_TEXT_MAX)
    valid_from = DayField(label="从哪天起用", initial=clock.today)
    valid_to = DayField(label="用到哪天", required=False, help_text="不填就一直用")
    stop_below = forms.IntegerField(
        label="停发线",
        min_value=0,
        max_value=rules.AMOUNT_MAX,
        initial=0,
        help_text="池内只剩这么多时停止发放，0 表示发完为止",
    )


class NarrowForm(forms.Form):
    """What narrows the ledger of a place; everything may stay empty."""

    who = forms.CharField(label="姓名、户号或编号", max_length=60, required=False)
    purse = forms.TypedChoiceField(
        label="资金池", required=False, coerce=int, empty_value=None, choices=()
    )
    since = DayField(label="从哪天", required=False)
    until = DayField(label="到哪天", required=False)

    def __init__(self, *args: Any, purses: Iterable[Purse], sees_names: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        choice = self.fields["purse"]
        assert isinstance(choice, forms.TypedChoiceField)  # noqa: S101 -- tells the type checker
        choice.choices = [("", "全部"), *((purse.pk, purse.name) for purse in purses)]
        if not sees_names:
            self.fields["who"].label = "户号或编号"

    def clean(self) -> dict[str, Any]:
        """Refuse a stretch that ends before it begins."""
        found: dict[str, Any] = self.cleaned_data
        check_stretch(self, found.get("since"), found.get("until"))
        return found


class BalanceForm(forms.Form):
    """Whose balance is asked for, and of which day."""

    who = forms.CharField(label="姓名或户号", max_length=60)
    on = DayField(label="哪天的余额", required=False, help_text="不填就是今天")

    def __init__(self, *args: Any, sees_names: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sees_names:
            self.fields["who"].label = "户号"


class DayForm(forms.Form):
    """A day."""

    on = DayField(label="日期", required=False)


class StretchForm(forms.Form):
    """The stretch of time that a passbook covers."""

    since = DayField(label="从哪天", required=False)
    until = DayField(label="到哪天", required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a stretch that ends before it begins."""
        found: dict[str, Any] = self.cleaned_data
        check_stretch(self, found.get("since"), found.get("until"))
        return found


def check_stretch(form: forms.Form, since: date | None, until: date | None) -> None:
    """Put a mend under ``until`` when it lies before ``since``."""
    if since and until and until < since:
        form.add_error("until", "结束的日子要在开始之后，请重新选择。")
