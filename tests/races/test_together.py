"""The race track itself: it really runs at once, and it tells losing from breaking."""

import pytest
from django.db import connection, transaction
from django.db.models import F

from tests.races.together import Turn, together
from zhicunbao.base.models import Person
from zhicunbao.kernel.refusals import Conflict

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def row() -> Person:
    """A row with a whole number, 5, that the runners spend."""
    return Person.objects.create(name="某人", phone="13800000000", totp_last_step=5)


def test_every_runner_has_its_own_connection() -> None:
    def backend(turn: Turn) -> int:
        turn.meet()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            number: int = cursor.fetchone()[0]
        return number

    assert len(set(together(8, backend).answers)) == 8


def test_refusals_are_counted_and_errors_are_raised() -> None:
    def refuse_odd(turn: Turn) -> int:
        if turn.index % 2:
            raise Conflict("已有人处理。")
        return turn.index

    outcomes = together(4, refuse_odd)
    assert outcomes.answers == [0, 2]
    assert [type(r) for r in outcomes.refusals] == [Conflict, Conflict]

    def break_down(turn: Turn) -> int:
        return 1 // turn.index

    with pytest.raises(ZeroDivisionError):
        together(2, break_down)


def test_naive_spending_goes_wrong_and_conditional_spending_does_not(row: Person) -> None:
    def naive(turn: Turn) -> None:
        with transaction.atomic():
            mine = Person.objects.get(pk=row.pk)
            if mine.totp_last_step < 2:
                raise Conflict("不足。")
            turn.meet()
            mine.totp_last_step -= 2
            mine.save(update_fields=["totp_last_step"])

    def conditional(turn: Turn) -> None:
        enough = Person.objects.filter(pk=row.pk, totp_last_step__gte=2)
        if enough.update(totp_last_step=F("totp_last_step") - 2) != 1:
            raise Conflict("不足。")

    assert len(together(8, naive).answers) == 8
    row.refresh_from_db()
    assert row.totp_last_step == 3

    Person.objects.filter(pk=row.pk).update(totp_last_step=5)
    outcomes = together(8, conditional)
    assert (len(outcomes.answers), len(outcomes.refusals)) == (2, 6)
    row.refresh_from_db()
    assert row.totp_last_step == 1
