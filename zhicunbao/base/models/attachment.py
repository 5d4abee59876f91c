"""Files that people upload. The row holds what was learnt from the file before it was cleaned."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from zhicunbao.base import reach
from zhicunbao.base.models.person import Person
from zhicunbao.kernel import clock

if TYPE_CHECKING:
    from zhicunbao.base.access import Actor


class Attachment(models.Model):
    """One uploaded file, stored under its digest, without the metadata that it arrived with.

    ``sha256`` is of the bytes as they arrived; ``stored_sha256`` of the cleaned file on disk.
    ``perceptual_hash`` (64-bit difference hash, 16 hex digits) finds near-duplicate photos.
    Access goes through the thing it is attached to, named by ``area_prefix`` and ``uploaded_by``.
    """

    class Kind(models.TextChoices):
        """What the bytes were found to be, whatever the name said."""

        PHOTO = "photo", "照片"
        DOCUMENT = "document", "文件"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    sha256 = models.CharField(max_length=64, db_index=True)
    stored_sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=120)
    thumbnail_path = models.CharField(max_length=120, blank=True)
    media_type = models.CharField(max_length=60)
    size_bytes = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    perceptual_hash = models.CharField(max_length=16, blank=True, db_index=True)
    camera_at = models.DateTimeField(null=True)
    """When the camera says it was taken."""
    uploaded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=clock.now)
    area_prefix = models.CharField(max_length=17)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.sha256[:8]}"

    @staticmethod
    def visible(actor: "Actor") -> Q:
        """One's own; staff: those of their area."""
        return reach.under(actor.reach("base.view_files")) | Q(uploaded_by=actor.person_id or 0)
