"""Draws and cleans the demo's photos in processes of their own, ordered when somebody decides to
take them and collected when they are handed in: the month's acts need one core, this the others.
"""

import multiprocessing
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhicunbao.base.photos import CleanPhoto
from zhicunbao.casework.actions import Photo
from zhicunbao.jobs.demo import pictures
from zhicunbao.jobs.demo.plan import Plan
from zhicunbao.work.models import Claim

WORKERS = 2


@dataclass(frozen=True)
class Order:
    """A photo that is being made."""

    label: str
    taken_at: datetime
    photo: "Future[CleanPhoto]"

    def collect(self) -> Photo:
        """Return the photo, waiting until it is ready."""
        return Photo(self.photo.result(), self.label, self.taken_at)


class Darkroom:
    """Makes photos while it is open; use it as a context manager."""

    def __init__(self) -> None:
        # A fresh interpreter each: a forked one would share the database connection.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(WORKERS, mp_context=context)

    def __enter__(self) -> "Darkroom":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def order(self, claim: Claim, plan: Plan, submitted_at: datetime) -> list[Order]:
        """Have the photos made that ``claim`` wants, taken shortly before ``submitted_at``."""
        orders = []
        for place, label in enumerate(claim.task.photo_labels):
            taken = submitted_at - timedelta(minutes=20 - 15 * place)
            stage = "before" if label.endswith("前") else "after" if label.endswith("后") else ""
            made = self._pool.submit(
                pictures.develop, plan.scene or "visit", stage, claim.pk, taken
            )
            orders.append(Order(label, taken, made))
        return orders
