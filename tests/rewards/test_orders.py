"""Ordering, handing over, and every way out: points and pieces move together or not at all."""

import pytest

from tests.cast import Town
from tests.rewards import shop
from zhicunbao.ledger.queries import balance_of, verify

pytestmark = pytest.mark.django_db


def test_from_order_to_hand_over(town: Town) -> None:
    built = shop.shop(town, oil=10)
    shop.earn(town, "member", 500)
    made = shop.order(town, built.place, {built.oil: 1})
    assert (made.points, made.case.state, len(made.code)) == (200, "ordered", 8)
    assert balance_of(town.person("member").pk).available == 300
    assert shop.stock(built.place, built.oil) == shop.Pieces(10, 1)

    taken = shop.hand_over(town, made)
    taken.case.refresh_from_db()
    assert (taken.case.state, taken.is_open) == ("handed_over", False)
    assert balance_of(town.person("member").pk).posted == 300
    assert shop.stock(built.place, built.oil) == shop.Pieces(9, 0)
    assert verify() == []
