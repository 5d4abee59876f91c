"""Tasks: the board, one task, claiming it."""

from typing import Annotated

from ninja import Query, Router, Status
from pydantic import Field

from zhicunbao.base.api import Asked, Fetched, Key, Page, page_of
from zhicunbao.base.http import Request
from zhicunbao.work import actions, queries
from zhicunbao.work.api.shapes import (
    BoardRow,
    ClaimWhole,
    TaskWhole,
    claim_whole,
    task_row,
    task_whole,
)
from zhicunbao.work.models import Task

router = Router()

SeenTask = Annotated[Task, Fetched(queries.fetch_task)]


class TasksAsked(Asked):
    """How the board is narrowed: one of the five modules, what can still be claimed, what lies in
    one's own grid, a word of the title, the place or the work item.
    """

    module: int | None = Field(None, ge=1, le=5)
    only_open: bool = False
    near: bool = False
    text: str = Field("", max_length=40)


@router.get("/tasks", url_name="tasks", response=Page[BoardRow])
def list_tasks(request: Request, asked: Query[TasksAsked]) -> Page[BoardRow]:
    """List the published tasks of the person's area, soonest due first."""
    rows = queries.board(
        request.actor,
        module=asked.module,
        only_open=asked.only_open,
        near=asked.near,
        text=asked.text.strip(),
    )
    tasks, following = page_of(rows, asked, "due_at", "id")
    items = [
        BoardRow(**task_row(task).model_dump(), is_mine=bool(getattr(task, "is_mine", False)))
        for task in tasks
    ]
    return Page[BoardRow](items=items, next=following)


@router.get("/tasks/{int:task}", url_name="task", response=TaskWhole)
def show_task(request: Request, task: SeenTask) -> TaskWhole:
    """Show a task with all that it asks and gives."""
    return task_whole(request.actor, task)


@router.post("/tasks/{int:task}/claim", url_name="claim_task", response={201: ClaimWhole})
def claim_task(request: Request, task: SeenTask, key: Key) -> Status[ClaimWhole]:
    """Claim a slot for oneself, or enter the draw when the task is given out by lot.

    For grid members and heads of the task's community or village (403). Refused with 409 outside
    the claim window, when the slots are taken, for a second live claim, and beyond the item's cap.
    """
    claim = actions.claim_task(request.actor, task, key=key)
    return Status(201, claim_whole(request.actor, claim.pk))
