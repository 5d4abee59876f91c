"""The register's pages: households, residents, one household with its history, one's own consents.
What may be seen and done is decided by access and actions; these only ask and show.
"""

from dataclasses import dataclass
from typing import Final, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from zhicunbao.base import access
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.models import Area
from zhicunbao.kernel.refusals import Invalid
from zhicunbao.registry import actions, queries, rules
from zhicunbao.registry.models import VIEW, Consent, Household, Membership

app_name = "registry"
PAGE_SIZE: Final = 50


@dataclass(frozen=True)
class Chip:
    """A way to another area: further down, or back up."""

    label: str
    url: str
    icon: str = ""
    is_on: bool = False
    count: int | None = None


def _chips(request: Request, area: Area) -> list[Chip]:
    """Return the areas beside ``area``: its parent when it is in reach, then its children."""
    up = []
    if area.parent and access.may(request.actor, VIEW, area.parent):
        up = [Chip(area.parent.short_name, f"?area={area.parent.code}", icon="left")]
    return up + [Chip(a.short_name, f"?area={a.code}") for a in area.children.order_by("prefix")]


@signed_in
def households(request: Request) -> HttpResponse:
    """List the households of an area."""
    area = queries.fetch_area(request.actor, request.GET.get("area", ""))
    text = request.GET.get("q", "").strip()
    rows = queries.households(request.actor, area, text)
    return render(
        request,
        "registry/households.html",
        {
            "area": area,
            "chips": _chips(request, area),
            "text": text,
            "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
            "may_edit": access.may(request.actor, queries.EDIT, area),
        },
    )


@signed_in
def residents(request: Request) -> HttpResponse:
    """List the people who belong to the households of an area."""
    area = queries.fetch_area(request.actor, request.GET.get("area", ""))
    rows = queries.residents(request.actor, area).order_by("household__number", "pk")
    return render(
        request,
        "registry/residents.html",
        {
            "area": area,
            "chips": _chips(request, area),
            "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
            "full_names": access.may(request.actor, queries.EDIT, area),
        },
    )


class MicroGridField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in stubs alone
    """A choice of micro-grids, each spoken of with what it lies in."""

    def label_from_instance(self, obj: Area) -> str:
        """Name community, grid and micro-grid."""
        above = [a.short_name for a in (obj.parent and obj.parent.parent, obj.parent) if a]
        return " ".join([*above, obj.name])


class HouseholdForm(forms.Form):
    """What is asked to register a household."""

    area = MicroGridField(
        None, label="微网格", empty_label="请选择", help_text="这一户所在的微网格"
    )
    address = forms.CharField(label="地址", max_length=80, help_text="写到门牌，如 红光里 12 号")
    kind = forms.ChoiceField(
        label="户别",
        choices=Household.Kind.choices,
        widget=forms.RadioSelect,
        initial=Household.Kind.REGISTERED,
    )


@signed_in
def register(request: Request) -> HttpResponse:
    """Ask for a household's particulars and register it."""
    access.require(request.actor, queries.EDIT)
    form = HouseholdForm(request.POST or None)
    micro_grids = cast("MicroGridField", form.fields["area"])
    micro_grids.queryset = queries.micro_grids_to_edit(request.actor)
    chosen = micro_grids.queryset.filter(code=request.GET.get("area", "")).first()
    form.initial["area"] = chosen
    if request.method == "POST" and form.is_valid():
        try:
            household = actions.register_household(
                request.actor,
                area_id=form.cleaned_data["area"].pk,
                address=form.cleaned_data["address"],
                kind=form.cleaned_data["kind"],
                key=request.POST.get("key", ""),
            )
        except Invalid as refusal:
            _show(form, refusal)
        else:
            messages.success(request, f"已登记，户号 {household.number}。")
            return redirect("registry:household", household.number)
    status = 422 if form.errors else 200
    return render(request, "registry/register.html", {"form": form}, status=status)


def _show(form: forms.Form, refusal: Invalid) -> None:
    """Put a refusal's sentences under the fields that they name, or above the form."""
    for name, sentence in (refusal.fields or {"": refusal.message}).items():
        form.add_error(name if name in form.fields else None, sentence)


class MemberForm(forms.Form):
    """Who joins a household: somebody registered, found by phone and name."""

    name = forms.CharField(label="姓名", max_length=40)
    phone = forms.CharField(
        label="手机号", max_length=20, required=False, help_text="没有手机的老人和孩子不填"
    )
    relation = forms.ChoiceField(label="与户主的关系", choices=Membership.Relation.choices)


@signed_in
def household(request: Request, number: str) -> HttpResponse:
    """Show a household, who belongs to it and who did; let people join it."""
    found = queries.fetch_household(request.actor, number)
    may_edit = access.may(request.actor, queries.EDIT, found)
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            member = actions.add_member(
                request.actor,
                household_id=found.pk,
                **form.cleaned_data,
                key=request.POST.get("key", ""),
            )
        except Invalid as refusal:
            _show(form, refusal)
        else:
            messages.success(request, f"{member.person.name}已迁入这一户。")
            return redirect("registry:household", number)
    rows = list(found.memberships.select_related("person"))
    is_own = any(m.person_id == request.actor.person_id and m.ends_on is None for m in rows)
    context = {
        "household": found,
        "members": [m for m in rows if m.ends_on is None],
        "former": [m for m in rows if m.ends_on is not None],
        "full_names": may_edit or is_own,
        "may_edit": may_edit,
        "may_view_list": access.may(request.actor, VIEW, found),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "registry/household.html", context, status=status)


@signed_in
def leave(request: Request, pk: int) -> HttpResponse:
    """Ask once, then let a person leave the household."""
    member = queries.fetch_membership(request.actor, pk)
    access.require(request.actor, queries.EDIT, member)
    if request.method == "POST":
        actions.leave_household(request.actor, membership_id=pk, key=request.POST.get("key", ""))
        messages.success(request, f"{member.person.name}已迁出，记录留在这一户的经过里。")
        return redirect("registry:household", member.household.number)
    return render(request, "registry/leave.html", {"member": member})


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
    rows = [
        (purpose, next((c for c in mine if _covers(c, purpose)), None))
        for purpose in rules.PURPOSES.values()
    ]
    past = [(rules.PURPOSES.get(c.purpose), c) for c in mine if c.withdrawn_at]
    return render(request, "registry/consents.html", {"rows": rows, "past": past})


def _covers(consent: Consent, purpose: rules.Purpose) -> bool:
    return consent.withdrawn_at is None and (consent.purpose, consent.version) == (
        purpose.code,
        purpose.version,
    )


@signed_in
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Ask once, then withdraw one's own consent."""
    consent = queries.fetch_consent(request.actor, pk)
    purpose = rules.PURPOSES.get(consent.purpose)
    title = purpose.title if purpose else consent.purpose
    if request.method == "POST":
        actions.withdraw_consent(request.actor, consent_id=pk, key=request.POST.get("key", ""))
        messages.success(request, f"已撤回“{title}”，从现在起不再使用。")
        return redirect("registry:consents")
    return render(request, "registry/withdraw.html", {"consent": consent, "title": title})


urlpatterns = [
    path("households/", households, name="households"),
    path("households/new/", register, name="register"),
    path("households/<slug:number>/", household, name="household"),
    path("memberships/<int:pk>/leave/", leave, name="leave"),
    path("residents/", residents, name="residents"),
    path("consents/", consents, name="consents"),
    path("consents/<int:pk>/withdraw/", withdraw, name="withdraw"),
]
