"""The alarm desk: takes reports up, decides, and records everything in one transaction.

Whoever runs it may run it twice: conditions and alarms are locked in one order, and the unique
index on open alarms has the last word.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from analytics import loop_store
from analytics.alarms import consequence, on_delay, store
from analytics.alarms.alarm import HIDDEN, Alarm, AlarmId, State
from analytics.alarms.consequence import Opened
from analytics.alarms.decision import Change, Slate, decide
from analytics.alarms.report import ConditionKey, Report
from analytics.alarms.rule import AlarmRules, default_rules
from analytics.clocks.clock import Clock, ClockKind, ClockState
from analytics.duties.matrix import Answer
from analytics.duties.responsibility import Question, Responsibility, Spot
from analytics.holds import store as hold_store
from analytics.holds.hold import Hold, HoldId
from analytics.holds.suppression import is_cause, reconcile
from analytics.incidents import folding as incidents
from analytics.live import Announcement
from analytics.live import Change as Live
from analytics.loop_store import Stop
from analytics.notices.notice import AlarmFacts
from analytics.safety import drill_store
from gateway.catalogue import event_kind
from gateway.catalogue.platform import CANARY
from ingest.database import Connection, in_transaction

_SEEN = (State.ACKNOWLEDGED, State.LATCHED_ACKNOWLEDGED)
_UNSEEN = (State.UNACKNOWLEDGED, State.LATCHED_UNACKNOWLEDGED)

_log = structlog.get_logger("analytics.desk")


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
    def is_hidden(self) -> bool:
        """Whether a hold keeps it from the desk."""
        return self.last.state in HIDDEN

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
        rules: Of suppression.
    """

    def __init__(self, responsibility: Responsibility, rules: AlarmRules | None = None) -> None:
        self._responsibility = responsibility
        self._rules = rules or default_rules()

    def take_up(
        self,
        connection: Connection,
        reports: Sequence[Report],
        now: datetime,
        *,
        is_bulk: bool = False,
    ) -> None:
        """Decide reports and record what follows.

        Args:
            is_bulk: Where a condition was never heard of, its raise is taken to find no open alarm,
                since both are written together. Where there is one the database refuses the
                batch, and the caller takes it up again with a look at everything.
        """
        keys = [report.key for report in reports]
        conditions = store.lock_conditions(connection, keys)
        looked_at = _may_have_alarms(reports, conditions) if is_bulk else keys
        alarms = store.lock_open_alarms(connection, looked_at)
        slate = decide(conditions, alarms, reports, now, self._holds(connection, reports))
        heard = {key: item for key, item in slate.conditions.items() if conditions.get(key) != item}
        store.save_conditions(connection, heard)
        self._follow_causes(connection, reports, now)
        episodes = episodes_of(slate.changes)
        known = [episode for episode in episodes if not episode.is_new]
        born = [episode for episode in episodes if episode.is_new]
        told = Announcement()
        _pass_on_canaries(reports, told)
        self._record_known(connection, known, told, now)
        ids = self._record_born(connection, born, told, now)
        ids |= {item.report.key: _id_of(item) for item in known}
        _run_off_delays(connection, slate, reports, ids, now)
        on_delay.run_on_delays(connection, slate, now)
        told.write(connection, now)

    def follow_undecided(
        self, connection: Connection, alarm_id: AlarmId, asset_class: str, now: datetime
    ) -> None:
        """What follows from an alarm that shows an event which could not be decided: as from any."""
        facts = loop_store.alarm_facts(connection, [alarm_id])[alarm_id]
        question = Question(
            kind=event_kind(facts.event),
            asset_class=asset_class,
            spot=Spot(facts.asset_id, facts.place_path),
        )
        (answer,) = self._responsibility.who(connection, [question], now)
        if answer is not None:
            store.set_answer(connection, alarm_id, answer.duty.id, answer.responsible)
        told = Announcement()
        told.add(Live.ALARM, alarm_id, facts.place_path)
        opened = Opened(facts=facts, answer=answer, note=consequence.UNDECIDED)
        consequence.follow_opened(connection, [opened], told, now)
        told.write(connection, now)

    def _holds(self, connection: Connection, reports: Sequence[Report]) -> list[Hold]:
        """Holds over the assets; none when they cannot be read, for an alarm is rather shown."""
        assets = {report.key.asset_id for report in reports}
        try:
            return in_transaction(
                connection, lambda held: hold_store.running_holds(held, assets), attempts=1
            )
        except Exception:  # the edge of a request: what hides alarms stops none
            if connection.broken:
                raise
            _log.exception("holds_not_read")
            return []

    def _follow_causes(
        self, connection: Connection, reports: Sequence[Report], now: datetime
    ) -> None:
        """Suppressions begin and end in the transaction that hears of their cause."""
        if not any(is_cause(self._rules, report.kind.name) for report in reports):
            return
        try:
            in_transaction(connection, lambda held: reconcile(held, self._rules, now), attempts=1)
        except Exception:  # the edge of a request: the watch over holds comes round within a second
            if connection.broken:
                raise
            _log.exception("causes_not_followed")

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
        drill_store.stamp_births(connection, ids, now)
        for hold, held_alarms in _held(ids, born).items():
            hold_store.set_hold(connection, hold, held_alarms)
        history = [
            line
            for alarm_id, item in zip(ids, born, strict=True)
            for line in _history(alarm_id, item)
        ]
        store.add_transitions(connection, history)
        for alarm_id, item in zip(ids, born, strict=True):
            told.add(Live.ALARM, alarm_id, item.report.place_path)
        facts = loop_store.alarm_facts(connection, ids)
        ordinary = [
            alarm_id
            for alarm_id, item in zip(ids, born, strict=True)
            if not item.report.kind.is_life_safety
        ]
        joins = self._joining(connection, ordinary, now)
        opened = [
            Opened(facts=facts[alarm_id], answer=found, joins_work=alarm_id in joins)
            for alarm_id, found, item in zip(ids, answers, born, strict=True)
            if not item.is_hidden
        ]
        consequence.follow_opened(connection, opened, told, now)
        return {item.report.key: alarm_id for alarm_id, item in zip(ids, born, strict=True)}

    def _joining(
        self, connection: Connection, ids: Sequence[AlarmId], now: datetime
    ) -> frozenset[AlarmId]:
        """Alarms whose work an open incident does; none when that cannot be read."""
        if not ids:
            return frozenset()
        try:
            return in_transaction(
                connection, lambda held: incidents.joining(held, ids, self._rules, now)
            )
        except Exception:  # the edge of a request: an order too many is merged, none is missing
            if connection.broken:
                raise
            _log.exception("incidents_not_read")
            return frozenset()

    def _answer(self, connection: Connection, facts: AlarmFacts, now: datetime) -> Answer | None:
        if facts.duty_id is None:
            return None
        spot = Spot(facts.asset_id, facts.place_path)
        return self._responsibility.by_line(connection, facts.duty_id, spot, now)


def _may_have_alarms(
    reports: Sequence[Report], heard: Container[ConditionKey]
) -> list[ConditionKey]:
    return [one.key for one in reports if one.key in heard or not one.word.is_raise]


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
            actor=store.BY_DEVICE if change.hold is None else store.BY_PLATFORM,
            reason="" if change.hold is None else change.hold.reason,
        )
        for change in episode.changes
    ]


def _held(ids: Sequence[AlarmId], born: Sequence[Episode]) -> dict[HoldId, list[AlarmId]]:
    """New alarms by the hold that keeps them from the desk."""
    found: dict[HoldId, list[AlarmId]] = {}
    for alarm_id, item in zip(ids, born, strict=True):
        hold = next((change.hold for change in item.changes if change.hold is not None), None)
        if hold is not None:
            found.setdefault(hold.id, []).append(alarm_id)
    return found


def _id_of(episode: Episode) -> AlarmId:
    if episode.last.id is None:
        raise ValueError("an alarm that was read has an id")
    return episode.last.id
