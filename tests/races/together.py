"""Runs one act in several threads at once, each on its own database connection."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db import connections

from zhicunbao.kernel.refusals import Refusal

Answer = TypeVar("Answer")
WAIT_SECONDS_MAX = 20


@dataclass(frozen=True)
class Turn:
    """One runner's place in the race."""

    index: int
    _gate: threading.Barrier

    def meet(self) -> None:
        """Wait until every runner is here.

        A negative control meets between its read and its write, so that it goes wrong every time
        and not only on an unlucky day.
        """
        self._gate.wait(WAIT_SECONDS_MAX)


@dataclass
class Outcomes(Generic[Answer]):
    """What came back: the answers of those who succeeded and the refusals of the others."""

    answers: list[Answer] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


def together(count: int, act: Callable[[Turn], Answer]) -> Outcomes[Answer]:
    """Let ``count`` threads begin ``act`` at the same moment and return what each came to.

    The test needs ``@pytest.mark.django_db(transaction=True)`` so that the threads see its rows.
    An error that is not a refusal (a deadlock, a broken constraint) is raised here: it is not a
    way to lose a race.
    """
    start, gate = threading.Barrier(count), threading.Barrier(count)

    def run(index: int) -> Answer | Refusal:
        try:
            connections["default"].ensure_connection()
            start.wait(WAIT_SECONDS_MAX)
            return act(Turn(index, gate))
        except Refusal as refusal:
            return refusal
        finally:
            connections.close_all()

    outcomes: Outcomes[Answer] = Outcomes()
    with ThreadPoolExecutor(count) as pool:
        for outcome in pool.map(run, range(count)):
            if isinstance(outcome, Refusal):
                outcomes.refusals.append(outcome)
            else:
                outcomes.answers.append(outcome)
    return outcomes
