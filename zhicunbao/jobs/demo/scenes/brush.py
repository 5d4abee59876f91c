"""The brush that all scenes are drawn with: a frame of 160 by 120 as if held by hand (a little
turned, nearer or farther, perhaps seen from the other side), shapes in it, and the things that come
back: hills, trees, people, houses. It knows no scene.
"""

import random
from collections.abc import Iterable, Sequence
from math import cos, pi, radians, sin
from typing import Final

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

WIDTH, HEIGHT = 1280, 960
FRAME: Final = (160, 120)
FINER: Final = 2
"""Scenes are drawn at twice the size and then reduced, which smooths every edge."""

SKIN: Final = ((232, 196, 164), (222, 184, 150), (205, 164, 130))
HAIR: Final = ((46, 42, 40), (62, 54, 50), (150, 148, 146))
VEST_RED: Final = (200, 62, 48)
WALLS: Final = ((238, 234, 224), (228, 224, 212), (218, 210, 194), (224, 228, 226), (232, 218, 198))
ROOFS: Final = ((91, 106, 112), (84, 92, 96), (150, 92, 72), (110, 112, 108))
LEAVES: Final = ((84, 128, 82), (104, 142, 86), (70, 114, 84), (128, 150, 84))


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return the colour ``share`` of the way from ``one`` to ``other``."""
    a, b, c = (round(x + (y - x) * share) for x, y in zip(one, other, strict=True))
    return a, b, c


def darker(colour: Colour, share: float = 0.2) -> Colour:
    """Return the colour in shade."""
    return mix(colour, (20, 26, 24), share)


def lighter(colour: Colour, share: float = 0.2) -> Colour:
    """Return the colour in light."""
    return mix(colour, (255, 253, 246), share)


class Brush:
    """One picture being drawn. Coordinates are of the frame, y downward; draw well beyond its edge,
    for the hand that holds the camera is never quite straight.

    ``chance`` decides about the place, ``hand`` about how it is photographed.
    """

    def __init__(self, chance: random.Random, hand: random.Random) -> None:
        self.chance, self.hand = chance, hand
        self.image = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), (200, 198, 188))
        self._pen = ImageDraw.Draw(self.image)
        turn = radians(hand.gauss(0, 0.9))
        near = hand.uniform(1.03, 1.3)
        scale = WIDTH * FINER / FRAME[0] * near
        self._cos, self._sin, self._scale = cos(turn) * scale, sin(turn) * scale, scale
        self._side = chance.choice((1, -1))
        room = (near - 1) * 0.5
        self._x = 80 + hand.uniform(-80, 80) * room
        self._y = 60 + hand.uniform(-60, 60) * room

    def _on(self, point: Point) -> Point:
        x, y = (point[0] - self._x) * self._side, point[1] - self._y
        return (
            x * self._cos - y * self._sin + WIDTH * FINER / 2,
            x * self._sin + y * self._cos + HEIGHT * FINER / 2,
        )

    def vary(self, colour: Colour, by: int = 10) -> Colour:
        """Return the colour a little lighter or darker, warmer or cooler."""
        light, warm = self.chance.randint(-by, by), self.chance.randint(-by, by) // 3
        r, g, b = (
            max(0, min(255, c + light + w)) for c, w in zip(colour, (warm, 0, -warm), strict=True)
        )
        return r, g, b

    def one_of(self, colours: Sequence[Colour], by: int = 8) -> Colour:
        """Return one of ``colours``, varied."""
        return self.vary(self.chance.choice(colours), by)

    def shape(self, colour: Colour, *corners: Point) -> None:
        """Fill a polygon."""
        self._pen.polygon([self._on(c) for c in corners], fill=colour)

    def box(self, colour: Colour, x: float, y: float, width: float, height: float) -> None:
        """Fill an upright box from its top left corner."""
        self.shape(colour, (x, y), (x + width, y), (x + width, y + height), (x, y + height))

    def disc(self, colour: Colour, x: float, y: float, radius: float) -> None:
        """Fill a circle."""
        centre_x, centre_y = self._on((x, y))
        r = radius * self._scale
        self._pen.ellipse((centre_x - r, centre_y - r, centre_x + r, centre_y + r), fill=colour)

    def ring(self, colour: Colour, x: float, y: float, radius: float, width: float) -> None:
        """Draw a circle's line."""
        centre_x, centre_y = self._on((x, y))
        r = radius * self._scale
        self._pen.ellipse(
            (centre_x - r, centre_y - r, centre_x + r, centre_y + r),
            outline=colour,
            width=max(1, round(width * self._scale)),
        )

    def oval(self, colour: Colour, x: float, y: float, wide: float, high: float) -> None:
        """Fill an ellipse with these half-axes."""
        steps = 28
        self.shape(
            colour,
            *(
                (x + wide * cos(2 * pi * n / steps), y + high * sin(2 * pi * n / steps))
                for n in range(steps)
            ),
        )

    def line(self, colour: Colour, width: float, *points: Point, dots: bool = True) -> None:
        """Draw a line through ``points`` with round ends."""
        on = [self._on(p) for p in points]
        thick = max(1, round(width * self._scale))
        self._pen.line(on, fill=colour, width=thick, joint="curve")
        if dots and thick > 6:
            r = thick / 2 - 0.5
            for x, y in (on[0], on[-1]):
                self._pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def fade(
        self, above: Colour, below: Colour, top: float, bottom: float, steps: int = 22
    ) -> None:
        """Fill a band across the whole frame that passes from one colour into another."""
        for n in range(steps):
            y = top + (bottom - top) * n / steps
            self.box(mix(above, below, n / (steps - 1)), -60, y, 280, (bottom - top) / steps + 0.6)

    # ----- things that come back -----

    def sky(self, horizon: float, *, dull: bool = False) -> None:
        """Draw the sky of a fair or a dull day, with or without clouds."""
        if dull:
            above, below = self.vary((196, 203, 203), 12), self.vary((226, 226, 218), 8)
        else:
            above = self.one_of(((150, 190, 214), (168, 200, 214), (138, 182, 210)), 10)
            below = self.vary((232, 236, 226), 8)
        self.fade(above, below, -40, horizon + 6)
        for _ in range(self.chance.randint(0, 3)):
            x, y = self.chance.uniform(0, 160), self.chance.uniform(2, horizon * 0.5)
            for _ in range(3):
                wide = self.chance.uniform(8, 18)
                self.oval(
                    lighter(mix(above, below, 0.6), 0.55),
                    x + self.chance.uniform(-9, 9),
                    y + self.chance.uniform(-1.6, 1.6),
                    wide,
                    wide * 0.2,
                )

    def backdrop(self, horizon: float, *, dull: bool = False) -> None:
        """Draw the sky and the mountains that stand around the town."""
        chance = self.chance
        self.sky(horizon, dull=dull)
        far = (162, 170, 164) if dull else (152, 176, 168)
        self.hills(horizon, self.vary(far, 12), chance.uniform(14, 40))
        if chance.random() < 0.8:
            self.hills(horizon + 4, self.vary((108, 148, 120), 14), chance.uniform(7, 22))

    def ground(self, colour: Colour, top: float) -> None:
        """Fill everything below ``top``."""
        self.box(colour, -60, top, 280, 160)

    def curve(self, colour: Colour, width: float, start: Point, pull: Point, end: Point) -> None:
        """Draw a slack line from ``start`` to ``end``, drawn towards ``pull``."""
        points = []
        for n in range(17):
            t = n / 16
            a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
            points.append(
                (
                    a * start[0] + b * pull[0] + c * end[0],
                    a * start[1] + b * pull[1] + c * end[1],
                )
            )
        self.line(colour, width, *points)

    def hills(self, base: float, colour: Colour, high: float = 26) -> None:
        """Draw a range of hills that stands on the line ``base``."""
        knots = [self.chance.uniform(0.25, 1) * high for _ in range(9)]
        line = []
        for n in range(57):
            at = n / 7
            k, t = int(at), at - int(at)
            smooth = (1 - cos(pi * t)) / 2
            left, right = knots[k], knots[min(k + 1, 8)]
            line.append((-40 + n * 240 / 56, base - left - (right - left) * smooth))
        self.shape(colour, (-40, base + 30), *line, (200, base + 30))

    def tree(self, x: float, foot: float, size: float) -> None:
        """Draw a leafy tree, a fir or a clump of bamboo."""
        leaf = self.one_of(LEAVES, 10)
        kind = self.chance.random()
        if kind < 0.62:
            self.line((112, 92, 70), size * 0.09, (x, foot), (x, foot - size * 0.6))
            for dx, dy, r in ((-0.2, -0.62, 0.27), (0.2, -0.6, 0.26), (0, -0.82, 0.29)):
                self.disc(
                    darker(leaf, 0.1 if dx > 0 else 0.02), x + dx * size, foot + dy * size, r * size
                )
        elif kind < 0.85:
            for n in range(3):
                y, wide = foot - size * (0.12 + 0.27 * n), size * (0.34 - 0.08 * n)
                self.shape(
                    darker(leaf, 0.16 - 0.05 * n),
                    (x - wide, y),
                    (x + wide, y),
                    (x, y - size * 0.42),
                )
            self.line((104, 86, 66), size * 0.06, (x, foot), (x, foot - size * 0.14))
        else:
            for n in range(-2, 3):
                tip = (x + n * size * 0.16, foot - size * self.chance.uniform(0.75, 1))
                self.line(darker(leaf, 0.05), size * 0.035, (x + n * size * 0.06, foot), tip)
                self.oval(leaf, tip[0], tip[1] + size * 0.12, size * 0.13, size * 0.17)

    def bush(self, x: float, foot: float, size: float) -> None:
        """Draw a bush."""
        leaf = self.one_of(LEAVES)
        for dx in (-0.5, 0.5, 0):
            self.disc(darker(leaf, 0.1 * abs(dx)), x + dx * size, foot - size * 0.35, size * 0.5)

    def pot(self, x: float, foot: float, size: float) -> None:
        """Draw a plant in a clay pot."""
        clay = self.one_of(((165, 97, 63), (150, 110, 84), (92, 110, 128)))
        leaf = self.one_of(LEAVES)
        for lean in (-0.5, 0.45, 0):
            self.line(
                leaf, size * 0.12, (x, foot - size * 0.5), (x + lean * size, foot - size * 1.25)
            )
            self.oval(leaf, x + lean * size, foot - size * 1.25, size * 0.24, size * 0.34)
        self.shape(
            clay,
            (x - size * 0.42, foot - size * 0.62),
            (x + size * 0.42, foot - size * 0.62),
            (x + size * 0.3, foot),
            (x - size * 0.3, foot),
        )

    def person(
        self,
        x: float,
        foot: float,
        tall: float,
        *,
        top: Colour | None = None,
        back: bool = False,
        reach: float = 0.0,
        old: bool = False,
        sitting: bool = False,
    ) -> None:
        """Draw somebody whose feet stand at (x, foot).

        ``top`` is the colour of the jacket (a volunteer's red vest by default); ``reach`` stretches
        the arms forward (1: to the right, -1: to the left); ``back`` shows no face.
        """
        jacket = top or self.vary(VEST_RED, 8)
        legs = self.one_of(((62, 72, 84), (84, 80, 76), (50, 60, 66)))
        skin = self.chance.choice(SKIN)
        hair = HAIR[2] if old else self.chance.choice(HAIR[:2])
        hip = foot - tall * (0.26 if sitting else 0.45)
        neck = hip - tall * 0.37
        spread = tall * 0.075
        if sitting:
            knee = x + (1 if reach >= 0 else -1) * tall * 0.2
            self.line(legs, tall * 0.12, (x, hip), (knee, hip), (knee, foot))
        else:
            for side in (-1, 1):
                self.line(
                    legs, tall * 0.1, (x + side * spread * 0.6, hip), (x + side * spread, foot)
                )
        self._arms(x, neck, tall, darker(jacket, 0.12), skin, reach)
        wide = tall * 0.14
        self.shape(
            jacket,
            (x - wide * 0.8, neck),
            (x + wide * 0.8, neck),
            (x + wide, hip + tall * 0.03),
            (x - wide, hip + tall * 0.03),
        )
        self.line(lighter(jacket, 0.3), tall * 0.02, (x, neck), (x, hip), dots=False)
        head = neck - tall * 0.085
        self.disc(hair, x, head - tall * 0.015, tall * 0.088)
        if not back:
            turn = 0.02 * tall * (1 if reach >= 0 else -1)
            self.disc(skin, x + turn, head + tall * 0.012, tall * 0.07)

    def _arms(
        self, x: float, neck: float, tall: float, sleeve: Colour, skin: Colour, reach: float
    ) -> None:
        shoulder = neck + tall * 0.05
        for side in (-1, 1):
            start = (x + side * tall * 0.12, shoulder)
            if reach and side == (1 if reach > 0 else -1):
                hand = (x + reach * tall * 0.33, shoulder + tall * 0.14)
            else:
                hand = (x + side * tall * 0.17, shoulder + tall * 0.3)
            self.line(sleeve, tall * 0.07, start, hand)
            self.disc(skin, *hand, tall * 0.034)

    def sheet(self, x: float, y: float, width: float, height: float, ink: Colour) -> None:
        """Draw a printed sheet: a ground, a heading and lines that nobody could read."""
        self.box(mix((250, 249, 243), ink, self.chance.uniform(0.02, 0.16)), x, y, width, height)
        self.box(ink, x + width * 0.12, y + height * 0.08, width * 0.76, height * 0.11)
        rows = max(2, int(height / 5))
        for n in range(rows):
            at = y + height * (0.3 + 0.6 * n / rows)
            long = width * self.chance.uniform(0.45, 0.76)
            self.line(
                mix(ink, (250, 249, 243), 0.35),
                0.7,
                (x + width * 0.12, at),
                (x + width * 0.12 + long, at),
            )

    def windows(
        self, across: Iterable[float], down: Iterable[float], width: float, height: float
    ) -> None:
        """Draw windows with frames at every crossing of ``across`` and ``down``."""
        pane = self.one_of(((127, 152, 166), (108, 134, 150), (148, 168, 176)))
        rows = list(down)
        for x in across:
            for y in rows:
                self.box((226, 224, 216), x - 0.8, y - 0.8, width + 1.6, height + 1.6)
                self.box(self.vary(pane, 10), x, y, width, height)
                self.line((226, 224, 216), 0.6, (x + width / 2, y), (x + width / 2, y + height))
