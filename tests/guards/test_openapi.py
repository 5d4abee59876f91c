"""The description of the JSON door is the code's, and the door is regular: every operation asks who
is there, every POST carries a key, and no two shapes share a name.
"""

import json
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pydantic import BaseModel

from tests.repository import ROOT
from zhicunbao.base.api import Sent, Shown
from zhicunbao.openapi.assembly import description

DESCRIBED: dict[str, Any] = json.loads(description())


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, ways in DESCRIBED["paths"].items():
        for method, operation in ways.items():
            yield path, method, operation


def compare(path: Path) -> None:
    call_command("openapi_file", "--check", "--file", str(path), stdout=StringIO())


def test_committed_file_is_what_the_code_announces() -> None:
    compare(ROOT / "docs" / "openapi.json")


def test_a_stale_file_is_found_and_mended(tmp_path: Path) -> None:
    stale = tmp_path / "openapi.json"
    with pytest.raises(CommandError, match="run: openapi_file"):
        compare(stale)
    stale.write_text(description().replace("/claims/review", "/claims/reviews"), encoding="utf-8")
    with pytest.raises(CommandError, match="run: openapi_file"):
        compare(stale)
    call_command("openapi_file", "--file", str(stale))
    compare(stale)


def test_every_operation_needs_a_session_and_every_post_a_token_and_a_key() -> None:
    for path, method, operation in operations():
        needed = {"SessionCookie", "CsrfToken"} if method == "post" else {"SessionCookie"}
        assert [set(way) for way in operation["security"]] == [needed], path
        keys = [p for p in operation["parameters"] if p["name"] == "Idempotency-Key"]
        assert [p["required"] for p in keys] == ([True] if method == "post" else []), path


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does() -> None:
    names = Counter(operation["operationId"] for _, _, operation in operations())
    assert [name for name, count in names.items() if count > 1] == []
    assert [path for path, _, operation in operations() if len(operation["summary"]) < 10] == []


def shapes(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for shape in base.__subclasses__():
        yield shape
        yield from shapes(shape)


def test_no_two_shapes_share_a_name() -> None:
    """The description knows shapes by their bare names, so one would hide the other."""
    ours = {shape for base in (Sent, Shown) for shape in shapes(base)}
    names = Counter(shape.__name__ for shape in ours)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_reference_leads_to_a_shape_and_every_shape_is_used() -> None:
    text = description()
    known = set(DESCRIBED["components"]["schemas"])
    assert {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]} == known
