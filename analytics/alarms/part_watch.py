"""Tells of parts of the alarm process that keep failing: an alarm of the platform about itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from analytics.alarms.alarm import AssetId, Number, Word
from analytics.alarms.desk import Desk
from analytics.alarms.part import Part
from analytics.alarms.report import ConditionKey, PlacePath, Report
from analytics.patience import briefly
from gateway.canary import CANARY_GATEWAY
from gateway.catalogue.platform import GATEWAY, PART_FAILING
from gateway.clock import steady_s
from gateway.stream import new_stream
from ingest.database import Connection, load_queries
from ingest.platform_event import PLATFORM, own_code

_QUERIES: Final = load_queries("analytics", "part.sql")
LOOK_S: Final = 1.0
TOLD_AFTER_S: Final = 5.0
"""A part that goes on within this time was no trouble to anybody [s]."""
OVER_AFTER_S: Final = 60.0
"""All parts have to go on for so long before the alarm is over [s]."""
OTHERS_S: Final = 60.0
LATE: Final = timedelta(seconds=60)
"""A message about life safety that is due for so long is not being told (site rule): a hanging line
takes 20 s, a target that is left alone 10 s more."""
PREFIX: Final = f"{PART_FAILING.name}:"
_CODES: Final = [own_code(CANARY_GATEWAY), own_code(PLATFORM)]

_log = structlog.get_logger("analytics.part")


class PartWatch:
    """Raises `part_failing` for one worker and ends it; its condition carries the worker's name.

    Args:
        desk: Decides and records.
        worker: Name of this worker among several.
    """

    def __init__(self, desk: Desk, worker: str) -> None:
        self._desk = desk
        self._condition = f"{PREFIX}{worker}"
        self._looked_s = self._others_s = -OTHERS_S
        self._well_since_s: float | None = None
        self._is_told: bool | None = None

    def handle(
        self, connection: Connection, parts: Sequence[Part], now: datetime, *, is_first: bool
    ) -> int:
        """Look once a second; how many alarms opened or ended.

        Args:
            is_first: Whether the alarms of workers that are gone fall to this one.

        Raises:
            StoreUnavailable: The connection is lost.
        """
        steady = steady_s()
        if steady - self._looked_s < LOOK_S:
            return 0
        self._looked_s = steady
        failing = [(part, part.failing_s) for part in parts]
        broken = [part for part, for_s in failing if for_s is not None and for_s >= TOLD_AFTER_S]
        if any(for_s is not None for _, for_s in failing):
            self._well_since_s = None
        elif self._well_since_s is None:
            self._well_since_s = steady
        count = self._judge(connection, broken, now)
        if is_first and steady - self._others_s >= OTHERS_S:
            self._others_s = steady
            count += briefly(connection, lambda held: self._end_others(held, now))
        return count

    def _judge(self, connection: Connection, broken: Sequence[Part], now: datetime) -> int:
        is_well = self._well_since_s is not None and (
            steady_s() - self._well_since_s >= OVER_AFTER_S
        )
        if broken and not self._is_told:
            names = ", ".join(part.name for part in broken)
            return briefly(connection, lambda held: self._say(held, names, now))
        if is_well and self._is_told is not False:
            return briefly(connection, lambda held: self._say(held, "", now))
        return 0

    def _say(self, connection: Connection, names: str, now: datetime) -> int:
        """Say that the parts fail, or, without names, that all go on; whether that is news."""
        found = _told(connection, self._condition)
        if found is None:
            if names:
                _log.error("parts_fail_and_no_asset_stands_for_the_platform", parts=names)
            self._is_told = False
            return 0
        asset, path, is_told = found
        if is_told is bool(names):
            self._is_told = is_told
            return 0
        # Asked again with the next look: by a clock set back a word may be older than the last one.
        self._is_told = None
        key = ConditionKey(asset, self._condition)
        self._desk.take_up(connection, [_report(key, path, names, now)], now)
        return 1

    def _end_others(self, connection: Connection, now: datetime) -> int:
        named = {"codes": _CODES, "prefix": PREFIX}
        gone = connection.execute(_QUERIES["of_workers_gone"], named).fetchall()
        for (condition,) in gone:
            found = _told(connection, str(condition))
            if found is not None:
                key = ConditionKey(found[0], str(condition))
                self._desk.take_up(connection, [_report(key, found[1], "", now)], now)
        return len(gone)


def is_message_late(connection: Connection, now: datetime) -> bool:
    """Whether people wait for a word about life safety that is long due."""
    row = connection.execute(_QUERIES["is_message_late"], {"before": now - LATE}).fetchone()
    return row is not None and bool(row[0])


def _told(connection: Connection, condition: str) -> tuple[AssetId, PlacePath, bool] | None:
    """Whether a condition is told, and of which asset; None: nothing stands for the platform."""
    asked = {"codes": _CODES, "condition": condition}
    row = connection.execute(_QUERIES["told"], asked).fetchone()
    if row is None:
        return None
    return AssetId(cast("int", row[0])), PlacePath(str(row[1])), bool(row[2])


def _report(key: ConditionKey, path: PlacePath, names: str, now: datetime) -> Report:
    age = new_stream(round(now.timestamp() * 1000), 0)
    return Report(
        key=key,
        asset_class=GATEWAY.name,
        place_path=path,
        kind=PART_FAILING,
        word=Word(
            number=Number(age=age, seq=0 if names else 1, position=0, gateway=PLATFORM),
            is_raise=bool(names),
            at=now,
            received_at=now,
            text=names,
        ),
    )
