"""Refusals carry a sentence for people, a code for machines, and a status for the wire."""

import pytest

from zhicunbao.kernel import refusals
from zhicunbao.kernel.refusals import Refusal


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (refusals.NotAllowed, 403, "not_allowed"),
        (refusals.NotFound, 404, "not_found"),
        (refusals.Conflict, 409, "conflict"),
        (refusals.TooLarge, 413, "too_large"),
        (refusals.Invalid, 422, "invalid"),
        (refusals.Locked, 423, "locked"),
    ],
)
def test_each_kind_has_its_status(kind: type[Refusal], status: int, code: str) -> None:
    refusal = kind("请再试一次。")
    assert (refusal.status, refusal.code, str(refusal)) == (status, code, "请再试一次。")
    assert refusal.fields == {}


def test_code_and_fields_can_be_named() -> None:
    fields = {"value": "请填 1 到 5"}
    refusal = refusals.Invalid("请改好再存。", code="bounds", fields=fields)
    fields["value"] = "changed afterwards"
    assert (refusal.code, refusal.fields) == ("bounds", {"value": "请填 1 到 5"})
