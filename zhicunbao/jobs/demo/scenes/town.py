"""The town: the place for sorted waste, the notice board, the lane and its lamp, the park, a market
stall.
"""

from typing import Final

from zhicunbao.jobs.demo.scenes.brush import ROOFS, WALLS, Brush, Colour, darker, lighter, mix
from zhicunbao.jobs.demo.scenes.country import Stretch

INKS: Final = ((160, 69, 42), (40, 88, 143), (31, 110, 77), (122, 85, 0), (120, 60, 110))
COATS: Final = ((84, 104, 124), (132, 98, 92), (200, 62, 48), (98, 112, 96), (132, 120, 148))
FRUITS: Final = ((214, 190, 96), (204, 132, 62), (156, 178, 84), (176, 70, 58))
SORTS: Final = ((46, 128, 82), (52, 104, 170), (190, 60, 50), (104, 108, 110))
"""Kitchen, recyclable, harmful and other waste."""


def bins(brush: Brush, stage: str) -> None:
    """The place for sorted waste: bags beside the bins before, all in order after."""
    chance = brush.chance
    base = chance.uniform(84, 98)
    if chance.random() < 0.5:
        brush.backdrop(60)
        for _ in range(chance.randint(2, 4)):
            brush.tree(chance.uniform(0, 160), base - 4, chance.uniform(30, 52))
    else:
        brush.box(brush.one_of(WALLS), -60, -60, 280, 200)
        brush.windows([8, 62, 118], [chance.uniform(-2, 8)], 26, 22)
    brush.ground(brush.one_of(((178, 174, 164), (160, 164, 156), (186, 172, 156))), base - 6)
    x, wide = chance.uniform(10, 32), chance.uniform(96, 124)
    _shelter(brush, x, wide, base)
    sorts = chance.sample(SORTS, 4)
    size = wide / 4.7
    for n, colour in enumerate(sorts):
        _bin(brush, colour, x + 5 + n * (wide - 8) / 4, base, size)
    if stage == "before":
        for n in range(chance.randint(5, 9)):
            _bag(brush, chance.uniform(x - 8, x + wide + 8), base + 4 + n * 1.8)
    elif chance.random() < 0.75:
        side = chance.choice((0, 1))
        brush.person(x + side * wide, base + 14, 62, reach=1 - 2 * side)


def _shelter(brush: Brush, x: float, wide: float, base: float) -> None:
    roof = brush.one_of(((52, 116, 84), (70, 110, 150), (92, 104, 108), (150, 84, 62)))
    for at in (x, x + wide - 3):
        brush.box((104, 116, 112), at, base - 60, 3, 60)
    brush.box(mix(roof, (245, 245, 238), 0.78), x + 3, base - 50, wide - 6, 44)
    if brush.chance.random() < 0.4:
        tip = (x + wide / 2, base - 78)
        brush.shape(roof, (x - 8, base - 60), tip, (x + wide + 8, base - 60))
    else:
        brush.box(roof, x - 7, base - 66, wide + 14, 9)
    for n in range(3):
        brush.sheet(x + 8 + n * wide * 0.32, base - 49, wide * 0.24, 13, roof)


def _bin(brush: Brush, colour: Colour, x: float, base: float, size: float) -> None:
    top = base - size * 1.35
    brush.shape(
        brush.vary(colour, 6), (x, top), (x + size, top),
        (x + size * 0.9, base + 3), (x + size * 0.1, base + 3),
    )  # fmt: skip
    brush.box(darker(colour, 0.25), x - 1.2, top - size * 0.15, size + 2.4, size * 0.2)
    brush.disc(lighter(colour, 0.7), x + size / 2, base - size * 0.7, size * 0.2)


def _bag(brush: Brush, x: float, y: float) -> None:
    r = brush.chance.uniform(4, 8)
    colour = brush.one_of(((58, 62, 66), (214, 208, 196), (150, 176, 196), (176, 138, 92)))
    brush.oval(colour, x, y, r, r * 0.8)
    knot, tip = y - r * 0.6, y - r * 1.2
    brush.shape(colour, (x - 1.5, knot), (x + 1.5, knot), (x + 2.4, tip), (x - 2.4, tip))


def board(brush: Brush, stage: str) -> None:
    """The notice board, with or without somebody who reads it."""
    del stage
    chance = brush.chance
    base = chance.uniform(90, 104)
    if chance.random() < 0.6:
        brush.backdrop(56)
        for _ in range(chance.randint(2, 5)):
            brush.tree(chance.uniform(-6, 166), base, chance.uniform(34, 70))
    else:
        brush.box(brush.one_of(WALLS), -60, -60, 280, 200)
    brush.ground(brush.one_of(((183, 179, 166), (150, 164, 128), (196, 188, 172))), base - 4)
    x, y = chance.uniform(10, 30), chance.uniform(12, 26)
    wide, high = chance.uniform(100, 124), chance.uniform(50, 62)
    frame = brush.one_of(((53, 101, 90), (120, 62, 52), (74, 90, 110), (104, 92, 76)))
    for at in (x + 14, x + wide - 18):
        brush.box(darker(frame, 0.2), at, y + high - 2, 4, base + 6 - y - high)
    if chance.random() < 0.5:
        eave = darker(frame, 0.1)
        brush.shape(eave, (x - 7, y), (x + wide / 2, y - 11), (x + wide + 7, y))
    brush.box(frame, x, y, wide, high)
    brush.box((246, 244, 236), x + 5, y + 5, wide - 10, high - 10)
    _posters(brush, x + 8, y + 8, wide - 16, high - 16)
    for n in range(chance.choice((0, 1, 1, 2))):
        brush.person(
            chance.uniform(30, 126), base + 16 + n * 4, chance.uniform(58, 70),
            top=brush.one_of(COATS), back=True, old=chance.random() < 0.4,
            reach=chance.choice((0, 1, -1)),
        )  # fmt: skip


def _posters(brush: Brush, x: float, y: float, wide: float, high: float) -> None:
    chance = brush.chance
    end = x + wide
    while end - x > 12:
        each = min(chance.uniform(15, 28), end - x)
        if chance.random() < 0.4:
            brush.sheet(x, y, each, high / 2 - 1.5, chance.choice(INKS))
            brush.sheet(x, y + high / 2 + 1.5, each, high / 2 - 1.5, chance.choice(INKS))
        else:
            brush.sheet(x, y, each, high, chance.choice(INKS))
        x += each + 3


def lamp(brush: Brush, stage: str) -> None:
    """A lane at dusk: the street lamp dark before, lit after."""
    chance = brush.chance
    lit = stage != "before"
    brush.fade(brush.vary((74, 100, 130), 12), brush.vary((226, 182, 146), 16), -40, 74)
    brush.hills(72, brush.vary((66, 84, 92), 10), chance.uniform(16, 32))
    brush.ground(brush.vary((84, 94, 94), 8), 68)
    run = Stretch(
        brush, 66, chance.uniform(54, 106), chance.uniform(7, 11),
        chance.uniform(50, 110), chance.uniform(56, 76),
    )  # fmt: skip
    run.fill((108, 116, 116) if lit else (92, 100, 102))
    run.dashes((217, 212, 192))
    for side in (-1, 1):
        for n in range(2, -1, -1):
            _dark_house(brush, run.far + side * (16 + 56 * (1 - n * 0.3)), 1 - n * 0.3)
    side = chance.choice((-1, 1))
    x, foot, half = run.at(chance.uniform(0.46, 0.6))
    x -= side * (half * 0.8 + 4)
    arm, top = side * chance.uniform(10, 15), chance.uniform(14, 26)
    if lit:
        for n in range(9):
            glow = mix((112, 118, 114), (255, 236, 178), n / 10)
            brush.oval(glow, x + arm, foot, 40 - n * 4, 13 - n * 1.35)
        for n in range(6):
            brush.disc(mix((150, 146, 138), (255, 244, 208), n / 5), x + arm, top + 2, 8 - n)
    brush.line((31, 42, 47), 2.2, (x, foot), (x, top), (x + arm, top - 2))
    brush.box((31, 42, 47), x + arm - 5, top - 3, 10, 3.6)


def _dark_house(brush: Brush, x: float, depth: float) -> None:
    chance = brush.chance
    wide, high = 30 * depth, chance.uniform(36, 62) * depth
    left, top = x - wide / 2, 70 + 26 * depth - high
    brush.box(brush.vary((58, 70, 78), 8), left, top, wide, high)
    for n in range(6):
        pane = (233, 196, 111) if chance.random() < 0.4 else (74, 86, 94)
        at = (left + wide * (0.16 + 0.44 * (n % 2)), top + high * (0.12 + 0.26 * (n // 2)))
        brush.box(pane, *at, wide * 0.22, high * 0.13)


def park(brush: Brush, stage: str) -> None:
    """Volunteers in red vests under the trees."""
    del stage
    chance = brush.chance
    horizon = chance.uniform(52, 68)
    brush.backdrop(horizon)
    brush.ground(brush.one_of(((128, 164, 100), (142, 168, 104), (112, 152, 98))), horizon)
    run = Stretch(
        brush, horizon, chance.uniform(30, 130), chance.uniform(3, 8),
        chance.uniform(10, 150), chance.uniform(34, 60),
    )  # fmt: skip
    run.fill(brush.vary((212, 204, 184), 8))
    run.growth(chance.randint(6, 11))
    if chance.random() < 0.6:
        _bench(brush, chance.uniform(10, 120), chance.uniform(80, 92))
    count = chance.randint(2, 4)
    start = chance.uniform(14, 34)
    for n in chance.sample(range(count), count):
        x = start + n * (126 - start) / count + chance.uniform(-5, 5)
        _volunteer(brush, x, chance.uniform(98, 116), chance.choice((1, -1)))


def _bench(brush: Brush, x: float, y: float) -> None:
    wood = (140, 104, 72)
    for n in range(3):
        brush.box(wood, x, y + n * 4, 28, 2.4)
    brush.box(wood, x - 1, y + 13, 30, 3)
    for at in (x + 2, x + 23):
        brush.box((84, 88, 88), at, y + 16, 2.4, 10)


def _volunteer(brush: Brush, x: float, foot: float, reach: int) -> None:
    tall = foot * 0.46
    brush.person(x, foot, tall, reach=float(reach), back=brush.chance.random() < 0.3)
    hand = x + reach * tall * 0.33
    if brush.chance.random() < 0.6:
        brush.line((150, 120, 80), 1.1, (hand, foot - tall * 0.72), (hand + reach * 5, foot))
        brush.shape(
            (196, 164, 96), (hand + reach * 3, foot - 2), (hand + reach * 9, foot - 2),
            (hand + reach * 11, foot + 3), (hand + reach, foot + 3),
        )  # fmt: skip
    else:
        brush.oval((70, 78, 84), hand, foot - tall * 0.42, 4.4, 6.4)


def stall(brush: Brush, stage: str) -> None:
    """A stall with an awning and crates of fruit."""
    del stage
    chance = brush.chance
    brush.backdrop(58)
    base = chance.uniform(92, 104)
    for left in (-40, 8, 62, 116, 168):
        high = chance.uniform(44, 72)
        brush.box(brush.one_of(WALLS), left, base - high, 54, high)
        brush.windows([left + 8, left + 30], [base - high + 8], 13, 13)
    brush.ground(brush.vary((190, 184, 172), 8), base - 8)
    x, wide, top = chance.uniform(12, 40), chance.uniform(84, 112), chance.uniform(24, 38)
    for at in (x + 2, x + wide - 4):
        brush.box((120, 124, 122), at, top, 2.4, base - top + 8)
    for n in range(chance.randint(1, 2)):
        reach = chance.choice((1, -1))
        brush.person(
            x + wide * (0.3 + 0.36 * n), base + 6, 62, top=brush.one_of(COATS), reach=reach
        )
    _awning(brush, x - 6, top, wide + 12)
    brush.box(
        brush.one_of(((150, 112, 76), (120, 136, 120), (170, 140, 108))), x, base - 20, wide, 29
    )
    for n in range(4):
        _crate(brush, x + 3 + n * (wide - 6) / 4, base - 19, (wide - 6) / 4 - 3)
    for n in range(chance.randint(0, 2)):
        at = x + wide * (0.16 + 0.6 * n)
        brush.person(at, base + 26, 66, top=brush.one_of(COATS), back=True)


def _awning(brush: Brush, x: float, top: float, wide: float) -> None:
    stripe = brush.one_of(((190, 62, 50), (52, 116, 84), (60, 104, 160), (206, 150, 62)))
    each = wide / 8
    for n in range(8):
        at = x + n * each
        brush.shape(
            stripe if n % 2 else (246, 243, 234),
            (at + 2, top - 12), (at + each + 2, top - 12), (at + each, top + 4), (at, top + 4),
        )  # fmt: skip


def _crate(brush: Brush, x: float, y: float, wide: float) -> None:
    fruit = brush.chance.choice(FRUITS)
    for n in range(9):
        at = x + 3 + (n % 5) * (wide - 5) / 4
        brush.disc(brush.vary(fruit, 10), at, y - 1 - (n // 5) * 3.4, 2.8)
    brush.box((196, 166, 120), x, y, wide, 9)
    brush.line((150, 120, 80), 0.6, (x, y + 4.5), (x + wide, y + 4.5))


def patrol(brush: Brush, stage: str) -> None:
    """Two people walking a lane, in the evening or by day."""
    chance = brush.chance
    if chance.random() < 0.5:
        lamp(brush, stage)
    else:
        _lane(brush)
    middle, foot = chance.uniform(50, 110), chance.uniform(108, 116)
    for n, side in enumerate((-1, 1)):
        x = middle + side * chance.uniform(9, 13)
        brush.person(x, foot + n * 3, chance.uniform(48, 58), back=True)


def _lane(brush: Brush) -> None:
    chance = brush.chance
    brush.backdrop(56)
    far = chance.uniform(58, 102)
    brush.shape(
        brush.vary((184, 180, 170), 8), (far - 8, 60), (far + 8, 60), (200, 150), (-40, 150)
    )
    for side in (-1, 1):
        for depth in (0.36, 0.68, 1.0):
            _lane_house(brush, far, side, depth)
    for _ in range(chance.randint(1, 3)):
        at = far + chance.choice((-1, 1)) * chance.uniform(46, 70)
        brush.pot(at, chance.uniform(98, 112), chance.uniform(8, 13))


def _lane_house(brush: Brush, far: float, side: int, depth: float) -> None:
    """Draw the long side of a house that runs away from the viewer, larger as it comes nearer."""
    wall, roof = brush.one_of(WALLS), brush.one_of(ROOFS)
    front, back = far + side * (14 + 92 * depth), far + side * (14 + 92 * (depth - 0.32))
    high, low = 58 - 46 * depth, 58 - 46 * (depth - 0.32)
    feet = (62 + 36 * depth, 62 + 36 * (depth - 0.32))
    wall = darker(wall, 0.12 * (1 - depth))
    brush.shape(wall, (front, feet[0]), (back, feet[1]), (back, low), (front, high))
    brush.shape(
        roof, (front, high), (back, low), (back, low - 5 * depth), (front, high - 9 * depth)
    )
    door = front + (back - front) * 0.55
    brush.box(darker(wall, 0.45), door - 3 * depth, feet[0] - 24 * depth, 6 * depth, 18 * depth)
