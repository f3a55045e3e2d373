"""Compounds, and what hangs where in their buildings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from dashboards.console.section import CarFrame, Floor, Thing
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "site.sql")
_MOST_FLOORS: Final = 5000
_MOST_THINGS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLine:
    """A compound as a tile: what is open in it, what of it is not heard."""

    code: str
    name_zh: str
    name_en: str
    address: str
    life_safety: int
    alarms: int
    unacknowledged: int
    oldest_at: datetime | None
    severity: str | None
    assets: int
    lifts: int
    silent: int
    uncommissioned: int

    @property
    def tone(self) -> str:
        """The colour class of its worst state; without any device nothing is known."""
        if self.life_safety:
            return "fire"
        if self.severity in ("critical", "major"):
            return "serious"
        if self.alarms:
            return "warning"
        if self.silent:
            return "contact"
        return "normal" if self.assets > self.uncommissioned else "unseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One compound."""

    code: str
    path: str
    name_zh: str
    name_en: str
    address: str
    access_note: str


def fetch_sites(connection: Connection, *, limit: int) -> list[SiteLine]:
    """Compounds of the scope, the most urgent first."""
    with connection.cursor(row_factory=class_row(SiteLine)) as cursor:
        return cursor.execute(_QUERIES["sites"], {"limit": limit}).fetchall()


def fetch_site(connection: Connection, code: str) -> Site | None:
    """One compound, if the scope shows it."""
    with connection.cursor(row_factory=class_row(Site)) as cursor:
        return cursor.execute(_QUERIES["site"], {"code": code}).fetchone()


def fetch_site_code(connection: Connection, asset_id: int) -> str | None:
    """The compound that an asset stands in; None: it stands above any."""
    row = connection.execute(_QUERIES["site_of"], {"asset_id": asset_id}).fetchone()
    return None if row is None else str(row[0])


def fetch_floors(connection: Connection, path: str) -> list[Floor]:
    """A compound, its buildings and their floors."""
    with connection.cursor(row_factory=class_row(Floor)) as cursor:
        return cursor.execute(_QUERIES["floors"], {"path": path, "limit": _MOST_FLOORS}).fetchall()


def fetch_things(connection: Connection, path: str, now: datetime) -> list[Thing]:
    """What can break in a compound, with its state."""
    with connection.cursor(row_factory=class_row(Thing)) as cursor:
        return cursor.execute(
            _QUERIES["things"], {"path": path, "now": now, "limit": _MOST_THINGS}
        ).fetchall()


def fetch_cars(
    connection: Connection, assets: Sequence[int], since: datetime
) -> dict[int, CarFrame]:
    """The newest frame of each lift that spoke since a time."""
    with connection.cursor(row_factory=class_row(CarFrame)) as cursor:
        rows = cursor.execute(_QUERIES["cars"], {"assets": list(assets), "since": since}).fetchall()
    return {row.asset_id: row for row in rows}
