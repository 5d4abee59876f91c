"""Draws the plan beside a claim: the outline of its area, the neighbours, and where the phone says
that it was. Only drawing; whether a point is inside was decided when it came.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Final

from zhicunbao.base.models import Area
from zhicunbao.casework.models import Evidence
from zhicunbao.registry.rules import METRES_PER_DEGREE
from zhicunbao.work.judging import outlines_around

WIDTH: Final = 332
HEIGHT: Final = 210
EDGE: Final = 26
"""Free border of the frame; a point further away stands on it."""

Ring = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Mark:
    """A point on the plan, as ``_map.html`` draws it."""

    x: str
    y: str
    tone: str
    radius: str
    label: str


@dataclass(frozen=True)
class Plan:
    """A plan, ready for ``_map.html``."""

    outline: str
    others: list[str]
    marks: list[Mark]
    name: str
    name_x: str
    name_y: str
    text: str
    width: int = WIDTH
    height: int = HEIGHT


class _Frame:
    """Lays degrees onto the frame, the outline in its middle, north above."""

    def __init__(self, ring: Ring) -> None:
        west, east = min(p[0] for p in ring), max(p[0] for p in ring)
        south, north = min(p[1] for p in ring), max(p[1] for p in ring)
        self._x0, self._y0 = (west + east) / 2, (south + north) / 2
        self._narrow = cos(radians(self._y0))
        wide = max((east - west) * self._narrow, 1e-6)
        high = max(north - south, 1e-6)
        self._scale = min((WIDTH - 4 * EDGE) / wide, (HEIGHT - 3 * EDGE) / high)

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        x = WIDTH / 2 + (longitude - self._x0) * self._narrow * self._scale
        y = HEIGHT / 2 + EDGE / 3 - (latitude - self._y0) * self._scale
        return x, y

    def points(self, ring: Ring) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.at(p[0], p[1]) for p in ring))

    def length(self, metres: float) -> float:
        return metres / METRES_PER_DEGREE * self._scale

    def mark(self, row: Evidence, tone: str) -> Mark:
        x, y = self.at(float(row.longitude or 0), float(row.latitude or 0))
        radius = min(self.length(row.accuracy_m or 0), HEIGHT / 2)
        return Mark(
            x=f"{min(max(x, 8), WIDTH - 8):.1f}",
            y=f"{min(max(y, 8), HEIGHT - 8):.1f}",
            tone=tone,
            radius=f"{radius:.1f}" if radius >= 7 else "",
            label=row.label,
        )


def plan_of(area: Area, evidence: Iterable[Evidence]) -> Plan | None:
    """Return the plan of ``area`` with the places that ``evidence`` names; None without outline."""
    own, others = outlines_around(area)
    if not own:
        return None
    frame = _Frame(own[0])
    marks = [
        frame.mark(row, "late" if row.is_inside is False else "info")
        for row in evidence
        if row.kind == Evidence.Kind.POSITION
    ]
    said = "、".join(mark.label for mark in marks)
    return Plan(
        outline=frame.points(own[0]),
        others=[frame.points(rings[0]) for rings in others],
        marks=marks,
        name=area.short_name,
        name_x=f"{WIDTH / 2}",
        name_y="22",
        text=f"{area.short_name}的轮廓" + (f"，图上有：{said}" if said else "，没有位置"),
    )
