"""The database wrapper that Django loads for the engine ``tests.sqlite3``."""

from collections.abc import Sequence

from django.core.management.color import Style
from django.db.backends.sqlite3 import base, operations


class DatabaseOperations(operations.DatabaseOperations):
    """Lifts the triggers of append-only tables while a test's rows are flushed.

    PostgreSQL flushes by TRUNCATE, which row triggers do not see; SQLite flushes by DELETE, which
    they refuse.
    """

    def sql_flush(
        self,
        style: Style,
        tables: Sequence[str],
        *,
        reset_sequences: bool = False,
        allow_cascade: bool = False,
    ) -> list[str]:
        """Return Django's statements between DROP TRIGGER and CREATE TRIGGER."""
        flush = super().sql_flush(
            style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade
        )
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers: list[tuple[str, str]] = cursor.fetchall()
        drop = [f"DROP TRIGGER {self.quote_name(name)}" for name, _ in triggers]
        return [*drop, *flush, *(sql for _, sql in triggers)]


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite with the flush above."""

    ops_class = DatabaseOperations
