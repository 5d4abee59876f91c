"""Adjustable rules: which version is in force where, and who may adopt one."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import Town
from tests.tables import unchanged
from tests.work import street
from zhicunbao.base.models import Area, AuditEntry
from zhicunbao.casework.actions import adopt_rule
from zhicunbao.casework.models import PublicNotice, RuleVersion
from zhicunbao.casework.queries import places_to_rule, rules_at, street_of
from zhicunbao.casework.rules import ADJUSTABLE, EVALUATE_DAYS, NOTICE_DAYS, in_force
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed, NotFound, Refusal

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


def version(value: int, prefix: str = "", valid_from: date = TODAY) -> RuleVersion:
    """Write a version as an adoption would."""
    return RuleVersion.objects.create(
        name=NOTICE_DAYS,
        area=Area.objects.filter(prefix=prefix).first(),
        area_prefix=prefix,
        value=value,
        valid_from=valid_from,
        source="会议",
    )


def value_at(prefix: str, on: date = TODAY) -> int:
    return in_force(NOTICE_DAYS, prefix, on)


# ---- in force ----


def test_default_holds_until_something_is_adopted(town: Town) -> None:
    assert value_at(town.dongmen.prefix) == ADJUSTABLE[NOTICE_DAYS].default == 5


def test_nearest_area_wins_over_newer_ones_above(town: Town) -> None:
    version(3)
    version(7, town.street.prefix)
    version(2, town.dongmen.prefix, TODAY - timedelta(days=300))
    version(9, "331125001001")
    assert value_at(town.red_lane.prefix) == 2
    assert value_at(town.dongmen.prefix) == 2
    assert value_at("331125001204") == 7
    assert value_at("331125") == 3
    assert value_at("331125001001") == 9


def test_newest_version_that_is_valid_by_the_day_wins(town: Town) -> None:
    version(3, town.street.prefix, TODAY - timedelta(days=9))
    version(4, town.street.prefix, TODAY)
    version(6, town.street.prefix, TODAY + timedelta(days=1))
    assert value_at(town.street.prefix, TODAY - timedelta(days=10)) == 5
    assert value_at(town.street.prefix, TODAY - timedelta(days=1)) == 3
    assert value_at(town.street.prefix, TODAY) == 4
    assert value_at(town.street.prefix, TODAY + timedelta(days=30)) == 6


def test_last_adopted_of_one_day_wins(town: Town) -> None:
    version(3, town.street.prefix)
    version(4, town.street.prefix)
    assert value_at(town.street.prefix) == 4


def test_other_rules_do_not_mix_in(town: Town) -> None:
    version(9, town.street.prefix)
    assert in_force(EVALUATE_DAYS, town.street.prefix, TODAY) == 3


# ---- adopting ----


def adopt(town: Town, who: str = "leader", **changes: Any) -> RuleVersion:
    words: dict[str, Any] = {
        "name": NOTICE_DAYS,
        "area": town.street,
        "value": 7,
        "valid_from": clock.today(),
        "source": "街道党工委会议（2026年11月20日）",
        "key": "k",
    }
    return adopt_rule(town.actor(who), **{**words, **changes})


@pytest.mark.parametrize("who", ["leader", "officer"])
@pytest.mark.parametrize("value", [0, 30])
def test_street_adopts_a_version_within_bounds(town: Town, who: str, value: int) -> None:
    adopted = adopt(town, who, value=value, source=" 会议通过 ")
    assert value_at(town.dongmen.prefix, clock.today()) == value
    assert (adopted.source, adopted.adopted_by) == ("会议通过", town.person(who))
    entry = AuditEntry.objects.get(verb="casework.rule_adopted")
    assert (entry.detail["name"], entry.detail["value"]) == (NOTICE_DAYS, value)


@pytest.mark.parametrize(
    ("who", "changes", "kind", "field"),
    [
        ("admin", {}, NotAllowed, None),
        ("reviewer", {}, NotAllowed, None),
        ("auditor", {}, NotAllowed, None),
        ("villager", {}, NotAllowed, None),
        ("leader", {"value": 31}, Invalid, "value"),
        ("leader", {"value": -1}, Invalid, "value"),
        ("leader", {"name": EVALUATE_DAYS, "value": 0}, Invalid, "value"),
        ("leader", {"valid_from": clock.today() - timedelta(days=2)}, Invalid, "valid_from"),
        ("leader", {"source": "  "}, Invalid, "source"),
        ("leader", {"source": "长" * 301}, Invalid, "source"),
        ("leader", {"key": ""}, Invalid, None),
    ],
)
def test_refused_adoption_changes_nothing(
    town: Town, who: str, changes: dict[str, Any], kind: type[Refusal], field: str | None
) -> None:
    with unchanged(), pytest.raises(kind) as refusal:
        adopt(town, who, **changes)
    assert list(refusal.value.fields) == ([field] if field else [])


def test_street_does_not_rule_above_itself(town: Town) -> None:
    with unchanged(), pytest.raises(NotAllowed):
        adopt(town, area=town.area("331125000000"))


def test_adopting_twice_with_one_key_adopts_once(town: Town) -> None:
    first = adopt(town)
    with unchanged():
        assert adopt(town) == first
    with unchanged(), pytest.raises(Conflict):
        adopt(town, value=8)


def test_what_is_under_way_keeps_its_window(town: Town) -> None:
    street.fund(town)
    street.in_notice(town)
    notice = PublicNotice.objects.get()
    adopt(town, value=0)
    notice.refresh_from_db()
    assert notice.window_days == 5
    street.in_notice(town, by="member2")
    assert PublicNotice.objects.latest("pk").window_days == 0


# ---- as a street reads them ----


def test_street_reads_what_is_in_force_and_what_was_before(town: Town) -> None:
    with clock.at(clock.now() - timedelta(days=9)):
        old = adopt(town, value=4, key="a")
    new = adopt(town, value=6, key="b")
    coming = adopt(town, value=9, key="c", valid_from=clock.today() + timedelta(days=3))
    inside = adopt(town, value=2, key="d", area=town.dongmen)
    rule = next(r for r in rules_at(town.street) if r.name == NOTICE_DAYS)
    assert (rule.value, rule.version) == (6, new)
    assert rule.others == [coming, inside, old]
    here = next(r for r in rules_at(town.dongmen) if r.name == NOTICE_DAYS)
    assert (here.value, here.version) == (2, inside)
    beside = next(r for r in rules_at(town.area("331125001001")) if r.name == NOTICE_DAYS)
    assert beside.others == [coming, old]


def test_rule_without_a_version_shows_its_default_and_source(town: Town) -> None:
    for rule in rules_at(town.street):
        assert (rule.value, rule.version, rule.others) == (rule.rule.default, None, [])
        assert rule.source == rule.rule.source


def test_street_rules_itself_and_its_communities(town: Town) -> None:
    places = [a.short_name for a in places_to_rule(town.actor("officer"), town.street)]
    assert places == ["浮云街道", "中山社区", "东门社区", "庄前村"]
    assert list(places_to_rule(town.actor("admin"), town.street)) == []


@pytest.mark.parametrize("who", ["leader", "admin", "member", "villager", "head"])
def test_everyone_reads_the_rules_of_their_own_street(town: Town, who: str) -> None:
    assert street_of(town.actor(who)) == town.street


def test_who_holds_no_post_has_no_street(town: Town) -> None:
    town.person("villager").posts.update(ends_on=clock.today())
    with pytest.raises(NotFound):
        street_of(town.actor("villager"))
