"""Pages and JSON ask queries and actions, or a table through the gate of ``base.access``; a bare
``.objects`` there would pass by it.
"""

import ast
from pathlib import Path

import pytest

from tests import repository
from tests.repository import PACKAGE, at

MANAGERS = ("objects", "_default_manager", "_base_manager")
DOORS = sorted(
    path
    for path in repository.python_files()
    if path.is_relative_to(PACKAGE) and {"pages", "api"} & {path.stem, path.parent.name}
)


GATE = ("visible_to", "fetch")


def through_the_gate(path: Path) -> set[int]:
    """Return what stands inside ``visible_to(actor, …)`` and ``fetch(actor, …)``."""
    return {
        id(inner)
        for call in ast.walk(repository.tree(path))
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] in GATE
        for inner in ast.walk(call)
    }


@pytest.mark.parametrize("path", DOORS, ids=at)
def test_door_asks_no_table_itself(path: Path) -> None:
    gated = through_the_gate(path)
    found = [
        f"{at(path, node.lineno)}: ask a query with the actor"
        for node in ast.walk(repository.tree(path))
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS and id(node) not in gated
    ]
    assert not found, "\n".join(found)


def test_there_are_doors() -> None:
    assert DOORS
