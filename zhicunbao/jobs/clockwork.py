"""The worker's turn, shared by the command and the demo server."""

import logging
import threading

from django.db import close_old_connections

from zhicunbao.casework.actions import tick
from zhicunbao.kernel import clock

logger = logging.getLogger(__name__)


def run_once() -> dict[str, int]:
    """Do all that is due now. A failure is logged and left to the next turn."""
    close_old_connections()
    try:
        return tick(clock.now())
    except Exception:
        logger.exception("the clock's turn failed; the next turn tries again")
        return {}
    finally:
        close_old_connections()


def run_beside(every_seconds: int) -> None:
    """Take turns in a daemon thread: for the demo, where one process is all there is."""

    def loop() -> None:
        pause = threading.Event()
        while not pause.wait(every_seconds):
            run_once()

    threading.Thread(target=loop, name="clockwork", daemon=True).start()
