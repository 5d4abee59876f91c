"""The main job whole: publish, claim, prove, evaluate, review, notice, points."""

from datetime import timedelta

import pytest

from tests.cast import Town
from tests.work import street
from zhicunbao.base import audit
from zhicunbao.casework.actions import tick
from zhicunbao.casework.models import Case, PublicNotice
from zhicunbao.casework.queries import broken_chains
from zhicunbao.kernel import clock
from zhicunbao.ledger.queries import balance_of

pytestmark = pytest.mark.django_db


def test_from_publishing_to_points(town: Town) -> None:
    street.fund(town, 1_000)
    claim = street.in_notice(town)
    balance = balance_of(claim.claimant_id)
    assert (balance.posted, balance.pending) == (0, 20)
    notice = PublicNotice.objects.get()
    assert [e.masked_name for e in notice.entries.all()] == ["徐**"]

    tick(clock.now())
    assert balance_of(claim.claimant_id).posted == 0

    tick(notice.closes_at + timedelta(seconds=1))
    claim.case.refresh_from_db()
    assert claim.case.state == "posted"
    balance = balance_of(claim.claimant_id)
    assert (balance.posted, balance.pending) == (20, 0)
    assert list(broken_chains()) == []
    assert audit.problems() == []


def test_a_second_tick_does_nothing_again(town: Town) -> None:
    street.fund(town)
    claim = street.in_notice(town)
    later = PublicNotice.objects.get().closes_at + timedelta(seconds=1)
    tick(later)
    steps = Case.objects.get(pk=claim.case_id).steps.count()
    tick(later)
    assert Case.objects.get(pk=claim.case_id).steps.count() == steps
    assert balance_of(claim.claimant_id).posted == 20
