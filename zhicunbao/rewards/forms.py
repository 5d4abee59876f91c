"""The forms of the shop's desk: what people type, before an action judges it."""

from typing import Any

from django import forms


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
                "data-key": "/",
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
