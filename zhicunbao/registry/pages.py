"""The register's pages: households, residents, one household with its history, one's own consents.
What may be seen and done is decided by access and actions; these only ask and show.
"""

from dataclasses import dataclass
from typing import Final

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from zhicunbao.base import access, holders
from zhicunbao.base.chips import ways_from
from zhicunbao.base.forms import show_refusal
from zhicunbao.base.http import Request, ask, signed_in
from zhicunbao.base.queries import area_for
from zhicunbao.base.templatetags.look import cn_full_date
from zhicunbao.kernel.refusals import Refusal
from zhicunbao.registry import actions, queries, rules
from zhicunbao.registry.models import VIEW, Consent, Household, Membership

app_name = "registry"
PAGE_SIZE: Final = 50


@require_safe
@signed_in
def households(request: Request) -> HttpResponse:
    """List the households of an area; find one by number, address or member."""
    area = area_for(request.actor, VIEW, request.GET.get("area", ""))
    text = request.GET.get("q", "").strip()
    rows = queries.households(request.actor, area, text)
    return render(
        request,
        "registry/households.html",
        {
            "area": area,
            "places": ways_from(request.actor, area, VIEW),
            "text": text,
            "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
            "may_edit": access.may(request.actor, queries.EDIT, area),
        },
    )


@require_safe
@signed_in
def residents(request: Request) -> HttpResponse:
    """List the people who belong to the households of an area."""
    area = area_for(request.actor, VIEW, request.GET.get("area", ""))
    rows = queries.residents(request.actor, area)
    return render(
        request,
        "registry/residents.html",
        {
            "area": area,
            "places": ways_from(request.actor, area, VIEW),
            "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
            "full_names": access.may(request.actor, queries.EDIT, area),
        },
    )


class HouseholdForm(forms.Form):
    """What is asked to register a household, once its micro-grid is chosen."""

    address = forms.CharField(
        label="地址",
        max_length=actions.ADDRESS_LENGTH_MAX,
        help_text="写到门牌；同一门牌有几户时写上室号。",
    )
    kind = forms.ChoiceField(
        label="户别",
        choices=Household.Kind.choices,
        widget=forms.RadioSelect,
        initial=Household.Kind.REGISTERED,
    )


@require_http_methods(["GET", "POST"])
@signed_in
def register(request: Request) -> HttpResponse:
    """Choose a micro-grid, then enter a household in it."""
    area = area_for(request.actor, queries.EDIT, request.GET.get("area", ""))
    form = HouseholdForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                found = actions.register_household(
                    request.actor,
                    area_id=area.pk,
                    **form.cleaned_data,
                    key=request.POST.get("key", ""),
                )
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                messages.success(request, f"已登记，户号 {found.number}。")
                return redirect("registry:household", found.number)
    context = {
        "area": area,
        "places": ways_from(request.actor, area, queries.EDIT),
        "is_micro_grid": area.level == "micro_grid",
        "form": form,
    }
    return render(request, "registry/register.html", context, status=status)


class MemberForm(forms.Form):
    """Who joins a household."""

    name = forms.CharField(label="姓名", max_length=40)
    phone = forms.CharField(
        label="手机号",
        max_length=20,
        required=False,
        help_text="没有手机的老人和孩子不填。",
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    relation = forms.ChoiceField(label="与户主的关系", choices=Membership.Relation.choices)


@require_http_methods(["GET", "POST"])
@signed_in
def household(request: Request, number: str) -> HttpResponse:
    """Show a household, who belongs to it and who did; let somebody join it."""
    found = queries.fetch_household(request.actor, number)
    form = MemberForm(request.POST or None)
    status = 200
    if request.method == "POST":
        access.require(request.actor, queries.EDIT, found)
        status = 422
        if form.is_valid():
            try:
                joined = actions.add_member(
                    request.actor,
                    household_id=found.pk,
                    **form.cleaned_data,
                    key=request.POST.get("key", ""),
                )
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                messages.success(request, f"{joined.person.name}已迁入这一户。")
                return redirect("registry:household", number)
    rows = queries.members_of(found)
    may_edit = access.may(request.actor, queries.EDIT, found)
    own = any(m.person_id == request.actor.person_id for m in rows if m.ends_on is None)
    context = {
        "household": found,
        "members": [m for m in rows if m.ends_on is None],
        "former": [m for m in rows if m.ends_on is not None],
        "full_names": may_edit or own,
        "may_edit": may_edit,
        "may_list": access.may(request.actor, VIEW, found),
        "doors": holders.rows(request.actor, "household", found.pk),
        "form": form,
    }
    return render(request, "registry/household.html", context, status=status)


@require_http_methods(["GET", "POST"])
@signed_in
def leave(request: Request, pk: int) -> HttpResponse:
    """Ask once, then let somebody leave the household."""
    member = queries.fetch_membership(request.actor, pk)
    access.require(request.actor, queries.EDIT, member)
    if request.method == "POST":
        actions.leave_household(request.actor, membership_id=pk, key=request.POST.get("key", ""))
        messages.success(request, f"{member.person.name}已迁出，记录留在这一户的经过里。")
        return redirect("registry:household", member.household.number)
    home, since = member.household, cn_full_date(member.starts_on)
    return ask(
        request,
        {
            "title": f"{member.person.name}今天迁出这一户？",
            "lead": f"{home.address}，{member.get_relation_display()}，{since}迁入",
            "consequences": [
                "从今天起，不再算这一户的人。",
                "评审时不再因为这一户回避。",
                "迁入迁出的记录都保留，以后可以再迁入。",
            ],
            "action_url": request.path,
            "action_label": "办理迁出",
            "back_url": reverse("registry:household", args=[home.number]),
            "danger": True,
        },
    )


@dataclass(frozen=True)
class Asked:
    """A purpose with the consent that stands to it, if one does."""

    purpose: rules.Purpose
    consent: Consent | None


@require_http_methods(["GET", "POST"])
@signed_in
def consents(request: Request) -> HttpResponse:
    """Show one's own consents; give one."""
    if request.method == "POST":
        given = actions.give_consent(
            request.actor,
            purpose=request.POST.get("purpose", ""),
            key=request.POST.get("key", ""),
        )
        messages.success(request, f"已同意“{rules.PURPOSES[given.purpose].title}”，随时可以撤回。")
        return redirect("registry:consents")
    mine = queries.consents_of(request.actor)
    standing = {(c.purpose, c.version): c for c in mine if c.withdrawn_at is None}
    asked = [Asked(p, standing.get((p.code, p.version))) for p in rules.PURPOSES.values()]
    past = [(rules.title_of(c.purpose), c) for c in mine if c.withdrawn_at]
    return render(request, "registry/consents.html", {"asked": asked, "past": past})


@require_http_methods(["GET", "POST"])
@signed_in
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Ask once, then withdraw one's own consent."""
    consent = queries.fetch_consent(request.actor, pk)
    title = rules.title_of(consent.purpose)
    if request.method == "POST":
        actions.withdraw_consent(request.actor, consent_id=pk, key=request.POST.get("key", ""))
        messages.success(request, f"已撤回“{title}”，从现在起不再使用。")
        return redirect("registry:consents")
    return ask(
        request,
        {
            "title": f"撤回“{title}”？",
            "lead": f"{cn_full_date(consent.given_at)}同意",
            "consequences": [
                "从现在起，不再这样使用您的个人信息。",
                "以前已经用过的不受影响，记录保留。",
                "您的积分和办事都不受影响，以后可以再同意。",
            ],
            "action_url": request.path,
            "action_label": "撤回同意",
            "back_url": reverse("registry:consents"),
            "danger": True,
        },
    )


urlpatterns = [
    path("households/", households, name="households"),
    path("households/new/", register, name="register"),
    path("households/residents/", residents, name="residents"),
    path("households/<slug:number>/", household, name="household"),
    path("memberships/<int:pk>/leave/", leave, name="leave"),
    path("consents/", consents, name="consents"),
    path("consents/<int:pk>/withdraw/", withdraw, name="withdraw"),
]
