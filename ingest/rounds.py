"""A thread that looks at something now and then; no heartbeat and no alarm waits for it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import structlog

from ingest.errors import RefusedByDatabase, StoreUnavailable
from ingest.worker import Worker

log = structlog.get_logger(__name__)

SOON_S: Final = 15.0
"""A look that could not be kept is made again after this [s]."""


class Rounds(Worker):
    """Looks until it is stopped.

    Args:
        subject: What is looked at, as logs name it.
        look: One look at a time; how long to wait for the next [s], None: there is none.
    """

    def __init__(self, subject: str, look: Callable[[datetime], float | None]) -> None:
        super().__init__(subject)
        self._subject = subject
        self._look = look

    def _run(self) -> None:
        pause_s: float | None = 0.0
        while pause_s is not None and not self._stopping.wait(pause_s):
            pause_s = SOON_S
            try:
                pause_s = self._look(datetime.now(UTC))
            except (StoreUnavailable, RefusedByDatabase) as error:
                log.warning("look_put_off", subject=self._subject, error=str(error))
            except Exception:  # edge of the loop
                log.exception("look_failed", subject=self._subject)
