"""Hours of telemetry beyond a limit, within the reader's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row
from psycopg.sql import Identifier

from analytics.alarms.limit_preview import Beyond
from analytics.limits.book import Target
from gateway.catalogue import AssetClass, Metric
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "limit.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit that somebody thinks of.

    Attributes:
        value: [unit of the metric].
        is_above: Whether it is passed upwards.
    """

    kind: AssetClass
    metric: Metric
    value: float
    is_above: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetName:
    """What an asset is called."""

    id: int
    code: str
    name_zh: str
    name_en: str


def fetch_beyond(
    connection: Connection, limit: Limit, since: datetime, *, most: int
) -> list[Beyond]:
    """Hours beyond the limit, in the order of assets and hours."""
    assert limit.kind.table is not None
    view = Identifier(f"visible_{limit.kind.table.removesuffix('_samples')}_hours")
    if limit.is_above:
        query = _QUERIES["hours_above"].format(
            view=view, highest=Identifier(f"{limit.metric.name}_max")
        )
    else:
        query = _QUERIES["hours_below"].format(
            view=view, lowest=Identifier(f"{limit.metric.name}_min")
        )
    values = {"since": since, "limit": limit.value, "most": most}
    with connection.cursor(row_factory=class_row(Beyond)) as cursor:
        return cursor.execute(query, values).fetchall()


def fetch_names(connection: Connection, ids: Sequence[int]) -> dict[int, AssetName]:
    """What some assets are called."""
    with connection.cursor(row_factory=class_row(AssetName)) as cursor:
        found = cursor.execute(_QUERIES["named"], {"ids": list(ids)}).fetchall()
    return {one.id: one for one in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLine:
    """A limit that was set, as administrators read it.

    Attributes:
        standard: The catalogue's limit that it replaces [unit of the metric]; None: there is none.
        former: What held there before [unit of the metric]; None: nothing did.
        path: Where it holds, or where its asset stands.
    """

    id: int
    asset_class: str
    metric: str
    is_floor: bool
    standard: float | None
    value: float
    former: float | None
    reason: str
    set_at: datetime
    set_by: str
    valid_from: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_why: str | None
    path: str
    asset_id: int | None
    asset_code: str | None
    where_zh: str
    where_en: str

    @property
    def target(self) -> Target:
        """Which limit is meant."""
        return Target(
            asset_class=self.asset_class,
            metric=self.metric,
            is_floor=self.is_floor,
            standard=self.standard,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """A place at which a limit may be set."""

    code: str
    name_zh: str
    name_en: str
    depth: int
    path: str


def fetch_settings(connection: Connection, *, limit: int) -> list[SettingLine]:
    """Limits that were set in the reader's scope or above it."""
    with connection.cursor(row_factory=class_row(SettingLine)) as cursor:
        return cursor.execute(_QUERIES["settings"], {"id": None, "limit": limit}).fetchall()


def fetch_setting(connection: Connection, setting: int) -> SettingLine | None:
    """One of them; None when the reader sees none of that number."""
    with connection.cursor(row_factory=class_row(SettingLine)) as cursor:
        return cursor.execute(_QUERIES["settings"], {"id": setting, "limit": 1}).fetchone()


def fetch_places(connection: Connection) -> list[PlaceLine]:
    """Places of the scope, from the city to the compound."""
    with connection.cursor(row_factory=class_row(PlaceLine)) as cursor:
        return cursor.execute(_QUERIES["places"]).fetchall()


def fetch_place(connection: Connection, code: str) -> PlaceLine | None:
    """A place of the scope."""
    with connection.cursor(row_factory=class_row(PlaceLine)) as cursor:
        return cursor.execute(_QUERIES["place"], {"code": code}).fetchone()
