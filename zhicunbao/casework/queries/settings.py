"""The adjustable rules as a street reads them: in force today, coming, and what was before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area
from zhicunbao.casework.models import RuleVersion
from zhicunbao.casework.rules import ADJUSTABLE, Adjustable, nearest, prefixes_above
from zhicunbao.kernel import clock, division
from zhicunbao.kernel.refusals import NotFound

ADOPT = "casework.adopt_rule"
STREET_DIGITS = 9


@dataclass(frozen=True)
class RuleInForce:
    """One adjustable rule at a place: the version in force there (None: the default), and the
    others that were adopted for the place, above it or inside it, newest first.
    """

    name: str
    rule: Adjustable
    version: RuleVersion | None
    others: list[RuleVersion]

    @property
    def value(self) -> int:
        """The number in force."""
        return int(self.version.value) if self.version else self.rule.default

    @property
    def source(self) -> str:
        """What it rests on."""
        return self.version.source if self.version else self.rule.source


def street_of(actor: Actor) -> Area:
    """Return the street, or the wider area, in which the actor's narrowest post lies."""
    prefix = actor.home_prefix[:STREET_DIGITS]
    found = Area.objects.filter(prefix=prefix).first() if prefix else None
    if found is None:
        raise NotFound("您还没有任职，看不到街道的规则。请联系街道办理任职。")
    return found


def rules_at(area: Area) -> list[RuleInForce]:
    """Return every adjustable rule as it stands at ``area`` today (one query)."""
    found = list(
        RuleVersion.objects.filter(
            access.under([area.prefix]) | Q(area_prefix__in=prefixes_above(area.prefix))
        )
        .select_related("area", "adopted_by")
        .order_by("-valid_from", "-pk")
    )
    return [
        _rule(name, [v for v in found if v.name == name], area, clock.today())
        for name in ADJUSTABLE
    ]


def _rule(name: str, versions: Sequence[RuleVersion], area: Area, today: date) -> RuleInForce:
    here = [v for v in versions if area.prefix.startswith(v.area_prefix) and v.valid_from <= today]
    version = nearest(here)
    return RuleInForce(name, ADJUSTABLE[name], version, [v for v in versions if v != version])


def places_to_rule(actor: Actor, street: Area) -> QuerySet[Area]:
    """Return where ``actor`` may adopt rules: the street and its communities and villages."""
    if not access.may(actor, ADOPT, street):
        return Area.objects.none()
    levels = (street.level, *division.VILLAGE_LEVELS)
    inside = Area.objects.filter(access.under([street.prefix], "prefix"), level__in=levels)
    return inside.order_by("prefix")
