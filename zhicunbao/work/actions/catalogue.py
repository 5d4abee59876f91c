"""Keeping the catalogue: the starter pack, and new versions of an item."""

import itertools
import json
from typing import Any

from django.conf import settings
from django.db import transaction

from zhicunbao.base import access, audit
from zhicunbao.base.access import Actor
from zhicunbao.base.idempotency import once
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid
from zhicunbao.work.models import WorkItem, WorkItemVersion


@transaction.atomic
def load_starter() -> int:
    """Add the 26 items of the starter pack that are not there yet; return how many were added.

    For set-up; changes no item that exists. The pack says which five the street itself names.
    """
    pack = json.loads((settings.ROOT / "data" / "work_items.json").read_text(encoding="utf-8"))
    known = set(WorkItem.objects.values_list("code", flat=True))
    fresh = [row for row in pack["items"] if row["code"] not in known]
    for row in fresh:
        item = WorkItem.objects.create(
            code=row["code"],
            name=row["name"],
            module=row["module"],
            icon=row["icon"],
            is_named_in_source=row.get("is_named", False),
        )
        WorkItemVersion.objects.create(
            item=item,
            number=1,
            points_by_level=row["points"],
            level_meanings=pack["level_meanings"],
            photos_min=len(row["photos"]),
            photo_labels=row["photos"],
            wants_position=row.get("position", False),
            fields=[
                {"label": label, "is_required": required, "minutes": minutes}
                for label, required, minutes in row.get("fields", [])
            ],
            minutes_on_site=row["minutes"],
            cap_count=row.get("cap_count", 0),
            cap_points=row.get("cap_points", 0),
            source="起步包：分值和佐证要求供街道修订，不是任何地方的规定",
            valid_from=clock.today(),
        )
    return len(fresh)


def adopt_version(
    actor: Actor, item: WorkItem, *, changes: dict[str, Any], source: str, key: str
) -> WorkItemVersion:
    """Put a new version of ``item`` in force from today. Needs ``work.edit_catalogue``.

    ``changes``: any of points_by_level (five whole numbers, rising), photos_min, photo_labels,
    wants_position, fields, minutes_on_site, cap_count, cap_points, cap_period. Published tasks
    keep the version they were published with. ``source`` names the decision.
    """
    access.require(actor, "work.edit_catalogue")
    _check(changes, source)

    def do() -> WorkItemVersion:
        # Two at once queue at the item; only then is its newest version known.
        WorkItem.objects.select_for_update(no_key=True).get(pk=item.pk)
        version = WorkItemVersion.objects.filter(item=item).order_by("-number").first()
        if version is None:
            raise Invalid("这个事项还没有起步版本，请先装入起步包。")
        version.pk = None
        version._state.adding = True
        version.number += 1
        version.source = source.strip()[:300]
        version.valid_from = clock.today()
        version.adopted_by_id = actor.person_id
        for name, value in changes.items():
            setattr(version, name, value)
        version.save(force_insert=True)
        audit.record(
            actor, "work.version_adopted", version, detail={"item": item.code, "changes": changes}
        )
        return version

    request = [item.pk, changes, source]
    return once(actor, key=key, action="work.adopt_version", request=request, do=do)


def _check(changes: dict[str, Any], source: str) -> None:
    wrong: dict[str, str] = {}
    points = changes.get("points_by_level")
    if points is not None and (
        len(points) != 5
        or any(not isinstance(p, int) or p < 1 for p in points)
        or any(a >= b for a, b in itertools.pairwise(points))
    ):
        wrong["points_by_level"] = "五级分值要逐级升高，例如 5、10、20、35、60"
    if not source.strip():
        wrong["source"] = "请写明依据，例如哪次会议通过"
    if wrong:
        raise Invalid("新版本还不能生效，请改好标出的几处。", fields=wrong)
