"""Keeping uploaded files: each stored under its own digest before its row is written. What a photo
must be like is the business of ``photos``; who may see a file is said by ``Attachment.visible``.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse

from zhicunbao.base import audit, photos
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Attachment
from zhicunbao.base.photos import CleanPhoto
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid, TooLarge

if TYPE_CHECKING:
    Upload: TypeAlias = UploadedFile[Any]
else:
    Upload = UploadedFile


def clean_photo(upload: Upload) -> CleanPhoto:
    """Check and clean an uploaded photo without keeping it; refuses as ``keep_photo`` does.

    A page does this before its action opens a transaction, so that nobody waits for the pixels.
    """
    return photos.clean(_read(upload))


@transaction.atomic
def keep_photo(actor: Actor, upload: Upload | CleanPhoto, *, area_prefix: str) -> Attachment:
    """Keep a photo that belongs to the place ``area_prefix`` and return its row.

    Anyone may who may do what the photo is for; the caller checks that. Refuses beyond
    ``ZHICUNBAO_UPLOAD_MAX_MB`` (413) and what is not a whole JPEG, PNG or WebP (422). The file is
    on disk before the row is written; a file without a row does no harm.
    """
    photo = upload if isinstance(upload, CleanPhoto) else clean_photo(upload)
    stored = hashlib.sha256(photo.body).hexdigest()
    path, thumbnail_path = f"{stored[:2]}/{stored}.jpg", f"{stored[:2]}/{stored}-{_EDGE}.jpg"
    _write(thumbnail_path, photo.thumbnail)
    _write(path, photo.body)
    return _row(
        actor,
        Attachment(
            kind=Attachment.Kind.PHOTO,
            sha256=photo.sha256,
            stored_sha256=stored,
            path=path,
            thumbnail_path=thumbnail_path,
            media_type="image/jpeg",
            size_bytes=len(photo.body),
            width=photo.width,
            height=photo.height,
            perceptual_hash=photo.perceptual_hash,
            camera_at=photo.camera_at,
            area_prefix=area_prefix,
        ),
    )


def photo_url(attachment: Attachment, *, thumbnail: bool = False) -> str:
    """Return the address of a file, or of a photo's thumbnail; the view asks access again."""
    return reverse("base:file_thumb" if thumbnail else "base:file", args=[attachment.pk])


def stored_file(attachment: Attachment, *, thumbnail: bool = False) -> Path:
    """Return where the bytes lie on disk. For the view that has asked access, and for backups."""
    return settings.MEDIA_ROOT / (attachment.thumbnail_path if thumbnail else attachment.path)


# --- reading, checking, writing -----------------------------------------------

_EDGE = photos.THUMBNAIL_EDGE


def _read(upload: Upload) -> bytes:
    limit = settings.ZHICUNBAO_UPLOAD_MAX_MB
    if (upload.size or 0) > limit * 1024 * 1024:
        raise TooLarge(f"单个文件最大 {limit} MB。请换一个小一些的文件，或让手机先压缩照片。")
    upload.seek(0)
    arrived: bytes = upload.read()
    if not arrived:
        raise Invalid("这个文件是空的。请重新选择。", code="file_empty")
    return arrived


def _write(name: str, body: bytes) -> None:
    """Put ``body`` at its content-addressed place: whole or not at all, once for the same bytes."""
    target = Path(settings.MEDIA_ROOT) / name
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as part:
        part.write(body)
        part.flush()
        os.fsync(part.fileno())
    Path(part.name).chmod(0o640)
    Path(part.name).replace(target)


def _row(actor: Actor, attachment: Attachment) -> Attachment:
    if actor.person_id is None:
        raise ValueError("a file is kept by a person")
    attachment.uploaded_by_id = actor.person_id
    attachment.uploaded_at = clock.now()
    attachment.save(force_insert=True)
    audit.record(
        actor,
        "base.file_kept",
        attachment,
        detail={"sha256": attachment.sha256, "kind": attachment.kind},
    )
    return attachment
