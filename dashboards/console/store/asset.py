"""Assets, what they measured, what they said, and what may fail."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import class_row
from psycopg.sql import SQL, Composed, Identifier

from dashboards.console.store.standing import standing
from gateway.catalogue import AssetClass
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "asset.sql")
_MOST_BINS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetCard:
    """One asset with where it is and who maintains it."""

    id: int
    code: str
    asset_class: str
    name_zh: str
    name_en: str
    zone: str
    is_placeholder: bool
    commissioned_at: datetime | None
    retired_at: datetime | None
    contract_until: date | None
    maintainer_zh: str
    maintainer_en: str
    maintainer_phone: str
    place_names_zh: list[str]
    place_names_en: list[str]
    gateway: str | None
    place_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Measurements of one asset.

    Attributes:
        at_s: Times [s since 1970], shape (n_frames,).
        values: Metric name to values [the metric's unit], shape (n_frames,); NaN: no sensor.
        is_cut: There are more frames than the limit; the oldest are here.
    """

    at_s: NDArray[np.float64]
    values: dict[str, NDArray[np.float64]]
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The newest frame of an asset; metrics without a sensor are None."""

    at: datetime
    values: dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """One thing that a device said."""

    id: int
    asset: str
    event: str
    state: str
    at: datetime
    received_at: datetime
    code_system: str
    code: str
    text: str
    flags: list[str]
    gateway: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """One place of the scope."""

    code: str
    path: str
    level: str
    name_zh: str
    name_en: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time, its end not included."""

    since: datetime
    until: datetime


def fetch_asset(connection: Connection, asset_id: int) -> AssetCard | None:
    """One asset, if the scope shows it."""
    query = _QUERIES["asset"].format(standing=standing("places", "path"))
    with connection.cursor(row_factory=class_row(AssetCard)) as cursor:
        return cursor.execute(query, {"id": asset_id}).fetchone()


def fetch_series(
    connection: Connection, kind: AssetClass, asset_id: int, span: Span, *, limit: int
) -> Series:
    """Every metric of an asset within a span."""
    rows = connection.execute(
        _frames("series", kind),
        {"asset_id": asset_id, "since": span.since, "until": span.until, "limit": limit + 1},
    ).fetchall()
    kept = rows[:limit]
    at_s = np.array([_moment(row[0]).timestamp() for row in kept], dtype=np.float64)
    table = np.array([[_number(value) for value in row[1:]] for row in kept], dtype=np.float64)
    columns = table.reshape(len(kept), len(kind.metrics)).T
    values = dict(zip((metric.name for metric in kind.metrics), columns, strict=True))
    return Series(at_s=at_s, values=values, is_cut=len(rows) > limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Measurements of one asset in bins.

    Attributes:
        at_s: Beginnings of the bins [s since 1970], shape (n_bins,).
        mean: Metric name to means [the metric's unit], shape (n_bins,); NaN: nothing measured.
        low: The least values, alike.
        high: The greatest values, alike.
    """

    at_s: NDArray[np.float64]
    mean: dict[str, NDArray[np.float64]]
    low: dict[str, NDArray[np.float64]]
    high: dict[str, NDArray[np.float64]]


_NOT_BY_HOUR: Final = frozenset({"floor", "direction", "mode", "run_count", "starts"})
"""Codes and counters: their mean means nothing, and the hours leave them out."""


def fetch_history(
    connection: Connection, kind: AssetClass, asset_id: int, span: Span, step: timedelta
) -> History:
    """Measurements in bins; of an hour and longer from the hours that are kept for long."""
    names = [metric.name for metric in kind.metrics if metric.name not in _NOT_BY_HOUR]
    is_long = step >= timedelta(hours=1)
    table = (kind.table or "").replace("_samples", "_hours") if is_long else kind.table
    query = _QUERIES["hours" if is_long else "bins"].format(
        columns=SQL(", ").join(
            Identifier(f"{name}_{part}")
            if is_long
            else SQL("{}({})").format(SQL(function), Identifier(name))
            for name in names
            for part, function in (("mean", "avg"), ("min", "min"), ("max", "max"))
        ),
        view=Identifier(f"visible_{table}"),
    )
    named = {
        "asset_id": asset_id,
        "since": span.since,
        "until": span.until,
        "step": step,
        "limit": _MOST_BINS,
    }
    rows = connection.execute(query, named).fetchall()
    at_s = np.array([_moment(row[0]).timestamp() for row in rows], dtype=np.float64)
    values = np.array([[_number(value) for value in row[1:]] for row in rows], dtype=np.float64)
    columns = values.reshape(len(rows), 3 * len(names)).T
    return History(
        at_s=at_s,
        mean=dict(zip(names, columns[0::3], strict=True)),
        low=dict(zip(names, columns[1::3], strict=True)),
        high=dict(zip(names, columns[2::3], strict=True)),
    )


def fetch_frames_by_hour(
    connection: Connection, kind: AssetClass, asset_id: int, since: datetime
) -> dict[datetime, int]:
    """Beginning of an hour to how many frames came of it."""
    view = Identifier(f"visible_{kind.table}")
    rows = connection.execute(
        _QUERIES["frames_by_hour"].format(view=view), {"asset_id": asset_id, "since": since}
    ).fetchall()
    return {_moment(hour): int(str(frames)) for hour, frames in rows}


def fetch_latest(
    connection: Connection, kind: AssetClass, asset_id: int, since: datetime
) -> Latest | None:
    """The newest frame of an asset since a time."""
    row = connection.execute(
        _frames("latest", kind), {"asset_id": asset_id, "since": since}
    ).fetchone()
    if row is None:
        return None
    values = [None if value is None else float(str(value)) for value in row[1:]]
    names = (metric.name for metric in kind.metrics)
    return Latest(at=_moment(row[0]), values=dict(zip(names, values, strict=True)))


def fetch_events(
    connection: Connection, *, asset_id: int | None, before: int | None, limit: int
) -> list[EventLine]:
    """What devices said, newest first."""
    parameters = {"asset_id": asset_id, "before": before, "limit": limit}
    with connection.cursor(row_factory=class_row(EventLine)) as cursor:
        return cursor.execute(_QUERIES["events"], parameters).fetchall()


def fetch_places(connection: Connection, *, after: str | None, limit: int) -> list[PlaceLine]:
    """Places of the scope in tree order."""
    with connection.cursor(row_factory=class_row(PlaceLine)) as cursor:
        return cursor.execute(_QUERIES["places"], {"after": after, "limit": limit}).fetchall()


def _frames(name: str, kind: AssetClass) -> Composed:
    columns = SQL(", ").join(Identifier(metric.name) for metric in kind.metrics)
    view = Identifier(f"visible_{kind.table}")
    return _QUERIES[name].format(columns=columns, view=view)


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no time")
    return value


def _number(value: object) -> float:
    return float("nan") if value is None else float(str(value))
