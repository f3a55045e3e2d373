"""Readings of one lift, as its trips are made from."""

from datetime import datetime
from typing import Final, cast

import numpy as np

from analytics.alarms.alarm import AssetId
from analytics.features.trip import Trace
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "trip.sql")
_COLUMNS: Final = 7
MOST_READINGS: Final = 500_000
"""Readings that are read at once, 40 MB; a busy lift has so many in some weeks."""


def find_lift(connection: Connection, code: str) -> AssetId | None:
    """The lift of a code; None: there is none."""
    row = connection.execute(_QUERIES["find_lift"], {"code": code}).fetchone()
    return None if row is None else AssetId(cast("int", row[0]))


def read_trace(connection: Connection, lift: AssetId, since: datetime, until: datetime) -> Trace:
    """Its readings from `since` up to before `until`; at most MOST_READINGS, the oldest."""
    named = {"asset_id": lift, "since": since, "until": until, "limit": MOST_READINGS}
    rows = connection.execute(_QUERIES["trace"], named).fetchall()
    table = np.array(rows, dtype=np.float64).reshape(-1, _COLUMNS)
    at, speed, current, vibration, level, door, load = table.T
    return Trace(
        at=at,
        speed=speed,
        motor_current=current,
        vibration=vibration,
        levelling_error=level,
        door_closed=door,
        load=load,
    )
