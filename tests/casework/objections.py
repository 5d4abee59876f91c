"""Objecting and answering, for tests of notices."""

from typing import Any

from tests.cast import Town
from zhicunbao.casework.actions import object_to, perform
from zhicunbao.casework.models import Case, NoticeEntry, Objection

TEXT = "照片里的楼道不是红光里的。"


def raise_(town: Town, entry: NoticeEntry, who: str = "villager", **changes: Any) -> Objection:
    return object_to(town.actor(who), entry, **{"text": TEXT, "key": "o", **changes})


def answer(town: Town, objection: Objection, verb: str, who: str = "oversight") -> Case:
    return perform(town.actor(who), objection.case, verb, key=f"{verb}{who}", reason="核实过了。")
