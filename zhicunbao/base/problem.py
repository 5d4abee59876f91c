"""Refusals, and faults of ours, as programs read them: problem details (RFC 9457) with our code and
fields. Which exception is which refusal is the business of ``http`` and ``api.problems``.
"""

from http import HTTPStatus
from typing import Any, Final

from django.http import HttpResponse, JsonResponse

from zhicunbao.kernel.refusals import Refusal

MEDIA_TYPE: Final = "application/problem+json"


def details_of(refusal: Refusal) -> dict[str, Any]:
    """Return a refusal as the members of problem details."""
    return _details(refusal.status, refusal.code, refusal.message, refusal.fields)


def answer(refusal: Refusal) -> HttpResponse:
    """Return the answer for a refusal."""
    return _answer(details_of(refusal))


def fault() -> HttpResponse:
    """Return the answer when the program itself failed; everything was rolled back."""
    said = "程序出错了，什么都没有改动。请过一会儿再试；还是不行，请告诉管理员现在的时间。"
    return _answer(_details(500, "fault", said, {}))


def _details(status: int, code: str, detail: str, fields: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "fields": fields,
    }


def _answer(details: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(
        details,
        status=details["status"],
        content_type=MEDIA_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )
    # One person's alone, like every answer to a program.
    response.headers["Cache-Control"] = "private, no-store"
    return response
