"""Races of the main job: judging twice, reviewing beyond the purse, the last slot, two objections.

Each stands beside its control, the same race written as read, check, save.
"""

import time

import pytest
from django.db import transaction

from tests import cast
from tests.cast import Town
from tests.races.together import Turn, together
from tests.work import street
from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Person, Post
from zhicunbao.casework.actions import object_to, open_case, perform
from zhicunbao.casework.models import Case, NoticeEntry, Objection, PublicNotice, Step
from zhicunbao.casework.queries import broken_chains
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger import rules as accounts
from zhicunbao.ledger.models import Account, Purse, Transfer
from zhicunbao.ledger.queries import purse_figures, verify
from zhicunbao.work import actions
from zhicunbao.work.actions.claims import take_slot
from zhicunbao.work.models import Claim, Task

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

CROWD = 8


@pytest.fixture
def town(transactional_db: None) -> Town:
    """The town, in rows that every thread sees."""
    return cast.build()


def another(town: Town, role: str, name: str) -> Actor:
    """Return one more holder of a role in 东门社区."""
    person = Person.objects.create(name=name)
    Post.objects.create(
        person=person, role=role, area=town.dongmen, area_prefix=town.dongmen.prefix
    )
    return access.actor_of(person)


def codes(refusals: list[object]) -> list[str]:
    return [str(getattr(refusal, "code", refusal)) for refusal in refusals]


# --- two admins evaluate one claim ------------------------------------------------------------


def test_claim_is_evaluated_once(town: Town) -> None:
    claim = street.submitted(town)
    admins = [town.actor("admin"), another(town, "community_admin", "另一管")]

    def evaluate(turn: Turn) -> Claim:
        return actions.evaluate(
            admins[turn.index],
            claim,
            verb="evaluate",
            level=3 + turn.index,
            key="k",
            seen=claim.case.version,
        )

    outcomes = together(2, evaluate)
    assert len(outcomes.answers) == 1
    assert codes([*outcomes.refusals]) == ["moved_on"]
    assert Step.objects.filter(case=claim.case, verb="evaluate").count() == 1
    [won] = outcomes.answers
    claim.refresh_from_db()
    assert (claim.level, claim.points) == (won.level, won.points)
    assert list(broken_chains()) == []


def test_reading_checking_and_saving_evaluates_it_twice(town: Town) -> None:
    claim = street.submitted(town)

    def careless(turn: Turn) -> int:
        case = Case.objects.get(pk=claim.case_id)
        if case.state != "submitted":
            raise Conflict("已经考评。")
        turn.meet()
        level = 3 + turn.index
        Claim.objects.filter(pk=claim.pk).update(level=level)
        case.state, case.version = "evaluated", case.version + 1
        case.save()
        return level

    assert sorted(together(2, careless).answers) == [3, 4]


# --- two members of the committee review one claim -----------------------------------------


def test_claim_is_reviewed_once(town: Town) -> None:
    purse = street.fund(town, 1_000)
    claim = street.evaluated(town)
    committee = [town.actor("reviewer"), town.actor("reviewer2")]

    def review(turn: Turn) -> Case:
        return perform(
            committee[turn.index], claim.case, "review", key="k", seen=claim.case.version
        )

    outcomes = together(2, review)
    assert len(outcomes.answers) == 1
    assert codes([*outcomes.refusals]) == ["moved_on"]
    assert (Transfer.objects.filter(kind="pending").count(), NoticeEntry.objects.count()) == (1, 1)
    assert PublicNotice.objects.count() == 1
    assert purse_figures(purse).in_purse == 980
    assert verify() == []
    assert list(broken_chains()) == []


def test_reading_checking_and_saving_holds_its_points_twice(town: Town) -> None:
    purse = street.fund(town, 1_000)
    claim = street.evaluated(town)
    committee = [town.actor("reviewer"), town.actor("reviewer2")]

    def careless(turn: Turn) -> Transfer:
        case = Case.objects.get(pk=claim.case_id)
        if case.state != "evaluated":
            raise Conflict("已经审核。")
        turn.meet()
        hold = ledger.award_hold(
            committee[turn.index],
            purse=purse,
            person_id=claim.claimant_id,
            household_id=None,
            points=claim.points,
            case_number="1",
            memo="审核",
            area_prefix="",
            key=f"careless {turn.index}",
        )
        case.state, case.version = "in_notice", case.version + 1
        case.save()
        return hold

    assert len(together(2, careless).answers) == 2
    assert purse_figures(purse).in_purse == 960


# --- more reviews than the purse can pay ----------------------------------------------------


def crowd(town: Town, number: int) -> list[Actor]:
    """Return grid members of 东门社区."""
    people = [Person.objects.create(name=f"网格员{n}") for n in range(number)]
    for person in people:
        Post.objects.create(
            person=person,
            role="grid_member",
            area=town.red_lane,
            area_prefix=town.red_lane.prefix,
        )
    return [access.actor_of(person) for person in people]


def test_parallel_reviews_stop_at_the_end_of_the_purse(town: Town) -> None:
    purse = street.fund(town, 50)
    claims = [street.evaluated(town) for _ in range(4)]
    committee = [town.actor("reviewer"), town.actor("reviewer2")]

    def review(turn: Turn) -> Case:
        case = claims[turn.index].case
        return perform(committee[turn.index % 2], case, "review", key=f"k{turn.index}")

    outcomes = together(4, review)
    assert len(outcomes.answers) == 2
    assert codes([*outcomes.refusals]) == ["purse_short"] * 2
    states = Case.objects.filter(claim__in=claims).order_by("state")
    assert [c.state for c in states] == ["evaluated", "evaluated", "in_notice", "in_notice"]
    assert purse_figures(purse).in_purse == 10
    assert verify() == []


def test_reading_checking_and_saving_reviews_beyond_the_purse(town: Town) -> None:
    purse = street.fund(town, 50)
    claims = [street.evaluated(town) for _ in range(4)]

    def careless(turn: Turn) -> int:
        fund = Account.objects.get(code=accounts.fund_code(purse.pk))
        if fund.available < claims[turn.index].points:
            raise Conflict("资金池不够。")
        turn.meet()
        fund.debits_pending += claims[turn.index].points
        fund.save()
        Case.objects.filter(claim=claims[turn.index]).update(state="in_notice")
        return claims[turn.index].points

    promised = sum(together(4, careless).answers)
    assert promised == 80 > 50
    assert Purse.objects.count() == 1


# --- eight people and one slot -----------------------------------------------------------------


def test_last_slot_goes_to_one_of_eight(town: Town) -> None:
    task = street.publish(town, slots=1)
    members = crowd(town, CROWD)
    outcomes = together(CROWD, lambda turn: actions.claim_task(members[turn.index], task, key="k"))
    assert len(outcomes.answers) == 1
    assert [str(r) for r in outcomes.refusals] == [
        "名额已经满了。有人放弃时名额会再出现，您也可以看看别的任务。"
    ] * (CROWD - 1)
    task.refresh_from_db()
    assert (task.taken_count, task.claims.count()) == (1, 1)
    assert Case.objects.filter(flow="work.claim").count() == 1


def test_reading_checking_and_saving_gives_it_to_all(town: Town) -> None:
    task = street.publish(town, slots=1)
    members = crowd(town, CROWD)

    def careless(turn: Turn) -> Claim:
        member = members[turn.index]
        seen = Task.objects.get(pk=task.pk)
        if seen.taken_count >= seen.slots:
            raise Conflict("名额满了。")
        turn.meet()
        seen.taken_count += 1
        seen.save()
        with transaction.atomic():
            case = open_case(
                member,
                flow="work.claim",
                verb="claim",
                subject=task.title,
                area=task.area,
                owner_id=member.person_id,
            )
            return Claim.objects.create(
                case=case, task=task, claimant_id=member.person_id or 0, level=1, points=5
            )

    assert len(together(CROWD, careless).answers) == CROWD
    task.refresh_from_db()
    assert (task.taken_count, task.claims.count()) == (1, CROWD)


# --- two versions of one item ------------------------------------------------------------------


def test_two_who_revise_an_item_at_once_make_two_versions(town: Town) -> None:
    item = street.content().version.item
    bosses = [town.actor("leader"), town.actor("officer")]

    def adopt(turn: Turn) -> int:
        with transaction.atomic():
            version = actions.adopt_version(
                bosses[turn.index], item, changes={}, source="街道办公会", key="k"
            )
            time.sleep(0.3)  # the other one is now looking for the newest version
            return version.number

    assert sorted(together(2, adopt).answers) == [2, 3]


def test_reading_the_newest_and_saving_gives_both_one_number(town: Town) -> None:
    item = street.content().version.item

    def careless(turn: Turn) -> int:
        newest = item.versions.latest("number").number
        turn.meet()
        return newest + 1

    assert together(2, careless).answers == [2, 2]


# --- the slots themselves, without the locks that stand before them ---------------------------


def test_slots_are_never_more_than_there_are(town: Town) -> None:
    task = street.publish(town, slots=3)

    def take(turn: Turn) -> None:
        mine = Task.objects.get(pk=task.pk)
        turn.meet()  # everybody has read that all three are free
        take_slot(mine)

    outcomes = together(CROWD, take)
    assert len(outcomes.answers) == 3
    assert {str(r) for r in outcomes.refusals} == {
        "名额刚刚满了。请回到任务列表看看别的，有人放弃时名额会再出现。"
    }
    task.refresh_from_db()
    assert task.taken_count == 3


def test_who_waits_for_the_last_slot_gets_it_when_it_is_given_back(town: Town) -> None:
    task = street.publish(town, slots=1)

    def take(turn: Turn) -> None:
        if turn.index:
            turn.meet()
            return take_slot(task)
        with transaction.atomic():
            take_slot(task)
            turn.meet()
            time.sleep(0.5)  # the other one is now waiting for this row
            transaction.set_rollback(True)
        return None

    assert together(2, take).refusals == []
    task.refresh_from_db()
    assert task.taken_count == 1


def test_reading_checking_and_saving_takes_more_slots_than_there_are(town: Town) -> None:
    task = street.publish(town, slots=3)

    def careless(turn: Turn) -> None:
        mine = Task.objects.get(pk=task.pk)
        if mine.taken_count >= mine.slots:
            raise Conflict("名额满了。")
        turn.meet()
        mine.taken_count += 1
        mine.save()

    assert len(together(CROWD, careless).answers) == CROWD > 3
    task.refresh_from_db()
    assert task.taken_count == 1


# --- somebody claims while the task is taken back -----------------------------------------------


def test_task_is_not_taken_back_under_a_claim_that_is_being_made(town: Town) -> None:
    task = street.publish(town)
    admin, member = town.actor("admin"), town.actor("member")

    def act(turn: Turn) -> Case:
        if turn.index:
            turn.meet()
            return perform(admin, task.case, "withdraw", key="w", reason="清单有误")
        with transaction.atomic():
            claim = actions.claim_task(member, task, key="c")
            turn.meet()
            time.sleep(0.5)  # the other one is now looking for claims
            return claim.case

    outcomes = together(2, act)
    assert [case.flow for case in outcomes.answers] == ["work.claim"]
    assert [refusal.status for refusal in outcomes.refusals] == [409]
    task.case.refresh_from_db()
    assert task.case.state == "published"


# --- two neighbours object to one line -------------------------------------------------------


def test_line_is_stopped_by_one_objection(town: Town) -> None:
    street.fund(town)
    entry = street.in_notice(town).case.notice_entry
    neighbours = [town.actor("villager"), town.actor("member2")]

    def disagree(turn: Turn) -> Objection:
        mine = NoticeEntry.objects.select_related("notice__area", "case__area").get(pk=entry.pk)
        return object_to(neighbours[turn.index], mine, text="那天楼道里没有人来过。", key="k")

    outcomes = together(2, disagree)
    assert len(outcomes.answers) == 1
    assert [refusal.status for refusal in outcomes.refusals] == [409]
    assert Objection.objects.count() == 1
    assert Case.objects.filter(flow="casework.objection").count() == 1
    assert list(broken_chains()) == []


def test_reading_checking_and_saving_opens_two_objections(town: Town) -> None:
    street.fund(town)
    entry = street.in_notice(town).case.notice_entry
    neighbours = [town.actor("villager"), town.actor("member2")]

    def careless(turn: Turn) -> Objection:
        case = Case.objects.get(pk=entry.case_id)
        if case.state != "in_notice":
            raise Conflict("已有人提出异议。")
        turn.meet()
        actor = neighbours[turn.index]
        with transaction.atomic():
            opened = open_case(
                actor,
                flow="casework.objection",
                verb="raise",
                subject="异议",
                area=town.dongmen,
                owner_id=actor.person_id,
            )
            objection = Objection.objects.create(case=opened, entry=entry, text="没有人来过。")
        case.state = "objected"
        case.save()
        return objection

    assert len(together(2, careless).answers) == 2
    assert Objection.objects.count() == 2
