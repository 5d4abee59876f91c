"""Shows that a refusal changed nothing: every row of every table of ours stays as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps


def rows(*, but: tuple[str, ...] = ()) -> dict[str, dict[Any, Any]]:
    """Return every row of our tables by table and key; ``but`` names tables left out."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if model.__module__.startswith("zhicunbao.") and table not in but:
            key = model._meta.pk.attname
            found[table] = {row[key]: row for row in model._base_manager.values()}
    return found


@contextmanager
def unchanged(*, but: tuple[str, ...] = ()) -> Iterator[None]:
    """Fail when the block leaves any of our tables other than it found it.

    A refused action may record that it was refused; name that table in ``but`` and test it apart.
    """
    before = rows(but=but)
    yield
    after = rows(but=but)
    changed = [
        f"{table} {key}: {before[table].get(key)} became {after[table].get(key)}"
        for table in before
        for key in before[table].keys() | after[table].keys()
        if before[table].get(key) != after[table].get(key)
    ]
    assert not changed, "\n".join(changed)
