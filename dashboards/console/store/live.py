"""The live stream's rows: what changed, in the order of commits."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import psycopg
from psycopg.rows import class_row

from dashboards.console.store.pool import WHOLE_TREE, scope_setting
from ingest.database import Connection, Trouble, connect, first_line, load_queries, trouble_of
from ingest.errors import StoreUnavailable

_QUERIES: Final = load_queries("dashboards.console", "live.sql")
_SCOPE: Final = load_queries("dashboards.console", "scope.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRow:
    """One numbered change."""

    id: int
    at: datetime
    kind: str
    subject_id: int | None
    place_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Oldest and newest id that the stream still has; both 0 when it is empty."""

    oldest: int
    newest: int


def fetch_after(connection: Connection, after: int, *, limit: int) -> list[LiveRow]:
    """Changes after an id, oldest first."""
    with connection.cursor(row_factory=class_row(LiveRow)) as cursor:
        return cursor.execute(_QUERIES["after"], {"after": after, "limit": limit}).fetchall()


def fetch_bounds(connection: Connection) -> Bounds:
    """Oldest and newest id of the stream, as the scope shows it."""
    row = connection.execute(_QUERIES["bounds"]).fetchone()
    oldest, newest = (int(str(value)) for value in row or (0, 0))
    return Bounds(oldest=oldest, newest=newest)


@contextmanager
def listening(url: str) -> Iterator[Connection]:
    """A connection that sees every place and is woken by the sequencer.

    Raises:
        StoreUnavailable: The server does not answer, or went away within the block.
    """
    try:
        with closing(connect(url, application="towerwatch console live")) as connection:
            connection.execute(_SCOPE["set_session_scope"], {"scope": scope_setting(WHOLE_TREE)})
            connection.execute(_QUERIES["listen"])
            yield connection
    except psycopg.Error as error:
        raise StoreUnavailable(first_line(error)) from error


def is_of_values(error: Exception) -> bool:
    """Whether a row's values are to blame for an error, not the server and not the statement."""
    if isinstance(error, psycopg.Error):
        return trouble_of(error) is Trouble.VALUES
    return not isinstance(error, StoreUnavailable)


def wait_for_news(connection: Connection, timeout_s: float) -> None:
    """Return at the sequencer's word, or after the timeout [s]."""
    for _ in connection.notifies(timeout=timeout_s, stop_after=1):
        break
