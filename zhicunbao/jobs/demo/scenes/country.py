"""The open country: the river, the fields, a house and its shed, a yard, a stretch of road."""

from typing import Final

from zhicunbao.jobs.demo.scenes.brush import ROOFS, WALLS, Brush, Colour, darker, lighter, mix

LITTER: Final = (
    (229, 225, 214), (201, 214, 224), (184, 86, 74), (217, 210, 189), (90, 120, 150),
)  # fmt: skip


class Stretch:
    """Something that runs from the horizon to the viewer: a river, a path, a road."""

    def __init__(
        self, brush: Brush, horizon: float, far: float, half: float, near: float, wide: float
    ) -> None:
        self.brush, self.horizon = brush, horizon
        self.far, self.half, self.near, self.wide = far, half, near, wide

    def at(self, share: float) -> tuple[float, float, float]:
        """Return (x of the middle, y, half the width) at a share of the way to the viewer."""
        return (
            self.far + (self.near - self.far) * share,
            self.horizon + (150 - self.horizon) * share,
            self.half + (self.wide - self.half) * share,
        )

    def fill(self, colour: Colour) -> None:
        """Fill it from side to side."""
        (x1, y1, half1), (x2, y2, half2) = self.at(0), self.at(1)
        self.brush.shape(
            colour, (x1 - half1, y1), (x1 + half1, y1), (x2 + half2, y2), (x2 - half2, y2)
        )

    def dashes(self, colour: Colour) -> None:
        """Paint a broken line along the middle."""
        for n in range(5):
            share = (0.06 + n * 0.19) ** 1.25
            (x, y, _), (to_x, to_y, _) = self.at(share), self.at(share + 0.05 + share * 0.06)
            self.brush.line(colour, 0.7 + 1.7 * share, (x, y), (to_x, to_y), dots=False)

    def growth(self, count: int) -> None:
        """Let trees and bushes stand on both sides, the farther ones first."""
        chance = self.brush.chance
        for share in sorted(chance.uniform(0.02, 0.5) for _ in range(count)):
            x, y, half = self.at(share)
            x += chance.choice((-1, 1)) * (half + 7 + chance.uniform(0, 60) * (0.3 + share))
            if chance.random() < 0.65:
                self.brush.tree(x, y, 13 + share * 62)
            else:
                self.brush.bush(x, y, 5 + share * 26)


def river(brush: Brush, stage: str) -> None:
    """The river between its banks: with litter before, clear after."""
    chance = brush.chance
    dirty = stage == "before"
    horizon = chance.uniform(46, 66)
    brush.backdrop(horizon, dull=dirty)
    bank: Colour = brush.one_of(((109, 143, 78), (96, 138, 84), (126, 150, 88)))
    brush.ground(mix(bank, (134, 128, 96), 0.45) if dirty else bank, horizon)
    water = brush.one_of(((124, 172, 186), (110, 160, 172), (138, 182, 186)))
    if dirty:
        water = mix(water, (146, 150, 126), 0.75)
    run = Stretch(
        brush, horizon, chance.uniform(46, 114), chance.uniform(7, 16),
        chance.uniform(36, 124), chance.uniform(56, 96),
    )  # fmt: skip
    run.fill(water)
    _ripples(run, lighter(water, 0.4))
    if chance.random() < 0.5:
        _bridge(brush, run.far, horizon, run.half)
    run.growth(chance.randint(4, 8))
    side = chance.choice((-1, 1))
    if chance.random() < 0.8:
        _railing(run, side)
    if dirty:
        _litter(run)
    elif chance.random() < 0.75:
        x, y, half = run.at(chance.uniform(0.42, 0.6))
        brush.person(x - side * (half + 5), y, chance.uniform(36, 46), reach=float(side))


def _ripples(run: Stretch, colour: Colour) -> None:
    chance = run.brush.chance
    for n in range(1, 14):
        x, y, half = run.at(n / 16)
        x += chance.uniform(-0.6, 0.6) * half
        long = 2 + half * chance.uniform(0.1, 0.22)
        run.brush.line(colour, 0.4 + n / 14, (x - long, y), (x + long, y))


def _litter(run: Stretch) -> None:
    chance = run.brush.chance
    for _ in range(chance.randint(8, 15)):
        share = chance.uniform(0.12, 0.7)
        x, y, half = run.at(share)
        x += chance.uniform(-0.85, 0.85) * half
        size = 0.8 + 4.6 * share
        run.brush.oval(run.brush.one_of(LITTER), x, y, size, size * 0.5)


def _bridge(brush: Brush, x: float, horizon: float, half: float) -> None:
    stone = brush.one_of(((198, 194, 182), (176, 172, 164)))
    y, out = horizon + 3, half + 16
    brush.shape(
        stone, (x - out, y), (x - half, y - 5), (x + half, y - 5), (x + out, y),
        (x + out, y + 4), (x - out, y + 4),
    )  # fmt: skip
    rail = darker(stone, 0.2)
    brush.line(rail, 0.8, (x - out + 2, y - 4), (x - half, y - 9), (x + half, y - 9))
    brush.line(rail, 0.8, (x + half, y - 9), (x + out - 2, y - 4))


def _railing(run: Stretch, side: int) -> None:
    white = (244, 244, 239)
    posts = []
    for n in range(10):
        share = 0.02 + 0.74 * (n / 9) ** 1.5
        x, y, half = run.at(share)
        posts.append((x + side * (half + 2 + share * 9), y, 4 + 30 * share, share))
    for high in (1, 0.5):
        top = [(x, y - tall * high) for x, y, tall, _ in posts]
        run.brush.line(white, 1.2 * high + 0.3, *top)
    for x, y, tall, share in posts:
        run.brush.line(white, 0.6 + 1.2 * share, (x, y), (x, y - tall))


def field(brush: Brush, stage: str) -> None:
    """Stubble fields with stacks of straw: smoke over one before, none after."""
    chance = brush.chance
    horizon = chance.uniform(44, 64)
    brush.backdrop(horizon, dull=chance.random() < 0.3)
    soil = brush.one_of(((205, 179, 119), (192, 172, 110), (184, 176, 116), (176, 168, 104)))
    _strips(brush, soil, horizon)
    for _ in range(chance.randint(0, 5)):
        _house_far(brush, chance.uniform(0, 160), horizon + chance.uniform(1, 3))
    for _ in range(chance.randint(1, 4)):
        brush.tree(chance.uniform(-4, 164), horizon + chance.uniform(2, 8), chance.uniform(12, 24))
    depths = sorted(chance.uniform(0.1, 0.75) for _ in range(chance.randint(3, 6)))
    for n, depth in enumerate(depths):
        x, foot, size = chance.uniform(10, 150), horizon + 10 + depth * 52, 9 + depth * 22
        _stack(brush, x, foot, size)
        if stage == "before" and n == len(depths) // 2:
            _smoke(brush, x, foot, size)
    if stage != "before" and chance.random() < 0.7:
        foot, reach = chance.uniform(100, 114), chance.choice((0, 1, -1))
        brush.person(
            chance.uniform(24, 136), foot, foot * 0.45, back=chance.random() < 0.5, reach=reach
        )


def _strips(brush: Brush, soil: Colour, horizon: float) -> None:
    chance = brush.chance
    brush.ground(soil, horizon)
    lean = chance.uniform(-7, 7)
    for n in range(8):
        left, high = horizon + 3 + n * n * 1.7 + lean, 1.4 + n
        tone = mix(soil, chance.choice(((150, 160, 96), (214, 192, 140), (176, 150, 96))), 0.45)
        right = left - 2 * lean
        brush.shape(tone, (-60, left), (220, right), (220, right + high), (-60, left + high))
    for n in range(14):
        x = -50 + n * 19 + chance.uniform(-4, 4)
        brush.line(darker(soil, 0.1), 0.4, (80 + (x - 80) * 0.3, horizon), (x, 140), dots=False)


def _stack(brush: Brush, x: float, foot: float, size: float) -> None:
    straw = brush.vary((176, 142, 76), 10)
    brush.shape(
        straw, (x - size * 0.5, foot), (x - size * 0.34, foot - size * 0.6), (x, foot - size),
        (x + size * 0.34, foot - size * 0.6), (x + size * 0.5, foot),
    )  # fmt: skip
    stalk = darker(straw, 0.25)
    brush.line(stalk, 0.6, (x - size * 0.25, foot), (x, foot - size), (x + size * 0.25, foot))


def _smoke(brush: Brush, x: float, foot: float, size: float) -> None:
    for n in range(8):
        grey = mix((198, 197, 192), (232, 232, 226), n / 8)
        brush.oval(grey, x + n * 3.4, foot - size - n * 5.4, 3.4 + n * 2.1, 2.8 + n * 1.4)
    brush.disc((216, 112, 52), x, foot - size * 0.4, size * 0.14)


def _house_far(brush: Brush, x: float, foot: float) -> None:
    wide, high = brush.chance.uniform(9, 15), brush.chance.uniform(6, 10)
    top = foot - high
    brush.box(brush.one_of(WALLS), x, top, wide, high)
    brush.shape(brush.one_of(ROOFS), (x - 1.5, top), (x + wide / 2, top - 4), (x + wide + 1.5, top))
    brush.box((120, 134, 140), x + wide * 0.3, top + high * 0.3, wide * 0.18, high * 0.3)


def shed(brush: Brush, stage: str) -> None:
    """A house with a shed of coloured steel leaning on it: there before, gone after."""
    chance = brush.chance
    ground = chance.uniform(98, 108)
    brush.backdrop(ground - 34, dull=chance.random() < 0.4)
    brush.ground(brush.one_of(((154, 168, 140), (140, 156, 128))), ground - 34)
    for _ in range(chance.randint(0, 4)):
        brush.tree(chance.uniform(-4, 164), ground - 4, chance.uniform(26, 56))
    x, wide = chance.uniform(12, 38), chance.uniform(62, 80)
    wall = brush.one_of(WALLS)
    _house(brush, x, ground, wide, wall)
    if stage == "after":
        brush.box(lighter(wall, 0.25), x + wide * 0.82, ground - 44, wide * 0.18, 44)
    else:
        _steel(brush, x + wide, ground)
    brush.ground(brush.vary((164, 160, 148), 8), ground)
    if stage == "after":
        for _ in range(chance.randint(4, 8)):
            rubble = brush.one_of(((176, 172, 162), (160, 120, 96)))
            at = x + wide + chance.uniform(4, 40)
            brush.oval(rubble, at, ground + chance.uniform(1, 5), 3, 1.6)
        if chance.random() < 0.7:
            brush.person(x + wide + chance.uniform(14, 28), ground + 9, 46, reach=-1)
    for _ in range(chance.randint(0, 3)):
        brush.bush(chance.uniform(-4, 164), ground + 3, chance.uniform(7, 13))


def _house(brush: Brush, x: float, ground: float, wide: float, wall: Colour) -> None:
    chance = brush.chance
    floors = chance.choice((2, 2, 3))
    top = ground - floors * 28
    brush.box(wall, x, top, wide, ground - top)
    brush.box(darker(wall, 0.1), x + wide * 0.82, top, wide * 0.18, ground - top)
    roof = brush.one_of(ROOFS)
    if chance.random() < 0.6:
        brush.shape(roof, (x - 7, top + 2), (x + wide / 2, top - 17), (x + wide + 7, top + 2))
    else:
        brush.box(roof, x - 4, top - 4, wide + 8, 5)
        brush.box((206, 210, 212), x + wide * 0.6, top - 11, 12, 7)
    down = [top + 7 + n * 28 for n in range(floors)]
    brush.windows([x + wide * 0.1, x + wide * 0.46], down[:-1], wide * 0.22, 13)
    brush.windows([x + wide * 0.1], down[-1:], wide * 0.22, 13)
    brush.box((123, 94, 69), x + wide * 0.5, ground - 22, wide * 0.2, 22)


def _steel(brush: Brush, x: float, ground: float) -> None:
    chance = brush.chance
    steel = brush.one_of(((63, 116, 168), (72, 140, 150), (176, 72, 60)))
    sheet = brush.vary((207, 216, 220), 8)
    far, top = chance.uniform(32, 48), ground - chance.uniform(36, 50)
    brush.box(sheet, x, top, far, ground - top)
    for n in range(1, 8):
        at = x + far * n / 8
        brush.line(darker(sheet, 0.14), 0.7, (at, top), (at, ground))
    end = x + far + 8
    brush.shape(steel, (x - 2, top - 9), (end, top - 1), (end, top + 4), (x - 2, top - 4))
    if chance.random() < 0.5:
        brush.box(darker(sheet, 0.5), x + far * 0.3, ground - 28, far * 0.36, 28)


def yard(brush: Brush, stage: str) -> None:
    """A farm yard: heaped with wood and rags before, swept and planted after."""
    chance = brush.chance
    base = chance.uniform(82, 96)
    gate = _wall_with_gate(brush, base, chance.uniform(36, 56))
    floor = brush.one_of(((185, 180, 166), (170, 164, 150), (196, 186, 168), (178, 168, 158)))
    brush.ground(floor, base)
    slab = darker(floor, 0.12)
    for n in range(9):
        x = -70 + n * 36
        brush.line(slab, 0.5, (80 + (x - 80) * 0.6, base), (x, 140), dots=False)
    brush.line(slab, 0.5, (-60, base + 12), (220, base + 12), dots=False)
    if stage == "before":
        for n in range(chance.randint(2, 4)):
            size = chance.uniform(15, 26)
            _heap(brush, chance.uniform(10, 150), base + 9 + n * 6, size)
        return
    for _ in range(chance.randint(3, 7)):
        at = gate + chance.choice((-1, 1)) * chance.uniform(24, 84)
        brush.pot(at, base + chance.uniform(3, 22), chance.uniform(9, 15))
    if chance.random() < 0.65:
        _sweeper(brush, chance.uniform(40, 120), base + 24)


def _wall_with_gate(brush: Brush, base: float, top: float) -> float:
    """Draw the yard's wall with its gate; return the x of the gate's middle."""
    chance = brush.chance
    wall, roof = brush.one_of(WALLS), brush.one_of(ROOFS[:3])
    brush.backdrop(50)
    for _ in range(chance.randint(0, 3)):
        brush.tree(chance.uniform(0, 160), top + 4, chance.uniform(24, 44))
    brush.box(wall, -60, top, 280, base - top)
    brush.box(roof, -60, top - 7, 280, 8)
    for n in range(38):
        x = -60 + n * 7.4
        brush.line(lighter(roof, 0.18), 1.2, (x, top - 6), (x, top), dots=False)
    gate, high = chance.uniform(44, 112), min(base - top - 7, 40)
    brush.box(darker(wall, 0.25), gate - 16, base - high - 2, 32, high + 2)
    door = brush.one_of(((111, 125, 120), (134, 90, 70), (150, 120, 84)))
    brush.box(door, gate - 14, base - high, 28, high)
    brush.line(darker(door, 0.3), 0.6, (gate, base - high), (gate, base), dots=False)
    for at in (gate - 22, gate + 17):
        brush.box((190, 56, 46), at, base - high + 2, 5, high - 10)
    if chance.random() < 0.7:
        brush.windows([gate - 58, gate + 36], [base - high], 20, 15)
    return gate


def _sweeper(brush: Brush, x: float, foot: float) -> None:
    coat = brush.one_of(((92, 120, 140), (150, 96, 86), (200, 62, 48)))
    brush.person(x, foot, 52, top=coat, reach=1)
    brush.line((150, 120, 80), 1.2, (x + 16, foot - 32), (x + 24, foot - 2))
    top, low = foot - 4, foot + 3
    brush.shape((196, 164, 96), (x + 20, top), (x + 29, top), (x + 32, low), (x + 18, low))


def _heap(brush: Brush, x: float, foot: float, size: float) -> None:
    chance = brush.chance
    for n in range(chance.randint(5, 8)):
        y, half = foot - n * size * 0.12, size * (0.75 - 0.06 * n) * chance.uniform(0.8, 1)
        log = brush.one_of(((132, 98, 66), (110, 84, 60), (156, 124, 88)))
        brush.line(log, size * 0.12, (x - half, y + chance.uniform(-1, 1)), (x + half, y))
    cover = brush.one_of(((70, 110, 160), (196, 70, 60), (90, 130, 92), (214, 208, 190)))
    brush.shape(
        cover, (x - size * 0.6, foot - size * 0.3), (x - size * 0.1, foot - size * 0.95),
        (x + size * 0.35, foot - size * 0.5),
    )  # fmt: skip
    bucket = brush.one_of(((206, 200, 186), (120, 150, 170)))
    brush.box(bucket, x + size * 0.5, foot - size * 0.4, size * 0.34, size * 0.4)


def road(brush: Brush, stage: str) -> None:
    """A stretch of road: with a hole before, mended after."""
    chance = brush.chance
    horizon = chance.uniform(42, 60)
    brush.backdrop(horizon)
    brush.ground(brush.one_of(((128, 158, 104), (150, 160, 120), (164, 160, 120))), horizon)
    tar = brush.vary((122, 128, 130), 10)
    run = Stretch(
        brush, horizon, chance.uniform(54, 106), chance.uniform(7, 11),
        chance.uniform(50, 110), chance.uniform(78, 100),
    )  # fmt: skip
    run.fill(tar)
    run.dashes((232, 226, 206))
    run.growth(chance.randint(4, 8))
    x, y, _ = run.at(chance.uniform(0.44, 0.56))
    x += chance.uniform(-16, 16)
    if stage == "before":
        brush.oval(darker(tar, 0.3), x, y, chance.uniform(17, 24), chance.uniform(7, 9))
        brush.oval((112, 98, 82), x + 1, y + 1, 15, 5)
        for _ in range(5):
            crumb = (x + chance.uniform(-28, 28), y + chance.uniform(-9, 9))
            brush.oval(darker(tar, 0.2), *crumb, 2.4, 1.2)
    else:
        brush.shape(
            darker(tar, 0.2), (x - 20, y - 7), (x + 18, y - 7), (x + 24, y + 8), (x - 24, y + 8)
        )
    for at in (x - 32, x + 32):
        brush.shape(
            (222, 104, 44), (at - 4, y + 5), (at + 4, y + 5), (at + 0.8, y - 11), (at - 0.8, y - 11)
        )
        brush.box((246, 244, 236), at - 2.4, y - 4, 4.8, 3)
    if stage != "before" and chance.random() < 0.7:
        side = chance.choice((-1, 1))
        brush.person(x + side * 42, y + 9, 50, reach=-float(side))
