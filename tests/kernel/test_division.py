"""Codes of divisions: which digits mean something, and what lies under what."""

import pytest

from zhicunbao.kernel import division


@pytest.mark.parametrize(
    ("code", "level", "prefix"),
    [
        ("331100000000", "city", "3311"),
        ("331125000000", "county", "331125"),
        ("331125001000", "subdistrict", "331125001"),
        ("331125001004", "community", "331125001004"),
        ("33112500100401", "grid", "33112500100401"),
        ("33112500100401002", "micro_grid", "33112500100401002"),
    ],
)
def test_prefix_is_what_means_something(code: str, level: str, prefix: str) -> None:
    assert division.prefix_of(code, level) == prefix


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("331125001004", "county"),
        ("3311", "county"),
        ("33112500100X", "community"),
        ("", "city"),
    ],
)
def test_code_that_does_not_fit_its_level_is_refused(code: str, level: str) -> None:
    with pytest.raises(ValueError, match="is not a code of level"):
        division.prefix_of(code, level)


def test_range_holds_all_that_lies_under_and_nothing_beside() -> None:
    low, past = division.prefix_range("331125001")
    assert (low, past) == ("331125001", "331125002")
    inside = ["331125001", "331125001004", "33112500199999999"]
    beside = ["331125", "331125000", "331125002", "33112500", "331126"]
    assert all(low <= prefix < past for prefix in inside)
    assert not any(low <= prefix < past for prefix in beside)


def test_range_carries_over_nines_and_keeps_leading_zeros() -> None:
    assert division.prefix_range("331199") == ("331199", "331200")
    assert division.prefix_range("0109") == ("0109", "0110")


@pytest.mark.parametrize("prefix", ["", "33x", "999"])
def test_prefix_without_a_range_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match=r"prefix|upper bound"):
        division.prefix_range(prefix)


def test_under_means_itself_or_below() -> None:
    assert division.is_under("331125001004", "331125001")
    assert division.is_under("331125001", "331125001")
    assert not division.is_under("331125", "331125001")
    assert not division.is_under("331125002004", "331125001")
