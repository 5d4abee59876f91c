"""Who comes through which operation of the JSON door."""

from dataclasses import dataclass
from typing import Any

from tests.cast import Town
from tests.doors import ANYONE, SIGNED_IN, Door
from tests.work import street
from tests.work.doors import CLAIM, OVERSEE, OWNER, SEE_TASK
from zhicunbao.casework.models import PublicNotice
from zhicunbao.work.models import Claim, Task

REVIEWERS = frozenset(("reviewer", "reviewer2", "other_reviewer"))


@dataclass
class Scene:
    """An open task that nobody claimed, the member's claim that waits for its proof, a notice."""

    task: Task
    claim: Claim
    notice: PublicNotice


def scene(town: Town) -> Scene:
    """Add a task and a claim to what the features below have built; their notice is shown."""
    return Scene(
        street.publish(town, title="从接口看的任务"),
        street.claimed(town, title="从接口交的任务"),
        PublicNotice.objects.latest("pk"),
    )


def more(town: Town, scene: Any) -> None:
    """Add nothing: work adds two of everything that is listed here."""
    del town, scene


def _task(scene: Scene) -> dict[str, int]:
    return {"task": scene.task.pk}


def _claim(scene: Scene) -> dict[str, int]:
    return {"claim": scene.claim.pk}


def _case(scene: Scene) -> dict[str, int]:
    return {"case": scene.claim.case_id}


def _notice(scene: Scene) -> dict[str, int]:
    return {"notice": scene.notice.pk}


def _giving_up(scene: Scene) -> dict[str, object]:
    return {"verb": "withdraw", "seen": scene.claim.case.version}


def door(name: str, opens: frozenset[str], **more: Any) -> Door:
    """Return a row of this table."""
    return Door(f"openapi:{name}", opens, is_json=True, **more)


DOORS = [
    door("openapi_file", ANYONE),
    door("me", SIGNED_IN),
    door("tasks", SIGNED_IN),
    door("tasks", SIGNED_IN, query="?only_open=1&near=1&module=2&text=楼道&limit=1"),
    door("task", SEE_TASK, at=_task),
    door("claim_task", CLAIM, at=_task, method="post", sees=SEE_TASK),
    door("claims", SIGNED_IN),
    door("claims", SIGNED_IN, query="?stage=going"),
    door("claims", SIGNED_IN, query="?stage=posted"),
    door("claim", OWNER | OVERSEE, at=_claim),
    door("submit", OWNER, at=_claim, method="post", sees=OVERSEE),
    door("evaluate", frozenset({"admin"}), at=_claim, method="post"),
    door("review", REVIEWERS, method="post"),
    door("move", OWNER, at=_case, method="post", sees=OVERSEE, send=_giving_up),
    door("points", SIGNED_IN),
    door("statement", SIGNED_IN),
    door("statement", SIGNED_IN, query="?show=in"),
    door("notices", SIGNED_IN),
    door("notices", SIGNED_IN, query="?place=past&area=331125001004"),
    door("notice", SIGNED_IN, at=_notice),
]
