"""The path's self-test, missed when it is late: told as far down the path as alarms are made."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from analytics import metrics
from analytics.alarms.alarm import AssetId, Number, Word
from analytics.alarms.desk import Desk
from analytics.alarms.report import ConditionKey, PlacePath, Report
from analytics.patience import briefly
from gateway.canary import CANARY_GATEWAY, LATE_S
from gateway.catalogue.platform import CANARY_LATE, GATEWAY
from gateway.clock import steady_s
from gateway.stream import new_stream
from ingest.database import Connection, load_queries
from ingest.platform_event import PLATFORM, own_code

_QUERIES: Final = load_queries("analytics", "canary.sql")
LOOK_S: Final = 1.0
LATE: Final = timedelta(seconds=LATE_S)
GRACE: Final = timedelta(seconds=60)
"""After its own start this process waits so long for a first event: the publisher starts last."""

_log = structlog.get_logger("analytics.canary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The newest event of the self-test.

    Attributes:
        is_told: Whether an alarm says that it is late.
    """

    asset: AssetId
    place_path: PlacePath
    at: datetime
    is_told: bool


class CanaryWatch:
    """Raises `canary_late` when no event of the self-test came for two beats.

    Args:
        desk: Decides and records.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looked_s = -LOOK_S
        self._began_at: datetime | None = None

    def handle(self, connection: Connection, now: datetime) -> int:
        """Look once a second; how many alarms opened or ended.

        Raises:
            StoreUnavailable: The database is away or too busy.
        """
        if steady_s() - self._looked_s < LOOK_S:
            return 0
        self._looked_s = steady_s()
        try:
            return briefly(connection, lambda held: self._look(held, now))
        except Exception:  # the edge of a loop: the self-test stops no alarm
            if connection.broken:
                raise
            _log.exception("canary_not_judged")
            return 0

    def _look(self, connection: Connection, now: datetime) -> int:
        self._began_at = self._began_at or now
        heard = fetch_heard(connection)
        if heard is None:
            return 0
        metrics.CANARY_AGE.set((now - heard.at).total_seconds())
        is_late = now - heard.at > LATE
        is_settled = heard.at >= self._began_at or now - self._began_at > GRACE
        if is_late is heard.is_told or (is_late and not is_settled):
            return 0
        self._desk.take_up(connection, [_report(heard, now, is_late=is_late)], now)
        return 1


def fetch_heard(connection: Connection) -> Heard | None:
    """The newest event of the self-test; None before the first."""
    values = {"own_code": own_code(CANARY_GATEWAY)}
    row = connection.execute(_QUERIES["newest"], values).fetchone()
    if row is None:
        return None
    asset, path, at, is_told = row
    return Heard(
        asset=AssetId(cast("int", asset)),
        place_path=PlacePath(str(path)),
        at=cast("datetime", at),
        is_told=bool(is_told),
    )


def _report(heard: Heard, now: datetime, *, is_late: bool) -> Report:
    age_s = (now - heard.at).total_seconds()
    age = new_stream(round(now.timestamp() * 1000), 0)
    return Report(
        key=ConditionKey(heard.asset, CANARY_LATE.name),
        asset_class=GATEWAY.name,
        place_path=heard.place_path,
        kind=CANARY_LATE,
        word=Word(
            number=Number(age=age, seq=0, position=0, gateway=PLATFORM),
            is_raise=is_late,
            at=now,
            received_at=now,
            text=f"{age_s:.0f} s" if is_late else "",
        ),
    )
