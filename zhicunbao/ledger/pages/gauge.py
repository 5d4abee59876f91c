"""Draws shares of a whole as a half ring. It knows nothing of what they are shares of."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Final

WIDTH: Final = 260
RADIUS: Final = 104
BASE_Y: Final = 128
GAP: Final = 0.012
"""Of a half circle: the white line between two shares."""


@dataclass(frozen=True)
class Arc:
    """One share: an SVG path and its colour."""

    d: str
    stroke: str


def half_ring(shares: Iterable[tuple[int, str]]) -> list[Arc]:
    """Return the arcs of ``shares`` (amount, colour) from left to right; nothing for zeros."""
    parts = [(amount, stroke) for amount, stroke in shares if amount > 0]
    whole = sum(amount for amount, _ in parts)
    arcs, at = [], 0.0
    for number, (amount, stroke) in enumerate(parts, 1):
        end = at + amount / whole
        # A share narrower than the gap still shows as a line.
        drawn = end if number == len(parts) else max(end - GAP, at + GAP / 2)
        (x1, y1), (x2, y2) = _point(at), _point(drawn)
        arcs.append(Arc(f"M{x1:.1f} {y1:.1f}A{RADIUS} {RADIUS} 0 0 1 {x2:.1f} {y2:.1f}", stroke))
        at = end
    return arcs


def _point(share: float) -> tuple[float, float]:
    angle = pi * (1 - share)
    return WIDTH / 2 + RADIUS * cos(angle), BASE_Y - RADIUS * sin(angle)
