"""Who comes through which address of work: the phone's pages here, the desk's in ``desk_doors``."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.cast import Town
from tests.doors import SIGNED_IN, Door
from tests.work import desk_doors, street
from zhicunbao.casework.actions import tick
from zhicunbao.casework.models import PublicNotice
from zhicunbao.kernel import clock
from zhicunbao.work.models import Claim, Task

OVERSEE = frozenset(
    ("leader", "officer", "admin", "reviewer", "reviewer2", "oversight", "department", "auditor")
)
"""Staff whose view of work reaches 东门社区."""
CLAIM = frozenset(("head", "member", "member2"))
"""Grid members and heads of 东门社区."""
SEE_TASK = OVERSEE | CLAIM | {"villager", "merchant", "keeper"}
OWNER = frozenset({"member"})


@dataclass
class Scene:
    """An open task that nobody claimed, and the member's claim that waits for its proof."""

    task: Task
    claim: Claim
    desk: desk_doors.DeskScene


def scene(town: Town) -> Scene:
    """Publish, and bring claims of one grid member to every stage that a list shows."""
    street.fund(town)
    street.in_notice(town, title="已经公示的任务")
    tick(PublicNotice.objects.latest("pk").closes_at + timedelta(seconds=1))
    more(town, None)
    at_desk = desk_doors.scene(town)
    return Scene(street.publish(town), street.claimed(town, title="等着提交的任务"), at_desk)


def more(town: Town, scene: Any) -> None:
    """Add two of everything that the pages list."""
    if scene is not None:
        desk_doors.more(town)
    for number in (1, 2):
        street.publish(town, title=f"又一件任务 {number}")
        street.claimed(town, title=f"又一件认领 {number}", area=town.red_lane)
        street.submitted(town, title=f"又一件提交 {number}")
        street.in_notice(town, title=f"又一件公示 {number}")
        street.claimed(
            town, title=f"又一件抽签 {number}", way="draw", closes_at=clock.now() + clock.DAY
        )


def _task(scene: Scene) -> dict[str, int]:
    return {"pk": scene.task.pk}


def _claim(scene: Scene) -> dict[str, int]:
    return {"pk": scene.claim.pk}


PHONE = [
    Door("work:home", SIGNED_IN),
    Door("work:board", SIGNED_IN),
    Door("work:board", SIGNED_IN, query="?open=0&near=on&module=2&q=楼道"),
    Door("work:task", SEE_TASK, at=_task),
    Door("work:claim_confirm", CLAIM, at=_task, sees=SEE_TASK),
    Door("work:claim_confirm", CLAIM, at=_task, method="post", sees=SEE_TASK),
    Door("work:my_claims", SIGNED_IN),
    Door("work:my_claims", SIGNED_IN, query="?stage=notice"),
    Door("work:my_claims", SIGNED_IN, query="?stage=done"),
    Door("work:my_claims", SIGNED_IN, query="?stage=posted"),
    Door("work:claim", OWNER | OVERSEE, at=_claim),
    Door("work:submit", OWNER, at=_claim, sees=OVERSEE),
    Door("work:submit", OWNER, at=_claim, method="post", sees=OVERSEE),
    Door("work:withdraw", OWNER, at=_claim, sees=OVERSEE),
    Door("work:withdraw", OWNER, at=_claim, method="post", sees=OVERSEE),
]
DOORS = [*PHONE, *desk_doors.DESK]
