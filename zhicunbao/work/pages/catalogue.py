"""The catalogue of work: five modules, their items, each item's versions with what they rest on,
and adopting a new version.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_GET

from zhicunbao.base import access
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel.refusals import Invalid
from zhicunbao.work import actions, lists
from zhicunbao.work.forms import show
from zhicunbao.work.lists import VIEW
from zhicunbao.work.models import Module, WorkItem, WorkItemVersion
from zhicunbao.work.revision import SHOWN_AT, VersionForm, values_of
from zhicunbao.work.rules import stairs_of

EDIT = "work.edit_catalogue"


@dataclass(frozen=True)
class ItemRow:
    """A work item with its version in force and how many tasks rest on the item."""

    item: WorkItem
    version: WorkItemVersion
    tasks: int


@require_GET
@signed_in
def catalogue(request: Request) -> HttpResponse:
    """Show the five modules and their items, and which of them the street's own account names."""
    access.require(request.actor, VIEW)
    used = lists.tasks_by_version(request.actor)
    rows = [
        ItemRow(item, versions[0], sum(used.get(v.pk, 0) for v in versions))
        for item in lists.catalogue()
        if (versions := list(item.versions.all()))
    ]
    groups = [(m, [r for r in rows if r.item.module == m]) for m in Module]
    context = {
        "groups": groups,
        "count": len(rows),
        "named": sum(r.item.is_named_in_source for r in rows),
    }
    return render(request, "work/desk_catalogue.html", context)


@require_GET
@signed_in
def catalogue_item(request: Request, code: str) -> HttpResponse:
    """Show one item: what it asks and gives, every version and what it rests on."""
    access.require(request.actor, VIEW)
    item = lists.fetch_item(code)
    versions = list(item.versions.all())
    used = lists.tasks_by_version(request.actor)
    context = {
        "item": item,
        "version": versions[0],
        "stairs": stairs_of(versions[0]),
        "versions": [(v, used.get(v.pk, 0)) for v in versions],
        "tasks": sum(used.get(v.pk, 0) for v in versions),
        "may_edit": access.may(request.actor, EDIT),
        "may_publish": access.may(request.actor, "work.publish"),
    }
    return render(request, "work/desk_item.html", context)


@signed_in
def new_version(request: Request, code: str) -> HttpResponse:
    """Adopt a new version of an item from today; tasks already published keep theirs."""
    access.require(request.actor, EDIT)
    item = lists.fetch_item(code)
    version = item.versions.all()[0]
    is_post = request.method == "POST"
    form = VersionForm(request.POST if is_post else None, initial=values_of(version))
    if is_post and form.is_valid():
        try:
            adopted = actions.adopt_version(
                request.actor,
                item,
                changes=form.changes(),
                source=form.cleaned_data["source"],
                key=request.POST.get("key", ""),
            )
        except Invalid as refusal:
            show(form, refusal, SHOWN_AT)
        else:
            messages.success(request, f"“{item.name}”第 {adopted.number} 版已生效。")
            return redirect("work:catalogue_item", item.code)
    context = {"item": item, "version": version, "form": form}
    status = 422 if form.errors else 200
    return render(request, "work/desk_version.html", context, status=status)


urlpatterns = [
    path("catalogue/", catalogue, name="catalogue"),
    path("catalogue/<slug:code>/", catalogue_item, name="catalogue_item"),
    path("catalogue/<slug:code>/new/", new_version, name="new_version"),
]
