"""The alarm desk: takes reports up, decides, and records everything in one transaction.

Whoever runs it may run it twice: conditions and alarms are locked in one order, and the unique
index on open alarms has the last word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from analytics import store
from analytics.alarm import Alarm, AlarmId
from analytics.decision import Change, decide
from analytics.live import Announcement
from analytics.live import Change as Live
from analytics.report import Report
from ingest.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One alarm's part of a batch.

    Attributes:
        changes: What happened to it, in order.
        is_new: Whether the batch opened it.
    """

    changes: tuple[Change, ...]
    is_new: bool

    @property
    def last(self) -> Alarm:
        """The alarm as the batch leaves it."""
        return self.changes[-1].alarm

    @property
    def report(self) -> Report:
        """What opened or first touched it."""
        return self.changes[0].report


def episodes_of(changes: Sequence[Change]) -> list[Episode]:
    """Changes gathered by alarm; one that closes and opens again within a batch is two alarms."""
    by_key = sorted(changes, key=lambda change: change.report.key)
    found: list[Episode] = []
    for _, group in groupby(by_key, key=lambda change: change.report.key):
        run: list[Change] = []
        for change in group:
            if change.opens and run:
                found.append(Episode(changes=tuple(run), is_new=run[0].opens))
                run = []
            run.append(change)
        found.append(Episode(changes=tuple(run), is_new=run[0].opens))
    return found


class Desk:
    """Takes reports up inside the caller's transaction."""

    def take_up(self, connection: Connection, reports: Sequence[Report], now: datetime) -> None:
        """Decide reports and record what follows."""
        keys = [report.key for report in reports]
        conditions = store.lock_conditions(connection, keys)
        alarms = store.lock_open_alarms(connection, keys)
        slate = decide(conditions, alarms, reports, now)
        heard = {key: item for key, item in slate.conditions.items() if conditions.get(key) != item}
        store.save_conditions(connection, heard)
        self._record(connection, episodes_of(slate.changes), now)

    def _record(self, connection: Connection, episodes: Sequence[Episode], now: datetime) -> None:
        known = [episode for episode in episodes if not episode.is_new]
        born = [episode for episode in episodes if episode.is_new]
        store.save_alarms(connection, [episode.last for episode in known])
        births = [store.Birth(report=item.report, alarm=item.last) for item in born]
        ids = store.open_alarms(connection, births)
        numbered = [(_id_of(item), item) for item in known] + list(zip(ids, born, strict=True))
        store.add_transitions(
            connection, [line for alarm_id, item in numbered for line in _history(alarm_id, item)]
        )
        told = Announcement()
        for alarm_id, item in numbered:
            told.add(Live.ALARM, alarm_id, item.report.place_path)
        told.write(connection, now)


def _history(alarm_id: AlarmId, episode: Episode) -> list[store.Transition]:
    return [
        store.Transition(
            alarm_id=alarm_id,
            move=change.move,
            version=change.alarm.version,
            actor=store.BY_DEVICE,
        )
        for change in episode.changes
    ]


def _id_of(episode: Episode) -> AlarmId:
    if episode.last.id is None:
        raise ValueError("an alarm that was read has an id")
    return episode.last.id
