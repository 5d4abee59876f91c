"""Between tests, append-only tables are emptied; within one they refuse change as in production."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from zhicunbao.base import audit
from zhicunbao.base.access import SYSTEM
from zhicunbao.base.models import AuditEntry, Person


def enter() -> AuditEntry:
    person = Person.objects.create(name="某人", phone="13800000000")
    return audit.record(SYSTEM, "base.person_added", person)


def triggers() -> set[str]:
    question = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        question = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with connection.cursor() as cursor:
        cursor.execute(question)
        return {name for (name,) in cursor.fetchall() if name.startswith("append_only")}


@pytest.mark.django_db(transaction=True)
def test_flush_empties_append_only_tables_and_leaves_them_guarded() -> None:
    guards = triggers()
    assert guards
    enter()
    call_command("flush", interactive=False, verbosity=0)
    assert not AuditEntry.objects.exists()
    assert triggers() == guards

    entry = enter()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.update(verb="base.signed_in")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.all().delete()
    entry.refresh_from_db()
    assert entry.verb == "base.person_added"
