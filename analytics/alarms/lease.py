"""Which places this worker of the alarm process decides, when there are several of them.

A lease keeps what one compound says in one worker's hands, in its order, and gives each worker its
share. It is no lock: should two hold a slice for a moment, the rows of the queue are still taken
by one of them, and should leases be unreadable, every worker decides everything.
"""

from typing import Final

import structlog

from gateway.clock import steady_s
from ingest.database import Connection
from ingest.lease import Pool, leave, take

SLICES: Final = 16
"""As the function place_slice has it."""
ALL: Final = frozenset(range(SLICES))
RENEW_S: Final = 0.5
SILENT_MS: Final = 3_000
"""A fire of a worker that died waits this long for another one, unless it is started anew first."""
PLACES: Final = Pool(
    leases="alarm_leases",
    workers="alarm_workers",
    part="slice",
    key=0x706C616365,  # `place` in ASCII
    parts=SLICES,
    silent_ms=SILENT_MS,
)

_log = structlog.get_logger("analytics.lease")


class Leases:
    """The slices of one worker.

    Args:
        worker: Its name; no other worker has it.
    """

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._held = ALL
        self._renewed_s = -RENEW_S

    @property
    def is_first(self) -> bool:
        """Whether what one worker does for all of them falls to this one."""
        return 0 in self._held

    def look(self, connection: Connection) -> frozenset[int]:
        """Renew when it is time; the slices held, all of them when leases cannot be read."""
        if steady_s() - self._renewed_s < RENEW_S:
            return self._held
        self._renewed_s = steady_s()
        try:
            held = take(connection, PLACES, self._worker)
        except Exception:  # the edge of the loop: a lease that fails keeps no alarm back
            if connection.broken:
                raise
            _log.exception("leases_not_renewed")
            held = ALL
        if held != self._held:
            _log.info("places", held=sorted(held), worker=self._worker)
        self._held = held
        return held

    def leave(self, connection: Connection) -> None:
        """Give everything back at once, so that nobody waits for the silence."""
        leave(connection, self._worker, PLACES)
