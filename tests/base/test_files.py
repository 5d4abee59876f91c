"""Keeping files: where they lie, what their rows say, who may see them, which look alike."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.base.pictures import jpeg, upload
from tests.cast import Town
from zhicunbao.base import access, files
from zhicunbao.base.models import Attachment, AuditEntry
from zhicunbao.kernel.refusals import Invalid, NotFound, TooLarge

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
DONGMEN = "331125001004"


def kept_in(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def keep(town: Town, body: bytes, area_prefix: str = DONGMEN) -> Attachment:
    return files.keep_photo(town.actor("member"), upload(body), area_prefix=area_prefix)


def test_a_kept_photo_lies_under_its_own_digest(town: Town, uploads: Path) -> None:
    kept = keep(town, jpeg())
    name = kept.stored_sha256
    assert kept.path == f"{name[:2]}/{name}.jpg"
    assert kept_in(uploads) == [f"{name[:2]}/{name}-480.jpg", f"{name[:2]}/{name}.jpg"]
    assert files.stored_file(kept).stat().st_size == kept.size_bytes


def test_the_row_remembers_what_arrived_and_who_sent_it(town: Town, uploads: Path) -> None:
    kept = keep(town, jpeg(321, 123))
    kept.refresh_from_db()
    assert kept.uploaded_by == town.person("member")
    assert (kept.area_prefix, kept.width, kept.height) == (DONGMEN, 321, 123)
    assert (kept.media_type, kept.sha256 == kept.stored_sha256) == ("image/jpeg", False)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject_id) == ("base.file_kept", str(kept.pk))


def test_the_same_photo_twice_is_two_rows_and_one_file(town: Town, uploads: Path) -> None:
    keep(town, jpeg())
    keep(town, jpeg())
    assert Attachment.objects.count() == 2
    assert len(kept_in(uploads)) == 2  # the photo and its thumbnail


def test_a_photo_cleaned_beforehand_is_kept_the_same(town: Town, uploads: Path) -> None:
    cleaned = files.clean_photo(upload(jpeg()))
    kept = files.keep_photo(town.actor("member"), cleaned, area_prefix=DONGMEN)
    assert kept.path == keep(town, jpeg()).path


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "file_empty"), (PDF, "not_a_photo"), (jpeg()[:1000], "photo_damaged")],
)
def test_a_refused_photo_leaves_no_row_and_no_file(
    town: Town, uploads: Path, body: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        keep(town, body)
    assert caught.value.code == code
    assert (Attachment.objects.count(), kept_in(uploads)) == (0, [])


def test_a_file_beyond_the_limit_is_refused_with_413(
    town: Town, uploads: Path, settings: Settings
) -> None:
    settings.ZHICUNBAO_UPLOAD_MAX_MB = 1
    with pytest.raises(TooLarge) as caught:
        keep(town, jpeg() + b"\0" * 1024 * 1024)
    assert (caught.value.status, caught.value.code) == (413, "too_large")
    assert "1 MB" in caught.value.message
    assert (Attachment.objects.count(), kept_in(uploads)) == (0, [])


# --- who may see it ------------------------------------------------------------

SEES = {
    "member": True,  # sent it
    "admin": True,
    "officer": True,
    "auditor": True,
    "department": True,
    "other_admin": False,
    "member2": False,
    "villager": False,
    "sysadmin": False,
    "bank": False,
}


@pytest.mark.parametrize("key", SEES)
def test_staff_of_the_place_and_the_sender_see_a_photo_and_others_get_404(
    town: Town, uploads: Path, key: str
) -> None:
    kept = keep(town, jpeg())
    if SEES[key]:
        assert access.fetch(town.actor(key), Attachment.objects.all(), pk=kept.pk) == kept
    else:
        with pytest.raises(NotFound):
            access.fetch(town.actor(key), Attachment.objects.all(), pk=kept.pk)
