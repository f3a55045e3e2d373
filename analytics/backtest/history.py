"""A season from the database: stored features of days, and the failures that alarms tell of.

Nobody knows when a real defect began. A failure is taken to have been at work for `AT_WORK` before
its alarm: what was warned of in that time was true, and what is older teaches what sound assets do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, cast

import numpy as np

from analytics.alarms.alarm import AssetId
from analytics.backtest.contest import Season
from analytics.backtest.truth import Faults
from analytics.features import store as features
from analytics.features.store import FeatureDays, begin_of
from analytics.models.errors import TooLittleHistory
from analytics.models.scan import Shape
from analytics.models.train import first_day
from analytics.warnings.verdict import failures_of
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "model.sql")
AT_WORK: Final = timedelta(days=30)
FADING: Final = timedelta(days=1)
"""The features of the day of the repair still show the fault."""
_DAY_S: Final = 86_400.0

Tell = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Days of a class with what went wrong."""

    season: Season
    first: date
    last: date
    assets: int


def fetch_history(
    connection: Connection, of_class: str, last: date, days: int, tell: Tell
) -> History:
    """The features of the newest days, made where they are missing, and the failures in them.

    Args:
        connection: Of the role tw_analytics.
        of_class: Asset class.
        last: The newest day.
        days: How many at most; days before the first reading are left out.
        tell: Is told how far it is.

    Raises:
        TooLittleHistory: There is no reading in that time.
    """
    oldest = last - timedelta(days=days - 1)
    first = features.first_day(connection, of_class, oldest)
    known = features.missing_days(connection, of_class, oldest, last)
    if first is None and len(known) == days:
        raise TooLittleHistory(f"{of_class} has no reading in the {days} days up to {last}.")
    made_first = min(set(_days(oldest, last)) - set(known), default=last)
    first = min(made_first, first or last)
    missing = [day for day in known if day >= first]
    now = begin_of(last + timedelta(days=1))
    for place, day in enumerate(missing, start=1):
        in_transaction(connection, lambda held: features.make_day(held, of_class, day, now))  # noqa: B023
        tell(place / len(missing), f"{day}")
    found = features.load_days(connection, of_class, first, last)
    season = Season(
        days=found.values,
        faults=_faults(connection, found, last),
        begin=min(first_day(Shape()), found.values.shape[1] - 1),
    )
    return History(season=season, first=first, last=last, assets=len(found.assets))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def _faults(connection: Connection, found: FeatureDays, last: date) -> Faults:
    """Failures as faults whose onset is taken to be `AT_WORK` earlier."""
    rows = connection.execute(
        _QUERIES["failures"],
        {
            "class": found.asset_class,
            "events": sorted(failures_of(found.asset_class)),
            "since": begin_of(found.first),
            "until": begin_of(last + timedelta(days=1)),
        },
    ).fetchall()
    place = {asset: row for row, asset in enumerate(found.assets)}
    known = [
        (place[asset], str(event), cast("datetime", at), cast("datetime", until))
        for number, event, at, until in rows
        if (asset := AssetId(cast("int", number))) in place
    ]
    begin = begin_of(found.first)

    def since(at: datetime) -> float:
        return (at - begin).total_seconds() / _DAY_S

    failure = np.array([since(at) for _, _, at, _ in known])
    return Faults(
        asset=np.array([row for row, _, _, _ in known], dtype=np.int64),
        onset=failure - AT_WORK.total_seconds() / _DAY_S,
        failure=failure,
        repaired=np.array([since(until + FADING) for _, _, _, until in known]),
        cause=tuple(event for _, event, _, _ in known),
        is_slow=np.ones(len(known), dtype=np.bool_),
        severity=np.full(len(known), np.nan),
    )
