"""Photos for the demo, drawn by the program: they look like what a work item asks for, in the calm
flat manner of the product's pages, and no two seeds give pictures that resemble each other closely.
"""

import random
from collections.abc import Callable
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Final

from PIL import ExifTags, Image, ImageChops

from zhicunbao.base import photos
from zhicunbao.base.photos import CleanPhoto
from zhicunbao.jobs.demo.scenes import country, indoor, town
from zhicunbao.jobs.demo.scenes.brush import FINER, HEIGHT, WIDTH, Brush
from zhicunbao.kernel import clock

SCENES: Final[dict[str, Callable[[Brush, str], None]]] = {
    "bins": town.bins,
    "board": town.board,
    "broadcast": indoor.broadcast,
    "class": indoor.classroom,
    "corridor": indoor.corridor,
    "field": country.field,
    "lamp": town.lamp,
    "meeting": indoor.meeting,
    "park": town.park,
    "patrol": town.patrol,
    "river": country.river,
    "road": country.road,
    "shed": country.shed,
    "stall": town.stall,
    "vaccine": indoor.vaccine,
    "visit": indoor.visit,
    "wiring": indoor.wiring,
    "yard": country.yard,
}
STAGES: Final = ("", "before", "after")
QUALITY: Final = 76
LIGHT_MIN: Final = 222
"""Of 256: the light in the darkest corner of a picture."""
GRAIN: Final = 6
"""How far the grain of a phone's sensor moves a pixel, up or down, of 256."""


def draw(scene: str, *, stage: str = "", seed: int, taken_at: datetime) -> bytes:
    """Return a JPEG of 1280 by 960 that shows ``scene`` (one of ``SCENES``) at ``stage``.

    The same scene and seed show the same place, so that "before" and "after" belong together; the
    same stage too shows the same picture, apart from its grain. ``taken_at`` (aware) is written
    into the file as a camera does.
    """
    if stage not in STAGES:
        raise ValueError(f"there is no stage {stage!r}")
    place = random.Random(f"{scene} {seed}")  # noqa: S311 -- a drawing, not a secret
    hand = random.Random(f"{scene} {seed} {stage}")  # noqa: S311 -- the same
    brush = Brush(place, hand)
    SCENES[scene](brush, stage)
    picture = brush.image.reduce(FINER)
    picture = ImageChops.multiply(picture, _light(brush.hand))
    grain = ImageChops.offset(_grain(), taken_at.minute * 17, int(taken_at.timestamp()) % HEIGHT)
    picture = ImageChops.add(picture, grain, 1, -128)
    out = BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, exif=_exif(taken_at))
    return out.getvalue()


def develop(scene: str, stage: str, seed: int, taken_at: datetime) -> CleanPhoto:
    """Draw a photo and clean it as if it had been uploaded.

    Needs no Django, so that a process of its own can do it.
    """
    return photos.clean(draw(scene, stage=stage, seed=seed, taken_at=taken_at))


def _light(hand: random.Random) -> Image.Image:
    """Return light that falls unevenly over the picture, as it does in every real one."""
    small = Image.frombytes("L", (3, 3), bytes(hand.randint(LIGHT_MIN, 255) for _ in range(9)))
    light = small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return Image.merge("RGB", (light, light, light))


@cache
def _grain() -> Image.Image:
    chance = random.Random(1)  # noqa: S311 -- grain
    raw = Image.frombytes("L", (WIDTH, HEIGHT), chance.randbytes(WIDTH * HEIGHT))
    grain = raw.point([128 - GRAIN + v * 2 * GRAIN // 255 for v in range(256)])
    return Image.merge("RGB", (grain, grain, grain))


def _exif(taken_at: datetime) -> Image.Exif:
    exif = Image.Exif()
    stamp = taken_at.astimezone(clock.LOCAL).strftime("%Y:%m:%d %H:%M:%S")
    exif[ExifTags.Base.DateTime] = stamp
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {ExifTags.Base.DateTimeOriginal: stamp, ExifTags.Base.OffsetTimeOriginal: "+08:00"}
    )
    return exif
