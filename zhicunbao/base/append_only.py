"""A migration operation that makes a table append-only: the database itself refuses UPDATE and
DELETE, on SQLite and PostgreSQL alike, whoever asks. ``unprotected`` looks whether it still does.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader


def _statements(vendor: str, table: str) -> dict[str, str]:
    """Return what protects a table, by name: on PostgreSQL its function comes first."""
    if vendor == "postgresql":
        return {
            f"refuse_{table}": f"CREATE FUNCTION refuse_{table}() RETURNS trigger LANGUAGE plpgsql"
            f" AS $$ {_refusal(table)} $$",
            f"append_only_{table}": f"CREATE TRIGGER append_only_{table} BEFORE UPDATE OR DELETE"
            f" ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_{table}()",
        }
    names = {event: f"append_only_{table}_{event.lower()}" for event in ("UPDATE", "DELETE")}
    return {
        name: f"CREATE TRIGGER {name} BEFORE {event} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for event, name in names.items()
    }


def _refusal(table: str) -> str:
    return f"BEGIN RAISE EXCEPTION '{table} is append-only'; END"


class AppendOnly(migrations.RunPython):
    """Protects one table; the reverse lifts it."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(self._create, self._drop)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Say how the operation is written in a migration."""
        return (type(self).__qualname__, [self.table], {})

    def _create(self, apps: Any, schema_editor: Any) -> None:
        del apps
        for statement in _statements(schema_editor.connection.vendor, self.table).values():
            schema_editor.execute(statement)

    def _drop(self, apps: Any, schema_editor: Any) -> None:
        del apps
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER append_only_{self.table} ON {self.table}")
            schema_editor.execute(f"DROP FUNCTION refuse_{self.table}()")
            return
        for name in _statements(schema_editor.connection.vendor, self.table):
            schema_editor.execute(f"DROP TRIGGER {name}")


def append_only(table: str) -> AppendOnly:
    """Return the operation that protects ``table``. PostgreSQL reports P0001, SQLite an abort."""
    return AppendOnly(table)


# --- whether it is still so ----------------------------------------------------------------------


def protected_tables() -> list[str]:
    """Return every table that a migration made append-only."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return sorted(
        operation.table
        for migration in loader.disk_migrations.values()
        for operation in migration.operations
        if isinstance(operation, AppendOnly)
    )


def unprotected() -> Iterator[str]:
    """Yield, in words, each append-only table that the database would now let somebody change.

    Reads the database's own catalogue: the triggers are there, switched on, and still say what the
    migration wrote. Changes nothing.
    """
    found = _on_postgresql() if connection.vendor == "postgresql" else _on_sqlite()
    for table in protected_tables():
        wanted = _wanted(table)
        if any(found.get(name) != text for name, text in wanted.items()):
            yield f"表 {table} 的防改保护不在了，或者被改动过"


def _wanted(table: str) -> dict[str, str]:
    if connection.vendor == "postgresql":
        return {f"append_only_{table}": f"{table} 27 {_refusal(table)}"}
    return _statements(connection.vendor, table)


def _on_sqlite() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())


def _on_postgresql() -> dict[str, str]:
    # tgtype 27: for each row (1), before (2), on DELETE (8) and UPDATE (16). tgenabled O or A:
    # it fires in an ordinary session. tgqual, tgattr: on no condition, on every column.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname, c.relname || ' ' || t.tgtype || ' ' || trim(p.prosrc)"
            " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE c.relnamespace = current_schema()::regnamespace AND t.tgenabled IN ('O', 'A')"
            " AND t.tgqual IS NULL AND cardinality(t.tgattr::int2[]) = 0"
        )
        return dict(cursor.fetchall())
