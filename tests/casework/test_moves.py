"""The one door through which a case moves: what it lets pass, what it refuses, what it writes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from tests.casework.households import household
from tests.cast import Town
from tests.tables import unchanged
from tests.work import street
from zhicunbao.base import access
from zhicunbao.base.models import AuditEntry, OutboxMessage, Person
from zhicunbao.casework.actions import open_case, perform, perform_many
from zhicunbao.casework.models import Case, Evidence, NoticeEntry, Step
from zhicunbao.casework.queries import allowed, broken_chains, number_of
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed, Refusal
from zhicunbao.work.models import Claim

pytestmark = pytest.mark.django_db


# ---- a move that passes ----


def test_move_writes_step_version_deadline_audit_and_message(town: Town) -> None:
    claim = street.submitted(town)
    case = claim.case
    before = case.version
    with clock.at(clock.now()) as now:
        moved = perform(town.actor("admin"), case, "evaluate", key="k", seen=before)
    assert (moved.state, moved.version, moved.moved_at) == ("evaluated", before + 1, now)
    assert moved.due_at is not None
    assert moved.due_at > now
    step = moved.steps.get(position=moved.version)
    assert (step.verb, step.source, step.target) == ("evaluate", "submitted", "evaluated")
    assert (step.actor_name, step.role, step.door) == ("周敏", "community_admin", "page")
    assert step.digest == moved.head
    entry = AuditEntry.objects.filter(verb="casework.case_moved").latest("pk")
    assert (entry.subject_id, entry.detail["step"]) == (str(case.pk), step.digest)
    told = OutboxMessage.objects.filter(person=claim.claimant).latest("pk")
    assert (told.title, told.url) == (case.subject, f"/cases/{case.pk}/")


def test_opening_a_case_writes_its_first_step(town: Town) -> None:
    case = open_case(
        town.actor("villager"),
        flow="casework.objection",
        verb="raise",
        subject="异议：" + "很长的题目" * 30,
        area=town.dongmen,
        owner_id=town.person("villager").pk,
        detail={"why": "照片是旧的"},
    )
    step = case.steps.get()
    assert (case.state, case.version, len(case.subject)) == ("raised", 1, 80)
    assert (step.position, step.source, step.target) == (1, "", "raised")
    assert case.head == step.digest
    assert list(broken_chains()) == []
    assert number_of(case) == f"YY-{case.opened_at.year}-{case.pk}"
    assert AuditEntry.objects.filter(verb="casework.case_opened", subject_id=str(case.pk)).exists()


def test_case_is_closed_when_nothing_can_follow(town: Town) -> None:
    claim = street.claimed(town)
    moved = perform(town.actor("member"), claim.case, "withdraw", key="k")
    assert moved.closed_at == moved.moved_at
    assert moved.due_at is None
    assert allowed(town.actor("member"), moved) == []


# ---- a move that is refused leaves everything as it was ----

Who = Callable[[Town, Claim], None]


def _kin(town: Town, claim: Claim) -> None:
    del claim
    household(town, "admin", "member")


def _nothing(town: Town, claim: Claim) -> None:
    del town, claim


def _owned_by_admin(town: Town, claim: Claim) -> None:
    Case.objects.filter(pk=claim.case_id).update(owner=town.person("admin"))


def _submitted_by_admin(town: Town, claim: Claim) -> None:
    """As when somebody enters the proof of a person without a phone and later judges it."""
    step = claim.case.steps.get(position=2)
    case = Case.objects.get(pk=claim.case_id)
    copy = Step(
        case=case,
        position=3,
        verb="submit",
        source="claimed",
        target="submitted",
        person=town.person("admin"),
        actor_name="周敏",
        door="page",
        at=step.at,
    )
    copy.digest = copy.computed_digest(case.head)
    copy.save()
    Case.objects.filter(pk=case.pk).update(head=copy.digest, version=3)


@pytest.mark.parametrize(
    ("who", "verb", "prepare", "kind", "code"),
    [
        ("member2", "evaluate", _nothing, NotAllowed, "no_right"),
        ("reviewer", "evaluate", _nothing, NotAllowed, "no_right"),
        ("auditor", "evaluate", _nothing, NotAllowed, "no_right"),
        ("other_admin", "evaluate", _nothing, NotAllowed, "not_your_area"),
        ("admin", "evaluate", _owned_by_admin, NotAllowed, "own_case"),
        ("admin", "evaluate", _kin, NotAllowed, "kin"),
        ("admin", "evaluate", _submitted_by_admin, NotAllowed, "same_person"),
        ("admin", "review", _nothing, Conflict, "moved_on"),
        ("admin", "submit", _nothing, Conflict, "moved_on"),
        ("admin", "unheard_of", _nothing, Conflict, "moved_on"),
        ("admin", "post", _nothing, Conflict, "moved_on"),
    ],
)
def test_refused_move_changes_nothing(
    town: Town, who: str, verb: str, prepare: Who, kind: type[Refusal], code: str
) -> None:
    claim = street.submitted(town)
    prepare(town, claim)
    with unchanged(), pytest.raises(kind) as refusal:
        perform(town.actor(who), claim.case, verb, key="k")
    assert refusal.value.code == code


def test_claimants_step_is_for_the_claimant_alone(town: Town) -> None:
    claim = street.claimed(town)
    for who in ("member2", "admin", "leader"):
        with unchanged(), pytest.raises(NotAllowed) as refusal:
            perform(town.actor(who), claim.case, "withdraw", key="k")
        assert refusal.value.code == "not_the_owner"


def test_clocks_step_is_for_the_clock_alone_and_the_clock_does_nothing_else(town: Town) -> None:
    street.fund(town)
    claim = street.in_notice(town)
    with unchanged(), pytest.raises(NotAllowed) as refusal:
        perform(town.actor("leader"), claim.case, "post", key="k")
    assert refusal.value.code == "clock_only"
    waiting = street.submitted(town)
    with unchanged(), pytest.raises(NotAllowed):
        perform(access.SYSTEM, waiting.case, "evaluate", key="k")


def test_only_who_evaluated_takes_the_evaluation_back(town: Town) -> None:
    claim = street.evaluated(town)
    someone = Person.objects.create(name="另一管")
    town.people["admin2"] = someone
    someone.posts.create(role="community_admin", area=town.dongmen, area_prefix=town.dongmen.prefix)
    with unchanged(), pytest.raises(NotAllowed) as refusal:
        perform(town.actor("admin2"), claim.case, "recall", key="k")
    assert refusal.value.code == "not_same_person"
    assert perform(town.actor("admin"), claim.case, "recall", key="k").state == "submitted"


def test_who_evaluated_before_does_not_take_back_the_evaluation_of_another(town: Town) -> None:
    claim = street.evaluated(town)
    town.people["admin2"] = someone = Person.objects.create(name="另一管")
    someone.posts.create(role="community_admin", area=town.dongmen, area_prefix=town.dongmen.prefix)
    perform(town.actor("reviewer"), claim.case, "send_back", key="s", reason="再看看")
    perform(town.actor("admin2"), claim.case, "evaluate", key="e")
    with unchanged(), pytest.raises(NotAllowed) as refusal:
        perform(town.actor("admin"), claim.case, "recall", key="k")
    assert refusal.value.code == "not_same_person"
    assert perform(town.actor("admin2"), claim.case, "recall", key="k").state == "submitted"


def test_page_left_open_is_told_who_acted(town: Town) -> None:
    claim = street.submitted(town)
    seen = claim.case.version
    perform(town.actor("admin"), claim.case, "return", key="a", seen=seen, reason="少一张")
    with unchanged(), pytest.raises(Conflict) as refusal:
        perform(town.actor("admin"), claim.case, "evaluate", key="b", seen=seen)
    assert "刚由您办理" in refusal.value.message
    assert "已退回，待补充" in refusal.value.message
    assert "“做到了”没有执行" in refusal.value.message


def test_who_may_not_know_the_claimant_does_not_learn_the_name_by_trying(town: Town) -> None:
    claim = street.submitted(town)
    for who, name in (("auditor", "徐**"), ("admin", "徐美兰")):
        with unchanged(), pytest.raises(Conflict) as refusal:
            perform(town.actor(who), claim.case, "review", key="k")
        assert f"刚由{name}办理" in refusal.value.message


def test_same_state_by_another_way_is_still_a_page_left_open(town: Town) -> None:
    claim = street.submitted(town)
    seen = claim.case.version
    perform(town.actor("admin"), claim.case, "evaluate", key="a", seen=seen)
    perform(town.actor("admin"), claim.case, "recall", key="b")
    with unchanged(), pytest.raises(Conflict):
        perform(town.actor("admin"), claim.case, "evaluate", key="c", seen=seen)


@pytest.mark.parametrize(
    ("reason", "word"), [("", "写明理由"), ("  ", "写明理由"), ("长" * 301, "最多 300 字")]
)
def test_reason_is_asked_and_bounded(town: Town, reason: str, word: str) -> None:
    claim = street.submitted(town)
    with unchanged(), pytest.raises(Invalid) as refusal:
        perform(town.actor("admin"), claim.case, "return", key="k", reason=reason)
    assert word in refusal.value.message
    assert set(refusal.value.fields) == {"reason"}


def test_longest_reason_passes_and_is_cut_in_the_message_alone(town: Town) -> None:
    claim = street.submitted(town)
    perform(town.actor("admin"), claim.case, "return", key="k", reason=" " + "长" * 300)
    assert len(claim.case.steps.get(verb="return").reason) == 300
    told = OutboxMessage.objects.latest("pk").text
    assert len(told) == 300
    assert told.endswith("长…。现在是“已退回，待补充”，由周敏办理。")


# ---- the same request again ----


def test_same_key_does_nothing_again_and_returns_the_case(town: Town) -> None:
    claim = street.submitted(town)
    first = perform(town.actor("admin"), claim.case, "evaluate", key="k", seen=claim.case.version)
    with unchanged():
        again = perform(
            town.actor("admin"), claim.case, "evaluate", key="k", seen=claim.case.version
        )
    assert (again.pk, again.state, again.version) == (first.pk, "evaluated", first.version)


@pytest.mark.parametrize(
    ("verb", "reason", "data"),
    [("return", "少一张", {}), ("evaluate", "", {"level": 4}), ("evaluate", "很好", {})],
)
def test_same_key_with_another_request_is_refused(
    town: Town, verb: str, reason: str, data: dict[str, int]
) -> None:
    claim = street.submitted(town)
    perform(town.actor("admin"), claim.case, "evaluate", key="k")
    with unchanged(), pytest.raises(Conflict) as refusal:
        perform(town.actor("admin"), claim.case, verb, key="k", reason=reason, data=data)
    assert refusal.value.code == "key_reused"


def test_refused_request_leaves_its_key_free(town: Town) -> None:
    claim = street.submitted(town)
    with pytest.raises(Invalid):
        perform(town.actor("admin"), claim.case, "return", key="k")
    moved = perform(town.actor("admin"), claim.case, "return", key="k", reason="少一张")
    assert moved.state == "returned"


# ---- many at once ----


def test_rows_of_a_batch_are_answered_each_by_itself(town: Town) -> None:
    street.fund(town, 1_000)
    household(town, "reviewer", "member2")
    good, moved_on, gone = (street.evaluated(town) for _ in range(3))
    kin = street.evaluated(town, by="member2")
    perform(town.actor("reviewer2"), moved_on.case, "send_back", key="s", reason="再看看")
    perform(town.actor("admin"), gone.case, "recall", key="r")
    rows = [(c.case, c.case.version) for c in (good, moved_on, kin, gone)]
    outcomes = perform_many(town.actor("reviewer"), rows, "review", key="batch")
    assert [o.is_done for o in outcomes] == [True, False, False, False]
    assert [o.refusal.code if o.refusal else "" for o in outcomes] == [
        "",
        "moved_on",
        "kin",
        "moved_on",
    ]
    states = [Case.objects.get(pk=c.case_id).state for c in (good, moved_on, kin, gone)]
    assert states == ["in_notice", "submitted", "evaluated", "submitted"]
    assert NoticeEntry.objects.count() == 1


def test_batch_is_for_steps_that_are_meant_for_it(town: Town) -> None:
    claim = street.submitted(town)
    with unchanged(), pytest.raises(ValueError, match="not meant for batches"):
        perform_many(town.actor("admin"), [(claim.case, None)], "evaluate", key="k")


# ---- buttons ----


def test_buttons_are_what_perform_lets_pass(town: Town) -> None:
    """Every pair of person and verb: on the page exactly when perform does not refuse it."""
    street.fund(town)
    claims = [street.submitted(town), street.evaluated(town), street.in_notice(town)]
    wrong = []
    for claim in claims:
        case = Case.objects.get(pk=claim.case_id)
        for who in town.people:
            actor = town.actor(who)
            offered = {t.verb for t in allowed(actor, case)}
            for verb in ("submit", "withdraw", "evaluate", "return", "recall", "review", "post"):
                passed = True
                try:
                    with transaction.atomic():
                        perform(actor, case, verb, key=f"{who}{verb}", reason="理由")
                        transaction.set_rollback(True)
                except Refusal:
                    passed = False
                if passed != (verb in offered):
                    wrong.append(f"{who} {verb} at {case.state}: {passed}")
    assert not wrong, "\n".join(wrong)


# ---- the chain ----


def forge(table: str, sql: str, *values: int) -> None:
    """Do what the triggers refuse, as somebody with the database's own password would."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Foreign keys are checked at the end, and a table that owes checks cannot be altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only_{table}")
        else:
            for event in ("update", "delete"):
                cursor.execute(f"DROP TRIGGER append_only_{table}_{event}")
        cursor.execute(sql, values)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE casework_step SET reason = 'x' WHERE case_id = %s AND position = 2", "第 2 步"),
        (
            "UPDATE casework_step SET actor_name = 'x' WHERE case_id = %s AND position = 3",
            "第 3 步",
        ),
        ("UPDATE casework_step SET role = 'x' WHERE case_id = %s AND position = 1", "第 1 步"),
        ("UPDATE casework_step SET detail = '{}' WHERE case_id = %s AND position = 3", "第 3 步"),
        ("DELETE FROM casework_step WHERE case_id = %s AND position = 2", "第 2 步"),
        ("DELETE FROM casework_step WHERE case_id = %s AND position = 3", "缺了末尾"),
    ],
)
def test_changed_history_is_found(town: Town, change: str, found: str) -> None:
    spoilt, whole = street.evaluated(town), street.evaluated(town)
    assert list(broken_chains()) == []
    forge("casework_step", change, spoilt.case_id)
    [fault] = list(broken_chains())
    assert number_of(spoilt.case) in fault
    assert found in fault
    assert list(broken_chains(Case.objects.filter(pk=whole.case_id))) == []


def test_added_step_is_found(town: Town) -> None:
    claim = street.evaluated(town)
    last = claim.case.steps.latest("position")
    Step.objects.create(
        case=claim.case,
        position=4,
        verb="review",
        source="evaluated",
        target="in_notice",
        actor_name="无名",
        door="page",
        digest=last.digest,
    )
    assert [fault.endswith("的第 4 步与记录的摘要不符") for fault in broken_chains()] == [True]


@pytest.mark.parametrize("table", ["casework_step", "casework_evidence", "casework_noticeentry"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_database_refuses_to_change_the_past(town: Town, table: str, change: str) -> None:
    street.fund(town)
    street.in_notice(town)
    refused = pytest.raises(DatabaseError, match="append-only")
    with unchanged(), refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table))
    assert Step.objects.exists()
    assert Evidence.objects.exists()
    assert NoticeEntry.objects.exists()


def test_time_of_a_step_is_part_of_the_chain(town: Town) -> None:
    claim = street.claimed(town)
    step = claim.case.steps.get()
    step.at += timedelta(microseconds=1)
    assert step.computed_digest("0" * 64) != step.digest
