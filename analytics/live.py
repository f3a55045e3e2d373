"""The live stream: changes are written without a number and get one after their commit.

A reader of `live_events` may ask for everything after its last number: numbers are given by one
sequencer at a time to rows that are committed, so that no lower number can appear later.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final, cast

import psycopg

from analytics.alarms.report import PlacePath
from analytics.rows import rows_of
from ingest.database import Connection, first_line, load_queries
from ingest.errors import StoreUnavailable

_QUERIES: Final = load_queries("analytics", "live.sql")
BATCH: Final = 2000
"""Most changes that are numbered in one transaction."""


class Change(StrEnum):
    """What changed."""

    ALARM = "alarm"
    ORDER = "order"
    WARNING = "warning"
    NOTICE = "notice"
    PLATFORM = "platform"


class Channel(StrEnum):
    """Where a hint is given that something waits."""

    EVENTS = "tw_events"
    ACTS = "tw_acts"
    WARNINGS = "tw_warnings"
    LIVE = "tw_live"
    NOTICES = "tw_notices"


class Announcement:
    """Changes of one transaction, each subject once, written together at its end."""

    def __init__(self) -> None:
        self._changes: dict[tuple[Change, int | None], PlacePath] = {}

    def add(self, kind: Change, subject_id: int | None, place_path: PlacePath) -> None:
        """Note a change; the same subject again is shown once."""
        self._changes[kind, subject_id] = place_path

    def write(self, connection: Connection, now: datetime) -> None:
        """Write what was noted, in the transaction that made the changes."""
        if not self._changes:
            return
        connection.execute(
            _QUERIES["announce"],
            rows_of(
                [
                    {"at": now, "kind": kind, "subject_id": subject, "place_path": path}
                    for (kind, subject), path in self._changes.items()
                ]
            ),
        )


def sequence(connection: Connection) -> int:
    """Give numbers to committed changes; how many there were. Any number may run at once.

    Whoever is stuck while it numbers keeps others from numbering for a moment, and from nothing else.
    """
    if not _is_waiting(connection):
        return 0
    with connection.transaction():
        return _number(connection)


def _number(connection: Connection) -> int:
    row = connection.execute(_QUERIES["lock_counter"]).fetchone()
    if row is None:
        return 0
    last_id = cast("int", row[0])
    found = connection.execute(_QUERIES["number"], {"last_id": last_id, "limit": BATCH})
    count = found.rowcount
    if count:
        connection.execute(_QUERIES["set_counter"], {"last_id": last_id + count})
        notify(connection, Channel.LIVE)
    return count


def _is_waiting(connection: Connection) -> bool:
    row = connection.execute(_QUERIES["is_waiting"]).fetchone()
    return row is not None and bool(row[0])


def notify(connection: Connection, channel: Channel) -> None:
    """Give those who listen a hint; it is sent by the commit."""
    connection.execute(_QUERIES["notify"], {"channel": channel})


def listen(connection: Connection) -> None:
    """Make a connection the alarm process's: hints that wake it, plans that no statistics upset."""
    names = ("plan_by_index", "let_go", "listen_events", "listen_acts", "listen_warnings")
    for name in names:
        connection.execute(_QUERIES[name])


def listen_notices(connection: Connection) -> None:
    """Ask for the hint that something is to be sent."""
    connection.execute(_QUERIES["listen_notices"])


def wait_for_hint(connection: Connection, timeout_s: float) -> None:
    """Wait until somebody gives a hint, or for the time given [s].

    Raises:
        StoreUnavailable: The connection is gone.
    """
    try:
        for _ in connection.notifies(timeout=timeout_s, stop_after=1):
            return
    except psycopg.Error as error:
        raise StoreUnavailable(first_line(error)) from error


def prune(connection: Connection, before: datetime, platform_before: datetime) -> int:
    """Delete old numbers; the counter stands apart, so numbers are never given twice.

    Args:
        platform_before: The self-test's are older than this sooner.
    """
    values = {"before": before, "platform_before": platform_before}
    return connection.execute(_QUERIES["prune"], values).rowcount
