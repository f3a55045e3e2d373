"""Commit a batch whatever it takes: wait for the database, and find the message that poisons it."""

import random
import threading
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import structlog

from ingest.database import LOCK_WAIT, Connection, connect
from ingest.errors import RefusedByDatabase, StoreUnavailable

log = structlog.get_logger(__name__)

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 1.0
"""An alarm waits so long at most once the database is back; the decision has a pause of its own."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Session:
    """A connection that is made again when it is lost; for one thread."""

    def __init__(self, url: str, application: str) -> None:
        self._url = url
        self._application = application
        self._connection: Connection | None = None

    def __call__(self) -> Connection:
        """The connection. Raises StoreUnavailable."""
        if self._connection is None or self._connection.closed or self._connection.broken:
            self.close()
            self._connection = connect(
                self._url, application=self._application, lock_wait=LOCK_WAIT
            )
        return self._connection

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Committer(Generic[Item, Result]):
    """Stores batches in order; nothing is given up but the poison itself, which is kept aside.

    Args:
        session: The connection of this thread.
        store: Commits items or raises StoreUnavailable or RefusedByDatabase.
        poison: Stores one item that was refused, as quarantine.
    """

    def __init__(
        self,
        session: Session,
        store: Callable[[Connection, Sequence[Item]], Result],
        poison: Callable[[Connection, Item, str], Result],
        stopping: threading.Event,
    ) -> None:
        self._session = session
        self._store = store
        self._poison = poison
        self._stopping = stopping
        self._is_down = False
        self.failures = 0

    @property
    def is_down(self) -> bool:
        """Whether the last attempt found the database away."""
        return self._is_down

    def commit(self, items: Sequence[Item]) -> list[Result] | None:
        """Store all of them; None when the process stops before that (nothing is acknowledged)."""
        if not items:
            return []
        try:
            return [self._patiently(lambda connection: self._store(connection, items))]
        except _Stopped:
            return None
        except RefusedByDatabase as error:
            return self._split(items, str(error))

    def _split(self, items: Sequence[Item], why: str) -> list[Result] | None:
        if len(items) > 1:
            middle = len(items) // 2
            first = self.commit(items[:middle])
            second = self.commit(items[middle:]) if first is not None else None
            return None if first is None or second is None else [*first, *second]
        log.error("message_refused_by_database", reason=why)
        try:
            return [self._patiently(lambda connection: self._poison(connection, items[0], why))]
        except _Stopped:
            return None

    def _patiently(self, work: Callable[[Connection], Result]) -> Result:
        tries = 0
        while True:
            try:
                result = work(self._session())
            except StoreUnavailable as error:
                self.failures += 1
                if not self._is_down:
                    log.error("database_unavailable", error=str(error))  # noqa: TRY400 - one line
                self._is_down = True
                self._session.close()
            except (RefusedByDatabase, MemoryError):
                raise
            except Exception as error:
                # The edge of the lane's loop: without this a message that trips us would end the
                # thread, come back with the next connection, and end it again, for ever.
                log.exception("store_failed")
                self._session.close()
                raise RefusedByDatabase(f"not stored: {error!r}"[:500]) from error
            else:
                if self._is_down:
                    log.info("database_back")
                self._is_down = False
                return result
            pause = min(_FIRST_PAUSE_S * 2.0 ** min(tries, 8), _LONGEST_PAUSE_S)
            tries += 1
            if self._stopping.wait(pause * random.uniform(0.5, 1.0)):  # noqa: S311 - jitter
                raise _Stopped


class _Stopped(Exception):
    """The process stops while the database is away."""
