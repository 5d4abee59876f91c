"""What the machine notices, and that it asks the database as often for a hundred as for one."""

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Town
from tests.work import street
from zhicunbao.base.models import Attachment
from zhicunbao.casework.actions import Photo
from zhicunbao.casework.actions.evidence import Position
from zhicunbao.kernel import clock
from zhicunbao.registry.models import Place
from zhicunbao.work import actions
from zhicunbao.work.actions import compare_photos
from zhicunbao.work.flags import flags_of, flags_of_many
from zhicunbao.work.models import Claim, Comparison

pytestmark = pytest.mark.django_db


def photo(seed: int, label: str = "整改前") -> Photo:
    upload = SimpleUploadedFile("p.jpg", street.jpeg(seed), content_type="image/jpeg")
    return Photo(upload, label)


def submit(town: Town, by: str, *seeds: int, position: Position | None = None) -> Claim:
    claim = street.claimed(town, by=by, photos_min=len(seeds))
    return actions.submit_proof(
        town.actor(by),
        claim,
        key=street.key(),
        photos=[photo(s) for s in seeds],
        position=position,
        fields=[],
    )


def hashes(claim: Claim, *values: int) -> list[Attachment]:
    """Give the claim's photos these fingerprints: what a drawing hashes to is not the point."""
    photos = [e.attachment for e in claim.case.evidence.order_by("pk") if e.attachment]
    for attachment, value in zip(photos, values, strict=True):
        attachment.perceptual_hash = f"{value:016x}"
        attachment.save(update_fields=["perceptual_hash"])
    return photos


def said(claim: Claim) -> list[tuple[str, int | None]]:
    fresh = Claim.objects.get(pk=claim.pk)
    return [(f.kind, f.similar.pk if f.similar else None) for f in flags_of(fresh)]


ALIKE = 0xF0F0_F0F0_F0F0_F0F0


def test_a_photo_like_an_earlier_one_is_flagged_and_the_earlier_one_is_not(town: Town) -> None:
    first, second = submit(town, "member", 1), submit(town, "member2", 2)
    (original,) = hashes(first, ALIKE)
    hashes(second, ALIKE ^ 0b111111)
    assert said(first) == []
    assert said(second) == [("similar", original.pk)]
    assert "相似 91%" in flags_of(Claim.objects.get(pk=second.pk))[0].text


def test_seven_bits_apart_is_another_photo(town: Town) -> None:
    first, second = submit(town, "member", 1), submit(town, "member2", 2)
    hashes(first, ALIKE)
    hashes(second, ALIKE ^ 0b1111111)
    assert said(second) == []


def test_six_bits_spread_over_all_bands_are_found(town: Town) -> None:
    first, second = submit(town, "member", 1), submit(town, "member2", 2)
    (original,) = hashes(first, ALIKE)
    hashes(second, ALIKE ^ (0b11 | 0b11 << 16 | 0b1 << 32 | 0b1 << 63))
    assert said(second) == [("similar", original.pk)]


def test_two_photos_of_one_claim_that_are_alike_are_flagged(town: Town) -> None:
    claim = submit(town, "member", 1, 2)
    hashes(claim, ALIKE, ALIKE)
    flag = flags_of(Claim.objects.get(pk=claim.pk))[0]
    assert (flag.kind, flag.text) == ("similar", "与本件另一张相似 100%")


def test_a_photo_sent_again_after_a_return_is_not_flagged(town: Town) -> None:
    claim = submit(town, "member", 1)
    actions.evaluate(
        town.actor("admin"), claim, verb="return", key=street.key(), reason="请补一张远景"
    )
    actions.submit_proof(town.actor("member"), claim, key=street.key(), photos=[photo(1), photo(9)])
    hashes(claim, ALIKE, ALIKE, 0x0F)
    assert said(claim) == []


def test_photos_of_another_township_are_not_compared(town: Town) -> None:
    first, second = submit(town, "member", 1), submit(town, "member2", 2)
    (elsewhere,) = hashes(first, ALIKE)
    elsewhere.area_prefix = "331125101"
    elsewhere.save(update_fields=["area_prefix"])
    hashes(second, ALIKE)
    assert said(second) == []


def test_an_even_surface_is_like_nothing_but_the_same_file(town: Town) -> None:
    dark, other, same = (submit(town, by, n) for n, by in enumerate(["member", "member2", "head"]))
    (original,), (another,), (copy,) = (hashes(c, 0) for c in (dark, other, same))
    another.sha256 = "f" * 64
    copy.sha256 = original.sha256
    another.save()
    copy.save()
    assert said(other) == []
    assert said(same) == [("similar", original.pk)]


def test_a_camera_time_before_the_claim_is_flagged(town: Town) -> None:
    claim = submit(town, "member", 1)
    (attachment,) = hashes(claim, ALIKE)
    attachment.camera_at = claim.claimed_at - timedelta(days=3)
    attachment.save(update_fields=["camera_at"])
    assert [kind for kind, _ in said(claim)] == ["old"]


def test_a_position_outside_the_outline_is_flagged(town: Town) -> None:
    square = [[[119.57, 28.11], [119.58, 28.11], [119.58, 28.12], [119.57, 28.12], [119.57, 28.11]]]
    Place.objects.create(
        kind=Place.Kind.COMMUNITY,
        area=town.dongmen,
        area_prefix=town.dongmen.prefix,
        name="东门社区",
        outline=square,
    )
    inside = submit(town, "member", 1, position=Position(28.115, 119.575, 10))
    outside = submit(town, "member2", 2, position=Position(28.2, 119.575, 10))
    assert said(inside) == []
    assert said(outside) == [("outside", None)]


def asked(claims: list[Claim]) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        flags_of_many(claims)
    return [q["sql"] for q in queries.captured_queries]


def three_alike(town: Town) -> list[Claim]:
    made = [submit(town, by, n) for n, by in enumerate(["member", "member2", "head"])]
    for claim in made:
        hashes(claim, ALIKE)
    return made


def fresh(claims: list[Claim]) -> list[Claim]:
    return [Claim.objects.select_related("case", "task").get(pk=claim.pk) for claim in claims]


def test_flags_of_many_ask_no_more_for_many(town: Town) -> None:
    made = three_alike(town)
    assert len(asked(fresh(made[1:2]))) == len(asked(fresh(made))) == 4


# --- what the clock finds once -----------------------------------------------------------


def settled() -> datetime:
    return clock.now() + timedelta(minutes=2)


def test_what_the_clock_found_is_said_without_going_through_all_photos(town: Town) -> None:
    first, second, third = three_alike(town)
    (odd,) = hashes(third, ALIKE ^ 0b111)
    before = [said(claim) for claim in (first, second, third)]
    assert before[1:] == [[("similar", photo_of(first))], [("similar", photo_of(first))]]
    assert compare_photos(settled()) == 3
    assert compare_photos(settled()) == 0
    assert [said(claim) for claim in (first, second, third)] == before
    assert Comparison.objects.get(pk=odd.pk).bits == 3
    assert "相似 95%" in flags_of(fresh([third])[0])[0].text
    assert not [sql for sql in asked(fresh([second])) if "area_prefix" in sql.split("WHERE")[1]]


def photo_of(claim: Claim) -> int:
    return claim.case.evidence.get(kind="photo").attachment_id or 0


def test_the_clock_leaves_a_photo_for_a_minute_and_it_is_flagged_meanwhile(town: Town) -> None:
    first, second, _ = three_alike(town)
    assert compare_photos(clock.now() + timedelta(seconds=30)) == 0
    assert said(second) == [("similar", photo_of(first))]
    compare_photos(settled())
    late = submit(town, "member", 5)
    hashes(late, ALIKE)
    assert said(late) == [("similar", photo_of(first))]


def test_the_clock_spares_a_photo_sent_again_after_a_return(town: Town) -> None:
    claim = submit(town, "member", 1)
    actions.evaluate(
        town.actor("admin"), claim, verb="return", key=street.key(), reason="请补一张远景"
    )
    actions.submit_proof(town.actor("member"), claim, key=street.key(), photos=[photo(1), photo(9)])
    hashes(claim, ALIKE, ALIKE, 0x0F)
    assert compare_photos(settled()) == 3
    assert said(claim) == []


def test_the_clock_compares_each_township_by_itself(town: Town) -> None:
    first, second, third = three_alike(town)
    for claim in (first, third):
        Attachment.objects.filter(pk=photo_of(claim)).update(area_prefix="331125101")
    assert compare_photos(settled()) == 3
    assert said(second) == []
    assert said(third) == [("similar", photo_of(first))]
