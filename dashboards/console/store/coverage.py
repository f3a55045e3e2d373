"""What is watched and what is not: a fact of its own, place by place."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from psycopg.rows import class_row

from dashboards.console.present import ZONE
from dashboards.console.section import REPORTING
from gateway.catalogue import ASSET_CLASSES
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "coverage.sql")
QUIET: Final = tuple(
    kind.name for kind in ASSET_CLASSES if kind.silence_s > REPORTING.total_seconds()
)
"""Classes that may say nothing for longer while they are well; their gateway speaks for them."""
_UNWATCHED: Final = ("gateway", "network")
"""Classes of the platform itself: they are the watching, not the watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceName:
    """A place on the way down."""

    code: str
    path: str
    level: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageLine:
    """One place with how many of its devices are watched.

    Attributes:
        covered: Commissioned, heard lately and under contract, all at once.
    """

    code: str
    level: str
    name_zh: str
    name_en: str
    registered: int
    commissioned: int
    reporting: int
    contracted: int
    placeholders: int
    covered: int

    @property
    def share(self) -> float | None:
        """Share of the registered devices that are covered; None: nothing is registered."""
        return self.covered / self.registered if self.registered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class UncoveredLine:
    """One device that is not watched in full."""

    id: int
    code: str
    asset_class: str
    name_zh: str
    name_en: str
    is_placeholder: bool
    is_commissioned: bool
    is_reporting: bool
    is_contracted: bool
    contract_until: date | None
    heard_at: datetime | None


def fetch_place(connection: Connection, code: str) -> PlaceName | None:
    """One place, if the scope shows it."""
    with connection.cursor(row_factory=class_row(PlaceName)) as cursor:
        return cursor.execute(_QUERIES["here"], {"code": code}).fetchone()


def fetch_above(connection: Connection, path: str) -> list[PlaceName]:
    """The places over one, from the widest."""
    with connection.cursor(row_factory=class_row(PlaceName)) as cursor:
        return cursor.execute(_QUERIES["above"], {"path": path}).fetchall()


def fetch_coverage(
    connection: Connection, path: str | None, now: datetime, *, limit: int
) -> list[CoverageLine]:
    """Coverage of the places below one; without a path of those with which the scope begins."""
    with connection.cursor(row_factory=class_row(CoverageLine)) as cursor:
        return cursor.execute(
            _QUERIES["coverage"], {**_facts(now), "path": path, "limit": limit}
        ).fetchall()


def fetch_uncovered(
    connection: Connection, path: str, now: datetime, *, limit: int
) -> list[UncoveredLine]:
    """Devices at or below a place that are not watched in full."""
    with connection.cursor(row_factory=class_row(UncoveredLine)) as cursor:
        return cursor.execute(
            _QUERIES["uncovered"], {**_facts(now), "path": path, "limit": limit}
        ).fetchall()


def _facts(now: datetime) -> dict[str, object]:
    return {
        "now": now,
        "today": now.astimezone(ZONE).date(),
        "since": now - REPORTING,
        "quiet": list(QUIET),
        "unwatched": list(_UNWATCHED),
    }
