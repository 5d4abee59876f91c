"""Working days, deadlines, and the clock's turn: done once, however often it comes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.cast import Town
from tests.tables import unchanged
from tests.work import street
from zhicunbao.base.access import SYSTEM
from zhicunbao.base.models import OutboxMessage
from zhicunbao.casework.actions import perform, tick
from zhicunbao.casework.models import Case, PublicNotice
from zhicunbao.casework.rules import after_working_days, is_working_day, working_days_after
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger.models import Transfer
from zhicunbao.ledger.queries import balance_of
from zhicunbao.work.models import Claim

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


# ---- working days: 国务院办公厅关于2026年部分节假日安排的通知 ----


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 9, 20), True),  # a Sunday moved into the working week
        (date(2026, 10, 10), True),  # a Saturday moved into the working week
        (date(2026, 10, 11), False),
        (date(2026, 11, 23), True),
        (date(2035, 10, 1), True),  # beyond the calendar: a Monday
        (date(2035, 10, 6), False),  # beyond the calendar: a Saturday
    ],
)
def test_working_day_follows_the_state_councils_calendar(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=clock.LOCAL)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 11, 23), 5, date(2026, 11, 30)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 9, 29), 3, date(2026, 10, 9)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2035, 9, 28), 2, date(2035, 10, 2)),
    ],
)
def test_window_ends_with_its_last_working_day(start: date, days: int, end: date) -> None:
    assert after_working_days(at(start), days) == clock.end_of(end)
    assert len(working_days_after(at(start), days)) == days


def test_day_of_the_start_is_chinas_day_and_never_counts() -> None:
    just_after_midnight = datetime(2026, 11, 22, 16, 1, tzinfo=UTC)
    assert after_working_days(just_after_midnight, 1) == clock.end_of(date(2026, 11, 24))


def test_window_of_no_days_is_over_at_once() -> None:
    start = at(date(2026, 11, 23))
    assert after_working_days(start, 0) == start
    assert working_days_after(start, 0) == []


# ---- the clock's turn ----


def test_second_turn_does_nothing_again(town: Town) -> None:
    street.fund(town)
    claim = street.in_notice(town)
    expiring = street.claimed(town, by="member2")
    later = max(PublicNotice.objects.get().closes_at, expiring.task.due_at) + SECOND
    done = tick(later)
    assert done["work.claim.post"] == 1
    assert done["work.claim.expire"] == 1
    with unchanged(but=("base_auditseal",)):
        again = tick(later)
    assert {name: n for name, n in again.items() if n and name != "seal"} == {}
    assert balance_of(claim.claimant_id).posted == 20


def test_row_that_cannot_move_leaves_the_others_alone(town: Town) -> None:
    street.fund(town)
    stuck, free = street.in_notice(town), street.in_notice(town, by="member2")
    ledger.void_hold(SYSTEM, hold=Transfer.objects.get(pk=stuck.hold_id or 0), key="by hand")
    done = tick(PublicNotice.objects.latest("closes_at").closes_at + SECOND)
    assert done["work.claim.post"] == 1
    assert (balance_of(stuck.claimant_id).posted, balance_of(free.claimant_id).posted) == (0, 20)
    stuck.case.refresh_from_db()
    assert stuck.case.state == "in_notice"


def test_page_left_open_past_its_time_is_told_that_the_clock_acted(town: Town) -> None:
    claim = street.claimed(town)
    tick(claim.task.due_at + SECOND)
    with unchanged(), pytest.raises(Conflict, match="已按期自动办理，现在是“逾期未交”"):
        perform(town.actor("member"), claim.case, "withdraw", key="w")


def test_nothing_is_done_before_its_time(town: Town) -> None:
    street.fund(town)
    street.in_notice(town)
    end = PublicNotice.objects.get().closes_at
    tick(end - SECOND)
    assert Case.objects.get(notice_entry__isnull=False).state == "in_notice"
    tick(end)
    assert Case.objects.get(notice_entry__isnull=False).state == "posted"


def test_step_by_the_clock_is_nobodys_and_at_the_clocks_time(town: Town) -> None:
    claim = street.claimed(town)
    now = claim.task.due_at + SECOND
    tick(now)
    step = claim.case.steps.get(verb="expire")
    assert (step.person_id, step.door, step.at) == (None, "clock", now)


def test_objection_that_is_open_keeps_the_clock_from_posting(town: Town) -> None:
    street.fund(town)
    claim = street.in_notice(town)
    perform(SYSTEM, claim.case, "object", key="o")
    tick(PublicNotice.objects.get().closes_at + SECOND)
    claim.case.refresh_from_db()
    assert claim.case.state == "objected"
    assert balance_of(claim.claimant_id).posted == 0


def reminders() -> list[tuple[int, str]]:
    rows = OutboxMessage.objects.filter(key__startswith="remind:").order_by("pk")
    return list(rows.values_list("person_id", "title"))


def test_owner_is_reminded_once_within_a_day_of_the_deadline(town: Town) -> None:
    claim = street.claimed(town)
    mine = (town.person("member").pk, claim.task.title)
    due = claim.task.due_at
    assert tick(due - timedelta(hours=25))["reminders"] == 0
    assert tick(due - timedelta(hours=23))["reminders"] == 1
    assert tick(due - timedelta(hours=2))["reminders"] == 0
    assert reminders() == [mine]


def test_what_began_within_the_last_day_is_not_reminded(town: Town) -> None:
    now = clock.now()
    task = street.publish(town, closes_at=now + timedelta(days=2), due_at=now + timedelta(days=3))
    with clock.at(task.closes_at - timedelta(minutes=1)):
        street.claimed(town, task)
    with clock.at(task.due_at - timedelta(hours=20)):
        assert tick(clock.now())["reminders"] == 1
    late = street.publish(
        town, closes_at=now + timedelta(hours=22), due_at=now + timedelta(hours=23)
    )
    street.claimed(town, late, by="member2")
    assert tick(now + timedelta(hours=2))["reminders"] == 0


def test_each_state_is_reminded_anew(town: Town) -> None:
    claim = street.submitted(town)
    perform(town.actor("admin"), claim.case, "return", key="r", reason="少一张")
    claim.case.refresh_from_db()
    due = claim.case.due_at
    assert due is not None
    tick(due - timedelta(hours=3))
    assert len(reminders()) == 1


def test_judges_and_owners_whose_turn_it_is_not_are_left_alone(town: Town) -> None:
    claim = street.submitted(town)
    claim.case.refresh_from_db()
    assert claim.case.due_at is not None
    tick(claim.case.due_at - timedelta(hours=1))
    assert reminders() == []


def test_one_broken_case_does_not_stop_the_clock(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    street.fund(town)
    task = street.publish(town)
    first, second = (street.in_notice(town, task, by=who) for who in ("member", "member2"))
    Claim.objects.filter(pk=first.pk).update(hold_id=None)
    tick(clock.now() + timedelta(days=20))
    states = [Case.objects.get(pk=c.case_id).state for c in (first, second)]
    assert states == ["in_notice", "posted"]
    assert "failed" in caplog.text
