"""Hours of telemetry beyond a limit, within the reader's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row
from psycopg.sql import Identifier

from analytics.alarms.limit_preview import Beyond
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
