"""Pictures of the demo's goods: calm drawings on a tinted ground, in the manner of the product's
pages. Each is a table of shapes in a frame of 160 by 120.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

FRAME: Final = (160, 120)
SCALE: Final = 8
"""Drawn at twice the size and then reduced, which smooths every edge."""
INK: Final = (59, 71, 65)
STROKE: Final = 2.2
PAPER: Final = (255, 253, 246)
QUALITY: Final = 85


class Pen:
    """A picture of goods being drawn: filled shapes with an ink edge."""

    def __init__(self, ground: Colour) -> None:
        self.image = Image.new("RGB", (FRAME[0] * SCALE, FRAME[1] * SCALE), ground)
        self._pen = ImageDraw.Draw(self.image)

    def shape(self, fill: Colour, *corners: Point) -> None:
        """Fill a polygon and draw its edge."""
        on = [(x * SCALE, y * SCALE) for x, y in corners]
        self._pen.polygon(on, fill=fill)
        self.line(*corners, corners[0])

    def box(
        self, fill: Colour, x: float, y: float, width: float, height: float, r: float = 3
    ) -> None:
        """Fill an upright box with round corners."""
        self._pen.rounded_rectangle(
            (x * SCALE, y * SCALE, (x + width) * SCALE, (y + height) * SCALE),
            radius=r * SCALE,
            fill=fill,
            outline=INK,
            width=round(STROKE * SCALE),
        )

    def disc(self, fill: Colour, x: float, y: float, wide: float, high: float = 0) -> None:
        """Fill an ellipse with these half-axes; a circle without the second."""
        tall = high or wide
        self._pen.ellipse(
            ((x - wide) * SCALE, (y - tall) * SCALE, (x + wide) * SCALE, (y + tall) * SCALE),
            fill=fill,
            outline=INK,
            width=round(STROKE * SCALE),
        )

    def line(self, *points: Point) -> None:
        """Draw a line with round ends."""
        on = [(x * SCALE, y * SCALE) for x, y in points]
        thick = round(STROKE * SCALE)
        self._pen.line(on, fill=INK, width=thick, joint="curve")
        r = thick / 2
        for x, y in on:
            self._pen.ellipse((x - r, y - r, x + r, y + r), fill=INK)

    def arc(self, x: float, y: float, r: float, start: int, end: int) -> None:
        """Draw a part of a circle, in degrees clockwise from three o'clock."""
        around = ((x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE)
        self._pen.arc(around, start, end, fill=INK, width=round(STROKE * SCALE))


def _rice(pen: Pen) -> None:
    pen.shape(PAPER, (54, 36), (106, 36), (113, 104), (47, 104))
    pen.shape((233, 220, 184), (54, 36), (56, 20), (104, 20), (106, 36))
    pen.line((80, 92), (80, 58))
    for side in (-1, 1):
        for y in (62, 72, 82):
            pen.line((80, y + 6), (80 + side * 9, y))
    pen.disc((233, 220, 184), 80, 54, 3.4, 5)


def _camellia_oil(pen: Pen) -> None:
    pen.shape((241, 207, 109), (68, 42), (92, 42), (104, 58), (104, 106), (56, 106), (56, 58))
    pen.box(PAPER, 70, 24, 20, 18, 1)
    pen.box((233, 220, 184), 67, 14, 26, 10, 2)
    pen.box(PAPER, 64, 68, 32, 24, 1)
    pen.line((70, 76), (90, 76))
    pen.line((70, 84), (82, 84))


def _rape_oil(pen: Pen) -> None:
    pen.shape((238, 190, 84), (62, 40), (98, 40), (108, 52), (108, 106), (52, 106), (52, 52))
    pen.box(PAPER, 72, 18, 18, 12, 2)
    pen.box((238, 190, 84), 74, 30, 14, 10, 1)
    pen.shape((240, 246, 232), (88, 56), (101, 56), (101, 78), (92, 78))
    pen.disc(PAPER, 72, 80, 13)
    for x, y in ((72, 73), (66, 82), (78, 82)):
        pen.disc((241, 207, 109), x, y, 3.4)


def _eggs(pen: Pen) -> None:
    for x in (48, 70, 92, 114):
        pen.disc((240, 214, 184), x - 1, 58, 10, 13)
    pen.shape((205, 189, 160), (34, 62), (128, 62), (121, 92), (41, 92))
    for x in (58, 81, 104):
        pen.line((x, 64), (x, 90))


def _pears(pen: Pen) -> None:
    for x, y in ((60, 66), (100, 66), (80, 74)):
        pen.disc((226, 214, 142), x, y, 18, 19)
        pen.line((x, y - 19), (x + 3, y - 29))
    pen.shape((216, 192, 150), (34, 78), (126, 78), (120, 104), (40, 104))
    pen.line((37, 90), (123, 90))


def _detergent(pen: Pen) -> None:
    pen.arc(106, 74, 14, 270, 90)
    pen.arc(106, 74, 9, 270, 90)
    pen.box((255, 255, 255), 54, 48, 52, 58, 7)
    pen.box((255, 255, 255), 70, 34, 18, 14, 1)
    pen.line((78, 34), (78, 24), (62, 24))
    pen.disc((185, 219, 224), 80, 78, 13)


def _towels(pen: Pen) -> None:
    pen.box((240, 207, 194), 78, 38, 42, 68, 1)
    pen.box((255, 255, 255), 42, 30, 42, 76, 1)
    for y in (86, 94):
        pen.line((44, y), (82, y))
        pen.line((86, y + 3), (118, y + 3))


def _toothbrush(pen: Pen) -> None:
    pen.shape((255, 255, 255), (40, 44), (72, 36), (84, 84), (52, 92))
    pen.box((143, 190, 170), 58, 88, 18, 12, 2)
    pen.line((47, 58), (75, 51))
    pen.line((50, 68), (78, 61))
    pen.box((143, 176, 214), 102, 42, 9, 64, 4)
    pen.box((255, 255, 255), 98, 22, 16, 20, 2)
    pen.line((103, 24), (103, 40))
    pen.line((109, 24), (109, 40))


def _cup(pen: Pen) -> None:
    pen.box((127, 176, 149), 60, 40, 40, 66, 8)
    pen.box((230, 239, 230), 65, 18, 30, 22, 4)
    pen.line((60, 54), (100, 54))
    pen.line((72, 66), (72, 90))


def _umbrella(pen: Pen) -> None:
    pen.shape(
        (143, 176, 214),
        *((32, 66), (36, 52), (46, 40), (60, 32), (80, 28), (100, 32), (114, 40), (124, 52)),
        *((128, 66), (116, 61), (104, 66), (92, 61), (80, 66), (68, 61), (56, 66), (44, 61)),
    )
    pen.line((80, 28), (80, 20))
    pen.line((80, 66), (80, 98))
    pen.arc(73, 98, 7, 0, 180)
    pen.line((80, 28), (68, 40), (56, 66))
    pen.line((80, 28), (92, 40), (104, 66))


def _notebooks(pen: Pen) -> None:
    pen.shape((176, 200, 220), (56, 30), (112, 38), (104, 100), (48, 92))
    pen.shape((250, 236, 190), (46, 26), (102, 26), (102, 90), (46, 90))
    pen.box(PAPER, 58, 38, 32, 18, 1)
    pen.line((64, 47), (84, 47))
    pen.line((56, 26), (56, 90))


def _pencils(pen: Pen) -> None:
    pen.box((240, 207, 194), 34, 62, 92, 34, 5)
    pen.line((36, 76), (124, 76))
    for n, colour in enumerate(((241, 207, 109), (143, 190, 170), (143, 176, 214))):
        x = 52 + n * 20
        pen.shape(colour, (x, 62), (x, 38), (x + 6, 26), (x + 12, 38), (x + 12, 62))
        pen.line((x, 38), (x + 12, 38))


def _haircut(pen: Pen) -> None:
    pen.line((56, 30), (92, 78))
    pen.line((104, 30), (68, 78))
    pen.disc((230, 238, 240), 62, 88, 12)
    pen.disc((230, 238, 240), 98, 88, 12)
    pen.disc(PAPER, 80, 62, 2.6)


def _repair(pen: Pen) -> None:
    pen.box((255, 255, 255), 50, 24, 44, 80, 4)
    pen.line((50, 52), (94, 52))
    pen.line((58, 34), (58, 44))
    pen.line((58, 62), (58, 78))
    pen.shape(
        (241, 207, 109),
        *((98, 104), (92, 98), (112, 74), (110, 64), (118, 56), (118, 66), (126, 66)),
        *((134, 60), (132, 72), (122, 80)),
    )


_GROUNDS: Final[dict[str, Colour]] = {
    "grain": (243, 236, 217),
    "oil": (246, 239, 210),
    "water": (228, 239, 241),
    "cloth": (246, 233, 228),
    "sky": (229, 235, 243),
    "leaf": (230, 239, 230),
}
DRAWINGS: Final[dict[str, tuple[str, Callable[[Pen], None]]]] = {
    "rice": ("grain", _rice),
    "camellia_oil": ("oil", _camellia_oil),
    "rape_oil": ("oil", _rape_oil),
    "eggs": ("grain", _eggs),
    "pears": ("leaf", _pears),
    "detergent": ("water", _detergent),
    "towels": ("cloth", _towels),
    "toothbrush": ("water", _toothbrush),
    "cup": ("leaf", _cup),
    "umbrella": ("sky", _umbrella),
    "notebooks": ("cloth", _notebooks),
    "pencils": ("sky", _pencils),
    "haircut": ("leaf", _haircut),
    "repair": ("sky", _repair),
}


def picture_of(what: str) -> bytes:
    """Return a JPEG of 640 by 480 that shows one of ``DRAWINGS``."""
    ground, drawing = DRAWINGS[what]
    pen = Pen(_GROUNDS[ground])
    drawing(pen)
    out = BytesIO()
    pen.image.reduce(2).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
