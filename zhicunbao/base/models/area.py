"""Areas (administrative divisions down to micro-grids) and the organisations in them."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from zhicunbao.base import reach
from zhicunbao.kernel import division

if TYPE_CHECKING:
    from zhicunbao.base.access import Actor


class Area(models.Model):
    """One node of the tree county → street → community or village → grid → micro-grid.

    ``prefix`` is the meaningful part of ``code``; all that lies under an area is one range of it.
    """

    code = models.CharField(max_length=17, unique=True)
    prefix = models.CharField(max_length=17, unique=True)
    name = models.CharField(max_length=60)
    level = models.CharField(max_length=12, choices=[(k, v[0]) for k, v in division.LEVELS.items()])
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    aliases = models.JSONField(default=list, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="absorbed")
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering = ("prefix",)
        indexes = (models.Index(fields=["level", "prefix"], name="area_level_prefix"),)

    def __str__(self) -> str:
        return self.name

    @property
    def area_prefix(self) -> str:
        """An area lies in itself, as far as access asks."""
        return self.prefix

    @property
    def short_name(self) -> str:
        """庄前村委会 is spoken of as 庄前村."""
        return self.name.removesuffix("委会") if self.level == "village" else self.name

    @staticmethod
    def visible(actor: "Actor") -> Q:
        """Areas where the actor may look at areas."""
        return reach.under(actor.reach("base.view_areas"), "prefix")


class Organisation(models.Model):
    """A department, committee, cooperative, merchant, bank or other body; it belongs to an area."""

    class Kind(models.TextChoices):
        """What sort of body it is."""

        OFFICE = "office", "机关单位"
        PARTY_COMMITTEE = "party_committee", "党组织"
        COOPERATIVE = "cooperative", "经济合作社"
        MERCHANT = "merchant", "商户"
        BANK = "bank", "银行"

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    area = models.ForeignKey(Area, models.PROTECT, related_name="organisations")
    area_prefix = models.CharField(max_length=17)
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering = ("area_prefix", "name")
        indexes = (models.Index(fields=["kind", "area_prefix"], name="organisation_kind_area"),)
        constraints = (
            models.UniqueConstraint(fields=["name", "area"], name="organisation_name_once_an_area"),
        )

    def __str__(self) -> str:
        return self.name
