"""Addresses of the JSON door: the assembled operations and their description. Nothing here is a
page for people.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from zhicunbao.base import problem
from zhicunbao.kernel.refusals import Refusal
from zhicunbao.openapi.assembly import description, door

View = Callable[..., HttpResponseBase]


class WrongMethod(Refusal):
    """The address is there but is not asked in this way (405)."""

    status = 405
    default_code = "wrong_method"


def _private(view: View) -> View:
    """Let nobody keep the answers, which are one person's; refuse a wrong method as a problem."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code == WrongMethod.status:
            allow = response.headers["Allow"]
            response = problem.answer(WrongMethod(f"这个地址只接受 {allow}。请改用后再发。"))
            response.headers["Allow"] = allow
        patch_cache_control(response, private=True, no_store=True)
        return response

    # The session's own operations ask for the token themselves, after asking who is there.
    return csrf_exempt(answer)


@require_safe
def openapi_file(request: HttpRequest) -> HttpResponse:
    """Hand out the description, to anyone: it says nothing about anybody."""
    del request
    return HttpResponse(description(), content_type="application/json")


def _operations() -> list[URLPattern]:
    patterns = [p for p in door().urls[0] if isinstance(p, URLPattern)]
    # Ninja's root only says where its own pages would be.
    kept = [p for p in patterns if p.name != "api-root"]
    return [URLPattern(p.pattern, _private(p.callback), p.default_args, p.name) for p in kept]


app_name = "openapi"
urlpatterns = [path("openapi.json", openapi_file, name="openapi_file"), *_operations()]
