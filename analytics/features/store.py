"""Rows of features: hours read, days made once, windows of days loaded as arrays."""

import zlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from analytics.alarms.alarm import AssetId
from analytics.features.hours import DAY_H, Hours
from analytics.features.table import FEATURES, carried, columns_of, days_of
from gateway.catalogue import asset_class
from ingest.copy import HEADER, TRAILER
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "feature.sql")
CHINA: Final = timezone(timedelta(hours=8))
"""China has one time zone without summer time; a day's features are those of its own day."""
KEPT_DAYS: Final = 400
_PG_DAY: Final = date(2000, 1, 1)
"""PostgreSQL counts days from here in its binary format."""
_FLOAT4: Final = 700
"""Object identifier of real."""
_COPY_HEAD: Final = len(HEADER)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDays:
    """Days of a class as arrays.

    Attributes:
        first: The oldest day.
        assets: One for each row.
        values: Shape (n_assets, n_days, n_features); NaN: nothing is known.
    """

    asset_class: str
    first: date
    assets: tuple[AssetId, ...]
    values: NDArray[np.float32]


def schema_key(of_class: str) -> int:
    """Which features a class has, in which order, as a number of 31 bits."""
    names = ",".join(feature.name for feature in FEATURES[of_class])
    return zlib.crc32(names.encode()) & 0x7FFFFFFF


def day_of(now: datetime) -> date:
    """The day in China at a time."""
    return now.astimezone(CHINA).date()


def begin_of(day: date) -> datetime:
    """Midnight at the begin of a day in China."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)


def missing_days(connection: Connection, of_class: str, first: date, last: date) -> list[date]:
    """Days from first to last whose features are not made, newest first."""
    named = {"class": of_class, "first": first, "last": last, "key": schema_key(of_class)}
    rows = connection.execute(_QUERIES["made_days"], named).fetchall()
    made = {cast("date", row[0]) for row in rows}
    length = (last - first).days + 1
    days = [last - timedelta(days=back) for back in range(length)]
    return [day for day in days if day not in made]


def first_day(connection: Connection, of_class: str, since: date) -> date | None:
    """The first day with a reading since a day; None: there is none."""
    statement = _QUERIES["first_hour"].format(table=_hours_table(of_class))
    row = connection.execute(statement, {"since": begin_of(since)}).fetchone()
    return None if row is None or row[0] is None else day_of(cast("datetime", row[0]))


def read_hours(
    connection: Connection, of_class: str, day: date
) -> tuple[tuple[AssetId, ...], Hours] | None:
    """The hours of one day of a class; None: no asset said anything."""
    return read_span(connection, of_class, begin_of(day), DAY_H)


def read_span(
    connection: Connection, of_class: str, begin: datetime, length: int
) -> tuple[tuple[AssetId, ...], Hours] | None:
    """Some hours of a class; None: no asset said anything.

    Args:
        connection: Of the role tw_analytics.
        of_class: Asset class.
        begin: A full hour.
        length: How many [h].
    """
    columns = columns_of(of_class)
    statement = _QUERIES["read_hours"].format(
        columns=sql.SQL(", ").join(
            sql.SQL("{}::float8").format(sql.Identifier(name)) for name in columns
        ),
        table=_hours_table(of_class),
    )
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(
            statement,
            {"class": of_class, "start": begin, "until": begin + timedelta(hours=length)},
        ).fetchall()
    if not rows:
        return None
    table = np.array(rows, dtype=np.float64)
    assets, places = np.unique(table[:, 0].astype(np.int64), return_inverse=True)
    cube = np.full((len(columns), len(assets), length), np.nan, dtype=np.float32)
    cube[:, places, table[:, 1].astype(np.int64)] = table[:, 2:].T
    found = {name: cube[place] for place, name in enumerate(columns)}
    return tuple(AssetId(int(asset)) for asset in assets), Hours(
        asset_class=of_class, columns=found, length=length
    )


def make_day(connection: Connection, of_class: str, day: date, now: datetime) -> int:
    """Compute and store the features of one day; how many assets had something to say.

    To be called in a transaction.
    """
    read = read_hours(connection, of_class, day)
    if read is None:
        nothing = np.empty((0, len(FEATURES[of_class])), dtype=np.float32)
        store_day(connection, of_class, day, (), nothing, now)
        return 0
    assets, hours = read
    store_day(connection, of_class, day, assets, days_of(hours)[:, 0].astype(np.float32), now)
    return len(assets)


def store_day(  # noqa: PLR0913, PLR0917 - what a row is made of
    connection: Connection,
    of_class: str,
    day: date,
    assets: tuple[AssetId, ...],
    values: NDArray[np.float32],
    now: datetime,
) -> None:
    """Store the features of one day anew, shape (n_assets, n_features). In a transaction."""
    named = {"class": of_class, "day": day}
    connection.execute(_QUERIES["drop_day"], named)
    if assets:
        with connection.cursor() as cursor, cursor.copy(_QUERIES["copy_day"]) as copy:
            copy.write(_written(of_class, day, assets, values))
    counted = named | {"key": schema_key(of_class), "assets": len(assets), "now": now}
    connection.execute(_QUERIES["note_day"], counted)


def load_days(connection: Connection, of_class: str, first: date, last: date) -> FeatureDays:
    """The features of all days from first to last."""
    named = {"class": of_class, "first": first, "last": last, "key": schema_key(of_class)}
    with connection.cursor() as cursor, cursor.copy(_QUERIES["load_days"], named) as copy:
        sent = b"".join(bytes(part) for part in copy)
    features = len(FEATURES[of_class])
    rows = np.frombuffer(sent[_COPY_HEAD : -len(TRAILER)], dtype=_read_type(features))
    assets, places = np.unique(rows["asset"].astype(np.int64), return_inverse=True)
    values = np.full((len(assets), (last - first).days + 1, features), np.nan, dtype=np.float32)
    values[places, rows["day"].astype(np.int64)] = rows["features"]["value"].astype(np.float32)
    return FeatureDays(
        asset_class=of_class,
        first=first,
        assets=tuple(AssetId(int(asset)) for asset in assets),
        values=carried(values, of_class),
    )


def prune(connection: Connection, of_class: str, today: date) -> None:
    """Forget days that no window reaches any more."""
    named = {"class": of_class, "before": today - timedelta(days=KEPT_DAYS)}
    connection.execute(_QUERIES["prune_days"], named)
    connection.execute(_QUERIES["prune_runs"], named)


def _hours_table(of_class: str) -> sql.Identifier:
    table = asset_class(of_class).table
    if table is None:
        raise ValueError(f"{of_class} has no samples")
    return sql.Identifier(table.replace("_samples", "_hours"))


_ELEMENT: Final = np.dtype([("length", ">i4"), ("value", ">f4")])
_ARRAY: Final = [
    ("array_len", ">i4"),
    ("dimensions", ">i4"),
    ("has_null", ">i4"),
    ("element", ">i4"),
    ("count", ">i4"),
    ("lower", ">i4"),
]


def _read_type(features: int) -> np.dtype[np.void]:
    fields = [
        ("fields", ">i2"),
        ("day_len", ">i4"),
        ("day", ">i4"),
        ("asset_len", ">i4"),
        ("asset", ">i4"),
        *_ARRAY,
    ]
    return np.dtype([*fields, ("features", _ELEMENT, (features,))])


def _written(
    of_class: str, day: date, assets: tuple[AssetId, ...], values: NDArray[np.float32]
) -> bytes:
    """A whole binary COPY of one day, in the order of the statement's columns."""
    name = of_class.encode()
    features = values.shape[1]
    fields = [
        ("fields", ">i2"),
        ("class_len", ">i4"),
        ("class", f"S{len(name)}"),
        ("day_len", ">i4"),
        ("day", ">i4"),
        ("asset_len", ">i4"),
        ("asset", ">i4"),
        ("key_len", ">i4"),
        ("key", ">i4"),
        *_ARRAY,
        ("features", _ELEMENT, (features,)),
    ]
    rows = np.zeros(len(assets), dtype=np.dtype(fields))
    rows["fields"], rows["class_len"], rows["class"] = 5, len(name), name
    rows["day_len"] = rows["asset_len"] = rows["key_len"] = 4
    rows["day"], rows["asset"] = (day - _PG_DAY).days, assets
    rows["key"] = schema_key(of_class)
    rows["array_len"] = 20 + _ELEMENT.itemsize * features
    rows["dimensions"], rows["element"] = 1, _FLOAT4
    rows["count"], rows["lower"] = features, 1
    rows["features"]["length"], rows["features"]["value"] = 4, values
    return b"".join((HEADER, rows.tobytes(), TRAILER))
