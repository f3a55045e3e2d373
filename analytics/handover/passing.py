"""One hand-over being carried out: each open alarm and order that has another owner from then on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, cast

from analytics import loop_store
from analytics.alarms import store
from analytics.alarms.alarm import AlarmId, AssetId, Move, State, Trigger
from analytics.alarms.report import PlacePath
from analytics.alarms.store import BY_PLATFORM, Transition
from analytics.alarms.subject import Line
from analytics.clocks.clock import ClockKind
from analytics.duties.matrix import Answer, Duty, DutyId, OrganisationId, Surroundings, answer
from analytics.duties.responsibility import Responsibility, Spot, surroundings
from analytics.duties.store import duty_by_id
from analytics.handover.model import Handover
from analytics.handover.store import QUERIES, stand_in
from analytics.live import Announcement, Change
from analytics.loop_store import StoredOrder
from analytics.notices.notice import Notice, NoticeKind, Target
from analytics.orders.facts import OrderNotice, Told, order_facts, tell
from analytics.orders.move import Moved, Start, begin_clocks, save_move
from analytics.orders.work_order import OrderId, OrderState, OrderTrigger
from analytics.safety import rescue_store
from analytics.safety.rescue import RescueId, Stage
from analytics.safety.rescue_store import Fact
from ingest.database import Connection

_BEFORE: Final = timedelta(microseconds=1)
_IN_HAND: Final = (OrderState.DISPATCHED, OrderState.ACCEPTED, OrderState.ON_SITE)
_Part = Callable[[Answer], OrganisationId | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """An open alarm or order, and who has it."""

    id: int
    spot: Spot
    duty_id: DutyId | None
    owner: OrganisationId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenAlarm(_Open):
    state: State
    version: int


class Passing:
    """One hand-over, inside the transaction that carries it out.

    Args:
        responsibility: Says who answers for orders.
    """

    def __init__(
        self,
        connection: Connection,
        responsibility: Responsibility,
        handover: Handover,
        now: datetime,
    ) -> None:
        self._connection = connection
        self._responsibility = responsibility
        self._handover = handover
        self._now = now
        self._former = stand_in(connection, handover.place_path, handover.at - _BEFORE)
        self._new = stand_in(connection, handover.place_path, handover.at)
        # After a merger it is not the place's former company that had what came with the other place.
        self._formers = {self._former, handover.from_id} - {None}
        self._told = Announcement()
        self._notices: list[Notice] = []
        self._lines: dict[DutyId, Duty | None] = {}
        late = round((now - handover.at).total_seconds(), 3)
        reason = f"小区交接 hand-over #{handover.id}: {handover.at.isoformat()}, +{late} s"
        self._line = Line(actor=BY_PLATFORM, at=now, reason=reason)

    def alarms(self) -> int:
        """Open alarms pass; how many."""
        found = [_open_alarm(row) for row in self._rows("open_alarms")]
        passing = self._passing(found, lambda one: one.responsible)
        moved = [(one, to) for one, to in passing if isinstance(one, _OpenAlarm)]
        clocks = self._clocks([one.id for one, _ in moved], [])
        history = []
        for one, to in moved:
            named = {"id": one.id, "to_id": to, "version": one.version + 1}
            self._connection.execute(QUERIES["pass_alarm"], named)
            history.append(self._history(one))
            self._record("alarm", one, to, clocks.get((one.id, None), 0))
            self._told.add(Change.ALARM, AlarmId(one.id), one.spot.place_path)
        store.add_transitions(self._connection, history)
        called = self._rescues(moved)
        facts = loop_store.alarm_facts(self._connection, [AlarmId(one.id) for one, _ in moved])
        self._notices += [
            Notice(
                kind=NoticeKind.HANDED_OVER,
                target=Target.DESK,
                facts=facts[AlarmId(one.id)],
                organisation=to,
                note=self._line.reason,
            )
            for one, to in moved
            if to is not None
        ]
        self._notices += [
            Notice(
                kind=NoticeKind.RESCUE_DISPATCHED,
                target=Target.CALL,
                facts=facts[alarm],
                organisation=to,
            )
            for alarm, to in called
        ]
        return len(moved)

    def _rescues(
        self, moved: Sequence[tuple[_OpenAlarm, OrganisationId | None]]
    ) -> list[tuple[AlarmId, OrganisationId]]:
        """Rescues pass that the former was to accept; whom they were sent to now, by alarm."""
        found = [(one, to) for one, to in moved if to is not None]
        named = {
            "alarms": [one.id for one, _ in found],
            "from_ids": [one.owner for one, _ in found],
            "to_ids": [to for _, to in found],
        }
        rows = self._connection.execute(QUERIES["pass_rescues"], named).fetchall()
        facts = [
            Fact(
                rescue_id=RescueId(cast("int", rescue)),
                at=self._now,
                kind="hand_over",
                actor=BY_PLATFORM,
                organisation=cast("OrganisationId", to),
                words=self._line.reason,
            )
            for rescue, _, to, _ in rows
        ]
        rescue_store.add_facts(self._connection, facts)
        return [
            (AlarmId(cast("int", alarm)), cast("OrganisationId", to))
            for _, alarm, to, stage in rows
            if stage == Stage.DISPATCHED
        ]

    def orders(self) -> int:
        """Open orders pass; how many."""
        found = [_open_order(row) for row in self._rows("open_orders")]
        moved = self._passing(found, lambda one: one.worker)
        clocks = self._clocks([], [one.id for one, _ in moved])
        count = 0
        for one, to in moved:
            stored = loop_store.lock_order(self._connection, OrderId(one.id))
            if stored is None or stored.order.closed_at is not None or to is None:
                continue
            if stored.order.owner != one.owner:
                continue  # Somebody has just given it to another: the next sweep looks again.
            self._pass_order(stored, to)
            self._record("order", one, to, clocks.get((None, one.id), 0))
            count += 1
        return count

    def _pass_order(self, stored: StoredOrder, to: OrganisationId) -> None:
        """What is in hand begins again with the new organisation; what is mended stays so."""
        before = stored.order
        is_in_hand = before.state in _IN_HAND
        after = replace(
            before,
            state=OrderState.DISPATCHED if is_in_hand else before.state,
            owner=to,
            assignee=None if is_in_hand else before.assignee,
            version=before.version + 1,
        )
        moved = Moved(stored=stored, after=after, trigger=OrderTrigger.DISPATCH)
        save_move(self._connection, moved, self._told, self._line)
        if before.state in (OrderState.ACCEPTED, OrderState.ON_SITE):
            # The former's acceptance and arrival bind nobody any more; what still runs runs on.
            start = Start(order_id=stored.id, kinds=(ClockKind.ACCEPT, ClockKind.ARRIVE))
            begin_clocks(self._connection, self._responsibility, start, self._now)
        if before.alarm_id is not None:
            facts = loop_store.alarm_facts(self._connection, [before.alarm_id])
            self._notices.append(
                Notice(
                    kind=NoticeKind.DISPATCHED,
                    target=Target.DESK,
                    facts=facts[before.alarm_id],
                    organisation=to,
                    order_id=stored.id,
                    note=self._line.reason,
                )
            )
        else:
            facts_of_order = order_facts(self._connection, [stored.id])[stored.id]
            words = Told(
                kind=OrderNotice.HANDED_OVER, facts=facts_of_order, to=to, note=self._line.reason
            )
            tell(self._connection, words, self._now)

    def finish(self) -> None:
        """Tell whoever has to know, and record when it was done."""
        loop_store.add_notices(self._connection, self._notices, self._now)
        named = {
            "id": self._handover.id,
            "now": self._now,
            "from_id": self._former,
            "to_id": self._new,
        }
        self._connection.execute(QUERIES["finish"], named)
        self._told.write(self._connection, self._now)

    def _rows(self, query: str) -> list[tuple[object, ...]]:
        named = {
            "path": self._handover.place_path,
            "until": max(self._handover.at, self._handover.planned_at),
            "handover_id": self._handover.id,
        }
        return self._connection.execute(QUERIES[query], named).fetchall()

    def _passing(
        self, found: Sequence[_Open], of: _Part
    ) -> list[tuple[_Open, OrganisationId | None]]:
        """What has another owner from then on, with the new one."""
        spots = [one.spot for one in found]
        if not spots:
            return []
        at = self._handover.at
        before = surroundings(self._connection, spots, at - _BEFORE)
        after = surroundings(self._connection, spots, at)
        pairs = []
        for one in found:
            to = self._next(one, of, before[one.spot], after[one.spot])
            if to != one.owner:
                pairs.append((one, to))
        return pairs

    def _next(
        self, one: _Open, of: _Part, before: Surroundings, after: Surroundings
    ) -> OrganisationId | None:
        duty = None if one.duty_id is None else self._duty(one.duty_id)
        if duty is not None and of(answer(duty, before)) == one.owner:
            return of(answer(duty, after))
        # Given by hand, or without a line: what the former had, the new one has.
        return self._new if one.owner in self._formers else one.owner

    def _duty(self, duty_id: DutyId) -> Duty | None:
        if duty_id not in self._lines:
            self._lines[duty_id] = duty_by_id(self._connection, duty_id)
        return self._lines[duty_id]

    def _clocks(
        self, alarms: Sequence[int], orders: Sequence[int]
    ) -> dict[tuple[int | None, int | None], int]:
        named = {"alarms": list(alarms), "orders": list(orders)}
        rows = self._connection.execute(QUERIES["running_clocks"], named).fetchall()
        return {
            (cast("int | None", alarm), cast("int | None", order)): cast("int", count)
            for alarm, order, count in rows
        }

    def _history(self, one: _OpenAlarm) -> Transition:
        move = Move(
            trigger=Trigger.HAND_OVER,
            from_state=one.state,
            to_state=one.state,
            at=self._now,
            event_id=None,
        )
        return Transition(
            alarm_id=AlarmId(one.id),
            move=move,
            version=one.version + 1,
            actor=BY_PLATFORM,
            reason=self._line.reason,
        )

    def _record(self, what: str, one: _Open, to: OrganisationId | None, clocks: int) -> None:
        self._connection.execute(
            QUERIES["add_move"],
            {
                "handover_id": self._handover.id,
                "what": what,
                "subject_id": one.id,
                "from_id": one.owner,
                "to_id": to,
                "effective_at": self._handover.at,
                "moved_at": self._now,
                "clocks": clocks,
            },
        )


def _open_alarm(row: tuple[object, ...]) -> _OpenAlarm:
    found, asset, path, duty, owner, state, version = row
    return _OpenAlarm(
        id=cast("int", found),
        spot=Spot(AssetId(cast("int", asset)), PlacePath(str(path))),
        duty_id=cast("DutyId | None", duty),
        owner=cast("OrganisationId | None", owner),
        state=State(str(state)),
        version=cast("int", version),
    )


def _open_order(row: tuple[object, ...]) -> _Open:
    found, asset, path, duty, owner = row
    return _Open(
        id=cast("int", found),
        spot=Spot(cast("AssetId | None", asset), PlacePath(str(path))),
        duty_id=cast("DutyId | None", duty),
        owner=cast("OrganisationId | None", owner),
    )
