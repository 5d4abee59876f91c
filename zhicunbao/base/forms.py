"""The forms of the base floor: what people type, before an action judges it."""

from typing import Any, Final

from django import forms

from zhicunbao.kernel.refusals import Refusal

NUMBER_DIGITS_MAX: Final = 18
"""Digits of a row's number or a version: every database counts so far."""
CODE_ATTRS: Final = {
    "inputmode": "numeric",
    "autocomplete": "one-time-code",
    "maxlength": 9,
    "spellcheck": "false",
}


def number_in(text: str) -> int | None:
    """Return a row's number or a version as an address or a form sends it; None for anything that
    can be none.
    """
    return int(text) if text.isdecimal() and len(text) <= NUMBER_DIGITS_MAX else None


def show_refusal(form: forms.Form, refusal: Refusal) -> None:
    """Put a refusal where it belongs on the page: under its fields, or above the form."""
    known = {n: text for n, text in refusal.fields.items() if n in form.fields}
    for name, text in known.items():
        form.add_error(name, text)
    if not known:
        form.add_error(None, refusal.message)


class SignInForm(forms.Form):
    """Phone and password."""

    phone = forms.CharField(
        label="手机号",
        max_length=30,
        error_messages={"required": "请输入手机号。"},
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "username", "inputmode": "tel"}
        ),
    )
    password = forms.CharField(
        label="密码",
        max_length=200,
        strip=False,
        error_messages={"required": "请输入密码。"},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """The six digits of an authenticator."""

    code = forms.CharField(
        label="验证码",
        max_length=20,
        help_text="验证器上现在的 6 位数字，每 30 秒换一次。",
        error_messages={"required": "请输入验证器上的 6 位数字。"},
        widget=forms.TextInput(attrs=CODE_ATTRS),
    )


class NewFactorForm(CodeForm):
    """A code of the new authenticator, after one of the old where there is one."""

    old_code = forms.CharField(
        label="原验证器的验证码",
        max_length=20,
        required=False,
        help_text="换验证器要先证明是您本人。",
        widget=forms.TextInput(attrs=CODE_ATTRS),
    )
    field_order = ("old_code", "code")

    def __init__(self, *args: Any, has_factor: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_factor:
            self.fields["old_code"].required = True
        else:
            del self.fields["old_code"]


class PasswordForm(forms.Form):
    """A new password, twice, after the present one."""

    old = forms.CharField(
        label="现在的密码",
        max_length=200,
        strip=False,
        error_messages={"required": "请输入现在的密码。"},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="新密码",
        max_length=200,
        strip=False,
        help_text="至少 10 个字符，不能全是数字，也不能太常见。",
        error_messages={"required": "请输入新密码。"},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输一次新密码",
        max_length=200,
        strip=False,
        error_messages={"required": "请再输一次新密码。"},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        """Refuse a second entry that is not the first."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new", again):
            raise forms.ValidationError("两次输入的新密码不一样，请重新输入。")
        return again


class PostForm(forms.Form):
    """A role, to be held where the page says."""

    role = forms.ChoiceField(
        label="职务", error_messages={"required": "请选一个职务。"}, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, roles: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- tells the type checker
        field.choices = roles
        if len(roles) == 1:
            field.initial = roles[0][0]


class PersonForm(PostForm):
    """A person who is entered together with their first post."""

    name = forms.CharField(
        label="姓名",
        max_length=40,
        error_messages={"required": "请输入姓名。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label="手机号",
        max_length=30,
        help_text="用来登录；已经登记过的人，填同一个手机号就不会重复登记。",
        error_messages={"required": "请输入手机号。"},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"}),
    )
    field_order = ("name", "phone", "role")
