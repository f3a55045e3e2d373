"""Keeps the words that places and assets are found by up with the registry, beside the pages."""

import threading
from typing import Final

import structlog

from dashboards.console.store.pool import WHOLE_TREE, Store
from dashboards.console.store.search import write_names
from gateway.clock import steady_s
from ingest.errors import StoreUnavailable

_LOG = structlog.get_logger("console.librarian")
EVERY_S: Final = 30.0
"""A device is found this long after it was registered, at the latest."""
AGAIN_S: Final = 3.0
"""Pause after a look that failed."""
_BATCH: Final = 1000
REST: Final = 3.0
"""Rest after a batch, as a multiple of what it took: a new city's names do not crowd out a fire."""


class Librarian:
    """Writes down the names that are new, every half minute; nothing waits for it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="console names", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End, and wait for it."""
        self._stopping.set()
        self._thread.join(timeout_s)

    def look(self) -> int:
        """Write down one batch of names; how many it was.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        with self._store.scoped(WHOLE_TREE, writes=True) as connection:
            return write_names(connection, limit=_BATCH)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self._rest_s())

    def _rest_s(self) -> float:
        """Look once; the pause until the next look."""
        began_s = steady_s()
        try:
            is_whole = self.look() < _BATCH
        except StoreUnavailable:
            return AGAIN_S
        except Exception:  # noqa: BLE001 - the edge of the loop: a search that is old hurts nobody
            _LOG.exception("names_not_written")
            return EVERY_S
        return EVERY_S if is_whole else min(REST * (steady_s() - began_s), EVERY_S)
