"""Who comes through which operation of the JSON door."""

from dataclasses import dataclass
from typing import Any

from tests.cast import Town
from tests.doors import ANYONE, SIGNED_IN, Door
from tests.rewards import doors as shop
from tests.work import street
from tests.work.doors import CLAIM, OVERSEE, OWNER, SEE_TASK
from zhicunbao.casework.models import PublicNotice
from zhicunbao.rewards.models import Order
from zhicunbao.work.models import Claim, Task

REVIEWERS = frozenset(("reviewer", "reviewer2", "other_reviewer"))
SHOPPERS = shop.NEAR - shop.KEEPER
"""Whom the shop of 东门社区 serves; its keeper shops elsewhere."""


@dataclass
class Scene:
    """An open task that nobody claimed, the member's claim that waits for its proof, a notice,
    and the member's order that waits to be fetched.
    """

    task: Task
    claim: Claim
    notice: PublicNotice
    order: Order


def scene(town: Town) -> Scene:
    """Add a task and a claim to what the features below have built; their notice is shown."""
    return Scene(
        street.publish(town, title="从接口看的任务"),
        street.claimed(town, title="从接口交的任务"),
        PublicNotice.objects.latest("pk"),
        Order.objects.filter(is_open=True).latest("pk"),
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


def _shop(scene: Scene) -> dict[str, int]:
    return {"shop": scene.order.place_id}


def _order(scene: Scene) -> dict[str, int]:
    return {"order": scene.order.pk}


def _buying(scene: Scene) -> dict[str, object]:
    return {"wanted": [{"goods": line.goods_id, "count": 1} for line in scene.order.lines.all()]}


def _cancelling(scene: Scene) -> dict[str, object]:
    return {"seen": scene.order.case.version}


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
    door("shops", SIGNED_IN),
    door("shop_shelf", shop.SEE, at=_shop),
    door("shop_shelf", shop.SEE, at=_shop, query="?category=food&text=油"),
    door(
        "order_goods", shop.NEAR - shop.KEEPER, at=_shop, method="post", send=_buying, sees=shop.SEE
    ),
    door("orders", SIGNED_IN),
    door("orders", SIGNED_IN, query="?stage=taken"),
    door("order", OWNER, at=_order, sees=shop.LOOK),
    door("cancel_order", OWNER, at=_order, method="post", send=_cancelling, sees=shop.LOOK),
    door("notices", SIGNED_IN),
    door("notices", SIGNED_IN, query="?place=past&area=331125001004"),
    door("notice", SIGNED_IN, at=_notice),
]
