"""Pages and JSON ask queries and actions; a bare ``.objects`` there would pass by the gate of
``base.access``.
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


@pytest.mark.parametrize("path", DOORS, ids=at)
def test_door_asks_no_table_itself(path: Path) -> None:
    found = [
        f"{at(path, node.lineno)}: ask a query with the actor"
        for node in ast.walk(repository.tree(path))
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS
    ]
    assert not found, "\n".join(found)


def test_there_are_doors() -> None:
    assert DOORS
