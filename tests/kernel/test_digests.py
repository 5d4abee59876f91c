"""One canonical form, one chain: the same content has one digest, any change has another."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from zhicunbao.kernel import digests


def test_order_of_keys_does_not_matter_and_order_of_rows_does() -> None:
    assert digests.digest({"a": 1, "b": 2}) == digests.digest({"b": 2, "a": 1})
    assert digests.digest([1, 2]) != digests.digest([2, 1])


def test_canonical_form_is_these_very_bytes() -> None:
    content = {
        "名": "陈",
        "at": datetime(2026, 11, 23, 6, 30, tzinfo=UTC),
        "on": date(2026, 11, 23),
        "n": Decimal("1.50"),
    }
    expected = '{"at":"2026-11-23T06:30:00+00:00","n":"1.50","on":"2026-11-23","名":"陈"}'
    assert digests.canonical(content) == expected.encode()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", 1),
        ("", None),
        ([], {}),
        ({"a": None}, {}),
        ("ab", "ab "),
        ([["a"], "b"], [["a", "b"]]),
    ],
)
def test_what_differs_has_another_digest(one: object, other: object) -> None:
    assert digests.digest(one) != digests.digest(other)


def test_what_has_no_one_form_is_refused() -> None:
    with pytest.raises(TypeError, match="no canonical form for set"):
        digests.canonical({1, 2})


def test_chain_depends_on_everything_before() -> None:
    first = digests.chain(digests.GENESIS, "a")
    assert digests.chain(first, "b") != digests.chain(digests.GENESIS, "b")
    assert digests.chain(digests.chain(digests.GENESIS, "A"), "b") != digests.chain(first, "b")
    assert len(first) == len(digests.GENESIS) == 64
