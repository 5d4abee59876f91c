"""What the demo street had to do this month: invented tasks over all five modules, read from
``data/demo_month.json``. Tasks that ask for photos have few slots: the program draws every photo.
"""

import json
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Plan:
    """One task to publish, ``day`` days before today. ``scene`` names the drawing of its photos.

    ``fate``: "" lets chance decide; ``draft`` and ``withdraw`` are what they say; ``batch`` brings
    every claim to the committee's table, ``waiting`` to the evaluator's; ``returned`` sends the
    grid member of the cast back.
    """

    community: str
    day: int
    item: str
    title: str
    text: str
    level: int
    slots: int
    place: str = ""
    scene: str = ""
    way: str = "claim"
    window: int = 2
    days_to_do: int = 4
    fate: str = ""


def plans() -> list[Plan]:
    """Return the month's tasks, the oldest first."""
    path = settings.ROOT / "data" / "demo_month.json"
    return [Plan(**row) for row in json.loads(path.read_text(encoding="utf-8"))["tasks"]]
