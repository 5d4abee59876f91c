"""What a photo must be, what is taken out of it, and what is remembered of it."""

import struct
import zlib
from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

from tests.base.pictures import encoded, jpeg, picture, with_metadata
from tests.cast import Town
from zhicunbao.base import files, photos
from zhicunbao.base.models import Attachment, AuditEntry
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid, TooLarge

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
YUNHE = {1: "N", 2: (28.0, 6.0, 59.123), 3: "E", 4: (119.0, 34.0, 12.0)}


def opened(body: bytes) -> Image.Image:
    return Image.open(BytesIO(body))


def refusal_of(body: bytes) -> Invalid:
    with pytest.raises(Invalid) as caught:
        photos.clean(body)
    return caught.value


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_of_photo_is_kept_as_a_jpeg_of_the_same_size(kind: str) -> None:
    clean = photos.clean(encoded(picture(300, 200), kind))
    kept = opened(clean.body)
    assert (kept.format, kept.size) == ("JPEG", (300, 200))
    assert (clean.width, clean.height) == (300, 200)


def test_nothing_that_the_camera_wrote_is_left_in_the_file() -> None:
    arrived = with_metadata(place=YUNHE)
    assert b"PhoneMakerZZ" in arrived
    assert b"CommentZZ" in arrived
    clean = photos.clean(arrived)
    for body in (clean.body, clean.thumbnail):
        assert b"ZZ" not in body
        assert b"Exif" not in body
        assert dict(opened(body).getexif()) == {}


def test_the_time_of_the_camera_is_remembered_and_the_place_never(town: Town) -> None:
    with clock.at(NOON):
        clean = photos.clean(with_metadata(place=YUNHE))
        kept = files.keep_photo(town.actor("member"), clean, area_prefix=town.dongmen.prefix)
    taken = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    assert clean.camera_at == kept.camera_at == taken
    [row] = Attachment.objects.values()
    said = repr([row, *AuditEntry.objects.values()])
    assert "28.1" not in said
    assert "119.5" not in said


def test_the_cameras_own_time_zone_is_believed() -> None:
    with clock.at(NOON):
        clean = photos.clean(with_metadata(taken="2026:11:23 04:00:00", offset="+03:00"))
    assert clean.camera_at == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "taken", ["0000:00:00 00:00:00", "1980:01:01 00:00:00", "2031:01:01 00:00:00", "yesterday"]
)
def test_a_camera_whose_clock_is_wrong_says_nothing(taken: str) -> None:
    with clock.at(NOON):
        assert photos.clean(with_metadata(taken=taken)).camera_at is None


def test_a_place_that_cannot_be_read_does_no_harm() -> None:
    with clock.at(NOON):
        assert photos.clean(with_metadata(place={1: "N", 2: (28.0,), 3: "E"})).camera_at


@pytest.mark.parametrize(
    ("orientation", "dark"),
    [(1, (0, 2)), (3, (1, 3)), (6, (0, 1)), (8, (2, 3))],
    ids=["as held", "upside down", "turned left", "turned right"],
)
def test_a_photo_taken_sideways_stands_upright(orientation: int, dark: tuple[int, int]) -> None:
    kept = opened(photos.clean(with_metadata(orientation=orientation)).body)
    quarters = kept.convert("L").resize((2, 2), Image.Resampling.BOX).tobytes()
    assert tuple(i for i, shade in enumerate(quarters) if shade < 128) == dark


def test_a_large_photo_is_shrunk_to_the_longest_edge() -> None:
    clean = photos.clean(encoded(picture(3000, 6000), quality=60))
    assert (clean.width, clean.height) == (1280, 2560)
    assert opened(clean.body).size == (1280, 2560)
    assert opened(clean.thumbnail).size == (240, 480)


def test_a_small_photo_is_never_enlarged() -> None:
    clean = photos.clean(jpeg(100, 60))
    assert opened(clean.body).size == (100, 60)
    assert opened(clean.thumbnail).size == (100, 60)


def test_a_see_through_picture_gets_a_white_ground() -> None:
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    assert opened(photos.clean(encoded(clear, "PNG")).body).getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"%PDF-1.7\n1 0 obj\n", "PDF"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIC"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "不是照片"),
        (b"just some text", "不是照片"),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "不是照片"),
    ],
)
def test_what_is_no_photo_is_refused_whatever_it_is_called(body: bytes, words: str) -> None:
    refusal = refusal_of(body)
    assert refusal.code == "not_a_photo"
    assert words in refusal.message


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_photo_with_a_truncated_body_is_refused(kind: str, share: float) -> None:
    whole = encoded(picture(640, 480), kind)
    assert refusal_of(whole[: int(len(whole) * share)]).code == "photo_damaged"


def small_file_of(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("edge", [8_001, 10_000, 60_000])
def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused(edge: int) -> None:
    with pytest.raises(TooLarge) as caught:
        photos.clean(small_file_of(edge, edge))
    assert caught.value.code == "photo_pixels"


def bits_between(one: bytes, other: bytes) -> int:
    first, second = (int(photos.clean(b).perceptual_hash, 16) for b in (one, other))
    return (first ^ second).bit_count()


def test_a_photo_saved_again_smaller_looks_alike() -> None:
    drawn = picture(800, 600, seed=3)
    again = encoded(drawn.resize((500, 375)), "WEBP", quality=40)
    assert bits_between(encoded(drawn, quality=95), again) <= 6


def test_different_photos_do_not_look_alike() -> None:
    assert bits_between(jpeg(seed=1), jpeg(seed=2)) > 6
