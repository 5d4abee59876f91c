"""What waits for whom, by when, how a row reads, and where it opens."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from tests.casework.households import household
from tests.cast import Town
from tests.work import street
from zhicunbao.base import feature
from zhicunbao.base.access import SYSTEM
from zhicunbao.base.templatetags.look import ICONS
from zhicunbao.casework import queries
from zhicunbao.casework.actions import object_to, perform
from zhicunbao.casework.models import Case
from zhicunbao.casework.queries import flows, inbox, inbox_count
from zhicunbao.casework.queries.rows import DUE_LABELS, LATE, LATER, TODAY, WEEK, due_of, spans
from zhicunbao.kernel import clock
from zhicunbao.work import actions as work

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 10, tzinfo=clock.LOCAL)


def waiting_for(town: Town, who: str) -> list[str]:
    return [f"{c.flow}.{c.state}" for c in inbox(town.actor(who))]


# ---- for whom ----


def test_each_state_waits_for_those_whose_turn_it_is(town: Town) -> None:
    street.fund(town)
    street.claimed(town)
    street.submitted(town)
    street.evaluated(town)
    entry = street.in_notice(town).case.notice_entry
    object_to(town.actor("villager"), entry, text="楼道不是这一幢。", key="o")
    assert waiting_for(town, "member") == ["work.claim.claimed"]
    assert waiting_for(town, "admin") == ["work.claim.submitted"]
    assert waiting_for(town, "reviewer") == ["work.claim.evaluated"]
    assert waiting_for(town, "oversight") == ["casework.objection.raised"]
    assert waiting_for(town, "leader") == ["casework.objection.raised"]
    for who in ("auditor", "officer", "villager", "other_admin", "other_reviewer", "sysadmin"):
        assert waiting_for(town, who) == []
        assert inbox_count(town.actor(who)) == 0


def test_what_one_may_not_judge_is_left_out_of_rows_and_count(town: Town) -> None:
    own, kin = street.submitted(town), street.submitted(town, by="member2")
    Case.objects.filter(pk=own.case_id).update(owner=town.person("admin"))
    household(town, "admin", "member2")
    street.submitted(town, by="head")
    [left] = inbox(town.actor("admin"))
    assert left.owner == town.person("head")
    assert kin.case.state == "submitted"
    assert inbox_count(town.actor("admin")) == 1


def test_whoever_evaluated_does_not_meet_it_in_review(town: Town) -> None:
    street.evaluated(town)
    town.person("admin").posts.create(
        role="committee_reviewer", area=town.dongmen, area_prefix=town.dongmen.prefix
    )
    assert waiting_for(town, "admin") == []
    assert waiting_for(town, "reviewer") == ["work.claim.evaluated"]


def test_earliest_deadline_comes_first_and_none_comes_last(town: Town) -> None:
    work.save_draft(town.actor("admin"), street.content(), area=town.dongmen, key="d")
    late, soon = street.submitted(town), street.submitted(town)
    Case.objects.filter(pk=late.case_id).update(due_at=clock.now() + timedelta(days=9))
    found = list(inbox(town.actor("admin")))
    assert [c.pk for c in found[:2]] == [soon.case_id, late.case_id]
    assert (found[2].state, found[2].due_at) == ("draft", None)


# ---- by when ----


@pytest.mark.parametrize(
    ("due", "heading"),
    [
        (MONDAY - timedelta(seconds=1), LATE),
        (MONDAY, TODAY),
        (MONDAY.replace(hour=23, minute=59, second=59), TODAY),
        (MONDAY.replace(day=24, hour=0), WEEK),
        (MONDAY.replace(day=29, hour=23, minute=59), WEEK),
        (MONDAY.replace(day=30, hour=0), LATER),
        (None, LATER),
    ],
)
def test_deadline_stands_under_one_heading(due: datetime | None, heading: str) -> None:
    assert due_of(Case(due_at=due), MONDAY) == heading


def test_week_ends_on_sunday_even_on_sunday() -> None:
    sunday = MONDAY.replace(day=29)
    assert spans(sunday)[WEEK].since == spans(sunday)[WEEK].until
    assert due_of(Case(due_at=sunday + timedelta(days=1)), sunday) == LATER


def test_figures_are_the_rows_that_they_open(town: Town) -> None:
    work.save_draft(town.actor("admin"), street.content(), area=town.dongmen, key="d")
    now = clock.now()
    dues = [now - timedelta(days=1), clock.end_of(clock.today()), now + timedelta(days=60)]
    for due in dues:
        claim = street.submitted(town)
        Case.objects.filter(pk=claim.case_id).update(due_at=due)
    actor = town.actor("admin")
    tallies = queries.tallies(actor)
    assert [(t.kind, t.label, t.count) for t in tallies] == [
        ("work.task.draft", "草稿", 1),
        ("work.claim.submitted", "待考评", 3),
    ]
    for tally in tallies:
        assert queries.waiting(actor, kind=tally.kind).count() == tally.count
        for name in DUE_LABELS:
            rows = queries.waiting(actor, kind=tally.kind, due=name)
            assert rows.count() == tally.due[name]
            assert {due_of(case, clock.now()) for case in rows} <= {name}
    assert sum(t.count for t in tallies) == inbox_count(actor) == 4


def test_unknown_kind_finds_nothing(town: Town) -> None:
    street.submitted(town)
    actor = town.actor("admin")
    assert not queries.waiting(actor, kind="work.claim.nowhere").exists()
    assert not queries.waiting(actor, kind="nonsense").exists()


def test_last_week_counts_what_one_moved_for_others_from_monday_to_sunday(town: Town) -> None:
    def evaluated_at(moment: datetime) -> int:
        with clock.at(moment - timedelta(minutes=1)):
            claim = street.submitted(town)
        with clock.at(moment):
            perform(town.actor("admin"), claim.case, "evaluate", key=street.key())
        return claim.case_id

    evaluated_at(MONDAY - timedelta(days=8))
    inside = [evaluated_at(MONDAY - timedelta(days=7)), evaluated_at(MONDAY - timedelta(days=1))]
    evaluated_at(MONDAY - timedelta(hours=10))
    with clock.at(MONDAY):
        found = queries.handled_last_week(town.actor("admin"))
        assert sorted(c.pk for c in found) == inside
        assert list(queries.handled_last_week(town.actor("member"))) == []


# ---- how a row reads ----


def test_who_publishes_or_evaluates_reads_full_names_and_others_masked_ones(town: Town) -> None:
    case = street.submitted(town).case
    said = {
        who: str(queries.rows(town.actor(who), [case])[0].last)
        for who in ("admin", "reviewer", "auditor", "leader", "oversight", "other_admin", "member")
    }
    assert said == {
        "admin": "徐美兰提交佐证",
        "reviewer": "徐**提交佐证",
        "auditor": "徐**提交佐证",
        "leader": "徐美兰提交佐证",
        "oversight": "徐**提交佐证",
        "other_admin": "徐**提交佐证",
        "member": "您提交佐证",
    }
    assert queries.owner_name(town.actor("admin"), case) == "徐美兰"
    assert queries.owner_name(town.actor("reviewer"), case) == "徐**"


def test_officials_are_named_and_the_clock_is_not(town: Town) -> None:
    claim = street.evaluated(town)
    acts = queries.history_of(town.actor("auditor"), claim.case)
    assert [str(act) for act in acts] == ["徐**认领", "徐**提交佐证", "周敏考评做到了"]
    task = claim.task.case
    perform(SYSTEM, task, "close", key="c")
    assert str(queries.history_of(town.actor("auditor"), task)[-1]) == "到期结束"


def test_finished_case_reads_its_state_and_an_open_one_its_step(town: Town) -> None:
    open_case, finished = street.submitted(town).case, street.claimed(town).case
    finished = perform(town.actor("member"), finished, "withdraw", key="w")
    words = [row.word for row in queries.rows(town.actor("admin"), [open_case, finished])]
    assert words == ["", "已放弃"]


def test_who_is_near_is_asked_once_a_flow_and_not_for_each_of_its_steps(town: Town) -> None:
    with CaptureQueriesContext(connection) as asked:
        inbox_count(town.actor("reviewer"))
    near = [q for q in asked.captured_queries if "registry_household" in q["sql"]]
    with_parties = [flow for flow in flows().values() if flow.parties is not None]
    assert 0 < len(near) <= len(with_parties)


def test_rows_cost_the_same_for_one_and_for_many(town: Town) -> None:
    counts = []
    for _ in range(2):
        street.submitted(town)
        cases = list(queries.waiting(town.actor("admin")))
        with CaptureQueriesContext(connection) as asked:
            queries.rows(town.actor("admin"), cases)
        counts.append(len(asked))
    assert counts[0] == counts[1]


# ---- where a row opens ----


def opens(town: Town, who: str, case: Case) -> str:
    [row] = queries.rows(town.actor(who), [case], to_desk=True)
    return resolve(row.url.partition("?")[0]).view_name


def test_row_opens_where_it_is_handled_and_for_its_owner_at_home(town: Town) -> None:
    street.fund(town)
    draft = work.save_draft(town.actor("admin"), street.content(), area=town.dongmen, key="d")
    submitted, evaluated = street.submitted(town), street.evaluated(town)
    entry = street.in_notice(town).case.notice_entry
    objection = object_to(town.actor("villager"), entry, text="楼道不是这一幢。", key="o")
    assert opens(town, "admin", draft.case) == "work:edit_draft"
    assert opens(town, "admin", submitted.case) == "work:evaluate_one"
    assert opens(town, "reviewer", evaluated.case) == "work:review"
    assert opens(town, "member", submitted.case) == "work:claim"
    assert opens(town, "oversight", objection.case) == "casework:case"
    assert opens(town, "villager", objection.case) == "casework:case"
    [row] = queries.rows(town.actor("admin"), [submitted.case])
    assert resolve(row.url).view_name == "casework:case"


def test_every_flow_has_a_face_and_every_face_a_flow() -> None:
    announced = {name for config in feature.all_features() for name in config.case_faces}
    assert announced == set(queries.flows())


def test_face_is_drawn_with_a_known_icon(town: Town) -> None:
    street.fund(town)
    claim = street.in_notice(town)
    entry = claim.case.notice_entry
    objection = object_to(town.actor("villager"), entry, text="楼道不是这一幢。", key="o")
    cases = [claim.case, claim.task.case, objection.case]
    faces = queries.faces(town.actor("admin"), cases, in_full=True)
    assert set(faces) == {case.pk for case in cases}
    assert {face.icon for face in faces.values()} <= ICONS
    assert all(face.facts for face in faces.values())
    assert faces[claim.case_id].note == "照片 2 张"


def test_only_judges_read_what_the_machine_noticed(town: Town) -> None:
    first, claim = street.claimed(town), street.claimed(town)
    for each in (first, claim):
        sent = street.photos(2, seed=5)
        work.submit_proof(town.actor("member"), each, key=street.key(), photos=sent)
    for who, flags in (("admin", 2), ("reviewer", 2), ("auditor", 0), ("member", 0)):
        face = queries.faces(town.actor(who), [claim.case], in_full=True)[claim.case_id]
        assert len(face.flags) == flags
