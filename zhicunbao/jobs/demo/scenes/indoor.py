"""Rooms: the corridor of an old block, its meter boxes, a doorway, a meeting, a class, a table of
the clinic, a live broadcast.
"""

from zhicunbao.jobs.demo.scenes.brush import ROOFS, Brush, Colour, darker, lighter, mix

CARTON: tuple[Colour, ...] = ((179, 138, 90), (168, 127, 80), (190, 152, 104))
WALLS: tuple[Colour, ...] = ((228, 225, 214), (222, 226, 220), (232, 222, 206), (214, 220, 222))
WOOD: tuple[Colour, ...] = ((150, 112, 76), (128, 94, 66), (176, 140, 100))

CABLES: tuple[Colour, ...] = ((52, 56, 58), (206, 200, 188), (168, 66, 54), (60, 88, 120))


class Room:
    """A room in perspective: its back wall and where the other walls meet it."""

    def __init__(self, brush: Brush, *, dim: bool = False) -> None:
        chance = brush.chance
        self.brush = brush
        wall = brush.one_of(WALLS)
        if dim:
            wall = darker(wall, chance.uniform(0.12, 0.24))
        self.wall = wall
        self.left = chance.uniform(26, 62)
        self.right = self.left + chance.uniform(50, 84)
        self.top, self.bottom = chance.uniform(20, 36), chance.uniform(74, 90)
        floor = darker(
            brush.one_of(((176, 170, 156), (162, 158, 150), (184, 168, 144))), dim * 0.14
        )
        brush.box(lighter(wall, 0.35 - dim * 0.2), -60, -50, 280, 180)
        brush.shape(
            darker(wall, 0.12), (-60, -60), (self.left, self.top), self.back_left, (-60, 190)
        )
        brush.shape(
            darker(wall, 0.07), (220, -60), (self.right, self.top), self.back_right, (220, 190)
        )
        brush.shape(floor, (-60, 190), self.back_left, self.back_right, (220, 190))
        brush.box(wall, self.left, self.top, self.right - self.left, self.bottom - self.top)
        line = darker(wall, 0.3)
        brush.line(line, 0.5, (-60, 190), self.back_left, self.back_right, (220, 190), dots=False)

    @property
    def back_left(self) -> tuple[float, float]:
        return self.left, self.bottom

    @property
    def back_right(self) -> tuple[float, float]:
        return self.right, self.bottom

    def tiles(self) -> None:
        """Lay lines on the floor that run towards the back wall."""
        line = darker(self.wall, 0.3)
        for n in range(-4, 14):
            foot = -160 + n * 32
            back = self.left + (self.right - self.left) * (n + 4) / 17
            self.brush.line(line, 0.3, (foot, 170), (back, self.bottom), dots=False)

    def lamp(self, *, lit: bool) -> None:
        """Hang a tube under the ceiling."""
        x = (self.left + self.right) / 2 + self.brush.chance.uniform(-10, 10)
        y = self.top - 4
        colour = (255, 253, 244) if lit else darker(self.wall, 0.2)
        self.brush.line(colour, 3.4, (x - 18, y), (x + 18, y), dots=False)

    def door(self, colour: Colour | None = None) -> float:
        """Put a door into the back wall; return the x of its middle."""
        wide = self.brush.chance.uniform(20, 26)
        x = self.brush.chance.uniform(self.left + 6, self.right - wide - 6)
        top = self.top + (self.bottom - self.top) * 0.18
        colour = colour or self.brush.one_of(((122, 143, 134), (134, 112, 92), (108, 122, 138)))
        self.brush.box(
            darker(colour, 0.25), x - 1.4, top - 1.4, wide + 2.8, self.bottom - top + 1.4
        )
        self.brush.box(colour, x, top, wide, self.bottom - top)
        self.brush.disc((241, 239, 230), x + wide * 0.85, (top + self.bottom) / 2 + 3, 1)
        return x + wide / 2


def corridor(brush: Brush, stage: str) -> None:
    """A corridor: blocked by cartons and a bicycle before, free and lit after."""
    messy = stage == "before"
    room = Room(brush, dim=messy)
    chance = brush.chance
    if chance.random() < 0.5:
        room.tiles()
    room.lamp(lit=not messy)
    door = room.door()
    if chance.random() < 0.6:
        _notice_on_left_wall(brush)
    if messy:
        _cartons(brush, chance.uniform(-4, 26), chance.uniform(96, 112), chance.uniform(26, 38))
        if chance.random() < 0.75:
            _bicycle(
                brush, chance.uniform(100, 116), chance.uniform(104, 112), chance.uniform(10, 14)
            )
        else:
            _cartons(brush, chance.uniform(104, 122), 110, chance.uniform(20, 30))
        for _ in range(chance.randint(0, 3)):
            x, y = chance.uniform(50, 100), chance.uniform(92, 112)
            brush.oval(brush.one_of(((214, 210, 196), (186, 200, 206))), x, y, 4, 2.2)
        return
    brush.box((31, 122, 77), door - 7, room.top + 1.5, 14, 7)
    brush.line((234, 246, 239), 1.5, (door - 4, room.top + 5), (door + 4, room.top + 5))
    _extinguishers(brush, chance.uniform(122, 132), chance.uniform(94, 104))
    if chance.random() < 0.55:
        brush.person(
            chance.uniform(44, 92), chance.uniform(104, 114), chance.uniform(54, 66), reach=1
        )


def _notice_on_left_wall(brush: Brush) -> None:
    x, y = brush.chance.uniform(0, 12), brush.chance.uniform(38, 48)
    brush.shape((240, 242, 236), (x, y), (x + 24, y + 7), (x + 24, y + 32), (x, y + 31))
    for n in range(4):
        at = y + 8 + n * 5
        brush.line((140, 154, 146), 1.4, (x + 4, at), (x + 14 + n, at + 3))


def _cartons(brush: Brush, x: float, foot: float, size: float) -> None:
    for n in range(brush.chance.randint(2, 4)):
        colour = brush.one_of(CARTON)
        side = size * brush.chance.uniform(0.6, 1)
        left = x + brush.chance.uniform(-6, 8) + (n % 2) * size * 0.55
        top = foot - side - (size * 0.7 if n > 1 else 0)
        brush.box(colour, left, top, side, side)
        brush.shape(
            lighter(colour, 0.25),
            (left, top), (left + side, top),
            (left + side * 1.2, top - side * 0.18), (left + side * 0.2, top - side * 0.18),
        )  # fmt: skip
        brush.shape(
            darker(colour, 0.22),
            (left + side, top), (left + side * 1.2, top - side * 0.18),
            (left + side * 1.2, top + side * 0.8), (left + side, top + side),
        )  # fmt: skip
        brush.line(
            darker(colour, 0.3), 0.7, (left, top + side * 0.3), (left + side, top + side * 0.3)
        )


def _bicycle(brush: Brush, x: float, foot: float, radius: float) -> None:
    wheel, frame = (60, 74, 82), brush.one_of(((75, 107, 134), (150, 74, 66), (92, 120, 92)))
    far = x + radius * 2.5
    for at in (x, far):
        brush.ring(wheel, at, foot - radius, radius, radius * 0.2)
    hub, seat = (x + radius * 1.1, foot - radius), (x + radius * 0.85, foot - radius * 2.1)
    bar = (far - radius * 0.5, foot - radius * 2.2)
    thick = radius * 0.24
    brush.line(frame, thick, (x, foot - radius), seat, bar, (far, foot - radius))
    brush.line(frame, thick, (x, foot - radius), hub, bar)
    brush.line(frame, thick, seat, hub)
    brush.line(
        wheel, thick, (seat[0] - radius * 0.4, seat[1] - 1), (seat[0] + radius * 0.4, seat[1] - 1)
    )
    brush.line(
        wheel,
        thick,
        bar,
        (bar[0] - radius * 0.1, bar[1] - radius * 0.5),
        (bar[0] + radius * 0.4, bar[1] - radius * 0.6),
    )


def _extinguishers(brush: Brush, x: float, foot: float) -> None:
    red = brush.vary((186, 50, 40), 8)
    if brush.chance.random() < 0.5:
        brush.shape(red, (x, foot - 34), (x + 15, foot - 28), (x + 15, foot + 8), (x, foot - 3))
        pane = (
            (x + 2.4, foot - 27),
            (x + 12.6, foot - 22),
            (x + 12.6, foot - 13),
            (x + 2.4, foot - 18),
        )
        brush.shape((233, 207, 200), *pane)
        return
    for n in range(2):
        left = x + n * 11
        brush.box(red, left, foot - 24, 8, 24)
        brush.oval(red, left + 4, foot - 24, 4, 3)
        brush.box((52, 52, 52), left + 2.4, foot - 30, 3.2, 4)
        brush.box((240, 232, 220), left + 1.2, foot - 16, 5.6, 7)


def wiring(brush: Brush, stage: str) -> None:
    """Meter boxes on a wall: cables hanging loose before, in their channel after."""
    chance = brush.chance
    wall = darker(brush.one_of(WALLS), chance.uniform(0.02, 0.14))
    brush.box(wall, -60, -60, 280, 240)
    brush.ground(darker(wall, 0.14), chance.uniform(84, 100))
    for _ in range(chance.randint(1, 4)):
        brush.oval(darker(wall, 0.05), chance.uniform(0, 160), chance.uniform(0, 80), 14, 7)
    y, wide, count = chance.uniform(22, 42), chance.uniform(20, 30), chance.randint(2, 4)
    start = chance.uniform(10, 126 - count * (wide + 4))
    if stage != "before":
        brush.box((232, 230, 222), -60, y - 12, 280, 5)
        brush.line(darker(wall, 0.3), 0.4, (-60, y - 7), (220, y - 7), dots=False)
    for n in range(count):
        x = start + n * (wide + 4)
        if stage != "before":
            brush.line((232, 230, 222), 2.4, (x + wide / 2, y - 8), (x + wide / 2, y))
        _meter(brush, x, y, wide)
    if stage == "before":
        for _ in range(chance.randint(5, 9)):
            _loose_cable(brush, start + chance.uniform(0, count) * (wide + 4), y + wide * 1.25)
    if chance.random() < 0.6:
        at = chance.choice((chance.uniform(14, 34), chance.uniform(120, 140)))
        brush.person(at, 128, chance.uniform(76, 90), back=True, reach=1 if at < 80 else -1)


def _meter(brush: Brush, x: float, y: float, wide: float) -> None:
    shell = brush.vary((212, 216, 212), 8)
    brush.box(darker(shell, 0.2), x + 1.2, y + 1.6, wide, wide * 1.25)
    brush.box(shell, x, y, wide, wide * 1.25)
    brush.box((74, 86, 92), x + wide * 0.18, y + wide * 0.2, wide * 0.64, wide * 0.34)
    signal = brush.one_of(((186, 70, 56), (72, 140, 92)))
    brush.disc(signal, x + wide / 2, y + wide * 0.8, 1.8)


def _loose_cable(brush: Brush, x: float, y: float) -> None:
    chance = brush.chance
    end = (x + chance.uniform(-60, 60), chance.choice((-10, y + chance.uniform(-4, 26))))
    slack = ((x + end[0]) / 2, y + chance.uniform(24, 70))
    brush.curve(chance.choice(CABLES), chance.uniform(0.9, 1.5), (x, y), slack, end)


def visit(brush: Brush, stage: str) -> None:
    """A doorway with couplets; a visitor talks with somebody who lives there."""
    del stage
    chance = brush.chance
    wall = brush.one_of(((236, 232, 222), (214, 206, 190), (204, 212, 208), (226, 214, 196)))
    ground = chance.uniform(90, 104)
    x, wide = chance.uniform(30, 88), chance.uniform(32, 46)
    left, long = -60.0, 280.0
    if chance.random() < 0.5:  # the house ends in the picture
        brush.backdrop(ground - chance.uniform(20, 40))
        left = x - chance.uniform(16, 30)
        if chance.random() < 0.5:
            left, long = -60.0, 60 + x + wide + chance.uniform(16, 30)
    brush.box(wall, left, -60, long, 200)
    brush.box(darker(wall, 0.22), left, ground - 12, long, 14)
    brush.ground(brush.one_of(((176, 170, 158), (160, 158, 150), (190, 178, 160))), ground)
    if chance.random() < 0.5:  # eaves
        brush.box(brush.one_of(ROOFS), left - 6, -40, long + 12, 40 + chance.uniform(4, 12))
    _house_door(brush, x, wide, chance.uniform(20, 34), ground)
    for side in chance.sample((-1, 1), chance.randint(1, 2)):
        window = x + wide / 2 + side * chance.uniform(48, 62)
        if left + 12 < window < left + long - 12:
            brush.windows([window - 12], [chance.uniform(30, 46)], 24, chance.uniform(20, 30))
    for _ in range(chance.randint(0, 4)):
        brush.pot(chance.uniform(4, 156), ground + chance.uniform(2, 10), chance.uniform(10, 18))
    tall = chance.uniform(54, 72)
    jacket = brush.one_of(((84, 104, 124), (126, 98, 92), (98, 112, 96), (132, 120, 148)))
    middle = x + wide / 2 + chance.uniform(-16, 16)
    old = chance.random() < 0.7
    brush.person(middle + 13, ground + 8, tall * 0.94, top=jacket, reach=-1, old=old)
    brush.person(middle - 17, ground + 12, tall, reach=1)
    brush.box((250, 249, 243), middle - 3.4, ground + 12 - tall * 0.68, 6, 8)


def _house_door(brush: Brush, x: float, wide: float, top: float, ground: float) -> None:
    wood = brush.one_of(WOOD)
    brush.box(darker(wood, 0.3), x - 3, top - 3, wide + 6, ground - top + 3)
    if brush.chance.random() < 0.5:  # it stands open
        brush.box((70, 66, 60), x, top, wide, ground - top)
        brush.shape(wood, (x, top), (x - 9, top + 5), (x - 9, ground + 5), (x, ground))
    else:
        brush.box(wood, x, top, wide / 2 - 0.4, ground - top)
        brush.box(darker(wood, 0.06), x + wide / 2 + 0.4, top, wide / 2, ground - top)
    red = brush.vary((196, 52, 42), 8)
    for left in (x - 12, x + wide + 5):
        brush.box(red, left, top + 4, 7, ground - top - 22)
        for n in range(4):
            brush.box((226, 190, 110), left + 2, top + 9 + n * 9, 3, 4)
    brush.box(red, x + wide * 0.1, top - 13, wide * 0.8, 7)


def meeting(brush: Brush, stage: str) -> None:
    """People around a long table."""
    del stage
    room = Room(brush)
    chance = brush.chance
    if chance.random() < 0.6:
        brush.box((176, 54, 44), room.left + 4, room.top + 3, room.right - room.left - 8, 7)
    else:
        room.door()
    wood = brush.one_of(WOOD)
    seats = chance.randint(3, 4)
    gap = (room.right - room.left + 26) / seats
    for n in range(seats):
        coat = brush.one_of(
            ((74, 92, 110), (120, 104, 92), (92, 112, 98), (136, 84, 76), (180, 172, 160))
        )
        brush.person(
            room.left - 8 + gap * (n + 0.5),
            room.bottom + 20,
            52,
            top=coat,
            old=chance.random() < 0.3,
        )
    y = chance.uniform(82, 88)
    brush.shape(lighter(wood, 0.14), (26, y), (134, y), (168, 124), (-8, 124))
    brush.shape(darker(wood, 0.25), (-8, 124), (168, 124), (168, 150), (-8, 150))
    for _ in range(chance.randint(4, 7)):
        x, at = chance.uniform(26, 134), chance.uniform(y + 5, 116)
        if chance.random() < 0.5:
            brush.shape((248, 247, 240), (x, at), (x + 10, at), (x + 12, at + 5), (x - 1, at + 5))
        else:
            brush.box((232, 234, 230), x, at - 5, 4, 6)
            brush.oval((150, 112, 70), x + 2, at - 5, 2, 0.8)
    for x in chance.sample((18, 60, 104, 146), chance.randint(1, 2)):
        coat = brush.one_of(((60, 72, 84), (110, 96, 88), (190, 62, 50)))
        brush.person(x, 160, 78, top=coat, back=True)


def classroom(brush: Brush, stage: str) -> None:
    """A lesson: a screen with a drawing on it, a teacher, rows of listeners."""
    del stage
    room = Room(brush)
    chance = brush.chance
    wide, high = (
        (room.right - room.left) * chance.uniform(0.6, 0.72),
        (room.bottom - room.top) * 0.62,
    )
    x, y = room.left + chance.uniform(3, 12), room.top + 5
    brush.box((72, 78, 82), x - 1.4, y - 1.4, wide + 2.8, high + 2.8)
    brush.box((244, 246, 240), x, y, wide, high)
    bar = brush.one_of(((60, 130, 98), (66, 110, 154), (186, 116, 60)))
    for n in range(chance.randint(3, 5)):
        tall = high * chance.uniform(0.2, 0.62)
        brush.box(mix(bar, (244, 246, 240), 0.12 * n), x + 6 + n * 9, y + high - 4 - tall, 6, tall)
    brush.line(darker(bar, 0.2), 1.4, (x + 5, y + 5), (x + wide * 0.6, y + 5))
    brush.person(
        x + wide + 9,
        room.bottom + 8,
        56,
        reach=-1,
        top=brush.one_of(((86, 112, 140), (190, 62, 50))),
    )
    for row, (foot, tall) in enumerate(((122, 48), (152, 66))):
        shift = chance.uniform(-6, 6) + row * 12
        for n in range(5 - row):
            coat = brush.one_of(
                ((74, 92, 110), (132, 112, 96), (92, 112, 98), (150, 84, 74), (170, 164, 152))
            )
            brush.person(
                12 + shift + n * (34 + row * 8),
                foot,
                tall,
                top=coat,
                back=True,
                old=chance.random() < 0.35,
            )


def vaccine(brush: Brush, stage: str) -> None:
    """A table of the clinic: somebody in white, somebody old, a box with a cross."""
    del stage
    room = Room(brush)
    chance = brush.chance
    brush.sheet(room.left + 8, room.top + 8, 24, 30, brush.one_of(((50, 110, 150), (60, 130, 98))))
    if chance.random() < 0.6:
        brush.windows([room.right - 32], [room.top + 10], 24, 22)
    foot = room.bottom + 20
    side = chance.choice((-1, 1))
    brush.person(80 + side * 34, foot + 6, 68, top=(240, 242, 240), reach=-side)
    coat = brush.one_of(((84, 104, 124), (132, 98, 92), (98, 112, 96)))
    brush.person(80 - side * 28, foot + 10, 62, top=coat, reach=side, old=True, sitting=True)
    wood = lighter(brush.one_of(WOOD), 0.3)
    y = chance.uniform(88, 94)
    brush.box(wood, 54, y, 54, 4)
    brush.box(darker(wood, 0.3), 58, y + 4, 4, 34)
    brush.box(darker(wood, 0.3), 100, y + 4, 4, 34)
    x = chance.uniform(70, 84)
    brush.box((226, 234, 236), x, y - 13, 18, 13)
    brush.box((196, 60, 50), x + 7.4, y - 11, 3.2, 9)
    brush.box((196, 60, 50), x + 4.5, y - 8, 9, 3.2)
    brush.box((248, 247, 240), x - 13, y - 1.4, 10, 1.6)


def broadcast(brush: Brush, stage: str) -> None:
    """Somebody shows fruit to a phone on a stand, baskets in front."""
    del stage
    chance = brush.chance
    wall = brush.one_of(((206, 218, 206), (232, 222, 204), (212, 216, 224)))
    brush.box(wall, -60, -60, 280, 160)
    for n in range(3):
        y = 18 + n * 20
        brush.box((160, 124, 88), 4, y + 13, 152, 2.4)
        for _ in range(chance.randint(5, 8)):
            colour = brush.one_of(((186, 116, 60), (120, 146, 92), (200, 178, 120), (160, 84, 70)))
            high = chance.uniform(6, 11)
            brush.box(colour, chance.uniform(6, 146), y + 13 - high, chance.uniform(5, 9), high)
    brush.person(
        chance.uniform(70, 94),
        126,
        86,
        top=brush.one_of(((190, 84, 70), (92, 126, 108), (86, 110, 150))),
        reach=1,
    )
    brush.box(lighter(brush.one_of(WOOD), 0.1), -60, chance.uniform(94, 99), 280, 80)
    fruit = brush.one_of(((214, 190, 96), (196, 152, 78), (170, 186, 92)))
    for x in (22, 62, 100):
        at = x + chance.uniform(-6, 6)
        for dx, dy in ((-8, 0), (0, -1), (8, 0), (-4, -6), (4, -6), (0, -11)):
            brush.disc(brush.vary(fruit, 10), at + dx, 97 + dy, 5)
        brush.shape((150, 110, 66), (at - 16, 98), (at + 16, 98), (at + 12, 112), (at - 12, 112))
    stand = chance.uniform(126, 140)
    brush.ring((250, 248, 238), stand, 44, 15, 3)
    brush.line((52, 56, 60), 1.8, (stand, 59), (stand, 128))
    brush.box((40, 44, 48), stand - 5, 34, 10, 19)
    brush.box((150, 178, 190), stand - 4, 36, 8, 15)
