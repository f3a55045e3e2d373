"""How long whatever stands beside the decision of events waits for a row that somebody else holds.

One loop does all of it, and new alarms wait behind each step. Whoever holds a row is mostly done
within milliseconds; who is frozen in the middle of a transaction keeps it for up to a minute, and
is not waited for: the work is left where it is and taken up again a moment later.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar

from ingest.database import Connection, in_transaction, load_queries
from ingest.errors import StoreUnavailable

_QUERIES: Final = load_queries("analytics", "patience.sql")
LOCK_WAIT: Final = timedelta(milliseconds=250)
"""Longest wait of one statement; above it lies what a decision of a whole flood takes."""
TRIES: Final = 2
"""How often it is tried at once, and then again after a while."""
_HELD_BY_OTHERS: Final = ("55P03", "40P01", "40001")
"""SQLSTATE: lock not available, deadlock detected, serialization failure."""

T = TypeVar("T")


def hurry(connection: Connection, longest: timedelta) -> None:
    """Wait for a lock no longer than this, until the transaction ends."""
    connection.execute(_QUERIES["hurry"], {"wait": f"{round(longest.total_seconds() * 1000)}ms"})


def briefly(connection: Connection, work: Callable[[Connection], T]) -> T:
    """What `work` returns, committed; a row that somebody else holds is waited for briefly.

    Raises:
        StoreUnavailable: A row is held, or the database is away; nothing was committed.
        RefusedByDatabase: The values were refused; nothing was committed.
    """

    def hurried(held: Connection) -> T:
        hurry(held, LOCK_WAIT)
        return work(held)

    return in_transaction(connection, hurried, attempts=TRIES)


def is_held(error: BaseException) -> bool:
    """Whether somebody else held what was needed: the same again is worth a try."""
    return isinstance(error, StoreUnavailable) and error.code in _HELD_BY_OTHERS
