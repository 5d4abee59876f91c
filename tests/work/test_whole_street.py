"""A task for the whole street: whoever claims it is judged at home, in their own community."""

import pytest

from tests.cast import Town
from tests.work import street
from zhicunbao.casework.models import PublicNotice
from zhicunbao.casework.queries import inbox
from zhicunbao.work import actions

pytestmark = pytest.mark.django_db


def test_each_claim_goes_to_the_claimants_own_community(town: Town) -> None:
    street.fund(town)
    task = street.publish(town, area=town.street, by="officer")
    here = street.submitted(town, task, by="member")
    there = street.submitted(town, task, by="other_member")
    assert list(inbox(town.actor("admin"))) == [here.case]
    assert list(inbox(town.actor("other_admin"))) == [there.case]

    actions.evaluate(town.actor("other_admin"), there, verb="evaluate", key=street.key())
    rows = [(there.case, there.case.version)]
    [outcome] = actions.review_batch(town.actor("other_reviewer"), rows, key=street.key())
    assert outcome.is_done
    notice = PublicNotice.objects.get()
    assert notice.area.name == "中山社区"
    assert [e.area_name for e in notice.entries.all()] == ["学前路"]
