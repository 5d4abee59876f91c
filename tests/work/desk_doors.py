"""Who comes through which address of work at the desk, and the things its pages show there;
``doors`` takes these rows in.
"""

from dataclasses import dataclass
from typing import Any

from tests.cast import Town
from tests.doors import Door
from tests.work import street
from zhicunbao.base.models import Attachment
from zhicunbao.casework.models import Evidence
from zhicunbao.work import actions
from zhicunbao.work.models import Claim, Task

OVERSEE = frozenset(
    ("leader", "officer", "admin", "reviewer", "reviewer2", "oversight", "department", "auditor")
)
"""Staff whose view of work reaches 东门社区."""
VIEW = OVERSEE | {"cadre", "other_admin", "other_reviewer"}
"""Staff who view work somewhere."""
PUBLISH = frozenset(("leader", "officer", "admin"))
EVALUATE = frozenset(("admin", "cadre", "other_admin"))
REVIEW = frozenset(("reviewer", "reviewer2", "other_reviewer"))
REVISE = frozenset(("leader", "officer"))


@dataclass
class DeskScene:
    """A draft, and a submitted claim with a photo like an earlier one."""

    draft: Task
    claim: Claim
    photo: Evidence


def scene(town: Town) -> DeskScene:
    """Keep a draft and bring two claims with photos that are alike before the desk."""
    more(town)
    claim = street.submitted(town, title="照片相似的一件", by="head")
    Attachment.objects.filter(evidence__isnull=False).update(perceptual_hash="0f0f0f0f0f0f0f0f")
    return DeskScene(
        actions.save_draft(
            town.actor("admin"), street.content(title="草稿"), area=town.dongmen, key=street.key()
        ),
        claim,
        claim.case.evidence.exclude(attachment=None).latest("pk"),
    )


def more(town: Town) -> None:
    """Add two of what only the desk lists."""
    for number in (1, 2):
        street.evaluated(town, title=f"又一件考评过的 {number}")


def _task(scene: Any) -> dict[str, Any]:
    return {"pk": scene.task.pk}


def _stop(scene: Any) -> dict[str, Any]:
    return {"pk": scene.task.pk, "verb": "stop"}


def _draft(scene: Any) -> dict[str, Any]:
    return {"pk": scene.desk.draft.pk}


def _claim(scene: Any) -> dict[str, Any]:
    return {"pk": scene.desk.claim.pk}


def _photo(scene: Any) -> dict[str, Any]:
    return {"pk": scene.desk.claim.pk, "evidence": scene.desk.photo.pk}


def _item(scene: Any) -> dict[str, Any]:
    del scene  # the catalogue is the same in every scene
    return {"code": "07"}


DESK = [
    Door("work:desk_tasks", VIEW),
    Door("work:desk_tasks", VIEW, query="?state=published&module=2&q=任务"),
    Door("work:tasks_workbook", VIEW),
    Door("work:publish", PUBLISH | {"cadre", "other_admin"}),
    Door("work:publish", PUBLISH | {"cadre", "other_admin"}, query="?item=07"),
    Door("work:publish", PUBLISH | {"cadre", "other_admin"}, method="post"),
    Door("work:edit_draft", PUBLISH, at=_draft, sees=OVERSEE),
    Door("work:edit_draft", PUBLISH, at=_draft, method="post", sees=OVERSEE),
    Door("work:desk_task", OVERSEE, at=_task),
    Door("work:assign", PUBLISH, at=_task, method="post", sees=OVERSEE),
    Door("work:move_task", PUBLISH, at=_stop, sees=OVERSEE),
    Door("work:move_task", PUBLISH, at=_stop, method="post", sees=OVERSEE),
    Door("work:desk_claims", VIEW),
    Door("work:desk_claims", VIEW, query="?state=submitted"),
    Door("work:desk_claim", OVERSEE, at=_claim),
    Door("work:compare", OVERSEE, at=_photo),
    Door("work:evaluate", EVALUATE),
    Door("work:evaluate_list", EVALUATE),
    Door("work:evaluate_one", frozenset({"admin"}), at=_claim),
    Door("work:evaluate_one", frozenset({"admin"}), at=_claim, method="post"),
    Door("work:recall", frozenset({"admin"}), at=_claim, method="post"),
    Door("work:review", REVIEW),
    Door("work:review", REVIEW, query="?only=flagged"),
    Door("work:review", REVIEW, method="post"),
    Door("work:review_done", REVIEW),
    Door("work:catalogue", VIEW),
    Door("work:catalogue_item", VIEW, at=_item),
    Door("work:new_version", REVISE, at=_item),
    Door("work:new_version", REVISE, at=_item, method="post"),
]
