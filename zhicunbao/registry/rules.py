"""What holds in the register by itself: the numbers of households, the purposes that consent may
be asked for, and whether a position lies in an outline. Nothing here reads a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians
from typing import Final

from shapely import Point, Polygon

METRES_PER_DEGREE: Final = 111_320.0
"""Of latitude, and of longitude at the equator; good to 0.5 % anywhere in China, and a street is
small enough for the earth to be flat."""
ACCURACY_M_MAX: Final = 200.0
"""A phone that claims worse than this knows only which town it is in: its circle is cut to this, or
any position would count as inside."""

Outline = Sequence[Sequence[Sequence[float]]]


def household_number(village_prefix: str, running: int) -> str:
    """Return the number of the ``running``-th household of a community or village.

    It begins with the 12-digit statistical code, so it means one household in the whole country.
    """
    return f"{village_prefix}-{running:05d}"


def running_of(number: str) -> int:
    """Return the running part of a household's number."""
    return int(number.rpartition("-")[2])


@dataclass(frozen=True)
class Purpose:
    """One use of personal data that needs a consent of its own.

    ``version`` grows whenever ``text`` or ``recipient`` changes: an old consent does not cover it.
    """

    code: str
    title: str
    text: str
    recipient: str
    version: int


PURPOSES: Final = {
    p.code: p
    for p in (
        Purpose(
            "publish_name",
            "公示时显示全名",
            "积分公示和公告里写您的全名。不同意时只写姓，例如“陈**”，积分照常入账。",
            "看公示的人",
            1,
        ),
        Purpose(
            "contact_phone",
            "手机号给本网格的网格员",
            "网格员入户、提醒事情时可以给您打电话。不同意时由社区代为联系。",
            "您所在网格的网格员",
            1,
        ),
        Purpose(
            "civil_affairs",
            "户成员情况给民政部门",
            "用于核对困难帮扶和高龄补贴，免去您重复填表。不同意时您自己到窗口申报。",
            "县民政部门",
            1,
        ),
    )
}


def title_of(purpose: str) -> str:
    """Return what people call a purpose; a purpose that is asked no more keeps its code."""
    known = PURPOSES.get(purpose)
    return known.title if known else purpose


def is_inside(outline: Outline, lat: float, lon: float, accuracy_m: float = 0.0) -> bool:
    """Whether a position may lie in ``outline``: its circle of error touches the polygon.

    ``accuracy_m`` is what the phone reports (metres, radius; cut to ``ACCURACY_M_MAX``). Without an
    outline nothing can be said and the answer is False. It is a hint for people, never a refusal.
    """
    if not outline:
        return False
    polygon = _polygon(tuple(tuple((p[0], p[1]) for p in ring) for ring in outline), round(lat, 2))
    position = Point(*_flat(lon, lat, round(lat, 2)))
    return bool(polygon.distance(position) <= min(max(accuracy_m, 0.0), ACCURACY_M_MAX))


def _flat(lon: float, lat: float, at_latitude: float) -> tuple[float, float]:
    return lon * METRES_PER_DEGREE * cos(radians(at_latitude)), lat * METRES_PER_DEGREE


@lru_cache(maxsize=256)
def _polygon(rings: tuple[tuple[tuple[float, float], ...], ...], at_latitude: float) -> Polygon:
    outer, *holes = (tuple(_flat(lon, lat, at_latitude) for lon, lat in ring) for ring in rings)
    return Polygon(outer, holes)
