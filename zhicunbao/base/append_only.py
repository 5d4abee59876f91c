"""A migration operation that makes a table append-only: the database itself refuses UPDATE and
DELETE, on SQLite and PostgreSQL alike, whoever asks.
"""

from typing import Any

from django.db import migrations


def _create(table: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        del apps
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE FUNCTION refuse_{table}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
            )
            schema_editor.execute(
                f"CREATE TRIGGER append_only_{table} BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION refuse_{table}()"
            )
            return
        for event in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER append_only_{table}_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )

    return run


def _drop(table: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        del apps
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER append_only_{table} ON {table}")
            schema_editor.execute(f"DROP FUNCTION refuse_{table}()")
            return
        for event in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER append_only_{table}_{event}")

    return run


def append_only(table: str) -> migrations.RunPython:
    """Return the operation that protects ``table``. PostgreSQL reports P0001, SQLite an abort."""
    return migrations.RunPython(_create(table), _drop(table))
