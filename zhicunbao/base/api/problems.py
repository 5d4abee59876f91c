"""Which refusal is behind what a JSON operation runs into. What is none stays a fault of ours and
is not answered here.
"""

from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja.errors import HttpError, ValidationError

from zhicunbao.base.api.shapes import Shown
from zhicunbao.base.problem import answer, details_of
from zhicunbao.kernel.refusals import Invalid, NotFound, Refusal, TooLarge

WORDS: Final = {
    "missing": "请填这一项",
    "extra_forbidden": "没有这一项，请去掉",
    "literal_error": "请从允许的几个值里选",
    "string_too_long": "太长了，请改短",
    "string_too_short": "请填这一项",
    "too_long": "太多了，请分几次发送",
    "too_short": "至少要有一项",
    "timezone_aware": "时间要带时区",
}
"""Pydantic's name of a fault → what is said under the field."""
BODY: Final = "sent"
"""What operations call the parameter that is their JSON body; clients do not know the name."""
OTHERWISE: Final = "写法不对，请按接口说明改正"


class Problem(Shown):
    """A refusal. ``detail`` is a sentence for people; ``code`` is stable; ``fields`` names each
    thing that was sent wrong and its mend.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    fields: dict[str, str]


def problem_of(refusal: Refusal) -> Problem:
    """Return a refusal as problem details."""
    return Problem(**details_of(refusal))


def _unfit(error: ValidationError) -> Refusal:
    """Return the refusal for what does not fit an operation's parameters."""
    fields: dict[str, str] = {}
    code = Invalid.default_code
    for fault in error.errors:
        source, *path = fault["loc"]
        if path[:1] == [BODY]:
            path = path[1:] or ["body"]
        fields[".".join(map(str, path))] = WORDS.get(fault["type"], OTHERWISE)
        if source == "header":
            code = "key_missing"
    return Invalid("发来的内容有不对的地方，请按标出的几处改正后再发。", code=code, fields=fields)


def _malformed(error: Exception) -> Refusal:
    """Return the refusal for a request that cannot be read at all."""
    del error
    return Refusal("发来的内容读不懂，请检查格式后再发。", code="malformed")


def _too_large(error: Exception) -> Refusal:
    """Return the refusal for a body that is not read because of its size."""
    del error
    return TooLarge("发来的内容太大，什么都没有改动。请分几次发送。")


def _absent(error: Exception) -> Refusal:
    """Return the refusal for an address that nothing stands at."""
    del error
    return NotFound("没有这个地址。请按接口说明重新填写。")


READ_AS: Final[dict[type[Exception], Callable[[Any], Refusal]]] = {
    Refusal: lambda refusal: refusal,
    ValidationError: _unfit,
    HttpError: _malformed,
    MultiPartParserError: _malformed,
    SuspiciousOperation: _malformed,
    RequestDataTooBig: _too_large,
    Http404: _absent,
}
"""What a request can run into → the refusal that it is."""


def answers() -> dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]]:
    """Return what answers each kind of exception."""

    def answering(read: Callable[[Any], Refusal]) -> Callable[[HttpRequest, Any], HttpResponse]:
        return lambda _, error: answer(read(error))

    return {kind: answering(read) for kind, read in READ_AS.items()}
