"""How names and numbers look to those who need not know them."""

import pytest

from zhicunbao.kernel import masks


@pytest.mark.parametrize(
    ("name", "shown"),
    [("陈晓梅", "陈**"), ("吴平", "吴**"), ("欧阳建国", "欧**"), ("陈", "陈**"), ("", "")],
)
def test_name_keeps_its_first_character_and_hides_its_length(name: str, shown: str) -> None:
    assert masks.mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"), [("13812345678", "138****5678"), ("1381234", "****"), ("", "****")]
)
def test_phone_keeps_both_ends_when_it_is_long_enough(phone: str, shown: str) -> None:
    assert masks.mask_phone(phone) == shown
