"""The only source of time: frozen for tests, in UTC for machines, in China's days for people."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from zhicunbao.kernel import clock

NIGHT = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
"""Half past midnight on the 24th in China."""
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def test_clock_runs_in_utc() -> None:
    before = datetime.now(UTC)  # noqa: TID251 -- compared with the machine's own clock
    now = clock.now()
    assert before <= now <= datetime.now(UTC)  # noqa: TID251 -- the same
    assert now.tzinfo == UTC


def test_held_clock_stands_still_and_runs_on_afterwards() -> None:
    with clock.at(NIGHT):
        assert clock.now() == NIGHT
        with clock.at(NIGHT + timedelta(days=1)):
            assert clock.now() == NIGHT + timedelta(days=1)
        assert clock.now() == NIGHT
    assert clock.now() != NIGHT


def test_clock_is_let_go_when_the_block_fails() -> None:
    with pytest.raises(ZeroDivisionError), clock.at(NIGHT):
        raise ZeroDivisionError
    assert clock.now() != NIGHT


def test_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"), clock.at(NIGHT.replace(tzinfo=None)):
        pass


def test_day_is_chinas_day() -> None:
    with clock.at(NIGHT):
        assert clock.today() == date(2026, 11, 24)
    assert clock.local_date(NIGHT - timedelta(hours=1)) == date(2026, 11, 23)


def test_day_begins_and_ends_in_china() -> None:
    day = date(2026, 11, 24)
    assert clock.start_of(day) == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert clock.end_of(day) == datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)
    assert clock.local_date(clock.start_of(day)) == clock.local_date(clock.end_of(day)) == day


@pytest.mark.parametrize(
    ("moment", "is_believable"),
    [
        (datetime(1999, 12, 31, tzinfo=UTC), False),
        (datetime(2000, 1, 1, tzinfo=UTC), True),
        (NOON + timedelta(hours=47), True),
        (NOON + timedelta(hours=48), False),
        (datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-23))), False),
    ],
)
def test_a_device_that_was_never_set_or_runs_wild_is_not_believed(
    moment: datetime, is_believable: bool
) -> None:
    with clock.at(NOON):
        assert clock.is_believable(moment) is is_believable
