"""Who comes in by JSON, with which key, and to which thing. Everything here happens before what was
sent is looked at, so that a wrong body never tells whether a thing is there.
"""

from collections.abc import Callable
from typing import Any, Final, cast

from django.conf import settings
from django.http import HttpRequest
from ninja import HeaderEx, P
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf
from pydantic import ValidationInfo
from pydantic_core import CoreSchema, core_schema

from zhicunbao.base import access, signin
from zhicunbao.base.access import Actor
from zhicunbao.base.http import Request
from zhicunbao.kernel.refusals import NotAllowed, Refusal

DOOR: Final = "json"
"""How steps and audit entries name this door."""
KEY_LENGTH_MAX: Final = 64
"""A batch lengthens the key by each row's number before it is kept, so it is shorter than there."""

Key = HeaderEx[
    str,
    P(
        alias="Idempotency-Key",
        min_length=1,
        max_length=KEY_LENGTH_MAX,
        description="Made by the client, new for each act; the same for a repeat of the same act.",
    ),
]
"""The header that every POST carries, passed to the action as ``key``."""


class SignInNeeded(Refusal):
    """Nobody is signed in, or a step of signing in is still missing (401)."""

    status = 401
    default_code = "sign_in"


MISSING: Final = {
    signin.SECOND_FACTOR: "请先在网页上设置两步验证，再重新发送。",
    signin.PASSWORD: "请先在网页上修改初始密码，再重新发送。",
}


class SessionCookie(APIKeyCookie):
    """Lets in whoever is signed in by the pages' session, with the CSRF token on every POST.

    ``right``: also asks for this right, anywhere; where it has to lie is the action's question.
    """

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, right: str = "") -> None:
        # The token is checked below: a stranger should hear "sign in" and not of a token.
        super().__init__(csrf=False)
        self.right = right

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor:
        """Give the request its actor by this door, or refuse: 401, or 403 without the token."""
        del key
        if not request.user.is_authenticated:
            raise SignInNeeded("请先登录，再重新发送。")
        actor = access.actor_of(request.user, door=DOOR)
        if step := signin.missing_step(request.user, actor):
            raise SignInNeeded(MISSING[step], code=step)
        if check_csrf(request) is not None:
            raise NotAllowed("页面令牌缺失或已过期，请重新取得后再发送。", code="csrf")
        if self.right:
            access.require(actor, self.right)
        cast("Request", request).actor = actor
        return actor


class Fetched:
    """Marks a path's parameter: ``Annotated[Claim, Fetched(queries.fetch_claim)]``.

    The client writes a number, the operation receives the thing, fetched through the gate. It is
    the first of an operation's parameters, so its refusal comes before any word about the body.
    """

    def __init__(self, fetch: Callable[[Actor, int], object]) -> None:
        self._fetch = fetch

    def __get_pydantic_core_schema__(self, source: object, build: object) -> CoreSchema:
        """Tell pydantic how the number becomes the thing."""
        return core_schema.with_info_plain_validator_function(self._thing)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, build: object) -> dict[str, Any]:
        """Tell clients that it is a number."""
        return {"type": "integer"}

    def _thing(self, number: int, asking: ValidationInfo) -> object:
        request: Request = (asking.context or {})["request"]
        try:
            return self._fetch(request.actor, number)
        except ValueError as mistake:
            # Pydantic would take it for the client's fault; it is ours and must show as one.
            raise RuntimeError(f"fetching {number} failed") from mistake
