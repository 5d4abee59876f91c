"""Between Django and the pages: headers, the actor of a request, and refusals as answers.

A view takes a ``Request`` and may raise any Refusal; nothing else turns one into a response.
"""

from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any, Concatenate, Final, ParamSpec, cast
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme

from zhicunbao.base import access, feature, problem, signin
from zhicunbao.base.access import NOBODY, Actor
from zhicunbao.kernel.refusals import Invalid, NotFound, Refusal, TooLarge

P = ParamSpec("P")
Answer = Callable[[HttpRequest], HttpResponseBase]

REQUEST_MAX_MB: Final = 100
"""Beyond this a request is refused unread: ten photos at the upload limit fit."""
POLICY: Final = (
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


class Request(HttpRequest):
    """A request after the middleware: it knows its actor."""

    actor: Actor
    htmx: Any


def headers(get_response: Answer) -> Answer:
    """Add the security headers to every response and refuse oversized bodies before reading,
    and NUL in the address, which PostgreSQL cannot hold.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = _refused_unread(request) or get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(self), geolocation=(self), microphone=()"
        )
        return response

    return middleware


def _refused_unread(request: HttpRequest) -> HttpResponse | None:
    if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path_info:
        return _refused_early(
            request, Refusal("地址里有不能用的字符。请回到上一页重新输入。", code="malformed")
        )
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length[:20]) > REQUEST_MAX_MB * 1024 * 1024:
        return _refused_early(
            request, TooLarge(f"一次最多上传 {REQUEST_MAX_MB} MB，什么都没有改动。请分几次提交。")
        )
    return None


def _refused_early(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer before anything is known of the person or even of the host: words without a page."""
    if is_for_programs(request):
        return problem.answer(refusal)
    return HttpResponse(
        refusal.message, status=refusal.status, content_type="text/plain; charset=utf-8"
    )


@cache
def _programs_at() -> tuple[str, ...]:
    return tuple(f"/{c.pages_at}" for c in feature.all_features() if c.is_for_programs)


def is_for_programs(request: HttpRequest) -> bool:
    """Whether the address is one that programs ask, so that no answer there is a page."""
    return request.path_info.startswith(_programs_at())


def actor(get_response: Answer) -> Answer:
    """Give each request its actor, read when first asked for.

    Whoever still owes a second factor or a password of their own is nobody until it is there.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        def find() -> Actor:
            user = request.user
            if not user.is_authenticated:
                return NOBODY
            found = access.actor_of(user)
            return NOBODY if signin.missing_step(user, found) else found

        cast("Request", request).actor = cast("Actor", SimpleLazyObject(find))
        return get_response(request)

    return middleware


class _Refusals:
    """Middleware that turns a Refusal into a page or JSON with its status, and refuses forms that
    no database could keep.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Refuse a form with NUL in it. JSON is looked at by the shapes that it is read into."""
        if is_for_programs(request) or request.method != "POST":
            return None
        if any("\0" in value for _, values in request.POST.lists() for value in values):
            return refused(request, Invalid("填写的内容里有不能用的字符。请返回上一页重新填写。"))
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a refusal; leave every other exception to Django."""
        return refused(request, error) if isinstance(error, Refusal) else None


def refusals(get_response: Answer) -> _Refusals:
    """Build the middleware that answers refusals."""
    return _Refusals(get_response)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Return the answer for a refusal: problem details to programs, a page to people."""
    if request.accepts("text/html") and not is_for_programs(request):
        response = render(
            request,
            "base/refused.html",
            {
                "status": refusal.status,
                "message": refusal.message,
                "fields": refusal.fields,
                "back_url": back_url(request),
            },
            status=refusal.status,
        )
    else:
        response = problem.answer(refusal)
    patch_vary_headers(response, ["Accept"])
    return response


def ask(request: HttpRequest, question: Mapping[str, Any]) -> HttpResponse:
    """Ask once before something that binds: a sheet over the page for htmx, otherwise a page.

    ``question`` is what ``base/_sheet_confirm.html`` takes.
    """
    htmx = cast("Request", request).htmx
    return render(request, "base/_sheet_confirm.html" if htmx else "base/ask.html", question)


def back_url(request: HttpRequest, default: str = "/") -> str:
    """Return the page that the person came from when it is ours, else ``default``."""
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return default
    parts = urlsplit(came_from)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def signed_in(
    view: Callable[Concatenate[Request, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let only signed-in people through to a page; others are sent to sign in and then back."""
    steps = {signin.SECOND_FACTOR: "base:second_factor", signin.PASSWORD: "base:password"}

    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        known = cast("Request", request)
        if known.actor.person_id is not None:
            return view(known, *args, **kwargs)
        if request.user.is_authenticated:
            missing = signin.missing_step(request.user, access.actor_of(request.user))
            return redirect(steps[missing])
        return redirect(f"{reverse(settings.LOGIN_URL)}?next={quote(request.get_full_path())}")

    return wraps(view)(page)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an address that nothing stands at."""
    del exception
    if is_for_programs(request):
        return problem.answer(NotFound("没有这个地址。请按接口说明重新填写。"))
    return refused(request, NotFound("没有这个页面。请从首页重新进入。"))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what cannot be read at all: a broken form, too many files, a host that is not ours."""
    del exception
    refusal = Refusal(
        "这次提交读不懂，什么都没有改动。请返回上一页、刷新后再试。", code="malformed"
    )
    return _refused_early(request, refusal)


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or old."""
    del reason
    refusal = Refusal("这一页打开太久了，请返回上一页、刷新后再提交。", code="csrf")
    refusal.status = 403
    return refused(request, refusal)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer when the program itself failed; everything was rolled back."""
    if is_for_programs(request):
        return problem.fault()
    return render(request, "500.html", status=500)
