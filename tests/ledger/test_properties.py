"""Whatever is done in whatever order: the books are whole after every step, a refused operation
changes nothing, a repeated key does nothing, and a second ledger in plain Python agrees with every
row and every balance. How to do more of it, and how to repeat it: CONTRIBUTING.md.
"""

import os
from collections import Counter
from itertools import count
from math import ceil
from typing import Any, Final

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.ledger.cast import Cast
from tests.ledger.street import SHELF, Street
from zhicunbao.ledger import actions

OPERATIONS: Final = int(os.environ.get("ZHICUNBAO_LEDGER_OPERATIONS", "10000"))
SEED: Final = int(os.environ.get("ZHICUNBAO_LEDGER_SEED", "1"))
CASES: Final = 10
"""The operations are shared out over as many tests, so that every processor has some of them."""
STEPS: Final = 60
KINDS: Final = (
    *("fund", "stop line", "close", "award", "post", "void", "reverse", "promise", "transfer"),
    *("hand over", "spend", "each", "all", "all, again", "mistake", "transfer, again"),
    *("award, refused", "spend, refused", "reverse, refused", "transfer, refused"),
)
"""What no run may leave out."""


@pytest.mark.parametrize("case", range(CASES))
def test_the_books_are_whole_after_any_sequence_of_operations(cast: Cast, case: int) -> None:
    done: Counter[str] = Counter()
    street = {
        "cast": cast,
        "opened": [
            cast.purse(0, name=name, credited=credited)
            for name, credited in (("人", "person"), ("户", "household"), ("停", "person"))
        ],
        "shelf": actions.open_account(code=SHELF).code,
        "done": done,
    }
    machine: Any = type("Street", (Street,), street)
    for turn in count():
        left = OPERATIONS / CASES - done.total()
        if left <= 0:
            break
        # A seed of its own for each, so that a failure is found again by the same command.
        hypothesis.seed(f"{SEED} {case} {turn}")(machine)
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=ceil(left / STEPS) + 3,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert set(KINDS) <= set(done)
