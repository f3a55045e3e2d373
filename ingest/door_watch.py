"""A thread that knocks at the platform's doors now and then; no heartbeat and no alarm waits for it."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import structlog

from gateway.errors import BadCertificate
from ingest.commit import Session
from ingest.database import in_transaction
from ingest.door import Door, knock
from ingest.door_store import Looked, store_look
from ingest.errors import DoorShut, RefusedByDatabase, StoreUnavailable
from ingest.metrics import Metrics

log = structlog.get_logger(__name__)

LOOK_S: Final = 600.0
_SOON_S: Final = 15.0
"""A look that could not be kept, or that found a door shut, is made again after this [s]."""
_PROBLEM: Final = 300
"""Characters that are kept of a reason."""


class DoorWatch:
    """Looks at doors until it is stopped; without doors it forgets those of a former start, and ends.

    Args:
        doors: Where to knock, one after the other.
    """

    def __init__(self, doors: Sequence[Door], database_url: str, metrics: Metrics) -> None:
        self._doors = doors
        self._session = Session(database_url, "towerwatch ingest doors")
        self._metrics = metrics
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="doors", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look in hand."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def look(self, now: datetime) -> bool:
        """Knock at every door and keep what is seen; whether all were open.

        Raises:
            StoreUnavailable: What was seen is not kept.
        """
        looked = [self._look_at(door) for door in self._doors]
        try:
            in_transaction(self._session(), lambda inside: store_look(inside, looked, now))
        finally:
            self._session.close()  # until the next look nobody needs it
        return not any(one.problem for one in looked)

    def _look_at(self, door: Door) -> Looked:
        try:
            shown = knock(door)
        except (DoorShut, BadCertificate) as error:
            return Looked(door=str(door), shown=None, problem=str(error)[:_PROBLEM])
        self._metrics.certificate_seen(str(door), shown.ends_at)
        return Looked(door=str(door), shown=shown)

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stopping.wait(pause_s):
            pause_s = _SOON_S
            try:
                are_open = self.look(datetime.now(UTC))
                if not self._doors:
                    break
                pause_s = LOOK_S if are_open else _SOON_S
            except (StoreUnavailable, RefusedByDatabase) as error:
                log.warning("doors_put_off", error=str(error))
            except Exception:  # edge of the loop
                log.exception("doors_failed")
