"""Mobile numbers as people type them."""

import pytest

from zhicunbao.kernel import phones


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [
        ("+86 138-1234 5678", "13812345678"),
        ("0086（138）12345678", "13812345678"),
        ("13812345678", "13812345678"),
        ("0578-123456", "0578123456"),
    ],
)
def test_number_is_brought_to_one_form(typed: str, tidy: str) -> None:
    assert phones.tidy(typed) == tidy


@pytest.mark.parametrize(
    ("number", "is_mobile"),
    [("13812345678", True), ("12812345678", False), ("1381234567", False), ("138123456789", False)],
)
def test_mobile_number_has_eleven_digits_and_a_known_head(number: str, is_mobile: bool) -> None:
    assert phones.is_mobile(number) is is_mobile
