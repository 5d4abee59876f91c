"""Draws shares of a whole as a half ring, and what is left over time as a chart. It knows nothing
of what they are shares of.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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


# --- what is left over time -----------------------------------------------------------------------

TOP: Final = 26
FOOT: Final = 24
LEFT: Final = 44
RIGHT: Final = 12
AHEAD_DAYS_MIN: Final = 60
AHEAD_DAYS_MAX: Final = 365
LABEL_WIDTH: Final = 62
"""Room that a month's name takes on the axis."""


@dataclass(frozen=True)
class Mark:
    """A place on the chart with its words; ``end`` is where they are anchored."""

    x: str
    y: str
    text: str
    end: str = "middle"


@dataclass(frozen=True)
class Chart:
    """What was left, day by day, and how it goes on at the same rate: ready to stand in an SVG.

    ``dry``, ``term`` and ``stop`` are there when they fall into the stretch that is drawn.
    """

    width: int
    height: int
    right: int
    base: int
    top: int
    line: str
    area: str
    ahead: str
    now: Mark
    dry: Mark | None
    term: Mark | None
    stop: Mark | None
    months: list[Mark]
    levels: list[Mark]


@dataclass(frozen=True)
class _Paper:
    """Where days and amounts stand on a chart."""

    first: date
    last: date
    highest: int
    width: int
    base: int

    def x(self, day: date) -> float:
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return LEFT + share * (self.width - LEFT - RIGHT)

    def y(self, amount: float) -> float:
        return self.base - amount / self.highest * (self.base - TOP)

    def at(self, day: date, amount: float) -> str:
        return f"{self.x(day):.1f} {self.y(amount):.1f}"

    def mark(self, day: date | None, amount: float, text: str) -> Mark | None:
        """Return a mark at a day that is on the paper; its words lean away from the edge."""
        if day is None or not self.first <= day <= self.last:
            return None
        x = self.x(day)
        end = "end" if x > self.width - 2 * LABEL_WIDTH else "start"
        return Mark(f"{x:.1f}", f"{self.y(amount):.1f}", text, end)

    def months(self) -> list[Mark]:
        """Return the first days of months that have room for their names."""
        found: list[Mark] = []
        day, free_from = self.first.replace(day=1), 0.0
        while day <= self.last:
            x = self.x(day)
            if day >= self.first and x >= free_from and x <= self.width - LABEL_WIDTH / 2:
                text = f"{day.year}年" if day.month == 1 else f"{day.month}月"
                found.append(Mark(f"{x:.1f}", f"{self.base + 18}", text))
                free_from = x + LABEL_WIDTH
            day = (day + timedelta(days=32)).replace(day=1)
        return found


def left_chart(
    days: Sequence[tuple[date, int]],
    *,
    dry_on: date | None,
    ends_on: date | None,
    stop_below: int,
    width: int,
    height: int,
) -> Chart:
    """Draw ``days`` (day, what was left at its end; the last is today) and the way to ``dry_on``.

    ``ends_on`` is the last day of the term; at ``stop_below`` nothing more is given. What lies more
    than a year ahead is not drawn.
    """
    today, left = days[-1]
    ahead_days = 1.08 * (dry_on - today).days if dry_on else 0
    last = today + timedelta(days=round(min(max(ahead_days, AHEAD_DAYS_MIN), AHEAD_DAYS_MAX)))
    highest = _round_up(max(*(amount for _, amount in days), stop_below, 2))
    paper = _Paper(days[0][0], last, highest, width, height - FOOT)
    line = "M" + "L".join(paper.at(day, amount) for day, amount in days)
    ahead = ""
    if dry_on and left > 0:
        end = min(dry_on, last)
        rest = left * (1 - (end - today).days / max((dry_on - today).days, 1))
        ahead = f"M{paper.at(today, left)}L{paper.at(end, rest)}"
    return Chart(
        width=width,
        height=height,
        right=width - RIGHT,
        base=paper.base,
        top=TOP,
        line=line,
        area=f"{line}L{paper.at(today, 0)}L{paper.at(days[0][0], 0)}Z",
        ahead=ahead,
        now=Mark(f"{paper.x(today):.1f}", f"{paper.y(left):.1f}", "今天"),
        dry=paper.mark(dry_on, 0, f"约{_said(dry_on, today)}用完") if dry_on else None,
        term=paper.mark(ends_on, highest, "用到这天") if ends_on and ends_on > today else None,
        stop=Mark(f"{LEFT + 6}", f"{paper.y(stop_below):.1f}", "停发线", "start")
        if stop_below
        else None,
        months=paper.months(),
        levels=[
            Mark(f"{LEFT - 8}", f"{paper.y(amount):.1f}", short(amount), "end")
            for amount in (0, highest // 2, highest)
        ],
    )


def _round_up(amount: int) -> int:
    """Return the next even round number: 189,134 becomes 200,000."""
    step = int(10 ** (len(str(amount)) - 1))
    steps = (step, 2 * step, 4 * step, 6 * step, 8 * step, 10 * step)
    return next(n for n in steps if n >= amount and n % 2 == 0)


def short(amount: int) -> str:
    """Say a level of the scale: 20万, 1.5万, 800."""
    return f"{amount / 10_000:g}万" if amount >= 10_000 else f"{amount:,}"


def _said(day: date, today: date) -> str:
    year = "" if day.year == today.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"
