"""Publishing work: choose what, say where and when, see what it asks of people, put it out. Drafts
are edited on the same page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path

from zhicunbao.base import access
from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.models import Area
from zhicunbao.casework.rules import NOTICE_DAYS, in_force
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotFound
from zhicunbao.ledger.models import Purse
from zhicunbao.ledger.queries import purse_figures, purse_for
from zhicunbao.work import actions, forms, lists, queries
from zhicunbao.work.models import Module, Task, WorkItemVersion
from zhicunbao.work.rules import effort, stairs_of

PUBLISH: Final = "work.publish"
LINE: Final = 300
"""Width of the drawn line of the usual effort."""


@signed_in
def publish(request: Request) -> HttpResponse:
    """Choose a work item, then publish a task of it or keep it as a draft.

    ``?item=`` loads the item's own proof and points, ``?copy=`` the content of an earlier task.
    """
    access.require(request.actor, PUBLISH)
    versions = list(queries.current_versions())
    if copied := request.GET.get("copy", ""):
        task = lists.fetch_overseen(request.actor, number_in(copied) or 0)
        version = _version(versions, task.version.item.code)
        start = forms.fresh_values(version, clock.now()) | forms.values_of(task)
        return _page(request, versions, start)
    if code := request.GET.get("item") or request.POST.get("item"):
        return _page(request, versions, forms.fresh_values(_version(versions, code), clock.now()))
    groups = [(m, [v for v in versions if v.item.module == m]) for m in Module]
    return render(request, "work/desk_choose.html", {"groups": groups})


@signed_in
def edit_draft(request: Request, pk: int) -> HttpResponse:
    """Go on with a draft: save it again, or publish it."""
    draft = lists.fetch_overseen(request.actor, pk)
    access.require(request.actor, PUBLISH, draft)
    if draft.case.state != "draft":
        raise Conflict("这件任务已经发布或作废，不能再改。可以在任务页上照样再发一件。")
    versions = list(queries.current_versions())
    times = {"opens_at": draft.opens_at, "closes_at": draft.closes_at, "due_at": draft.due_at}
    version = _version(versions, draft.version.item.code)
    start = forms.values_of(draft) | times | {"version": version.pk}
    return _page(request, versions, start, draft=draft)


def _version(versions: Sequence[WorkItemVersion], code: str) -> WorkItemVersion:
    found = next((v for v in versions if v.item.code == code), None)
    if found is None:
        raise NotFound("没有这个工作事项。请回到上一页，从列表里重新选择。")
    return found


def _page(
    request: Request,
    versions: Sequence[WorkItemVersion],
    start: dict[str, Any],
    *,
    draft: Task | None = None,
) -> HttpResponse:
    """Show the form, count along, or do what was asked.

    A live page asks with GET and all its fields, a page without scripts by the buttons “算一下” and
    “换成这一项”; neither writes anything. What was filled in for another work item than the one
    chosen is not published: the page loads the chosen one and asks again.
    """
    areas = lists.areas_in_reach(request.actor, PUBLISH)
    is_post = request.method == "POST"
    sent = request.POST if is_post else request.GET
    version = _version(versions, sent.get("item") or start["item"])
    known: dict[str, Any] = {"versions": versions, "areas": areas, "loaded": version}
    is_other = "version" in sent and sent["version"] != str(version.pk)
    wants = sent.get("do", "publish") in ("publish", "draft") if is_post else False
    if wants and not is_other:
        form = forms.PublicationForm(request.POST, **known)
        if form.is_valid():
            try:
                return _act(request, form, areas, draft)
            except Invalid as refusal:
                forms.show(form, refusal)
        read = form.cleaned_data
    elif "level" in sent:
        form, read = _counted(sent, known, is_other=is_other)
    else:
        read = start if start.get("area") else start | {"area": _usual_area(areas)}
        form = forms.PublicationForm(initial=read, **known)
    context = {
        "form": form,
        "draft": draft,
        "version": version,
        "stairs": stairs_of(version),
        "is_other": wants and is_other,
        "is_revised": draft is not None and draft.version_id != version.pk,
        "asked": _asked(request, version, read, areas),
    }
    return render(request, "work/desk_publish.html", context, status=422 if wants else 200)


def _act(
    request: Request, form: forms.PublicationForm, areas: Sequence[Area], draft: Task | None
) -> HttpResponse:
    content = form.publication()
    area = next(a for a in areas if a.code == form.cleaned_data["area"])
    key = request.POST.get("key", "")
    if request.POST.get("do") == "draft":
        saved = actions.save_draft(request.actor, content, area=area, key=key, draft=draft)
        messages.success(request, "草稿已存，只有工作人员看得到。")
        return redirect("work:edit_draft", saved.pk)
    task = actions.publish_task(request.actor, content, area=area, key=key, draft=draft)
    if task.way == Task.Way.ASSIGN:
        messages.success(request, f"已发布“{task.title}”。请接着指定由谁来做。")
    else:
        messages.success(request, f"已发布“{task.title}”，{task.slots} 个名额。")
    return redirect("work:desk_task", task.pk)


def _counted(
    sent: QueryDict, known: dict[str, Any], *, is_other: bool
) -> tuple[forms.PublicationForm, dict[str, Any]]:
    """Return the form as it was filled in, without complaints, and what of it can be read."""
    bound = forms.PublicationForm(sent, **known)
    bound.is_valid()
    read = bound.cleaned_data
    values = {n: sent.getlist(n) if n == "keep" else sent.get(n, "") for n in bound.fields}
    if is_other:
        own = forms.proof_values(known["loaded"])
        read, values = read | own, values | own
    values["version"] = known["loaded"].pk
    return forms.PublicationForm(initial=values, **known), read


def _usual_area(areas: Sequence[Area]) -> str:
    """Return the community of somebody who publishes in one; empty for those who see several."""
    whole = [a for a in areas if len(a.prefix) == 12]
    return whole[0].code if len(whole) == 1 else ""


@dataclass(frozen=True)
class Asked:
    """What a publication asks of people and of the purse."""

    minutes: int
    minutes_of_all: int
    slots: int
    parts: list[dict[str, Any]]
    usual: "Usual | None"
    points_max: int
    purse: Purse | None
    in_purse: int
    notice_days: int
    needless: list["Needless"]

    @property
    def text(self) -> str:
        """The parts in words."""
        return "，".join(f"{p['label']} {p['share']:g} 分钟" for p in self.parts)

    @property
    def is_short(self) -> bool:
        """Whether the purse holds less than this could give out."""
        return self.purse is not None and self.in_purse < self.points_max


@dataclass(frozen=True)
class Needless:
    """A field that asks for what the register knows already, and the minutes it costs each."""

    label: str
    known: str
    minutes: int


@dataclass(frozen=True)
class Usual:
    """How the effort compares with that of the item's last tasks, drawn on a line."""

    low: int
    high: int
    end: int
    x: str
    width: str
    here: str
    word: str


def _asked(
    request: Request, version: WorkItemVersion, read: dict[str, Any], areas: Sequence[Area]
) -> Asked:
    proof = forms.Proof.of(version, read)
    given = effort(
        version,
        photos_min=proof.photos_min,
        fields=proof.fields,
        position=proof.wants_position,
    )
    slots = int(read.get("slots") or 1)
    area = next((a for a in areas if a.code == read.get("area")), None)
    prefix = area.prefix if area else request.actor.home_prefix
    purse = purse_for(prefix)
    parts = [
        {"label": "到现场 1 次", "share": float(given.on_site), "tone": "ink"},
        {"label": f"照片 {proof.photos_min} 张", "share": given.photos, "tone": "info"},
        {"label": f"填写 {len(proof.fields)} 项", "share": given.fields, "tone": "gold"},
        {"label": "附上位置", "share": given.position, "tone": "track"},
    ]
    return Asked(
        minutes=given.minutes,
        minutes_of_all=given.minutes * slots,
        slots=slots,
        parts=[p for p in parts if p["share"]],
        usual=_usual(version, given.minutes),
        points_max=version.points(int(read.get("level") or 3)) * slots,
        purse=purse,
        in_purse=purse_figures(purse).in_purse if purse else 0,
        notice_days=in_force(NOTICE_DAYS, prefix, clock.today()),
        needless=_needless(request, proof, area),
    )


def _needless(request: Request, proof: forms.Proof, area: Area | None) -> list[Needless]:
    if area is None:
        return []
    found = [
        Needless(
            field["label"],
            lists.known_in_register(request.actor, area, field["label"]),
            field.get("minutes", 1),
        )
        for field in proof.fields
    ]
    return [field for field in found if field.known]


def _usual(version: WorkItemVersion, minutes: int) -> Usual | None:
    span = lists.usual_minutes(version.item)
    if span is None:
        return None
    low, high = span
    end = -(-max(high, minutes, 10) * 3 // 2 // 10) * 10
    word = "比平时重" if minutes > high else "比平时轻" if minutes < low else "这件适中"
    return Usual(
        low=low,
        high=high,
        end=end,
        x=f"{LINE * low / end:.1f}",
        width=f"{max(LINE * (high - low) / end, 4):.1f}",
        here=f"{LINE * minutes / end:.1f}",
        word=word,
    )


urlpatterns = [
    path("desk/tasks/new/", publish, name="publish"),
    path("desk/tasks/<int:pk>/edit/", edit_draft, name="edit_draft"),
]
