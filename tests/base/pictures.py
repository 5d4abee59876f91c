"""Photos for tests, drawn on the spot: as phones make them, with and without metadata, damaged."""

import random
from collections.abc import Mapping
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

MAKE, ORIENTATION, EXIF, GPS = 0x010F, 0x0112, 0x8769, 0x8825
TAKEN, OFFSET = 0x9003, 0x9011


def picture(width: int = 320, height: int = 240, *, seed: int = 0) -> Image.Image:
    """Draw soft patches of light whose places depend on ``seed``."""
    shade = random.Random(seed)
    patches = Image.new("RGB", (18, 16))
    patches.putdata([tuple(shade.randrange(256) for _ in range(3)) for _ in range(18 * 16)])
    return patches.resize((width, height), Image.Resampling.BICUBIC)


def encoded(drawn: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """Return the picture as a file of this kind."""
    out = BytesIO()
    drawn.save(out, kind, **options)
    return out.getvalue()


def jpeg(width: int = 320, height: int = 240, *, seed: int = 0) -> bytes:
    """Return a plain JPEG."""
    return encoded(picture(width, height, seed=seed), quality=88)


def with_metadata(
    *,
    orientation: int = 1,
    taken: str = "2026:11:23 09:30:00",
    offset: str = "",
    place: Mapping[int, object] | None = None,
) -> bytes:
    """Return a JPEG as a phone writes it. Its left half is black, its right half white."""
    drawn = Image.new("RGB", (320, 240), "white")
    ImageDraw.Draw(drawn).rectangle((0, 0, 159, 239), fill="black")
    exif = Image.Exif()
    exif[MAKE], exif[ORIENTATION] = "PhoneMakerZZ", orientation
    exif.get_ifd(EXIF)[TAKEN] = taken
    if offset:
        exif.get_ifd(EXIF)[OFFSET] = offset
    if place:
        exif.get_ifd(GPS).update(dict(place))
    return encoded(drawn, quality=90, exif=exif, comment=b"CommentZZ")


def upload(body: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    """Return the bytes as they come from a form; name and type claim a JPEG whatever they are."""
    return SimpleUploadedFile(name, body, content_type="image/jpeg")
