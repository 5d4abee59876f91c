"""The photos that the demo draws for itself."""

from datetime import UTC, datetime
from io import BytesIO
from itertools import combinations

import pytest
from PIL import ExifTags, Image

from zhicunbao.base.photos import difference_hash
from zhicunbao.jobs.demo import pictures

TAKEN_AT = datetime(2026, 11, 20, 6, 21, 7, tzinfo=UTC)
SIMILAR_BITS = 6
"""From here down the product says that two photos resemble each other."""


def seen(drawn: bytes) -> Image.Image:
    return Image.open(BytesIO(drawn))


def bits_apart(one: bytes, other: bytes) -> int:
    hashes = [int(difference_hash(seen(drawn)), 16) for drawn in (one, other)]
    return (hashes[0] ^ hashes[1]).bit_count()


@pytest.mark.parametrize("scene", sorted(pictures.SCENES))
def test_every_scene_can_be_drawn_at_every_stage(scene: str) -> None:
    for stage in pictures.STAGES:
        picture = seen(pictures.draw(scene, stage=stage, seed=3, taken_at=TAKEN_AT))
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (1280, 960), "RGB")


def test_a_picture_says_when_it_was_taken_as_a_camera_in_china_does() -> None:
    exif = seen(pictures.draw("river", seed=1, taken_at=TAKEN_AT)).getexif()
    camera = exif.get_ifd(ExifTags.IFD.Exif)
    assert camera[ExifTags.Base.DateTimeOriginal] == "2026:11:20 14:21:07"
    assert camera[ExifTags.Base.OffsetTimeOriginal] == "+08:00"


def test_the_same_call_draws_the_same_bytes() -> None:
    drawn = [pictures.draw("yard", stage="after", seed=9, taken_at=TAKEN_AT) for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_pictures_of_different_seeds_do_not_resemble_each_other() -> None:
    drawn = [pictures.draw("corridor", stage="before", seed=n, taken_at=TAKEN_AT) for n in range(6)]
    assert min(bits_apart(a, b) for a, b in combinations(drawn, 2)) > SIMILAR_BITS


def test_the_same_scene_taken_again_resembles_itself_in_other_bytes() -> None:
    later = TAKEN_AT.replace(minute=40)
    one, other = (pictures.draw("shed", seed=5, taken_at=at) for at in (TAKEN_AT, later))
    assert one != other
    assert bits_apart(one, other) <= SIMILAR_BITS


def test_an_unknown_scene_or_stage_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        pictures.draw("moon", seed=1, taken_at=TAKEN_AT)
    with pytest.raises(ValueError, match="no stage"):
        pictures.draw("river", stage="during", seed=1, taken_at=TAKEN_AT)
