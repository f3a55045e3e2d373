"""The alarm desk: takes reports up, decides, and records everything in one transaction.

Whoever runs it may run it twice: conditions and alarms are locked in one order, and the unique
index on open alarms has the last word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from analytics import consequence, loop_store, store
from analytics.alarm import Alarm, AlarmId, State
from analytics.clock import Clock, ClockKind, ClockState
from analytics.consequence import Opened
from analytics.decision import Change, Slate, decide
from analytics.duty import Answer
from analytics.live import Announcement
from analytics.live import Change as Live
from analytics.loop_store import Stop
from analytics.notice import AlarmFacts
from analytics.report import ConditionKey, Report
from analytics.responsibility import Question, Responsibility, Spot
from gateway.catalogue.platform import CANARY
from ingest.database import Connection

_SEEN = (State.ACKNOWLEDGED, State.LATCHED_ACKNOWLEDGED)
_UNSEEN = (State.UNACKNOWLEDGED, State.LATCHED_UNACKNOWLEDGED)


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

    @property
    def is_again(self) -> bool:
        """Whether it is unseen once more, after somebody had acknowledged it."""
        was_seen = self.changes[0].move.from_state in _SEEN
        return not self.is_new and was_seen and self.last.state in _UNSEEN


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
    """Takes reports up inside the caller's transaction.

    Args:
        responsibility: Says who answers for what.
    """

    def __init__(self, responsibility: Responsibility) -> None:
        self._responsibility = responsibility

    def take_up(self, connection: Connection, reports: Sequence[Report], now: datetime) -> None:
        """Decide reports and record what follows."""
        keys = [report.key for report in reports]
        conditions = store.lock_conditions(connection, keys)
        alarms = store.lock_open_alarms(connection, keys)
        slate = decide(conditions, alarms, reports, now)
        heard = {key: item for key, item in slate.conditions.items() if conditions.get(key) != item}
        store.save_conditions(connection, heard)
        episodes = episodes_of(slate.changes)
        known = [episode for episode in episodes if not episode.is_new]
        born = [episode for episode in episodes if episode.is_new]
        told = Announcement()
        _pass_on_canaries(reports, told)
        self._record_known(connection, known, told, now)
        ids = self._record_born(connection, born, told, now)
        ids |= {item.report.key: _id_of(item) for item in known}
        _run_off_delays(connection, slate, reports, ids, now)
        told.write(connection, now)

    def _record_known(
        self, connection: Connection, known: Sequence[Episode], told: Announcement, now: datetime
    ) -> None:
        store.save_alarms(connection, [item.last for item in known])
        store.add_transitions(
            connection, [line for item in known for line in _history(_id_of(item), item)]
        )
        for item in known:
            told.add(Live.ALARM, _id_of(item), item.report.place_path)
        moved = [item for item in known if item.is_again or item.last.closed_at is not None]
        loop_store.unconfirm(connection, [_id_of(item) for item in moved if item.is_again])
        facts = loop_store.alarm_facts(connection, [_id_of(item) for item in moved])
        again = [facts[_id_of(item)] for item in moved if item.is_again]
        closed = [facts[_id_of(item)] for item in moved if item.last.closed_at is not None]
        opened = [
            Opened(facts=item, answer=self._answer(connection, item, now), is_new=False)
            for item in again
        ]
        consequence.follow_opened(connection, opened, told, now)
        consequence.follow_closed(connection, closed, now)

    def _record_born(
        self, connection: Connection, born: Sequence[Episode], told: Announcement, now: datetime
    ) -> dict[ConditionKey, AlarmId]:
        answers = self._responsibility.who(connection, [_question(item) for item in born], now)
        births = [_birth(item, found) for item, found in zip(born, answers, strict=True)]
        ids = store.open_alarms(connection, births)
        history = [
            line
            for alarm_id, item in zip(ids, born, strict=True)
            for line in _history(alarm_id, item)
        ]
        store.add_transitions(connection, history)
        for alarm_id, item in zip(ids, born, strict=True):
            told.add(Live.ALARM, alarm_id, item.report.place_path)
        facts = loop_store.alarm_facts(connection, ids)
        opened = [
            Opened(facts=facts[alarm_id], answer=found)
            for alarm_id, found in zip(ids, answers, strict=True)
        ]
        consequence.follow_opened(connection, opened, told, now)
        return {item.report.key: alarm_id for alarm_id, item in zip(ids, born, strict=True)}

    def _answer(self, connection: Connection, facts: AlarmFacts, now: datetime) -> Answer | None:
        if facts.duty_id is None:
            return None
        spot = Spot(facts.asset_id, facts.place_path)
        return self._responsibility.by_line(connection, facts.duty_id, spot, now)


def _run_off_delays(
    connection: Connection,
    slate: Slate,
    reports: Sequence[Report],
    ids: dict[ConditionKey, AlarmId],
    now: datetime,
) -> None:
    lengths = {
        report.key: timedelta(seconds=report.kind.off_delay_s)
        for report in reports
        if report.kind.off_delay_s > 0 and report.key in slate.alarms
    }
    known = {key: slate.alarms[key].id or ids[key] for key in lengths}
    back = [key for key in lengths if slate.conditions[key].is_active]
    stops = [
        Stop(kinds=(ClockKind.OFF_DELAY,), state=ClockState.STOPPED, alarm_id=known[key])
        for key in back
    ]
    loop_store.stop_clocks(connection, stops, now)
    clocks = [
        Clock(
            kind=ClockKind.OFF_DELAY,
            due_at=now + lengths[key],
            started_at=now,
            alarm_id=known[key],
        )
        for key in slate.waits_off_delay & set(lengths)
    ]
    loop_store.start_clocks(connection, clocks)


def _pass_on_canaries(reports: Sequence[Report], told: Announcement) -> None:
    """Put events of the path's self-test on the live stream, by when they were sent [ms UTC].

    What a page's stream brings of them has come by broker, ingest, database and sequencer.
    """
    for report in reports:
        if report.kind is CANARY:
            sent_ms = round(report.word.at.timestamp() * 1000)
            told.add(Live.PLATFORM, sent_ms, report.place_path)


def _question(episode: Episode) -> Question:
    report = episode.report
    return Question(
        kind=report.kind,
        asset_class=report.asset_class,
        spot=Spot(report.key.asset_id, report.place_path),
    )


def _birth(episode: Episode, found: Answer | None) -> store.Birth:
    return store.Birth(
        report=episode.report,
        alarm=episode.last,
        duty_id=None if found is None else found.duty.id,
        responsible_id=None if found is None else found.responsible,
    )


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
