"""Rows of the watch of hours: what it has learned, and steps of hours as features."""

from datetime import datetime
from typing import Final, cast
from zipfile import BadZipFile

import numpy as np

from analytics.alarms.alarm import AssetId
from analytics.detectors.contract import load, save
from analytics.detectors.surge import Surge
from analytics.features.store import read_span, schema_key
from analytics.features.table import FEATURES, days_of
from analytics.warnings.hour import STEP, Step, Watched
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "surge.sql")


def fetch_through(connection: Connection, of_class: str) -> datetime | None:
    """How far the watch of a class has come; None: it has not begun."""
    named = {"class": of_class, "key": schema_key(of_class)}
    row = connection.execute(_QUERIES["surge_through"], named).fetchone()
    return None if row is None else cast("datetime", row[0])


def fetch_watched(connection: Connection, of_class: str) -> Watched | None:
    """What the watch of a class has learned; None: nothing, or nothing that can be read."""
    named = {"class": of_class, "key": schema_key(of_class)}
    with connection.cursor(binary=True) as cursor:
        row = cursor.execute(_QUERIES["load_surge"], named).fetchone()
    if row is None:
        return None
    through, numbers, saved = row
    assets = tuple(AssetId(number) for number in cast("list[int]", numbers))
    empty = Surge().start(len(assets), len(FEATURES[of_class]))
    try:
        state = load(empty, bytes(cast("bytes", saved)))
    except (BadZipFile, EOFError, KeyError, OSError, ValueError):
        return None
    return Watched(of_class=of_class, through=cast("datetime", through), assets=assets, state=state)


def keep_watched(connection: Connection, watched: Watched, now: datetime) -> None:
    """Keep what was learned. In a transaction."""
    connection.execute(
        _QUERIES["keep_surge"],
        {
            "class": watched.of_class,
            "key": schema_key(watched.of_class),
            "through": watched.through,
            "assets": [int(asset) for asset in watched.assets],
            "state": save(watched.state),
            "now": now,
        },
        binary=True,
    )


def read_step(connection: Connection, of_class: str, end: datetime) -> Step:
    """The features of one step; without a reading it has no assets."""
    length = round(STEP.total_seconds() / 3600)
    read = read_span(connection, of_class, end - STEP, length)
    if read is None:
        nothing = np.empty((0, len(FEATURES[of_class])))
        return Step(end=end, assets=(), values=nothing)
    assets, hours = read
    return Step(end=end, assets=assets, values=days_of(hours)[:, 0])
