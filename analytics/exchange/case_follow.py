"""Cases follow their orders: every step of the work becomes a step of the case, told to its sender.

An order's versions have no gap, since whoever moves it holds its row; a case keeps the version up
to which its sender was told, and writes both in one transaction. Killed at any point, the process
goes on where it was: no step is told twice under another number, none is left out.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, cast

from analytics.alarms.store import BY_PLATFORM
from analytics.exchange import case_store
from analytics.exchange.case import (
    OVERDUE,
    CaseClock,
    CaseId,
    CaseState,
    CaseStep,
    follow,
    state_of,
)
from analytics.exchange.case_store import Going, OrderWord, StoredCase
from analytics.orders.facts import OrderNotice, Told, order_facts, tell
from analytics.orders.work_order import OrderId, OrderState, OrderTrigger
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "exchange.sql")
_BATCH: Final = 50
_STILL_MOVES: Final = timedelta(days=31)
"""A closed order may be reopened for 30 days (`analytics.act.order_act`)."""
_STATE_AFTER: Final = {
    CaseStep.TRANSFERRED: CaseState.RECEIVED,
    CaseStep.REOPENED: CaseState.RECEIVED,
    CaseStep.UNDERTAKEN: CaseState.UNDERTAKEN,
    CaseStep.IN_PROGRESS: CaseState.IN_PROGRESS,
    CaseStep.ANSWERED: CaseState.ANSWERED,
    CaseStep.VERIFIED: CaseState.VERIFIED,
    CaseStep.CLOSED: CaseState.CLOSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMove:
    """A line of an order's history."""

    version: int
    trigger: OrderTrigger
    to_state: OrderState
    note: str


def follow_cases(connection: Connection, now: datetime) -> int:
    """Bring cases to where their orders are, a transaction each; how many there were."""
    count = 0
    for work in (_follow_one, _give_order, _miss_one):
        for _ in range(_BATCH):
            if not in_transaction(connection, lambda held: work(held, now)):  # noqa: B023
                break
            count += 1
    return count


def _follow_one(connection: Connection, now: datetime) -> bool:
    """One case whose order has gone on."""
    row = connection.execute(_QUERIES["cases_behind"], {"since": now - _STILL_MOVES}).fetchone()
    if row is None:
        return False
    case = case_store.lock_case_by_id(connection, CaseId(cast("int", row[0])))
    for moved in _moves(connection, case):
        case = _follow(connection, case, moved, now)
    return True


def _moves(connection: Connection, case: StoredCase) -> list[OrderMove]:
    values = {"order_id": case.order_id, "version": case.order_version}
    rows = connection.execute(_QUERIES["order_moves"], values).fetchall()
    return [
        OrderMove(
            version=cast("int", version),
            trigger=OrderTrigger(str(trigger)),
            to_state=OrderState(str(to_state)),
            note=str(note),
        )
        for version, trigger, to_state, note in rows
    ]


def _follow(
    connection: Connection, case: StoredCase, moved: OrderMove, now: datetime
) -> StoredCase:
    step = follow(case.known.state, moved.trigger, moved.to_state)
    if step is CaseStep.JOINED:
        return _join(connection, case, moved, now)
    if step is None:
        values = {"id": case.id, "order_id": case.order_id, "order_version": moved.version}
        connection.execute(_QUERIES["note_order"], values)
        return case_store.lock_case_by_id(connection, case.id)
    note = moved.note if step in (CaseStep.ANSWERED, CaseStep.CLOSED, CaseStep.REOPENED) else ""
    going = Going(
        step=step,
        state=_STATE_AFTER[step],
        at=now,
        actor=BY_PLATFORM.name,
        note=note,
        order_id=case.order_id,
        order_version=moved.version,
        has_own_order=case.has_own_order,
    )
    return _go(connection, case, going)


def _join(connection: Connection, case: StoredCase, moved: OrderMove, now: datetime) -> StoredCase:
    """The order ended in another one, which the case follows from where that one is."""
    row = connection.execute(_QUERIES["survivor"], {"order_id": case.order_id}).fetchone()
    survivor = None if row is None or row[0] is None else OrderId(cast("int", row[0]))
    word = case_store.order_word(connection, survivor)
    going = Going(
        step=CaseStep.JOINED,
        state=_state_in(case, word),
        at=now,
        actor=BY_PLATFORM.name,
        note="",
        order_id=case.order_id if word is None else survivor,
        order_version=moved.version if word is None else word.version,
        has_own_order=False,
    )
    if word is not None and word.state is OrderState.MERGED:
        going = replace(going, order_version=word.version - 1)
    return _go(connection, case, going)


def _state_in(case: StoredCase, word: OrderWord | None) -> CaseState:
    if word is None or word.state is OrderState.MERGED:
        return case.known.state
    return state_of(word.state)


def _give_order(connection: Connection, now: datetime) -> bool:
    """A case of an alarm that has got its order since, or that ended without one."""
    row = connection.execute(_QUERIES["case_without_order"]).fetchone()
    if row is None:
        return False
    case = case_store.lock_case_by_id(connection, CaseId(cast("int", row[0])))
    if row[1] is not None:
        values = {"id": case.id, "order_id": row[1], "order_version": 0}
        connection.execute(_QUERIES["note_order"], values)
        return True
    going = Going(
        step=CaseStep.CLOSED,
        state=CaseState.CLOSED,
        at=now,
        actor=BY_PLATFORM.name,
        note="",
        order_id=None,
        order_version=0,
        has_own_order=False,
    )
    _go(connection, case, going)
    return True


def _miss_one(connection: Connection, now: datetime) -> bool:
    """One deadline of a sender that is over: the sender hears it, and so does who has the order."""
    row = connection.execute(_QUERIES["claim_due_case"], {"now": now}).fetchone()
    if row is None:
        return False
    clock_id, case_id, kind = row
    clock = CaseClock(str(kind))
    connection.execute(_QUERIES["miss_clock"], {"id": clock_id, "now": now})
    case = case_store.lock_case_by_id(connection, CaseId(cast("int", case_id)))
    going = Going(
        step=OVERDUE[clock],
        state=case.known.state,
        at=now,
        actor=BY_PLATFORM.name,
        note="",
        order_id=case.order_id,
        order_version=case.order_version,
        has_own_order=case.has_own_order,
    )
    _go(connection, case, going)
    if case.order_id is not None:
        facts = order_facts(connection, [case.order_id])[case.order_id]
        words = f"案件 {case.system}/{case.number}"
        told = Told(kind=OrderNotice.OVERDUE, facts=facts, to=facts.owner, note=words)
        tell(connection, told, now)
    return True


def _go(connection: Connection, case: StoredCase, going: Going) -> StoredCase:
    system = case_store.fetch_system(connection, case.system)
    case_store.go(connection, case, going, system)
    return case_store.lock_case_by_id(connection, case.id)
