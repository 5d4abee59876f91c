"""Who comes through which address. Each feature keeps its rows in ``tests/<feature>/doors.py``:

``scene(town)`` builds the things its pages show, ``more(town, scene)`` adds two of everything that
a page lists, and ``DOORS`` names each address with the members of the cast who may open it. The
guards do the rest.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import cast, repository

SIGNED_IN = frozenset(cast.ROLES)
STRANGER = "nobody"
"""Someone who has not signed in."""
ANYONE = SIGNED_IN | {STRANGER}
STREET = frozenset(("leader", "officer"))
ABOVE = STREET | {"department", "auditor"}
"""Whose posts reach over the whole street."""
DONGMEN = frozenset(("admin", "reviewer", "reviewer2", "oversight"))
"""The staff of 东门社区, where things happen."""
ELSEWHERE = frozenset(("cadre", "other_admin", "other_reviewer"))
"""The staff of other places of the street."""
STAFF = ABOVE | DONGMEN | ELSEWHERE
"""Every staff post with business of its own; not the system administrator, not the bank."""


@dataclass(frozen=True)
class Door:
    """An address, how it is asked, and who may.

    ``opens``: members of the cast who get an answer; every other is refused with 403 or 404, and a
    stranger is sent to sign in. ``at``: the address's arguments in the scene. ``send``: what is
    posted beside the key; left out, nothing, which those let in are told to mend (4xx, not 403 or
    404). ``sees``: who may look at the thing elsewhere but not do this to it; they are told so,
    while to everybody else the thing is not there. ``is_json``: an operation of the JSON door; it
    takes what is sent as JSON and the key as a header, and answers a stranger with 401.
    """

    name: str
    opens: frozenset[str]
    at: Callable[[Any], dict[str, Any]] | None = None
    method: str = "get"
    send: Callable[[Any], dict[str, Any]] | None = None
    sees: frozenset[str] = frozenset()
    query: str = ""
    is_json: bool = False

    def url(self, scene: object) -> str:
        """Return the address of the scene's thing."""
        return reverse(self.name, kwargs=self.at(scene) if self.at else None) + self.query

    def nowhere(self, scene: object) -> str:
        """Return the same address for a thing that does not exist."""
        arguments = self.at(scene) if self.at else {}
        absent = {k: 0 if isinstance(v, int) else "0" * len(v) for k, v in arguments.items()}
        return reverse(self.name, kwargs=absent) + self.query

    def posted(self, scene: object) -> dict[str, Any]:
        """Return what is posted, as the test client takes it, with a key."""
        sent, key = self.send(scene) if self.send else {}, "0" * 32
        if not self.is_json:
            return {"data": {"key": key} | sent}
        headers = {"Idempotency-Key": key}
        return {"data": sent, "content_type": "application/json", "headers": headers}

    def __str__(self) -> str:
        return f"{self.method} {self.name}{self.query}"


@dataclass(frozen=True)
class Table:
    """One feature's rows."""

    feature: str
    module: ModuleType

    @property
    def doors(self) -> list[Door]:
        """The rows themselves."""
        doors: list[Door] = self.module.DOORS
        return doors


def tables() -> list[Table]:
    """Return every feature's rows, ground floor first."""
    found = [
        Table(path.parent.name, importlib.import_module(f"tests.{path.parent.name}.doors"))
        for path in (repository.ROOT / "tests").glob("*/doors.py")
    ]
    return sorted(found, key=lambda t: (repository.floors()[t.feature], t.feature))


def scenes(town: cast.Town) -> dict[str, Any]:
    """Build every feature's scene, so that pages which gather from all of them are full."""
    return {table.feature: table.module.scene(town) for table in tables()}


def add_more(town: cast.Town, built: dict[str, Any]) -> None:
    """Add two of everything that pages list."""
    for table in tables():
        table.module.more(town, built[table.feature])


def names() -> set[str]:
    """Return the name of every address of the product; an address without a name shows as such."""
    return set(_names(get_resolver().url_patterns, ""))


def _names(patterns: list[Any], namespace: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or f'(unnamed) {pattern.pattern}'}"
