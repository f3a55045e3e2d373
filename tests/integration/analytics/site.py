"""The site that the tests of the alarm process share."""

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from analytics.alarms.report import EventId
from gateway.catalogue import EVENT_KINDS
from ingest.database import Connection, Query, connect, parse_queries, trusted_sql
from towerwatch.services.database import DatabaseUrls

_FILE = Path(__file__).with_name("site.sql")
_QUERIES: dict[str, Query] = {
    query.name: query for query in parse_queries(_FILE.name, _FILE.read_text("utf-8"))
}
_LIFE_SAFETY = {kind.name for kind in EVENT_KINDS if kind.is_life_safety}
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A database with a registry."""

    urls: DatabaseUrls


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One event as a device says it; only what matters is given."""

    seq: int
    asset: str = "L-1"
    event: str = "entrapment"
    state: str = "raise"
    condition: str = ""
    gateway: str = "gw-1"
    stream: int = 1
    position: int = 0
    at: datetime = NOW
    text: str = ""


def build_site(urls: DatabaseUrls) -> Site:
    with closing(connect(urls.owner_url, application="test site")) as owner, owner.transaction():
        for name in ("places", "organisations", "managements", "assets", "placeholder"):
            owner.execute(_QUERIES[name].statement)
    return Site(urls=urls)


def say(connection: Connection, said: Said) -> EventId:
    """Write an event as ingest does, in the caller's transaction."""
    row = connection.execute(
        _QUERIES["say"].statement,
        {
            "asset": said.asset,
            "event": said.event,
            "condition": said.condition or said.event,
            "state": said.state,
            "gateway": said.gateway,
            "stream": said.stream,
            "seq": said.seq,
            "position": said.position,
            "at": said.at,
            "text": said.text,
            "is_life_safety": said.event in _LIFE_SAFETY,
        },
    ).fetchone()
    assert row is not None
    return EventId(cast("int", row[0]))


def measure(connection: Connection, at: datetime, pressure: float, *, asset: str = "W-1") -> None:
    """Write a pressure [kPa] as ingest does."""
    connection.execute(
        _QUERIES["measure"].statement,
        {"at": at, "pressure": pressure, "asset": asset, "received_at": at},
    )


def rows(connection: Connection, statement: str) -> list[tuple[object, ...]]:
    """Whatever a test wants to look at."""
    return connection.execute(trusted_sql(statement)).fetchall()
