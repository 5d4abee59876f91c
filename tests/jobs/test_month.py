"""The demo street as a newcomer finds it: the month is lived once, and all of it is looked at."""

from collections import Counter

import pytest
from django.core.management import call_command

from tests.ledger.gauge import GaugeWatch, replayed
from zhicunbao.base import access
from zhicunbao.base.models import Person
from zhicunbao.casework.models import Case
from zhicunbao.casework.queries import inbox
from zhicunbao.jobs.demo.cast import CAST, DONGMEN
from zhicunbao.jobs.demo.month import live_a_month
from zhicunbao.jobs.demo.street import build_street
from zhicunbao.ledger.models import Transfer
from zhicunbao.treasury.models import Zeroing
from zhicunbao.work.models import Module, Task


@pytest.mark.journey
@pytest.mark.django_db
def test_the_street_has_lived_for_a_month() -> None:
    build_street()
    watch = GaugeWatch()
    live_a_month(after_each=watch.look)
    assert watch.looks >= 30
    assert replayed() == Transfer.objects.filter(unit__startswith="points/").count()

    states = Counter(Case.objects.filter(flow="work.claim").values_list("state", flat=True))
    assert set(states) >= {
        *("entered", "not_drawn", "claimed", "returned", "withdrawn", "expired", "submitted"),
        *("rejected", "evaluated", "in_notice", "objected", "upheld", "posted"),
    }
    tasks = Task.objects.select_related("version__item", "case")
    assert {t.version.item.module for t in tasks} == set(Module.values)
    assert {t.case.state for t in tasks} == {"draft", "published", "closed", "withdrawn"}
    assert sum(t.area.short_name == DONGMEN for t in tasks) >= 30
    matters = Case.objects.filter(flow__startswith="treasury.").values_list("flow", "state")
    assert Counter(matters) == {
        ("treasury.correction", "carried_out"): 1,
        ("treasury.correction", "requested"): 1,
        ("treasury.zeroing", "announced"): 1,
    }
    assert Zeroing.objects.get().told_at is not None
    posted = Transfer.objects.filter(kind=Transfer.Kind.POST_PENDING)
    assert sum(t.amount for t in posted) >= 10_000

    waiting = {}
    for member in CAST:
        actor = access.actor_of(Person.objects.get(phone=member.phone))
        waiting[member.key] = inbox(actor).count()
    assert waiting["reviewer"] >= 20
    for key in ("admin", "grid_member", "oversight", "village_cadre", "other_reviewer"):
        assert waiting[key] > 0, key
    assert waiting["reviewer"] < waiting["second_reviewer"], "a kinswoman's claims are left out"
    assert Person.objects.filter(is_demo=False).count() == 0
    call_command("verify")
