"""Alarms that have been, read from the database for the rehearsal of a matrix."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, cast

from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.report import PlacePath
from analytics.duties.lookup import LineFinder
from analytics.duties.matrix import Answer, Duty, DutyId, Limit, Matrix, answer
from analytics.duties.rehearsal import PastAlarm, Rehearsal, Replay, rehearse
from analytics.duties.responsibility import Spot, surroundings
from analytics.duties.store import duty_by_id
from gateway.catalogue import event_kind
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "rehearsal.sql")
_AT_ONCE: Final = 2000
_DONE: Final = tuple(Limit)


def rehearse_period(
    connection: Connection, matrix: Matrix, since: datetime, until: datetime
) -> Rehearsal:
    """What a matrix would have changed for the alarms of a period.

    Each alarm is asked with who managed and maintained when it opened.
    """
    rehearsal = Rehearsal()
    past = _Past(connection, matrix, since, until)
    for batch in past.batches():
        rehearse(past.replays(batch), until, into=rehearsal)
    return rehearsal


class _Past:
    """Reads a period in batches, each of alarms between which nobody changed."""

    def __init__(
        self, connection: Connection, matrix: Matrix, since: datetime, until: datetime
    ) -> None:
        self._connection = connection
        self._finder = LineFinder(matrix)
        self._period = {"since": since, "until": until}
        rows = connection.execute(_QUERIES["bounds"], self._period).fetchall()
        self._bounds = [cast("datetime", row[0]) for row in rows]
        self._lines: dict[DutyId, Duty | None] = {}

    def batches(self) -> Iterator[list[tuple[PastAlarm, DutyId | None]]]:
        """The alarms, in their order."""
        after = 0
        while True:
            named = self._period | {"after": after, "limit": _AT_ONCE}
            rows = self._connection.execute(_QUERIES["past_alarms"], named).fetchall()
            if not rows:
                return
            after = cast("int", rows[-1][0])
            found = [_past(row) for row in rows]
            for segment in range(len(self._bounds) + 1):
                part = [one for one in found if self._segment(one[0].opened_at) == segment]
                if part:
                    yield part

    def _segment(self, at: datetime) -> int:
        return bisect_right(self._bounds, at)

    def replays(self, batch: Sequence[tuple[PastAlarm, DutyId | None]]) -> Iterator[Replay]:
        """Both answers for alarms between which nobody changed."""
        spots = [Spot(alarm.asset_id, alarm.place_path) for alarm, _ in batch]
        there = surroundings(self._connection, spots, batch[0][0].opened_at)
        for (alarm, duty_id), spot in zip(batch, spots, strict=True):
            was = None if duty_id is None else self._line(duty_id)
            kind = event_kind(alarm.event)
            will = self._finder.find(kind, alarm.asset_class, alarm.place_path, alarm.opened_at)
            answers: list[Answer | None] = [
                None if duty is None else answer(duty, there[spot]) for duty in (was, will)
            ]
            yield Replay(alarm=alarm, before=answers[0], after=answers[1])

    def _line(self, duty_id: DutyId) -> Duty | None:
        if duty_id not in self._lines:
            self._lines[duty_id] = duty_by_id(self._connection, duty_id)
        return self._lines[duty_id]


def _past(row: tuple[object, ...]) -> tuple[PastAlarm, DutyId | None]:
    alarm_id, event, of_class, asset_id, path, opened_at, duty_id, ordered_at, over_at = row[:9]
    steps = zip(_DONE, row[9:], strict=True)
    alarm = PastAlarm(
        id=AlarmId(cast("int", alarm_id)),
        event=str(event),
        asset_class=str(of_class),
        asset_id=AssetId(cast("int", asset_id)),
        place_path=PlacePath(str(path)),
        opened_at=cast("datetime", opened_at),
        ordered_at=cast("datetime | None", ordered_at),
        over_at=cast("datetime | None", over_at),
        done={limit: cast("datetime", at) for limit, at in steps if at is not None},
    )
    return alarm, cast("DutyId | None", duty_id)
