"""Claiming: who may, when, how often, and what a refusal leaves behind."""

from datetime import timedelta

import pytest

from tests.cast import Town
from tests.tables import unchanged
from tests.work import street
from zhicunbao.base.models import OutboxMessage
from zhicunbao.casework.actions import perform, tick
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed
from zhicunbao.work import actions
from zhicunbao.work.models import Claim, Task

pytestmark = pytest.mark.django_db


def test_a_claim_takes_a_slot_and_waits_for_its_proof(town: Town) -> None:
    claim = street.claimed(town)
    claim.task.refresh_from_db()
    assert (claim.case.state, claim.task.taken_count) == ("claimed", 1)
    assert claim.case.due_at == claim.task.due_at


def test_the_same_request_twice_is_one_claim(town: Town) -> None:
    task = street.publish(town)
    first = actions.claim_task(town.actor("member"), task, key="phone-1")
    again = actions.claim_task(town.actor("member"), task, key="phone-1")
    assert first == again
    assert Task.objects.get().taken_count == 1


@pytest.mark.parametrize("who", ["villager", "other_member", "admin", "sysadmin"])
def test_only_grid_members_of_the_community_claim(town: Town, who: str) -> None:
    task = street.publish(town)
    with unchanged(), pytest.raises(NotAllowed, match="网格员"):
        actions.claim_task(town.actor(who), task, key=street.key())


def test_a_task_inside_a_grid_is_open_to_the_whole_community(town: Town) -> None:
    task = street.publish(town, area=town.red_lane)
    assert street.claimed(town, task, by="member2").task == task


def test_claiming_twice_is_refused(town: Town) -> None:
    claim = street.claimed(town)
    with unchanged(), pytest.raises(Conflict, match="已经在您名下"):
        street.claimed(town, claim.task)


def test_the_slots_are_the_limit(town: Town) -> None:
    task = street.publish(town, slots=1)
    street.claimed(town, task)
    with unchanged(), pytest.raises(Conflict, match="名额"):
        street.claimed(town, task, by="member2")


def test_before_and_after_the_window_nobody_claims(town: Town) -> None:
    now = clock.now()
    early = street.publish(town, opens_at=now + timedelta(hours=1))
    task = street.publish(town)
    with unchanged(), pytest.raises(Conflict, match="还没到认领时间"):
        street.claimed(town, early)
    with clock.at(task.closes_at), unchanged(), pytest.raises(Conflict, match="已经过了"):
        street.claimed(town, task)


def test_a_stopped_task_takes_nobody_more(town: Town) -> None:
    task = street.publish(town)
    perform(town.actor("admin"), task.case, "stop", key=street.key())
    with unchanged(), pytest.raises(Conflict, match="结束或撤回"):
        street.claimed(town, task)


def test_the_cap_counts_claims_of_the_month(town: Town) -> None:
    item = "议事参会"  # four a month
    for _ in range(4):
        street.claimed(town, street.publish(town, item=item))
    fifth = street.publish(town, item=item)
    with unchanged(), pytest.raises(Conflict, match="最多 4 次"):
        street.claimed(town, fifth)
    next_month = clock.now() + timedelta(days=32)
    with clock.at(next_month):
        assert street.claimed(town, street.publish(town, item=item)).is_active


def test_the_cap_counts_points_of_the_month(town: Town) -> None:
    item = "邻里互助"  # 120 points a month; level 5 gives 20
    for _ in range(6):
        street.claimed(town, street.publish(town, item=item, level=5))
    seventh = street.publish(town, item=item, level=1)
    with unchanged(), pytest.raises(Conflict, match="最多 120 分"):
        street.claimed(town, seventh)


def test_giving_up_frees_the_slot_for_oneself_too(town: Town) -> None:
    claim = street.claimed(town, slots=1)
    perform(town.actor("member"), claim.case, "withdraw", key=street.key())
    assert Task.objects.get().taken_count == 0
    assert street.claimed(town, claim.task).case.state == "claimed"


def test_what_is_not_handed_in_expires_and_frees_the_slot(town: Town) -> None:
    claim = street.claimed(town)
    tick(claim.task.due_at + timedelta(seconds=1))
    claim.refresh_from_db()
    claim.case.refresh_from_db()
    assert (claim.case.state, claim.is_active) == ("expired", False)
    assert Task.objects.get().taken_count == 0
    assert "逾期" in OutboxMessage.objects.filter(person=claim.claimant).latest("pk").text


def test_assigning_gives_slots_to_all_or_nobody(town: Town) -> None:
    task = street.publish(town, way="assign", slots=2)
    member, member2 = town.person("member"), town.person("member2")
    with unchanged(), pytest.raises(Invalid, match="不是这里的网格员"):
        actions.assign_task(
            town.actor("admin"),
            task,
            person_ids=[member.pk, town.person("other_member").pk],
            key=street.key(),
        )
    actions.assign_task(
        town.actor("admin"), task, person_ids=[member.pk, member2.pk], key=street.key()
    )
    assert Claim.objects.filter(case__state="claimed").count() == 2
    with unchanged(), pytest.raises(Conflict, match="由社区指定"):
        street.claimed(town, task, by="head")
    with unchanged(), pytest.raises(NotAllowed):
        actions.assign_task(
            town.actor("other_admin"), task, person_ids=[member.pk], key=street.key()
        )


def assign(town: Town, task: Task, *person_ids: int) -> Task:
    return actions.assign_task(town.actor("admin"), task, person_ids=person_ids, key=street.key())


def test_who_is_assigned_is_told_and_who_claims_is_not(town: Town) -> None:
    task = assign(town, street.publish(town, way="assign"), town.person("member").pk)
    street.claimed(town, by="member2")
    [told] = OutboxMessage.objects.all()
    assert (told.person, told.title) == (town.person("member"), task.title)
    assert told.text == "指定。现在是“待提交”，由周敏办理。"
    assert told.url == f"/cases/{task.claims.get().case_id}/"


def test_assigning_says_nothing_of_people_elsewhere_or_nowhere(town: Town) -> None:
    task = street.publish(town, way="assign")
    stranger = town.person("other_member")
    for person_id in (stranger.pk, 0, 10**30):
        with unchanged(), pytest.raises(Invalid) as caught:
            assign(town, task, person_id)
        assert stranger.name not in caught.value.message


def test_assigning_stops_at_the_cap_too(town: Town) -> None:
    item = "议事参会"  # four a month
    for _ in range(4):
        street.claimed(town, street.publish(town, item=item))
    fifth = street.publish(town, item=item, way="assign")
    member, member2 = town.person("member"), town.person("member2")
    with unchanged(), pytest.raises(Conflict, match="最多 4 次，徐美兰"):
        assign(town, fifth, member.pk, member2.pk)
    assert assign(town, fifth, member2.pk).taken_count == 1


def test_who_entered_is_drawn_although_the_task_was_stopped(town: Town) -> None:
    task = street.publish(town, way="draw", slots=1)
    for who in ("member", "member2"):
        street.claimed(town, task, by=who)
    perform(town.actor("admin"), task.case, "stop", key=street.key())
    tick(task.closes_at)
    states = Claim.objects.filter(task=task).values_list("case__state", flat=True)
    assert sorted(states) == ["claimed", "not_drawn"]


def test_lots_are_drawn_once_and_can_be_drawn_again_by_anyone(town: Town) -> None:
    task = street.publish(town, way="draw", slots=1)
    for who in ("member", "member2", "head"):
        street.claimed(town, task, by=who)
    assert Task.objects.get().taken_count == 0
    tick(task.closes_at)
    tick(task.closes_at)
    states = sorted(Claim.objects.values_list("case__state", flat=True))
    assert states == ["claimed", "not_drawn", "not_drawn"]
    assert Task.objects.get().taken_count == 1
    reasons = [c.case.steps.latest("position").reason for c in Claim.objects.all()]
    assert len({r.split("种子")[1] for r in reasons}) == 1


def test_leaving_the_draw_is_leaving(town: Town) -> None:
    task = street.publish(town, way="draw", slots=1)
    claim = street.claimed(town, task)
    perform(town.actor("member"), claim.case, "withdraw", key=street.key())
    tick(task.closes_at)
    assert Claim.objects.get().case.state == "withdrawn"
    assert Task.objects.get().taken_count == 0
