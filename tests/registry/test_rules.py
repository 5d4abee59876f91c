"""What holds in the register without a database."""

import pytest

from zhicunbao.registry import rules

SQUARE = [[[119.57, 28.11], [119.571, 28.11], [119.571, 28.111], [119.57, 28.111], [119.57, 28.11]]]


def test_a_position_in_the_outline_is_inside() -> None:
    assert rules.is_inside(SQUARE, 28.1105, 119.5705)


def test_a_position_beyond_its_accuracy_is_outside() -> None:
    # 0.0005° of latitude are 55.7 m.
    assert not rules.is_inside(SQUARE, 28.1115, 119.5705, accuracy_m=50)


def test_a_position_whose_circle_touches_the_outline_counts_as_inside() -> None:
    assert rules.is_inside(SQUARE, 28.1115, 119.5705, accuracy_m=60)


def test_east_and_north_are_measured_in_the_same_metres() -> None:
    # 0.0005° of longitude at 28.11° are 49.1 m, less than as much latitude.
    assert rules.is_inside(SQUARE, 28.1105, 119.5715, accuracy_m=50)


def test_a_phone_that_knows_only_the_town_is_not_inside_everything() -> None:
    assert not rules.is_inside(SQUARE, 28.15, 119.5705, accuracy_m=10_000)


def test_a_hole_of_the_outline_is_outside() -> None:
    hole = [[x, y] for x, y in ((119.5704, 28.1104), (119.5706, 28.1104), (119.5705, 28.1106))]
    assert not rules.is_inside([*SQUARE, [*hole, hole[0]]], 28.11045, 119.5705)


def test_without_an_outline_nothing_is_inside() -> None:
    assert not rules.is_inside([], 28.11, 119.57, accuracy_m=100)


@pytest.mark.parametrize("running", [1, 42, 99_999])
def test_a_household_number_gives_back_its_running_part(running: int) -> None:
    number = rules.household_number("331125001004", running)
    assert number == f"331125001004-{running:05d}"
    assert rules.running_of(number) == running
