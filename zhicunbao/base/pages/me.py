"""One's own page: posts, look, password, second factor, messages."""

from typing import Final, cast

from django.contrib import messages as toasts
from django.contrib.auth import update_session_auth_hash
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhicunbao.base import access, feature, outbox, people, queries, signin
from zhicunbao.base.forms import NewFactorForm, PasswordForm, show_refusal
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.models import Person
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Refusal

PAGE_SIZE: Final = 50
SEALED: Final = "new_second_factor"


@require_safe
@signed_in
def me(request: Request) -> HttpResponse:
    """Show who I am, what I hold, and everything that is mine."""
    person = queries.myself(request.actor)
    figures, rows = [], []
    for config in feature.all_features():
        if config.my_figures:
            figures += import_string(config.my_figures)(request.actor)
        if config.my_rows:
            rows += import_string(config.my_rows)(request.actor)
    return render(
        request,
        "base/me.html",
        {
            "person": person,
            "posts": people.open_posts(person),
            "figures": figures,
            "rows": rows,
        },
    )


@require_POST
@signed_in
def look_set(request: Request) -> HttpResponse:
    """Remember theme and elder mode; the same choice twice is the same choice."""
    person = queries.myself(request.actor)
    theme = request.POST.get("theme", "")
    person.theme = theme if theme in Person.Theme.values else Person.Theme.AUTO
    person.is_elder_mode = bool(request.POST.get("elder"))
    person.save(update_fields=["theme", "is_elder_mode"])
    return redirect("base:me")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password; also for somebody who must before anything else."""
    if not request.user.is_authenticated:
        return redirect("base:sign_in")
    form = PasswordForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                person = signin.change_password(
                    access.actor_of(request.user),
                    old=form.cleaned_data["old"],
                    new=form.cleaned_data["new"],
                    at=clock.now(),
                )
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                update_session_auth_hash(request, person)
                toasts.success(request, "密码已换好，别处的登录已退出。")
                return redirect("base:me")
    return render(
        request,
        "base/password.html",
        {"form": form, "must": request.user.is_password_initial},
        status=status,
    )


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Show a new secret as QR code and text, and take its first code as the proof."""
    if not request.user.is_authenticated:
        return redirect("base:sign_in")
    person = request.user
    secret = signin.new_secret(person, sealed=request.session.get(SEALED, ""))
    request.session[SEALED] = secret.sealed
    has_factor = person.totp_confirmed_at is not None
    form = NewFactorForm(request.POST or None, has_factor=has_factor)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                changed = signin.confirm_second_factor(
                    access.actor_of(person),
                    sealed=secret.sealed,
                    **form.cleaned_data,
                    at=clock.now(),
                )
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                del request.session[SEALED]
                update_session_auth_hash(request, changed)
                toasts.success(request, "两步验证已设好，下次登录时请带上这部手机。")
                return redirect("/" if not has_factor else "base:me")
    known = cast("Request", request).actor.person_id is not None
    return render(
        request,
        "base/second_factor.html",
        {"form": form, "secret": secret, "has_factor": has_factor, "may_leave": known},
        status=status,
    )


@require_safe
@signed_in
def messages(request: Request) -> HttpResponse:
    """List one's messages, newest first."""
    rows = queries.messages_of(request.actor)
    return render(
        request,
        "base/messages.html",
        {
            "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
            "unread_count": rows.filter(read_at__isnull=True).count(),
        },
    )


@require_safe
@signed_in
def message(request: Request, message_id: int) -> HttpResponse:
    """Mark a message as read and go to what it tells about; without such a place, show it."""
    found = queries.fetch_message(request.actor, message_id)
    outbox.mark_read(request.actor, message=found)
    if url_has_allowed_host_and_scheme(found.url, None) and found.url.startswith("/"):
        return redirect(found.url)
    return render(request, "base/message.html", {"message": found})


@require_POST
@signed_in
def messages_read(request: Request) -> HttpResponse:
    """Mark all one's messages as read."""
    outbox.mark_read(request.actor)
    return redirect("base:messages")


urlpatterns = [
    path("me/", me, name="me"),
    path("me/look/", look_set, name="look_set"),
    path("me/password/", password, name="password"),
    path("me/second-factor/", second_factor, name="second_factor"),
    path("messages/", messages, name="messages"),
    path("messages/read/", messages_read, name="messages_read"),
    path("messages/<int:message_id>/", message, name="message"),
]
