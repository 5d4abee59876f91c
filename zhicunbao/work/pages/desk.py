"""The desk's pages about tasks: the list with its figures, one task with its claims and what can be
done to it. Publishing, judging and the catalogue have modules of their own; their addresses meet
here.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST

from zhicunbao.base import access
from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request, signed_in
from zhicunbao.casework.actions import perform
from zhicunbao.casework.queries import LinePart, allowed, line_of, number_of, state_label
from zhicunbao.kernel.flow import T
from zhicunbao.kernel.refusals import Conflict, Invalid, NotFound
from zhicunbao.work import actions, forms, lists
from zhicunbao.work.flows import CLAIM, TASK
from zhicunbao.work.lists import VIEW
from zhicunbao.work.models import Module, Task
from zhicunbao.work.pages import catalogue, evaluate, oversee, publish, review
from zhicunbao.work.pages.narrow import areas_to_choose, narrowing_of, tabs_of

PAGE_SIZE: Final = 50
MOVES: Final = {t.verb for t in TASK.transitions if t.plain}
"""The moves of a task that are asked once, with what follows from each."""


@dataclass(frozen=True)
class TaskRow:
    """One row of the list of tasks."""

    task: Task
    state: str
    is_live: bool
    line: list[LinePart]
    word: str


def progress_of(states: Mapping[str, int]) -> tuple[list[LinePart], str]:
    """Return where a task's claims stand on the line of steps, and the same in words.

    A step is ``now`` where some claim waits at it and ``done`` where all live ones are past it.
    Claims that ended by the way are not on the line.
    """
    at: Counter[int] = Counter()
    for name, number in states.items():
        state = CLAIM.states[name]
        if state.tone != "ended":
            at[state.step + (CLAIM.is_final(name))] += number
    first = min(at, default=0)
    parts = [
        LinePart(label, "now" if at[n] else "done" if n < first else "ahead")
        for n, label in enumerate(CLAIM.line)
    ]
    words = [f"{label} {at[n]}" for n, label in enumerate((*CLAIM.line, "已入账")) if at[n]]
    return parts, "，".join(words)


@require_GET
@signed_in
def desk_tasks(request: Request) -> HttpResponse:
    """List the tasks that the actor's posts oversee, with the figures of what is under way."""
    access.require(request.actor, VIEW)
    by = narrowing_of(request, TASK.states)
    page = Paginator(lists.desk_tasks(request.actor, by), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    counts = lists.state_counts(request.actor, by.area)
    context = {
        "page": page,
        "rows": _task_rows(list(page)),
        "counts": counts,
        "points_posted": lists.points_posted(request.actor, by.area),
        "by": by,
        "tabs": tabs_of(request, {n: s.label for n, s in TASK.states.items()}, counts.tasks),
        "modules": Module.choices,
        "areas": areas_to_choose(request),
        "may_publish": access.may(request.actor, publish.PUBLISH),
    }
    return render(request, "work/desk_tasks.html", context)


def _task_rows(tasks: list[Task]) -> list[TaskRow]:
    counted = lists.claim_states(tasks)
    rows = []
    for task in tasks:
        line, word = progress_of(counted.get(task.pk, {}))
        rows.append(
            TaskRow(task, state_label(task.case), task.case.state == "published", line, word)
        )
    return rows


@require_GET
@signed_in
def desk_task(request: Request, pk: int) -> HttpResponse:
    """Show one task with everybody's claims and what the actor can do to it."""
    return _task_page(request, lists.fetch_overseen(request.actor, pk))


def _task_page(request: Request, task: Task, wrong: Invalid | None = None) -> HttpResponse:
    claims = lists.claims_of(task)
    states = Counter(claim.case.state for claim in claims)
    line, word = progress_of(states)
    may_publish = access.may(request.actor, publish.PUBLISH, task)
    may_assign = may_publish and task.case.state == "published" and task.taken_count < task.slots
    offered = MOVES - ({"withdraw"} if any(c.is_active for c in claims) else set())
    context = {
        "task": task,
        "number": number_of(task.case),
        "state": state_label(task.case),
        "steps": line_of(task.case),
        "progress": line,
        "progress_word": word,
        "rows": oversee.claim_rows(request, claims),
        "moves": [t for t in allowed(request.actor, task.case) if t.verb in offered],
        "may_publish": may_publish,
        "people": lists.could_be_assigned(task) if may_assign else [],
        "left": task.slots - task.taken_count,
        "picked": set(request.POST.getlist("person")),
        "wrong": wrong,
    }
    return render(request, "work/desk_task.html", context, status=wrong.status if wrong else 200)


@require_POST
@signed_in
def assign(request: Request, pk: int) -> HttpResponse:
    """Give slots of a task to the people that were ticked."""
    task = lists.fetch_overseen(request.actor, pk)
    people = [n for n in map(number_in, request.POST.getlist("person")) if n is not None]
    access.require(request.actor, publish.PUBLISH, task)
    if not people:
        return _task_page(request, task, Invalid("还没有勾选人。请先勾选由谁来做。"))
    try:
        actions.assign_task(request.actor, task, person_ids=people, key=request.POST.get("key", ""))
    except Invalid as refusal:
        return _task_page(request, task, refusal)
    messages.success(request, f"已指定 {len(set(people))} 人，他们会收到消息。")
    return redirect("work:desk_task", task.pk)


@signed_in
def move_task(request: Request, pk: int, verb: str) -> HttpResponse:
    """Ask once, with what follows, then stop or withdraw a task or discard a draft."""
    task = lists.fetch_overseen(request.actor, pk)
    access.require(request.actor, publish.PUBLISH, task)
    if verb not in MOVES:
        raise NotFound("没有这个页面。请从任务页重新进入。")
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            moved = perform(
                request.actor,
                task.case,
                verb,
                key=request.POST.get("key", ""),
                seen=forms.seen_in(request.POST),
                reason=form.cleaned_data["reason"],
            )
        except Invalid as refusal:
            forms.show(form, refusal)
        else:
            messages.success(request, f"“{task.title}”现在是“{state_label(moved)}”。")
            return redirect("work:desk_task", task.pk)
    transition = _move(task, verb)
    context = {
        "task": task,
        "title": f"{transition.label}？",
        "lead": task.title,
        "consequences": transition.follows,
        "action_url": request.path,
        "action_label": transition.label,
        "back_url": reverse("work:desk_task", args=[task.pk]),
        "hidden": {"seen": task.case.version},
        "reason_field": form["reason"] if transition.reason else None,
        "danger": True,
        "sheet_level": 2,
    }
    template = "base/_sheet_confirm.html" if request.htmx else "work/desk_ask.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _move(task: Task, verb: str) -> T:
    """Return the transition, or refuse: the task is no longer where this can be done."""
    transition = TASK.find(task.case.state, verb)
    if transition is None:
        raise Conflict(
            f"这件任务现在是“{state_label(task.case)}”，不能再这样办。请回到任务页看看。"
        )
    return transition


urlpatterns = [
    path("desk/tasks/", desk_tasks, name="desk_tasks"),
    *publish.urlpatterns,
    path("desk/tasks/<int:pk>/", desk_task, name="desk_task"),
    path("desk/tasks/<int:pk>/assign/", assign, name="assign"),
    path("desk/tasks/<int:pk>/<slug:verb>/", move_task, name="move_task"),
    *oversee.urlpatterns,
    *evaluate.urlpatterns,
    *review.urlpatterns,
    *catalogue.urlpatterns,
]
