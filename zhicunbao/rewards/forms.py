"""The forms of the shop's desk: what people type, before an action judges it."""

from collections.abc import Sequence
from typing import Any

from django import forms

from zhicunbao.base.models import Area
from zhicunbao.rewards.actions import GoodsWords, PlaceWords
from zhicunbao.rewards.models import Goods


class CodeForm(forms.Form):
    """The eight digits of a pick-up code, typed or scanned."""

    code = forms.CharField(
        label="取货码",
        max_length=20,
        error_messages={"required": "请输入 8 位取货码。"},
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "off",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )


class HouseholdForm(forms.Form):
    """A paper card's number, or a household's number and a name."""

    card = forms.CharField(label="一户一码卡号", max_length=16, required=False)
    number = forms.CharField(label="户号", max_length=20, required=False)
    name = forms.CharField(label="姓名", max_length=40, required=False)

    def clean(self) -> dict[str, Any]:
        """Want the one or the other."""
        sent: dict[str, Any] = super().clean() or {}
        if not sent.get("card") and not (sent.get("number") and sent.get("name")):
            raise forms.ValidationError("请扫一户一码卡，或填户号和姓名。")
        return sent


class VoidForm(forms.Form):
    """Why an order cannot be handed over."""

    reason = forms.CharField(
        label="为什么交不出",
        max_length=300,
        help_text="本人会看到这句话。",
        error_messages={"required": "请写一句原因，例如 瓶子破损，暂时没有货。"},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _yuan(label: str, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=0,
        max_value=100_000,
        decimal_places=2,
        error_messages={"invalid": "请填数字，单位是元。"},
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
        **more,
    )


class DeliveryForm(forms.Form):
    """What a delivery came with; its lines stand in a table of their own."""

    supplier = forms.CharField(label="供货单位", max_length=40)
    document = forms.CharField(
        label="单据", max_length=60, help_text="送货单号、发票号或会议纪要。"
    )
    received_on = forms.DateField(
        label="进货日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    scan = forms.FileField(label="单据照片", required=False)


class WorkbookForm(forms.Form):
    """A filled-in template."""

    file = forms.FileField(
        label="表格文件",
        error_messages={"required": "请选一个 .xlsx 文件。"},
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )


class GoodsForm(forms.Form):
    """What is written about goods."""

    name = forms.CharField(label="名称", max_length=30, help_text="写上规格，例如 菜籽油 5 L。")
    category = forms.ChoiceField(label="类别", choices=Goods.Category.choices)
    unit = forms.CharField(label="单位", max_length=4, help_text="瓶、袋、条。")
    price_points = forms.IntegerField(label="积分（分）", min_value=1, max_value=1_000_000)
    cost = _yuan("进价（元）")
    limit_count = forms.IntegerField(
        label="每户限量", min_value=0, max_value=1_000, initial=0, help_text="填 0 就是不限。"
    )
    limit_period = forms.ChoiceField(label="限量按", choices=Goods.Period.choices)
    low_below = forms.IntegerField(label="少于几件提醒", min_value=0, max_value=100_000, initial=5)
    words = forms.CharField(
        label="说明",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    picture = forms.FileField(
        label="照片",
        required=False,
        help_text="横着拍，商品放中间。",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    is_listed = forms.BooleanField(label="上架", required=False, initial=True)

    def written(self) -> GoodsWords:
        """Return what was typed, as the action takes it."""
        sent = self.cleaned_data
        plain = {k: v for k, v in sent.items() if k not in ("cost", "picture", "area")}
        return GoodsWords(cost_fen=int(sent["cost"] * 100), **plain)


class NewGoodsForm(GoodsForm):
    """Goods, and to which place they belong."""

    area = forms.ChoiceField(label="归哪里", help_text="街道的商品，每个兑换点都能进货。")
    field_order = ("name", "area")

    def __init__(self, *args: Any, areas: Sequence[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["area"], areas)


class PlaceForm(forms.Form):
    """What is written about a place."""

    name = forms.CharField(label="名称", max_length=30)
    address = forms.CharField(label="地址", max_length=60)
    opening = forms.CharField(
        label="开放时间", max_length=60, help_text="例如 周一至周五 8:30–17:00。"
    )
    is_open = forms.BooleanField(label="开放兑换", required=False, initial=True)

    def written(self) -> PlaceWords:
        """Return what was typed, as the action takes it."""
        return PlaceWords(**{k: v for k, v in self.cleaned_data.items() if k != "area"})


class NewPlaceForm(PlaceForm):
    """A place, and whom it serves."""

    area = forms.ChoiceField(label="服务哪里的人")
    field_order = ("name", "area")

    def __init__(self, *args: Any, areas: Sequence[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["area"], areas)


def _offer(field: forms.Field, areas: Sequence[Area]) -> None:
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- tells the type checker
    field.choices = [(area.code, area.short_name) for area in areas]
