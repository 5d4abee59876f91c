"""Adopting a rule: who decided which number from when, and on what ground."""

from datetime import date

from zhicunbao.base import access, audit
from zhicunbao.base.access import Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Area
from zhicunbao.casework.models import RuleVersion
from zhicunbao.casework.rules import ADJUSTABLE, checked_value
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid

SOURCE_LENGTH_MAX = 300


def adopt_rule(
    actor: Actor, *, name: str, area: Area, value: int, valid_from: date, source: str, key: str
) -> RuleVersion:
    """Put a new version of an adjustable rule in force at ``area`` from a day, today or later.

    Needs ``casework.adopt_rule`` there and the ground it rests on (a resolution, a meeting). What
    is already under way keeps the window it began with. Refuses values outside the rule's bounds.
    """
    access.require(actor, "casework.adopt_rule", area)
    checked_value(name, value)
    if valid_from < clock.today():
        raise Invalid(
            "规则不能倒着生效。请选今天或以后的日期。", fields={"valid_from": "今天或以后"}
        )
    if not 1 <= len(source.strip()) <= SOURCE_LENGTH_MAX:
        raise Invalid(
            f"请用 1 到 {SOURCE_LENGTH_MAX} 字写明依据，例如哪次会议通过。",
            fields={"source": "会议名称和日期，或文件号"},
        )

    def do() -> RuleVersion:
        version = RuleVersion.objects.create(
            name=name,
            area=area,
            area_prefix=area.prefix,
            value=value,
            valid_from=valid_from,
            source=source.strip(),
            adopted_by_id=actor.person_id,
        )
        rule = ADJUSTABLE[name]
        audit.record(
            actor,
            "casework.rule_adopted",
            version,
            detail={
                "about": f"{area.short_name}{rule.label} {value} {rule.unit}",
                "name": name,
                "value": value,
            },
        )
        return version

    request = [name, area.pk, value, valid_from, source]
    return once(actor, key=key, action="casework.adopt_rule", request=request, do=do)
