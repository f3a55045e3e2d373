"""Signs of life in the database, and what is told when an asset stops giving them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import structlog
from psycopg.rows import class_row

from gateway.catalogue import ASSET_CLASSES
from gateway.catalogue.platform import ASSET_SILENT
from gateway.clock import now_ms, steady_s
from ingest.alarm import Event
from ingest.array import numbers
from ingest.commit import Session
from ingest.contact import Contacts, Heard
from ingest.database import Connection, in_transaction, load_queries
from ingest.delivery_store import moment
from ingest.errors import RefusedByDatabase, StoreUnavailable
from ingest.event_asset import Place
from ingest.event_store import announce, tell_of_assets

log = structlog.get_logger(__name__)

_QUERIES: Final = load_queries("ingest", "contacts.sql")
WRITE_S: Final = 2.0
AT_ONCE: Final = 500
"""Most assets told of in one transaction, so that none of them lasts."""
ROUNDS: Final = 4
"""Most such transactions of one look; the others follow at the next."""
JUDGED: Final = tuple(kind for kind in ASSET_CLASSES if kind.metrics)
"""Classes that send values all the time. The others say nothing while they are well (a fire panel,
a call point): their silence means nothing, and nothing is concluded from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asset:
    asset_id: int
    path: str
    heard_ms: int


def store_contacts(connection: Connection, heard: Heard, now_ms: int) -> None:
    """Commit signs of life."""
    values = {
        "assets": numbers(heard.assets.tolist()),
        "at_ms": numbers(heard.at_ms.tolist()),
        "now": moment(now_ms),
    }
    in_transaction(connection, lambda inside: inside.execute(_QUERIES["hear_assets"], values))


def tell_silence(connection: Connection, now_ms: int, since_ms: int = 0) -> int:
    """Raise and clear `asset_silent`, a bounded number at a time; how many events were made.

    Args:
        since_ms: Since when our clock runs as it does now [ms UTC]; silence counts from then on.
    """
    told = 0
    for _ in range(ROUNDS):
        made = in_transaction(connection, lambda inside: _tell(inside, now_ms, since_ms))
        told += made
        if made < AT_ONCE:
            break
    return told


def count_silent(connection: Connection) -> int:
    """How many assets are silent now."""
    row = connection.execute(_QUERIES["count_silent"]).fetchone()
    return int(str(row[0])) if row else 0


class ContactWriter:
    """Writes what a process heard, every two seconds; for one thread.

    Args:
        contacts: What was heard.
        session: The connection of this thread.
    """

    def __init__(self, contacts: Contacts, session: Session) -> None:
        self._contacts = contacts
        self._session = session
        self._written_s = steady_s()
        self._is_down = False

    def look(self, *, is_last: bool = False) -> None:
        """Write what is due; what cannot be written now is written at another look."""
        if steady_s() - self._written_s < WRITE_S and not is_last:
            return
        self._written_s = steady_s()
        heard = self._contacts.due(now_ms(), is_last=is_last)
        if not heard.assets.size:
            return
        try:
            store_contacts(self._session(), heard, now_ms())
        except (StoreUnavailable, RefusedByDatabase) as error:
            if not self._is_down:
                log.warning("contacts_not_written", error=str(error))
            self._is_down = True
            self._session.close()
            return
        self._is_down = False
        self._contacts.written(heard)


def _tell(connection: Connection, now_ms: int, since_ms: int) -> int:
    values: dict[str, object] = {
        "now": moment(now_ms),
        "since": moment(since_ms),
        "classes": [kind.name for kind in JUDGED],
        "silences_ms": [round(kind.silence_s * 1000) for kind in JUDGED],
    }
    silent = _fetch(connection, "fallen_silent", values | {"limit": AT_ONCE})
    # Raises come first; a clear may wait for the next look.
    room = AT_ONCE - len(silent)
    again = _fetch(connection, "no_longer_silent", values | {"limit": room}) if room else []
    events = [*(_event(n, one, "raise", now_ms) for n, one in enumerate(silent))]
    events += [_event(n, one, "clear", now_ms) for n, one in enumerate(again, len(silent))]
    if events:
        places = [
            Place(asset_id=one.asset_id, path=one.path, is_placeholder=False)
            for one in (*silent, *again)
        ]
        tell_of_assets(connection, events, places, now_ms)
        _mark(connection, silent, is_silent=True)
        _mark(connection, again, is_silent=False)
        announce(connection)
    return len(events)


def _fetch(connection: Connection, query: str, values: dict[str, object]) -> list[_Asset]:
    with connection.cursor(row_factory=class_row(_Asset)) as cursor:
        return cursor.execute(_QUERIES[query], values).fetchall()


def _mark(connection: Connection, assets: Sequence[_Asset], *, is_silent: bool) -> None:
    if assets:
        values = {"assets": [one.asset_id for one in assets], "is_silent": is_silent}
        connection.execute(_QUERIES["mark_silent"], values)


def _event(position: int, asset: _Asset, state: Literal["raise", "clear"], now_ms: int) -> Event:
    silent_s = max(now_ms - asset.heard_ms, 0) / 1000
    return Event(
        position=position,
        asset="",
        event=ASSET_SILENT.name,
        condition=ASSET_SILENT.name,
        state=state,
        at_ms=now_ms,
        device_ms=None,
        code_system="",
        code="",
        text=f"no value and no event for {silent_s:.0f} s" if state == "raise" else "",
        raw="",
        flags=(),
    )
