"""What an incident itself is: many devices of a building without power are a building without power.

The event has a line of its own in the responsibility matrix (the grid company), so that whoever
can mend the cause hears of it. It is raised once for each incident and ends with it; what a device
says by itself already is not said twice.
"""

from datetime import datetime
from typing import Final, cast

import structlog

from analytics.alarms.alarm import AssetId, Number, Word
from analytics.alarms.desk import Desk
from analytics.alarms.report import ConditionKey, PlacePath, Report
from analytics.alarms.rule import AlarmRules, default_rules
from analytics.alarms.store import PLATFORM
from analytics.patience import briefly
from gateway.catalogue import event_kind
from gateway.clock import steady_s
from gateway.stream import new_stream
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "incident.sql")
LOOK_S: Final = 1.0
_PREFIX: Final = "derived:"

_log = structlog.get_logger("analytics.incidents")


class Derived:
    """Raises what open incidents are, and ends it with them.

    Args:
        desk: Records the alarm on the path of every other one.
        rules: Of incidents.
    """

    def __init__(self, desk: Desk, rules: AlarmRules | None = None) -> None:
        self._desk = desk
        found = (rules or default_rules()).incidents
        self._events = {rule.key: rule.derives for rule in found if rule.derives}
        self._looked_s = -LOOK_S

    def handle(self, connection: Connection, now: datetime) -> int:
        """Raise and end what has to be, a transaction each; how many.

        Raises:
            StoreUnavailable: The connection is lost; the next turn looks again.
        """
        if not self._events or steady_s() - self._looked_s < LOOK_S:
            return 0
        self._looked_s = steady_s()
        try:
            raised = briefly(connection, lambda held: self._raise(held, now))
            return raised + briefly(connection, lambda held: self._end(held, now))
        except Exception:  # the edge of a loop: the members of the incident are alarms already
            if connection.broken:
                raise
            _log.exception("incident_not_derived")
            return 0

    def _raise(self, connection: Connection, now: datetime) -> int:
        named = {"rules": list(self._events), "prefix": _PREFIX}
        count = 0
        for number, rule in connection.execute(_QUERIES["underived"], named).fetchall():
            event, condition = self._events[str(rule)], f"{_PREFIX}{rule}:{number}"
            asked = {"incident_id": number, "event": event}
            row = connection.execute(_QUERIES["bearer"], asked).fetchone()
            if row is None or row[3]:
                continue
            key = ConditionKey(AssetId(cast("int", row[0])), condition)
            self._say(connection, key, event, (str(row[1]), str(row[2])), now, is_raise=True)
            count += 1
        return count

    def _end(self, connection: Connection, now: datetime) -> int:
        found = connection.execute(_QUERIES["derived_over"], {"prefix": _PREFIX}).fetchall()
        for asset, asset_class, path, condition, rule in found:
            event = self._events.get(str(rule))
            if event is not None:
                key = ConditionKey(AssetId(cast("int", asset)), str(condition))
                bearer = (str(asset_class), str(path))
                self._say(connection, key, event, bearer, now, is_raise=False)
        return len(found)

    def _say(  # noqa: PLR0913 - the parts of one word
        self,
        connection: Connection,
        key: ConditionKey,
        event: str,
        bearer: tuple[str, str],
        now: datetime,
        *,
        is_raise: bool,
    ) -> None:
        age = new_stream(round(now.timestamp() * 1000), 0)
        number = Number(age=age, seq=0 if is_raise else 1, position=0, gateway=PLATFORM)
        report = Report(
            key=key,
            asset_class=bearer[0],
            place_path=PlacePath(bearer[1]),
            kind=event_kind(event),
            word=Word(number=number, is_raise=is_raise, at=now, received_at=now),
        )
        self._desk.take_up(connection, [report], now)
