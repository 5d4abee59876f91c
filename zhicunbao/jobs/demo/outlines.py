"""Invented outlines around the county seat of 云和: communities and villages, divided into grids,
divided into micro-grids, that adjoin without gap or overlap. The real table of divisions has no
coordinates, so none of these lines is a real boundary.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sin
from typing import Final, cast

import shapely
from shapely import MultiPoint, Point, Polygon, STRtree

SOURCE: Final = "示意，非真实边界"
CENTRE: Final = (28.112, 119.570)
"""Latitude and longitude of the county seat, about."""
METRES_PER_DEGREE: Final = 111_320.0
STEP_M: Final = 45.0
"""Distance between two corners of a drawn line."""
RELAXATIONS: Final = 6
"""Rounds of moving each seed to the middle of its cell: cells become alike in size."""
BORDER: Final = (
    (-3300, -300), (-3100, 900), (-2300, 2000), (-1000, 2650), (500, 2700), (1700, 2450),
    (2500, 1700), (2750, 600), (2600, -500), (2000, -1500), (900, -2400), (-600, -2700),
    (-2000, -2300), (-2900, -1400),
)  # fmt: skip
"""The street's outer line before it is bent, in metres east and north of the centre."""
BENDS: Final = ((70.0, 900.0), (34.0, 370.0), (8.0, 150.0))
"""Waves (height, length in metres) that bend every straight line, each alike for both sides."""

Rings = list[list[list[float]]]


@dataclass(frozen=True)
class Region:
    """A community or village on the plan: where its middle lies and how it is divided.

    ``grids`` holds the number of micro-grids of each grid.
    """

    middle: tuple[float, float]
    grids: tuple[int, ...]


@dataclass(frozen=True)
class Drawn:
    """One region as drawn: its outline, its grids' outlines, and per grid its micro-grids'."""

    outline: Rings
    grids: list[Rings]
    micro_grids: list[list[Rings]]


def draw_street(regions: Mapping[str, Region], *, seed: int) -> dict[str, Drawn]:
    """Return the outlines of all ``regions``, by the same names; the same seed draws the same.

    The outline of a whole is the union of its parts, point for point.
    """
    chance = random.Random(seed)  # noqa: S311 -- a drawing, not a secret
    cells = _cells(Polygon(BORDER), [r.middle for r in regions.values()])
    straight = []
    for region, cell in zip(regions.values(), cells, strict=True):
        grids = _divided(cell, len(region.grids), chance)
        straight.append([_divided(g, n, chance) for g, n in zip(grids, region.grids, strict=True)])
    bent = iter(_bent([micro for grids in straight for grid in grids for micro in grid]))
    drawn = {}
    for name, grids_of in zip(regions, straight, strict=True):
        micro = [[next(bent) for _ in grid] for grid in grids_of]
        joined = [_joined(grid) for grid in micro]
        drawn[name] = Drawn(
            _rings(_joined(joined)),
            [_rings(grid) for grid in joined],
            [[_rings(m) for m in grid] for grid in micro],
        )
    return drawn


def spot_in(outline: Rings, *, seed: int) -> tuple[float, float]:
    """Return a (latitude, longitude) well inside ``outline``, where a photo may have been taken."""
    chance = random.Random(seed)  # noqa: S311 -- a demo's photo, not a secret
    polygon = Polygon(outline[0])
    west, south, east, north = polygon.bounds
    for _ in range(40):
        spot = Point(chance.uniform(west, east), chance.uniform(south, north))
        if polygon.contains(spot):
            return round(spot.y, 6), round(spot.x, 6)
    middle = polygon.representative_point()
    return round(middle.y, 6), round(middle.x, 6)


def _cells(ground: Polygon, seeds: Sequence[tuple[float, float]]) -> list[Polygon]:
    """Return the Voronoi cells of ``seeds``, cut to ``ground`` (convex), in the seeds' order."""
    if len(seeds) == 1:
        return [ground]
    diagram = shapely.voronoi_polygons(MultiPoint(seeds), extend_to=ground, ordered=True)
    # Both are convex, so what they share is one polygon.
    return [cast("Polygon", cell.intersection(ground)) for cell in diagram.geoms]


def _divided(ground: Polygon, count: int, chance: random.Random) -> list[Polygon]:
    """Divide a convex ground into ``count`` cells of like size, from north-west to south-east."""
    west, south, east, north = ground.bounds
    seeds: list[tuple[float, float]] = []
    while len(seeds) < count:
        seed = (chance.uniform(west, east), chance.uniform(south, north))
        if ground.contains(Point(seed)):
            seeds.append(seed)
    for _ in range(RELAXATIONS):
        seeds = [(c.centroid.x, c.centroid.y) for c in _cells(ground, seeds)]
    band = (north - south) / max(1, round(count**0.5))
    seeds.sort(key=lambda p: (round((north - p[1]) / band), p[0]))
    return _cells(ground, seeds)


def _bent(cells: Sequence[Polygon]) -> list[Polygon]:
    """Bend the straight lines between ``cells``.

    All lines are first cut where they meet and into short steps, so that two neighbours share every
    corner and still fit after each corner has moved.
    """
    lines = shapely.unary_union([cell.exterior for cell in cells])
    steps = list(shapely.get_parts(shapely.segmentize(lines, STEP_M)))
    faces = [cast("Polygon", face) for face in shapely.polygonize(steps).geoms]
    tree = STRtree(faces)
    found = []
    for cell in cells:
        [face] = tree.query(cell.representative_point(), predicate="within")
        found.append(Polygon([_on_earth(*_moved(x, y)) for x, y in faces[face].exterior.coords]))
    return found


def _moved(x: float, y: float) -> tuple[float, float]:
    for turn, (height, length) in enumerate(BENDS):
        wave, shift = 2 * pi / length, 1.7 * turn
        x, y = (
            x + height * sin(wave * y + shift + 0.4 * wave * x),
            y + height * sin(wave * x - shift + 0.3 * wave * y),
        )
    return x, y


def _on_earth(x: float, y: float) -> tuple[float, float]:
    """Metres from the centre to (longitude, latitude), to a tenth of a metre."""
    latitude, longitude = CENTRE
    east = METRES_PER_DEGREE * cos(radians(latitude))
    return round(longitude + x / east, 6), round(latitude + y / METRES_PER_DEGREE, 6)


def _joined(parts: Iterable[Polygon]) -> Polygon:
    whole = shapely.coverage_union_all(list(parts))
    if not isinstance(whole, Polygon):
        raise TypeError("the parts of a whole must hang together")
    return whole


def _rings(polygon: Polygon) -> Rings:
    return [[list(corner) for corner in polygon.exterior.coords]]
