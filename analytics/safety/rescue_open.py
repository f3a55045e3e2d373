"""Rescues of entrapments that have just begun, opened many at a time.

A black-out stops lifts by the hundred, and each rescue by itself takes a dozen statements. Those
about which there is nothing to find out (no rescue yet, nobody has judged the alarm) are opened in
five statements for all of them. Whatever is not like that, or fails, is opened alone by
`RescueDesk.open_for`, which comes round right after.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from analytics import metrics
from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.report import PlacePath
from analytics.alarms.store import BY_PLATFORM
from analytics.duties.matrix import OrganisationId
from analytics.live import Announcement, Change
from analytics.patience import briefly
from analytics.rows import rows_of
from analytics.safety.plan import SafetyPlan
from analytics.safety.rescue import Rescue, RescueId, Stage
from analytics.safety.rescue_run import pace_of
from analytics.safety.rescue_store import Fact, add_facts
from analytics.safety.store import Plans
from gateway.catalogue import EVENT_KINDS, Group
from ingest.array import numbers, texts
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "rescue_open.sql")
BATCH: Final = 64
"""Most rescues opened in one transaction, so that an alarm waits for few of them."""
REST: Final = timedelta(seconds=30)
"""After a failure all rescues are opened one by one for so long."""
_ENTRAPMENTS: Final = texts(kind.name for kind in EVENT_KINDS if kind.group is Group.ENTRAPMENT)

_log = structlog.get_logger("analytics.rescue")


class FreshRescues:
    """Opens the rescues of entrapments that have just begun.

    Args:
        plans: Of life safety.
    """

    def __init__(self, plans: Plans) -> None:
        self._plans = plans
        self._rests_until: datetime | None = None

    def handle(self, connection: Connection, slices: Iterable[int], now: datetime) -> int:
        """Open what waits, bounded; how many rescues there were.

        Args:
            slices: Of the places whose rescues are opened.

        Raises:
            StoreUnavailable: The connection is lost; everything still waits.
        """
        if self._rests_until is not None and now < self._rests_until <= now + REST:
            return 0
        self._rests_until = None
        try:
            return briefly(connection, lambda held: self._open(held, slices, now))
        except Exception:  # the edge of a loop: each is opened alone instead
            if connection.broken:
                raise
            _log.exception("rescues_not_opened_together")
            metrics.FAILURES.labels("rescues").inc()
            self._rests_until = now + REST
            return 0

    def _open(self, connection: Connection, slices: Iterable[int], now: datetime) -> int:
        named = {"slices": numbers(slices), "events": _ENTRAPMENTS, "limit": BATCH}
        # Planned anew each time: a plan made while few rescues were open reads all that are.
        claimed = connection.execute(_QUERIES["claim_fresh"], named, prepare=False).fetchall()
        if not claimed:
            return 0
        plan = self._plans.at(connection, now)
        # Of two alarms of one lift the second finds the rescue of the first, and is not fresh then.
        first = {row[1]: row for row in reversed(claimed)}
        rescues = [_begun(row, plan) for row in claimed if first[row[1]] is row]
        ids = _insert(connection, rescues)
        _add_facts(connection, [replace(one, id=ids[one.alarm_id]) for one in rescues])
        told = Announcement()
        for one in rescues:
            told.add(Change.ALARM, one.alarm_id, one.place_path)
        told.write(connection, now)
        done = {"alarms": numbers(one.alarm_id for one in rescues)}
        connection.execute(_QUERIES["drop_works"], done)
        return len(rescues)


def _begun(row: tuple[object, ...], plan: SafetyPlan) -> Rescue:
    """The rescue of a claimed alarm; its first deadline counts from when the alarm was raised."""
    alarm, asset, path, responsible, since = row
    raised_at, place_path = cast("datetime", since), PlacePath(str(path))
    return Rescue(
        alarm_id=AlarmId(cast("int", alarm)),
        asset_id=AssetId(cast("int", asset)),
        place_path=place_path,
        stage=Stage.SUSPECTED,
        opened_at=raised_at,
        owner=cast("OrganisationId | None", responsible),
        due_at=raised_at + pace_of(plan, place_path).confirm,
    )


def _insert(connection: Connection, rescues: Sequence[Rescue]) -> dict[AlarmId, RescueId]:
    new = rows_of(
        [
            {
                "alarm_id": one.alarm_id,
                "asset_id": one.asset_id,
                "place_path": one.place_path,
                "stage": one.stage,
                "owner_id": one.owner,
                "due_at": one.due_at,
                "opened_at": one.opened_at,
            }
            for one in rescues
        ]
    )
    found = connection.execute(_QUERIES["open_rescues"], new).fetchall()
    return {AlarmId(cast("int", alarm)): RescueId(cast("int", number)) for number, alarm in found}


def _add_facts(connection: Connection, rescues: Sequence[Rescue]) -> None:
    facts = [
        Fact(
            rescue_id=cast("RescueId", one.id),
            at=one.opened_at,
            kind="open",
            actor=BY_PLATFORM,
            organisation=one.owner,
        )
        for one in rescues
    ]
    add_facts(connection, facts)
