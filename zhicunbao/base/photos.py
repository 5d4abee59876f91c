"""From the bytes of a photo as it arrived to a clean one: checked by content, turned upright, freed
of its metadata, shrunk, with a thumbnail and a fingerprint. Knows no database and no disk.
"""

import hashlib
import struct
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Final

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid, TooLarge

EDGE_MAX: Final = 2_560
"""Pixels: the longer edge that is kept. Enough to read a meter or a house number from the photo."""
THUMBNAIL_EDGE: Final = 480
PIXELS_MAX: Final = 64_000_000
"""Above the 50 megapixels of today's phones; a small file that unpacks to more is an attack."""
QUALITY: Final = 85
THUMBNAIL_QUALITY: Final = 78
FORMATS: Final = ("JPEG", "PNG", "WEBP")

_TAKEN, _TAKEN_OFFSET, _DATE_TIME = 0x9003, 0x9011, 0x0132

# What Pillow raises on damaged input, format by format; anything else is our own mistake.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error)


@dataclass(frozen=True)
class CleanPhoto:
    """A photo that may be stored: JPEG bytes without metadata, and what the metadata said."""

    sha256: str
    """Of the bytes as they arrived."""
    body: bytes
    thumbnail: bytes
    width: int
    height: int
    perceptual_hash: str
    camera_at: datetime | None


def clean(arrived: bytes) -> CleanPhoto:
    """Return the clean photo for ``arrived``, or refuse: not a photo, damaged, or far too large.

    The name and the type that the sender claimed are not looked at. Takes 20 ms for a photo that
    a browser has shrunk and 0.5 s for one straight from a camera, so callers do it before they open
    a transaction.
    """
    try:
        with Image.open(BytesIO(arrived), formats=FORMATS) as opened:
            _check_pixels(opened)
            taken_at = _taken_at(opened)
            upright = _upright(opened)
    except UnidentifiedImageError:
        raise _not_a_photo(arrived) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except _DAMAGE:
        raise Invalid(
            "这张照片没有传完整，打不开。请重新拍一张，或重新选择这张照片。",
            code="photo_damaged",
        ) from None
    fitted = _fit(upright, EDGE_MAX)
    small = _fit(fitted, THUMBNAIL_EDGE)
    return CleanPhoto(
        sha256=hashlib.sha256(arrived).hexdigest(),
        body=_jpeg(fitted, QUALITY),
        thumbnail=_jpeg(small, THUMBNAIL_QUALITY),
        width=fitted.width,
        height=fitted.height,
        perceptual_hash=difference_hash(small),
        camera_at=taken_at,
    )


def difference_hash(picture: Image.Image) -> str:
    """Return 64 bits as 16 hex digits: is each of 8 × 8 fields brighter than its right neighbour.

    Shrinking, re-compression and light retouching change few bits; turning changes most.
    """
    small = picture.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            left, right = small[row * 9 + column], small[row * 9 + column + 1]
            bits = bits << 1 | (left > right)
    return f"{bits:016x}"


def _check_pixels(opened: Image.Image) -> None:
    if opened.width * opened.height > PIXELS_MAX:
        raise _too_many_pixels()


def _too_many_pixels() -> TooLarge:
    return TooLarge(
        f"这张照片超过 {PIXELS_MAX // 1_000_000} 百万像素。请在手机相机里调低分辨率后重拍。",
        code="photo_pixels",
    )


def _not_a_photo(arrived: bytes) -> Invalid:
    """Name what arrived instead, because the way out differs."""
    head = arrived[:512].lstrip()
    if head.startswith(b"%PDF"):
        said = "这是一份 PDF 文件，不是照片。请用手机拍下来，或选相册里的照片。"
    elif head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"hevc"):
        said = "这是 HEIC 格式的照片。请在手机的相机格式里选“兼容性最佳”后重拍，或截图后上传。"
    else:
        said = "这个文件不是照片。请选 JPEG、PNG 或 WebP 格式的照片。"
    return Invalid(said, code="not_a_photo")


def _upright(opened: Image.Image) -> Image.Image:
    """Read every pixel, as the camera was held, on white where the picture is see-through."""
    if not _has_alpha(opened):
        # Lets the JPEG decoder skip detail that is thrown away anyway; other formats ignore it.
        opened.draft("RGB", (EDGE_MAX, EDGE_MAX))
    opened.load()
    turned = ImageOps.exif_transpose(opened)
    if not _has_alpha(turned):
        return turned.convert("RGB")
    layer = turned.convert("RGBA")
    ground = Image.new("RGB", layer.size, "white")
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground


def _has_alpha(picture: Image.Image) -> bool:
    return "A" in picture.getbands() or "transparency" in picture.info


def _fit(picture: Image.Image, edge: int) -> Image.Image:
    longest = max(picture.size)
    if longest <= edge:
        return picture
    size = tuple(max(1, round(side * edge / longest)) for side in picture.size)
    # Whole steps by averaging first: four times as fast as one resampling, and as good to the eye.
    whole = longest // edge
    near = picture.reduce(whole) if whole > 1 else picture
    return near.resize((size[0], size[1]), Image.Resampling.BICUBIC)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    picture.info = {}  # so that no comment, colour profile or EXIF is written again
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


# --- what the camera wrote ---------------------------------------------------


def _taken_at(opened: Image.Image) -> datetime | None:
    """Return when the camera says it was; what cannot be read counts as not said. Where it was is
    never read: a position is offered by the person or not at all (docs/decisions/0005).
    """
    try:
        exif = opened.getexif()
        detail = exif.get_ifd(ExifTags.IFD.Exif)
        written = detail.get(_TAKEN) or exif.get(_DATE_TIME)
        return _moment(written, detail.get(_TAKEN_OFFSET)) if isinstance(written, str) else None
    except (*_DAMAGE, TypeError, ZeroDivisionError, KeyError):
        return None


def _moment(written: str, offset: object) -> datetime | None:
    """Return ``2022:04:23 09:30:00`` as a moment; without an offset it is China's time."""
    try:
        zone = datetime.strptime(str(offset), "%z").tzinfo if offset else clock.LOCAL
        naive = datetime.strptime(written.strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 -- the zone follows
    except ValueError:
        return None
    moment = naive.replace(tzinfo=zone)
    return moment if clock.is_believable(moment) else None
