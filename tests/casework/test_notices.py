"""Public notice and objection: what is frozen, who may disagree, who answers, and what follows."""

from datetime import timedelta
from typing import Any

import pytest

from tests.casework.households import household
from tests.casework.objections import answer, raise_
from tests.cast import Town
from tests.tables import unchanged
from tests.work import street
from zhicunbao.base.models import Area, AuditEntry, OutboxMessage
from zhicunbao.casework import queries
from zhicunbao.casework.actions import adopt_rule, perform, tick
from zhicunbao.casework.models import Case, NoticeEntry, PublicNotice
from zhicunbao.casework.rules import NOTICE_DAYS, OBJECTION_DAYS, after_working_days
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed, Refusal
from zhicunbao.ledger.models import Purse
from zhicunbao.ledger.queries import balance_of, purse_figures
from zhicunbao.work import actions as work

pytestmark = pytest.mark.django_db


def state_of(entry: NoticeEntry) -> str:
    return Case.objects.get(pk=entry.case_id).state


# ---- putting on notice ----


def test_notice_freezes_what_it_shows(town: Town, entry: NoticeEntry) -> None:
    assert (entry.masked_name, entry.area_name, entry.points) == ("徐**", "红光里", 20)
    person = town.person("member")
    person.name = "改名"
    person.save()
    Area.objects.filter(pk=town.red_lane.pk).update(name="改名里")
    entry.refresh_from_db()
    assert (entry.masked_name, entry.area_name) == ("徐**", "红光里")


def test_window_is_the_rule_of_the_day_in_working_days(town: Town) -> None:
    street.fund(town)
    adopt_rule(
        town.actor("leader"),
        name=NOTICE_DAYS,
        area=town.dongmen,
        value=3,
        valid_from=clock.today(),
        source="会议",
        key="r",
    )
    street.in_notice(town)
    notice = PublicNotice.objects.get()
    assert (notice.window_days, notice.area) == (3, town.dongmen)
    assert notice.closes_at == after_working_days(notice.opens_at, 3)
    assert AuditEntry.objects.get(verb="casework.notice_opened").detail["days"] == 3


def test_batch_is_one_notice_and_the_next_batch_another(town: Town) -> None:
    street.fund(town)
    for key in ("one", "two"):
        claims = [street.evaluated(town) for _ in range(2)]
        rows = [(c.case, c.case.version) for c in claims]
        work.review_batch(town.actor("reviewer"), rows, key=key)
    notices = PublicNotice.objects.order_by("pk")
    assert [n.entries.count() for n in notices] == [2, 2]
    month = clock.today().month
    assert [n.title for n in notices] == [
        f"东门社区 {month}月第 1 批积分公示",
        f"东门社区 {month}月第 2 批积分公示",
    ]


def test_months_first_notice_is_its_first_however_late_the_last_of_the_month_before(
    town: Town,
) -> None:
    midnight = clock.start_of(clock.today().replace(day=1))
    with clock.at(midnight - timedelta(days=3)):
        street.fund(town)
    for moment in (midnight - timedelta(seconds=0.5), midnight):
        with clock.at(moment - timedelta(days=1)):
            claim = street.evaluated(town)
        with clock.at(moment):
            work.review_batch(
                town.actor("reviewer"), [(claim.case, claim.case.version)], key=street.key()
            )
    newest = PublicNotice.objects.order_by("pk").last()
    assert newest is not None
    assert newest.title == f"东门社区 {clock.today().month}月第 1 批积分公示"


def test_without_a_window_points_are_posted_by_the_next_turn_of_the_clock(town: Town) -> None:
    street.fund(town)
    adopt_rule(
        town.actor("leader"),
        name=NOTICE_DAYS,
        area=town.street,
        value=0,
        valid_from=clock.today(),
        source="会议",
        key="r",
    )
    claim = street.in_notice(town)
    with pytest.raises(Conflict, match="公示期已过"):
        raise_(town, claim.case.notice_entry)
    tick(clock.now())
    assert balance_of(claim.claimant_id).posted == 20


# ---- objecting ----


@pytest.mark.parametrize("who", ["villager", "member2", "head", "admin", "oversight", "member"])
def test_whoever_belongs_to_the_community_may_object(
    town: Town, entry: NoticeEntry, who: str
) -> None:
    objection = raise_(town, entry, who)
    assert state_of(entry) == "objected"
    assert objection.case.owner_id == town.person(who).pk
    days = after_working_days(objection.case.opened_at, 5)
    assert objection.case.due_at == days


@pytest.mark.parametrize(
    "who", ["other_member", "other_admin", "cadre", "leader", "auditor", "merchant", "sysadmin"]
)
def test_nobody_else_objects(town: Town, entry: NoticeEntry, who: str) -> None:
    with unchanged(), pytest.raises(NotAllowed) as refusal:
        raise_(town, entry, who)
    assert refusal.value.code == "not_your_area"


@pytest.mark.parametrize("text", ["", "不对。", "  不对。  ", "长" * 301])
def test_objection_needs_a_few_words(town: Town, entry: NoticeEntry, text: str) -> None:
    with unchanged(), pytest.raises(Invalid) as refusal:
        raise_(town, entry, text=text)
    assert set(refusal.value.fields) == {"text"}


def test_after_the_window_objecting_is_refused(town: Town, entry: NoticeEntry) -> None:
    with clock.at(entry.notice.closes_at), unchanged(), pytest.raises(Conflict, match="已过"):
        raise_(town, entry)
    with clock.at(entry.notice.closes_at - timedelta(seconds=1)):
        raise_(town, entry)
    assert state_of(entry) == "objected"


def test_second_objection_to_the_same_line_is_refused(town: Town, entry: NoticeEntry) -> None:
    raise_(town, entry)
    with unchanged(), pytest.raises(Conflict, match="已有人提出异议"):
        raise_(town, entry, "member2", key="p")


def test_same_objection_sent_twice_is_one(town: Town, entry: NoticeEntry) -> None:
    first = raise_(town, entry)
    with unchanged():
        assert raise_(town, entry) == first


def test_objection_answered_within_the_window_may_be_followed_by_another(
    town: Town, entry: NoticeEntry
) -> None:
    answer(town, raise_(town, entry), "dismiss")
    raise_(town, entry, "member2", key="p")
    assert state_of(entry) == "objected"


def test_time_to_answer_is_the_rule_of_the_day(town: Town, entry: NoticeEntry) -> None:
    adopt_rule(
        town.actor("leader"),
        name=OBJECTION_DAYS,
        area=town.street,
        value=2,
        valid_from=clock.today(),
        source="会议",
        key="r",
    )
    assert queries.objection_days(entry) == 2
    objection = raise_(town, entry)
    assert objection.case.due_at == after_working_days(objection.case.opened_at, 2)


# ---- answering ----


def test_upheld_objection_gives_the_points_back_to_the_purse(
    town: Town, entry: NoticeEntry
) -> None:
    purse = Purse.objects.get()
    assert purse_figures(purse).in_purse == 980
    objection = raise_(town, entry)
    answer(town, objection, "uphold")
    assert state_of(entry) == "upheld"
    assert purse_figures(purse).in_purse == 1_000
    balance = balance_of(town.person("member").pk)
    assert (balance.posted, balance.pending) == (0, 0)
    tick(entry.notice.closes_at + timedelta(days=9))
    assert state_of(entry) == "upheld"
    for who in ("villager", "member"):
        assert OutboxMessage.objects.filter(
            person=town.person(who), text__contains="核实过了"
        ).exists()


def test_dismissed_objection_lets_the_line_go_on_and_be_posted(
    town: Town, entry: NoticeEntry
) -> None:
    objection = raise_(town, entry)
    answer(town, objection, "dismiss")
    case = Case.objects.get(pk=entry.case_id)
    assert (case.state, case.due_at) == ("in_notice", entry.notice.closes_at)
    tick(entry.notice.closes_at + timedelta(seconds=1))
    assert balance_of(town.person("member").pk).posted == 20


def test_answer_after_the_window_posts_with_the_next_turn_of_the_clock(
    town: Town, entry: NoticeEntry
) -> None:
    objection = raise_(town, entry)
    later = entry.notice.closes_at + timedelta(days=3)
    tick(later)
    with clock.at(later):
        answer(town, objection, "dismiss")
    tick(later + timedelta(minutes=1))
    assert balance_of(town.person("member").pk).posted == 20


def test_withdrawn_objection_lets_the_line_go_on(town: Town, entry: NoticeEntry) -> None:
    objection = raise_(town, entry)
    with unchanged(), pytest.raises(NotAllowed):
        perform(town.actor("member2"), objection.case, "withdraw", key="w")
    perform(town.actor("villager"), objection.case, "withdraw", key="w")
    assert state_of(entry) == "in_notice"
    with unchanged(), pytest.raises(Conflict):
        answer(town, objection, "uphold")


def _reviewed(town: Town, entry: NoticeEntry) -> None:
    """The reviewer of the line is in the oversight committee as well."""
    del entry
    town.person("reviewer").posts.create(
        role="oversight", area=town.dongmen, area_prefix=town.dongmen.prefix
    )


def _kin_of_claimant(town: Town, entry: NoticeEntry) -> None:
    del entry
    household(town, "oversight", "member")


def _kin_of_objector(town: Town, entry: NoticeEntry) -> None:
    del entry
    household(town, "oversight", "villager")


def _nothing(town: Town, entry: NoticeEntry) -> None:
    del town, entry


@pytest.mark.parametrize(
    ("who", "prepare", "code"),
    [
        ("admin", _nothing, "no_right"),
        ("reviewer2", _nothing, "no_right"),
        ("officer", _nothing, "no_right"),
        ("villager", _nothing, "no_right"),
        ("reviewer", _reviewed, "same_person"),
        ("oversight", _kin_of_claimant, "kin"),
        ("oversight", _kin_of_objector, "kin"),
    ],
)
def test_those_concerned_do_not_answer(
    town: Town, entry: NoticeEntry, who: str, prepare: Any, code: str
) -> None:
    objection = raise_(town, entry)
    prepare(town, entry)
    for verb in ("uphold", "dismiss"):
        with unchanged(), pytest.raises(NotAllowed) as refusal:
            answer(town, objection, verb, who)
        assert refusal.value.code == code


def test_own_objection_is_answered_by_another(town: Town, entry: NoticeEntry) -> None:
    objection = raise_(town, entry, "oversight")
    with unchanged(), pytest.raises(NotAllowed) as refusal:
        answer(town, objection, "uphold")
    assert refusal.value.code == "own_case"
    assert answer(town, objection, "uphold", "leader").state == "upheld"


def test_answer_needs_a_reason(town: Town, entry: NoticeEntry) -> None:
    objection = raise_(town, entry)
    with unchanged(), pytest.raises(Invalid):
        perform(town.actor("oversight"), objection.case, "uphold", key="k")


# ---- who objected stays unknown ----


def test_objector_is_named_to_nobody(town: Town, entry: NoticeEntry) -> None:
    objection = raise_(town, entry)
    case = queries.fetch_case(town.actor("oversight"), objection.case_id)
    for who in ("oversight", "leader", "admin", "auditor"):
        actor = town.actor(who)
        assert not queries.knows_owner(actor, case)
        assert queries.owner_name(actor, case) == ""
        assert [str(act) for act in queries.history_of(actor, case)] == ["有人提出异议"]
    own = town.actor("villager")
    assert queries.owner_name(own, case) == "吴村民"
    assert [str(act) for act in queries.history_of(own, case)] == ["您提出异议"]


def test_even_a_refusal_does_not_name_the_objector(town: Town, entry: NoticeEntry) -> None:
    objection = raise_(town, entry)
    perform(town.actor("villager"), objection.case, "withdraw", key="w")
    with pytest.raises(Refusal) as refusal:
        answer(town, objection, "uphold")
    assert "吴村民" not in refusal.value.message
    assert "刚由提出人办理" in refusal.value.message
