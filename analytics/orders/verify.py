"""Repairs are looked at some time after they were said to be done, and what follows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from analytics import loop_store
from analytics.alarms.alarm import AssetId
from analytics.alarms.store import BY_PLATFORM
from analytics.alarms.subject import Line
from analytics.duties.responsibility import Responsibility
from analytics.live import Announcement, Change
from analytics.orders.facts import OrderFacts, OrderNotice, Told, order_facts, tell
from analytics.orders.move import Start, answer_for, begin_clocks, move_locked
from analytics.orders.verification import (
    LIFT,
    WATCHED_FOR,
    Evidence,
    Fault,
    Judgement,
    Movement,
    Verdict,
    evidence_json,
    judge,
)
from analytics.orders.work_order import OrderAct, OrderId, OrderState, OrderTrigger, WorkOrder
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "verification.sql")
BATCH: Final = 20
_WORDS: Final = {
    Fault.STILL_ACTIVE: "故障仍在报警 (still active)",
    Fault.CAME_BACK: "故障再次出现 (came back)",
    Fault.NO_TEST_TRIPS: "未见试运行 (no test trips)",
}

_log = structlog.get_logger("analytics.orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A repair to be looked at."""

    order_id: OrderId
    restored_at: datetime
    asset_id: AssetId
    asset_class: str
    condition: str


class Verifier:
    """Looks at repairs.

    Args:
        responsibility: Says which clocks an order gets that is not believed.
        watched_for: How long a fault must stay away.
    """

    def __init__(
        self, responsibility: Responsibility, watched_for: timedelta = WATCHED_FOR
    ) -> None:
        self._responsibility = responsibility
        self._watched_for = watched_for

    def turn(self, connection: Connection, now: datetime) -> int:
        """Look at what is due, a transaction each; how many repairs were judged."""
        in_transaction(
            connection,
            lambda held: held.execute(
                _QUERIES["begin_verifications"], {"after": self._watched_for}
            ),
        )
        for count in range(BATCH):
            if not in_transaction(connection, lambda held: self._next(held, now)):
                return count
        return BATCH

    def _next(self, connection: Connection, now: datetime) -> bool:
        row = connection.execute(_QUERIES["due"], {"now": now}).fetchone()
        if row is None:
            return False
        due = _Due(
            order_id=OrderId(cast("int", row[0])),
            restored_at=cast("datetime", row[1]),
            asset_id=AssetId(cast("int", row[2])),
            asset_class=str(row[3]),
            condition=str(row[6]),
        )
        found = _evidence(connection, due, now)
        judgement = judge(found)
        connection.execute(
            _QUERIES["decide"],
            {
                "order_id": due.order_id,
                "restored_at": due.restored_at,
                "result": judgement.verdict,
                "evidence": evidence_json(found, judgement),
                "now": now,
            },
        )
        self._follow(connection, due, judgement, now)
        _log.info("repair_judged", order=due.order_id, verdict=str(judgement.verdict))
        return True

    def _follow(
        self, connection: Connection, due: _Due, judgement: Judgement, now: datetime
    ) -> None:
        stored = loop_store.lock_order(connection, due.order_id)
        if stored is None or stored.order.restored_at != due.restored_at:
            return
        facts = order_facts(connection, [due.order_id])[due.order_id]
        told = Announcement()
        told.add(Change.ORDER, due.order_id, facts.place_path)
        words = ", ".join(_WORDS[fault] for fault in judgement.faults)
        line = Line(actor=BY_PLATFORM, at=now, reason=words or "遥测已核实 (by telemetry)")
        if judgement.verdict is Verdict.VERIFIED and stored.order.state is OrderState.RESTORED:
            act = OrderAct(trigger=OrderTrigger.VERIFY, actor=BY_PLATFORM.name)
            move_locked(connection, stored, act, told, line)
        elif judgement.verdict is Verdict.NOT_VERIFIED:
            self._reopen(connection, facts, told, line)
        elif judgement.verdict is Verdict.SILENT and stored.order.state is OrderState.RESTORED:
            answer = answer_for(connection, self._responsibility, facts, now)
            tell(
                connection,
                Told(kind=OrderNotice.NEEDS_SECOND, facts=facts, to=answer.responsible),
                now,
            )
        told.write(connection, now)

    def _reopen(
        self, connection: Connection, facts: OrderFacts, told: Announcement, line: Line
    ) -> None:
        """An order whose repair is not believed begins again, whatever a person has said."""
        stored = loop_store.lock_order(connection, facts.order_id)
        act = OrderAct(trigger=OrderTrigger.REOPEN, actor=BY_PLATFORM.name, note=line.reason)
        if stored is None or _is_taken_up(connection, stored.order):
            return
        if move_locked(connection, stored, act, told, line) is None:
            return
        begin_clocks(connection, self._responsibility, Start(order_id=facts.order_id), line.at)
        answer = answer_for(connection, self._responsibility, facts, line.at)
        for organisation in dict.fromkeys((facts.owner, answer.responsible)):
            words = Told(
                kind=OrderNotice.NOT_VERIFIED, facts=facts, to=organisation, note=line.reason
            )
            tell(connection, words, line.at)


def _is_taken_up(connection: Connection, order: WorkOrder) -> bool:
    """Whether a closed order's alarm has another order that does the work now."""
    if order.closed_at is None or order.alarm_id is None:
        return False
    return loop_store.open_order_of(connection, order.alarm_id) is not None


def _evidence(connection: Connection, due: _Due, now: datetime) -> Evidence:
    about = {"asset_id": due.asset_id, "condition": due.condition, "since": due.restored_at}
    state = connection.execute(_QUERIES["condition_now"], about).fetchone()
    again = connection.execute(_QUERIES["raises_since"], about).fetchone()
    events = connection.execute(_QUERIES["events_since"], about).fetchone()
    return Evidence(
        asset_class=due.asset_class,
        since=due.restored_at,
        until=now,
        condition=due.condition,
        is_active=None if state is None else bool(state[0]),
        raised_again=0 if again is None else cast("int", again[0]),
        last_raised_at=None if again is None else cast("datetime | None", again[1]),
        events=0 if events is None else cast("int", events[0]),
        movement=_movement(connection, due, now) if due.asset_class == LIFT else None,
    )


def _movement(connection: Connection, due: _Due, now: datetime) -> Movement:
    """How the lift moved since the repair; test trips while the technician was there count too."""
    values = {"asset_id": due.asset_id, "since": due.restored_at, "until": now}
    row = connection.execute(_QUERIES["lift_run_since"], values).fetchone()
    if row is None:
        return Movement(samples=0, moving=0, runs=None, floors=0)
    samples, moving, runs, floors = row
    return Movement(
        samples=cast("int", samples),
        moving=cast("int", moving),
        runs=cast("float | None", runs),
        floors=cast("int", floors),
    )
