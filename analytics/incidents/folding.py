"""Carries cause folding out: alarms join incidents, heads move on, incidents end."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

import structlog

from analytics import loop_store
from analytics.alarms import consequence, store
from analytics.alarms.alarm import AlarmId, AssetId, Move, State, Trigger
from analytics.alarms.consequence import Opened
from analytics.alarms.report import PlacePath
from analytics.alarms.rule import AlarmRules, IncidentRule, default_rules
from analytics.alarms.store import BY_PLATFORM
from analytics.alarms.subject import answer_of, facts_of
from analytics.clocks.clock import ClockKind, ClockState
from analytics.duties.responsibility import Responsibility
from analytics.incidents.incident import (
    Candidate,
    IncidentId,
    IncidentKey,
    NewIncident,
    Plan,
    fold,
    scopes,
)
from analytics.live import Announcement, Change
from analytics.loop_store import Stop
from analytics.orders.link import merge
from analytics.orders.work_order import OrderId
from analytics.patience import briefly, is_held
from gateway.catalogue import Group
from gateway.clock import steady_s
from gateway.topic import GatewayId
from ingest.array import numbers
from ingest.database import Connection, load_queries
from ingest.errors import StoreUnavailable
from ingest.platform_event import own_code

_QUERIES: Final = load_queries("analytics", "incident.sql")
BATCH: Final = 64
"""Most alarms of one turn, so that a fire waits for no more."""
HELD_S: Final = 0.2
"""An alarm that somebody else holds is looked at again after this [s]."""
BUSY_S: Final = 2.0
"""So is what an order or an incident was waited for in vain [s]."""
_UNSEEN: Final = (State.UNACKNOWLEDGED, State.RETURNED_UNACKNOWLEDGED)

_log = structlog.get_logger("analytics.incidents")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joined:
    """An alarm as joining or leaving left it."""

    id: AlarmId
    state: State
    version: int
    place_path: PlacePath
    is_folded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What claimed alarms lead to.

    Attributes:
        known: The rules of the incidents that alarms join.
    """

    claimed: tuple[AlarmId, ...]
    plan: Plan
    known: Mapping[IncidentId, IncidentRule]

    @property
    def alarms(self) -> frozenset[AlarmId]:
        """All that is touched."""
        begun = (member for begin in self.plan.begins for member in begin.members)
        joined = (member for members in self.plan.joins.values() for member in members)
        return frozenset([*self.claimed, *begun, *joined])

    def left(self, free: Container[AlarmId]) -> frozenset[AlarmId]:
        """What has to be looked at again, since somebody else holds it or the head it would have."""
        headless = [
            member
            for begin in self.plan.begins
            if begin.head not in free
            for member in begin.members
        ]
        return frozenset([*(one for one in self.alarms if one not in free), *headless])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What became of a batch: alarms taken up, and those left to the next."""

    count: int
    left: frozenset[AlarmId]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mended:
    """What became of an incident: alarms that stand for it now, and those to look at again."""

    heads: tuple[AlarmId, ...] = ()
    left: frozenset[AlarmId] = frozenset()


class Folding:
    """Takes up alarms that no incident has looked at.

    Args:
        responsibility: Says who answers for an alarm that stands for itself again.
        rules: Of incidents.
    """

    def __init__(self, responsibility: Responsibility, rules: AlarmRules | None = None) -> None:
        self._responsibility = responsibility
        self._rules = {rule.key: rule for rule in (rules or default_rules()).incidents}
        self._folding_rules = [rule.key for rule in self._rules.values() if rule.folds]
        self._limit = BATCH
        self._rests_until_s = -1e9

    def handle(self, connection: Connection, now: datetime) -> int:
        """Take up what waits, bounded; how many alarms there were.

        A batch that fails is taken up one by one; the alarm that fails alone stays as it is shown.
        What somebody else holds is left where it is for a moment.

        Raises:
            StoreUnavailable: The connection is lost, or the database is away.
        """
        if steady_s() < self._rests_until_s:
            return 0
        try:
            taken = briefly(connection, lambda held: self._take_up(held, now))
        except Exception as error:  # the edge of a loop: an alarm that is not folded is shown
            if connection.broken or (isinstance(error, StoreUnavailable) and error.is_of_server):
                raise
            if is_held(error):
                self._rests_until_s = steady_s() + BUSY_S
                return 0
            return self._step_aside(connection, now)
        if taken.left:
            self._rests_until_s = steady_s() + HELD_S
        self._limit = min(BATCH, self._limit * 2)
        return taken.count

    def _step_aside(self, connection: Connection, now: datetime) -> int:
        is_alone = self._limit == 1
        _log.exception("alarms_not_folded", limit=self._limit)
        self._limit = 1
        if not is_alone:
            return 0
        return len(briefly(connection, lambda held: self._let_stand(held, now)))

    def _let_stand(self, connection: Connection, now: datetime) -> list[AlarmId]:
        """An alarm that cannot be folded stands for itself, with its order."""
        alarms = _claim(connection, 1)
        told = Announcement()
        self._give_out(connection, alarms, told, now)
        told.write(connection, now)
        return alarms

    def _take_up(self, connection: Connection, now: datetime) -> _Taken:
        """Fold what waits: every alarm is locked first, in one order, and none is waited for."""
        claimed = _claim(connection, self._limit)
        if not claimed:
            return _Taken(count=0, left=frozenset())
        found = self._look(connection, claimed, now)
        free = frozenset(loop_store.lock_free(connection, sorted(found.alarms)))
        told = Announcement()
        self._place(connection, found, free, told, now)
        alarms = [alarm for alarm in claimed if alarm in free]
        left = {*found.left(free)}
        new_heads: list[AlarmId] = []
        for incident in _touched(connection, claimed):
            mended = self._mend(connection, incident, told, now)
            new_heads += mended.heads
            left |= mended.left
        self._give_out(connection, [*alarms, *new_heads], told, now)
        told.write(connection, now)
        _look_again(connection, left)
        return _Taken(count=len(alarms), left=frozenset(left))

    def _give_out(
        self,
        connection: Connection,
        alarms: Sequence[AlarmId],
        told: Announcement,
        now: datetime,
    ) -> None:
        """Whatever stands for itself has its order, or that of its incident."""
        # An alarm that was born just now and heads its incident already is named twice.
        named = {"alarms": numbers(dict.fromkeys(alarms)), "folding": self._folding_rules}
        rows = connection.execute(_QUERIES["without_work"], named).fetchall()
        late = []
        for (number,) in rows:
            facts = facts_of(connection, AlarmId(cast("int", number)))
            answer = answer_of(connection, self._responsibility, facts, now)
            late.append(Opened(facts=facts, answer=answer, is_new=False))
        consequence.give_out_late(connection, late, told, now)

    def _look(self, connection: Connection, alarms: Sequence[AlarmId], now: datetime) -> _Found:
        """What the alarms lead to, as far as can be seen without a lock."""
        rules = tuple(self._rules.values())
        new = _candidates(connection, alarms, now)
        if not rules or not any(_has_a_rule(item, rules) for item in new):
            return _Found(claimed=tuple(alarms), plan=Plan(begins=(), joins={}), known={})
        known = _open_incidents(connection, new, rules)
        begins = [item for item in new if _may_begin(item, known, rules)]
        loose = new
        if begins:
            near = _near(connection, begins, rules, now) | {item.alarm_id for item in new}
            loose = _candidates(connection, near, now)
        plan = fold([item.alarm_id for item in new], loose, known, rules)
        rule_of = {incident: self._rules[key.rule] for key, incident in known.items()}
        return _Found(claimed=tuple(alarms), plan=plan, known=rule_of)

    def _place(
        self,
        connection: Connection,
        found: _Found,
        free: Container[AlarmId],
        told: Announcement,
        now: datetime,
    ) -> None:
        for begin in found.plan.begins:
            if begin.head in free:
                members = tuple(member for member in begin.members if member in free)
                self._begin(connection, replace(begin, members=members), told, now)
        for incident, wanted in found.plan.joins.items():
            members = tuple(member for member in wanted if member in free)
            self._join(connection, incident, found.known[incident], members, told, now)

    def _begin(
        self, connection: Connection, begin: NewIncident, told: Announcement, now: datetime
    ) -> None:
        row = connection.execute(
            _QUERIES["begin_incident"],
            {
                "cause": begin.rule.label.zh,
                "cause_en": begin.rule.label.en,
                "now": now,
                "rule": begin.rule.key,
                "scope": begin.scope,
                "head_id": begin.head,
            },
        ).fetchone()
        if row is not None:
            incident = IncidentId(cast("int", row[0]))
            _log.info("incident_begins", rule=begin.rule.key, scope=begin.scope, incident=incident)
            self._join(connection, incident, begin.rule, begin.members, told, now)

    def _join(  # noqa: PLR0913, PLR0917 - the parts of one step
        self,
        connection: Connection,
        incident: IncidentId,
        rule: IncidentRule,
        members: Iterable[AlarmId],
        told: Announcement,
        now: datetime,
    ) -> None:
        named = {"alarms": list(members)}
        locked = [row[0] for row in connection.execute(_QUERIES["lock_members"], named).fetchall()]
        rows = connection.execute(
            _QUERIES["join"], {"incident_id": incident, "folds": rule.folds, "alarms": locked}
        ).fetchall()
        joined = [_joined(row) for row in rows]
        reason = f"{rule.label.zh} ({rule.label.en})"
        _record(connection, joined, Trigger.FOLD, reason, told, now)
        stops = [
            Stop(kinds=(ClockKind.ACKNOWLEDGE,), state=ClockState.STOPPED, alarm_id=item.id)
            for item in joined
            if item.is_folded
        ]
        loop_store.stop_clocks(connection, stops, now)
        if rule.folds:
            _work_once(connection, incident, told, now)

    def _mend(
        self, connection: Connection, incident: IncidentId, told: Announcement, now: datetime
    ) -> _Mended:
        """End an incident without alarms; give one whose head has left the desk another."""
        values = {"incident_id": incident, "now": now}
        if connection.execute(_QUERIES["close_incident"], values).fetchone() is not None:
            return _Mended()
        row = connection.execute(_QUERIES["lock_incident"], values).fetchone()
        if row is None or row[2]:
            return _Mended()
        found = connection.execute(_QUERIES["next_head"], values).fetchone()
        if found is None:
            held = connection.execute(_QUERIES["has_a_next_head"], values).fetchone()
            former = AlarmId(cast("int", row[1]))
            return _Mended(left=frozenset([former] if held else []))
        head = AlarmId(cast("int", found[0]))
        connection.execute(_QUERIES["set_head"], {"incident_id": incident, "head_id": head})
        rows = connection.execute(_QUERIES["unfold"], {"alarm_id": head}).fetchall()
        joined = [_joined(line) for line in rows]
        _record(connection, joined, Trigger.UNFOLD, "", told, now)
        if any(item.state in _UNSEEN for item in joined):
            self._remind(connection, head, told, now)
        return _Mended(heads=(head,))

    def _remind(
        self, connection: Connection, alarm_id: AlarmId, told: Announcement, now: datetime
    ) -> None:
        """An alarm that stands for others again has a clock of its own."""
        facts = facts_of(connection, alarm_id)
        answer = answer_of(connection, self._responsibility, facts, now)
        again = Opened(facts=facts, answer=answer, is_new=False)
        consequence.follow_opened(connection, [again], told, now)


def joining(
    connection: Connection, alarms: Sequence[AlarmId], rules: AlarmRules, now: datetime
) -> frozenset[AlarmId]:
    """Alarms just born that will stand behind an incident which is open: its order is theirs.

    What is born is folded a moment later; this only keeps a flood from opening an order for each.
    """
    folding = tuple(rule for rule in rules.incidents if rule.folds)
    if not alarms or not folding:
        return frozenset()
    named = {"folding": [rule.key for rule in folding]}
    row = connection.execute(_QUERIES["is_any_open"], named).fetchone()
    if row is None or not row[0]:
        return frozenset()
    new = _candidates(connection, alarms, now)
    known = _open_incidents(connection, new, folding)
    plan = fold([item.alarm_id for item in new], new, known, folding)
    return frozenset(alarm for members in plan.joins.values() for alarm in members)


def _work_once(
    connection: Connection, incident: IncidentId, told: Announcement, now: datetime
) -> None:
    """The work of an incident is one order; one that somebody works on already goes on."""
    named: dict[str, int] = {"incident_id": incident}
    row = connection.execute(_QUERIES["order_of_incident"], named).fetchone()
    if row is None:
        return
    survivor = OrderId(cast("int", row[0]))
    named["survivor"] = survivor
    behind = connection.execute(_QUERIES["orders_behind"], named).fetchall()
    if behind:
        merge(connection, [OrderId(cast("int", one)) for (one,) in behind], survivor, told, now)


def _may_begin(
    alarm: Candidate, known: Mapping[IncidentKey, IncidentId], rules: Sequence[IncidentRule]
) -> bool:
    """Whether it is a cause without an incident; only then do loose neighbours matter.

    A flood of alarms that are no cause would otherwise read all the others for each of them.
    """
    return any(
        IncidentKey(rule.key, scope) not in known
        for rule in rules
        if alarm.fits(rule.cause)
        for scope in scopes(rule.relation, alarm)
    )


def _claim(connection: Connection, limit: int) -> list[AlarmId]:
    rows = connection.execute(_QUERIES["claim_work"], {"limit": limit}).fetchall()
    return sorted({AlarmId(cast("int", row[0])) for row in rows})


def _look_again(connection: Connection, alarms: Iterable[AlarmId]) -> None:
    connection.execute(_QUERIES["look_again"], {"alarms": sorted(alarms)})


def _has_a_rule(alarm: Candidate, rules: Sequence[IncidentRule]) -> bool:
    return any(alarm.fits(rule.cause) or alarm.fits(rule.members) for rule in rules)


def _candidates(
    connection: Connection, alarms: Iterable[AlarmId], now: datetime
) -> list[Candidate]:
    values = {"alarms": numbers(dict.fromkeys(alarms)), "now": now}
    rows = connection.execute(_QUERIES["candidates"], values).fetchall()
    return [_candidate(row) for row in rows]


def _candidate(row: tuple[object, ...]) -> Candidate:
    alarm, asset, asset_class, event, group, is_life_safety, opened_at = row[:7]
    gateways, building, zone = row[7:]
    return Candidate(
        alarm_id=AlarmId(cast("int", alarm)),
        asset_id=AssetId(cast("int", asset)),
        asset_class=str(asset_class),
        event=str(event),
        group=Group(str(group)),
        is_life_safety=bool(is_life_safety),
        opened_at=cast("datetime", opened_at),
        gateways=frozenset(cast("list[str]", gateways)),
        building=cast("str | None", building),
        zone=str(zone),
    )


def _near(
    connection: Connection,
    new: Sequence[Candidate],
    rules: Sequence[IncidentRule],
    now: datetime,
) -> set[AlarmId]:
    """The alarms themselves, and loose ones that may share a cause with them."""
    gateways = sorted({gateway for item in new for gateway in item.gateways})
    rows = connection.execute(
        _QUERIES["near"],
        {
            "since": min(item.opened_at for item in new) - max(rule.window for rule in rules),
            "now": now,
            "buildings": sorted({item.building for item in new if item.building is not None}),
            "gateways": gateways,
            "own_codes": [own_code(GatewayId(gateway)) for gateway in gateways],
        },
    ).fetchall()
    return {AlarmId(cast("int", row[0])) for row in rows} | {item.alarm_id for item in new}


def _open_incidents(
    connection: Connection, new: Sequence[Candidate], rules: Sequence[IncidentRule]
) -> dict[IncidentKey, IncidentId]:
    named = {scope for rule in rules for item in new for scope in scopes(rule.relation, item)}
    rows = connection.execute(_QUERIES["open_incidents"], {"scopes": sorted(named)}).fetchall()
    known = {rule.key for rule in rules}
    return {
        IncidentKey(str(rule), str(scope)): IncidentId(cast("int", number))
        for number, rule, scope in rows
        if rule in known
    }


def _touched(connection: Connection, alarms: Sequence[AlarmId]) -> list[IncidentId]:
    values = {"alarms": numbers(alarms)}
    rows = connection.execute(_QUERIES["touched_incidents"], values).fetchall()
    return [IncidentId(cast("int", row[0])) for row in rows]


def _joined(row: tuple[object, ...]) -> _Joined:
    alarm, state, version, path, is_folded = row
    return _Joined(
        id=AlarmId(cast("int", alarm)),
        state=State(str(state)),
        version=cast("int", version),
        place_path=PlacePath(str(path)),
        is_folded=bool(is_folded),
    )


def _record(  # noqa: PLR0913, PLR0917 - the parts of one line
    connection: Connection,
    joined: Sequence[_Joined],
    trigger: Trigger,
    reason: str,
    told: Announcement,
    now: datetime,
) -> None:
    store.add_transitions(
        connection,
        [
            store.Transition(
                alarm_id=item.id,
                move=Move(
                    trigger=trigger,
                    from_state=item.state,
                    to_state=item.state,
                    at=now,
                    event_id=None,
                ),
                version=item.version,
                actor=BY_PLATFORM,
                reason=reason,
            )
            for item in sorted(joined, key=lambda item: item.id)
        ],
    )
    for item in joined:
        told.add(Change.ALARM, item.id, item.place_path)
