"""Pages of people and posts: find somebody, see what they hold, appoint, end, help them in."""

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhicunbao.base import access, people, queries, roles
from zhicunbao.base.chips import ways_from
from zhicunbao.base.forms import PersonForm, PostForm, show_refusal
from zhicunbao.base.http import Request, ask, signed_in
from zhicunbao.base.models import Area, Person, Post
from zhicunbao.base.templatetags.look import cn_full_date
from zhicunbao.kernel.refusals import Refusal

VIEW: Final = "base.view_people"
PAGE_SIZE: Final = 50


@require_safe
@signed_in
def people_list(request: Request) -> HttpResponse:
    """List those who hold a post in the area, by place; search by name or number."""
    area = queries.area_for(request.actor, VIEW, request.GET.get("area", ""))
    role = request.GET.get("role", "") if request.GET.get("role") in roles.ROLES else ""
    has_left = request.GET.get("left") == "1"
    text = request.GET.get("q", "").strip()
    rows = queries.listed_people(area, role=role, has_left=has_left, text=text)
    return render(
        request,
        "base/people.html",
        {
            "area": area,
            "places": ways_from(request.actor, area, VIEW, keep=f"&role={role}" if role else ""),
            "role": role,
            "roles": [(r.code, r.label) for r in roles.ROLES.values()],
            "has_left": has_left,
            "text": text,
            "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
            "may_add": access.may(request.actor, people.RIGHT, area),
        },
    )


@require_safe
@signed_in
def person(request: Request, person_id: int) -> HttpResponse:
    """Show one person's posts and what the actor may do about them."""
    actor = request.actor
    found = queries.fetch_person(actor, person_id)
    held = queries.posts_of(actor, found)
    return render(
        request,
        "base/person.html",
        {
            "person": found,
            "posts": [(row, row.is_open and _may_end(request, row.post)) for row in held],
            "sees_phone": any(r.is_open and access.may(actor, people.RIGHT, r.post) for r in held),
            "may_appoint": found.pk != actor.person_id and access.may(actor, people.RIGHT),
            "may_help": people.may_help_sign_in(actor, found),
        },
    )


def _may_end(request: Request, post: Post) -> bool:
    return post.person_id != request.actor.person_id and people.may_appoint(
        request.actor, post.role, post.area_prefix
    )


@require_http_methods(["GET", "POST"])
@signed_in
def person_new(request: Request) -> HttpResponse:
    """Enter somebody with their first post."""
    area = queries.area_for(request.actor, people.RIGHT, request.GET.get("area", ""))
    form = PersonForm(request.POST or None, roles=_role_choices(request, area))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                post = people.add_person(
                    request.actor,
                    **form.cleaned_data,
                    area=area,
                    key=request.POST.get("key", ""),
                )
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                messages.success(
                    request, f"已登记{post.person.name}，任{post.area.short_name}职务。"
                )
                return redirect("base:person", post.person_id)
    return _appoint_page(request, form, area, None, status)


@require_http_methods(["GET", "POST"])
@signed_in
def person_appoint(request: Request, person_id: int) -> HttpResponse:
    """Give somebody a further post."""
    found = queries.fetch_person(request.actor, person_id)
    area = queries.area_for(request.actor, people.RIGHT, request.GET.get("area", ""))
    form = PostForm(request.POST or None, roles=_role_choices(request, area))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                post = people.open_post(
                    request.actor,
                    person=found,
                    role=form.cleaned_data["role"],
                    area=area,
                    key=request.POST.get("key", ""),
                )
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                label = roles.ROLES[post.role].label
                messages.success(request, f"{found.name}已任{area.short_name}{label}。")
                return redirect("base:person", found.pk)
    return _appoint_page(request, form, area, found, status)


def _appoint_page(
    request: Request, form: PostForm, area: Area, found: Person | None, status: int
) -> HttpResponse:
    return render(
        request,
        "base/appoint.html",
        {
            "form": form,
            "area": area,
            "person": found,
            "places": ways_from(request.actor, area, people.RIGHT),
            "has_roles": bool(_role_choices(request, area)),
            "back_url": reverse("base:person", args=[found.pk])
            if found
            else reverse("base:people"),
        },
        status=status,
    )


@require_http_methods(["GET", "POST"])
@signed_in
def post_end(request: Request, post_id: int) -> HttpResponse:
    """Ask once, then end a post."""
    post = queries.fetch_post(request.actor, post_id)
    access.require(request.actor, people.RIGHT, post)
    if request.method == "POST":
        people.end_post(request.actor, post=post, key=request.POST.get("key", ""))
        messages.success(request, f"已免去{post.person.name}的{post.get_role_display()}任职。")
        return redirect("base:person", post.person_id)
    return ask(
        request,
        {
            "title": f"免去{post.person.name}的{post.get_role_display()}任职？",
            "lead": f"{post.area.short_name}，{cn_full_date(post.starts_on)}起",
            "consequences": [
                "从现在起，他不能再以这个职务办事。",
                "以前办过的事和这段任职的记录都保留。",
                "要恢复，可以重新办理任职。",
            ],
            "action_url": request.path,
            "action_label": "免去任职",
            "back_url": reverse("base:person", args=[post.person_id]),
            "danger": True,
        },
    )


@never_cache
@require_POST
@signed_in
def person_password(request: Request, person_id: int) -> HttpResponse:
    """Make up a password and show it this once."""
    found = queries.fetch_person(request.actor, person_id)
    given = people.give_password(request.actor, person=found, key=request.POST.get("key", ""))
    return render(request, "base/person_password.html", {"person": found, "text": given.text})


@require_POST
@signed_in
def person_second_factor(request: Request, person_id: int) -> HttpResponse:
    """Take away a lost second factor."""
    found = queries.fetch_person(request.actor, person_id)
    people.clear_second_factor(request.actor, person=found, key=request.POST.get("key", ""))
    messages.success(request, f"已清除{found.name}的两步验证，下次登录时重新设置。")
    return redirect("base:person", found.pk)


def _role_choices(request: Request, area: Area) -> list[tuple[str, str]]:
    codes = people.appointable(request.actor, area)
    return [(code, roles.ROLES[code].label) for code in codes]


urlpatterns = [
    path("people/", people_list, name="people"),
    path("people/new/", person_new, name="person_new"),
    path("people/<int:person_id>/", person, name="person"),
    path("people/<int:person_id>/appoint/", person_appoint, name="person_appoint"),
    path("people/<int:person_id>/password/", person_password, name="person_password"),
    path(
        "people/<int:person_id>/second-factor/", person_second_factor, name="person_second_factor"
    ),
    path("posts/<int:post_id>/end/", post_end, name="post_end"),
]
