"""What an installation says of itself: that it is well, who runs it, what robots may read."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import path
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

import zhicunbao
from zhicunbao.base.look_page import look_context
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import NotFound


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Tell a monitor whether the program and its database answer; 503 when one does not."""
    del request
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        database = "ok"
    except DatabaseError:
        database = "failed"
    return JsonResponse(
        {
            "status": database,
            "database": database,
            "version": zhicunbao.__version__,
            "time": clock.now().isoformat(),
        },
        status=200 if database == "ok" else 503,
    )


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Say who runs this, who answers for it, where to complain, and what is kept of people."""
    return render(
        request,
        "base/about.html",
        {
            "sponsor": settings.ZHICUNBAO_SPONSOR,
            "responsible": settings.ZHICUNBAO_RESPONSIBLE,
            "complaints": settings.ZHICUNBAO_COMPLAINTS,
            "version": zhicunbao.__version__,
        },
    )


@cache_control(max_age=86_400)
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Ask search engines to stay out: what is public is for the people of the place."""
    del request
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


@cache_control(max_age=86_400)
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask at the old address to the mark."""
    del request
    return redirect(static("base/mark.svg"))


@require_safe
def look(request: HttpRequest) -> HttpResponse:
    """Show every component in all its states, to those who build pages; in a demo alone."""
    if not settings.ZHICUNBAO_DEMO:
        raise NotFound("没有这个页面。请从首页重新进入。")
    return render(request, "base/look.html", look_context())


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("about/", about, name="about"),
    path("look/", look, name="look"),
    path("robots.txt", robots, name="robots"),
    path("favicon.ico", favicon, name="favicon"),
]
