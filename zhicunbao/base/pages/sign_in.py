"""The door: phone and password, the second factor, the demo's cast, signing out. The session is
kept here and nowhere else; who somebody is, ``signin`` decides.
"""

from typing import Final, cast

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from zhicunbao.base import queries, signin
from zhicunbao.base.forms import CodeForm, SignInForm, number_in, show_refusal
from zhicunbao.base.http import Request
from zhicunbao.base.models import Person
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Refusal

WAITING: Final = "waits_for_code"
NEXT: Final = "after_sign_in"
WAITING_SECONDS: Final = 600
"""How long a right password waits for its code."""
BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for phone and password; on to the code where the person has a second factor."""
    wanted = _safe_next(request)
    if cast("Request", request).actor.person_id is not None:
        return redirect(wanted)
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                person = signin.check_password(**form.cleaned_data, at=clock.now())
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                return _after_password(request, person, wanted)
    return render(
        request,
        "base/sign_in.html",
        {"form": form, "next": wanted, "groups": queries.cast_groups()},
        status=status,
    )


def _after_password(request: HttpRequest, person: Person, wanted: str) -> HttpResponseRedirect:
    if person.totp_confirmed_at is None:
        signin.enter(person, at=clock.now())
        return _open_session(request, person, wanted)
    request.session.cycle_key()
    request.session[WAITING] = {"person": person.pk, "at": clock.now().timestamp()}
    request.session[NEXT] = wanted
    return redirect("base:sign_in_code")


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code after the password; without a password not long ago, back to the door."""
    person = _waiting(request)
    if person is None:
        return redirect("base:sign_in")
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                signin.enter(person, code=form.cleaned_data["code"], at=clock.now())
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                return _open_session(request, person, request.session.get(NEXT, "/"))
    return render(request, "base/sign_in_code.html", {"form": form}, status=status)


def _waiting(request: HttpRequest) -> Person | None:
    held = request.session.get(WAITING)
    if not held or clock.now().timestamp() - held["at"] > WAITING_SECONDS:
        return None
    return queries.active_person(held["person"])


@require_POST
def sign_in_demo(request: HttpRequest) -> HttpResponse:
    """Enter a demo as one of its invented people."""
    person = signin.demo_person(number_in(request.POST.get("person", "")) or 0)
    return _open_session(request, person, _safe_next(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("base:sign_in")


def _open_session(request: HttpRequest, person: Person, wanted: str) -> HttpResponseRedirect:
    """Begin a fresh session for ``person``, so that one planted beforehand is worth nothing."""
    request.session.flush()
    login(request, person, backend=BACKEND)
    return redirect(wanted)


def _safe_next(request: HttpRequest) -> str:
    """Return the page that was wanted before the door when it is ours, else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}) and wanted.startswith("/")
    return wanted if ours else "/"


urlpatterns = [
    path("sign-in/", sign_in, name="sign_in"),
    path("sign-in/code/", sign_in_code, name="sign_in_code"),
    path("sign-in/demo/", sign_in_demo, name="sign_in_demo"),
    path("sign-out/", sign_out, name="sign_out"),
]
