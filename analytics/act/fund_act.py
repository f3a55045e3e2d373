"""Steps of an emergency repair that the maintenance fund pays, in their order and by two people."""

from datetime import datetime
from typing import Final, cast

from analytics import loop_store
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.act.work_kind import FundStep, MoveFund
from analytics.alarms.store import Actor
from analytics.live import Announcement, Change
from analytics.loop_store import OrderLine, StoredOrder
from analytics.orders.fund import Application, emergency_list
from analytics.orders.work_order import OrderId, OrderTrigger
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "report.sql")
_DECIDERS: Final = frozenset({"owners_committee", "community"})
_QUERY: Final = {
    FundStep.APPLY: "fund_apply",
    FundStep.APPROVE: "fund_decide",
    FundStep.REJECT: "fund_decide",
    FundStep.SETTLE: "fund_settle",
    FundStep.PUBLISH: "fund_publish",
}


def application_of(connection: Connection, order_id: OrderId) -> Application | None:
    """The application of an order, locked; None when there is none."""
    row = connection.execute(_QUERIES["fund_of"], {"order_id": order_id}).fetchone()
    if row is None:
        return None
    item, applied_by, is_approved, amount_fen, _, published_at = row
    return Application(
        item=str(item),
        applied_by=str(applied_by),
        is_approved=cast("bool | None", is_approved),
        amount_fen=cast("int | None", amount_fen),
        is_public=published_at is not None,
    )


def may_close(connection: Connection, order_id: OrderId) -> bool:
    """Whether the fund's part of an order is over: public, refused, or there is none."""
    found = application_of(connection, order_id)
    return found is None or found.is_public or found.is_approved is False


def move_fund(connection: Connection, act: MoveFund, now: datetime) -> ActResult:
    """Carry out a step, or say why not."""
    stored = loop_store.lock_order(connection, act.order_id)
    if stored is None:
        return refused(Refusal.UNKNOWN)
    if not act.by.may_see(stored.place_path):
        return refused(Refusal.SCOPE)
    why_not = refuse(act, application_of(connection, act.order_id), stored)
    if why_not is not None:
        return refused(why_not)
    connection.execute(
        _QUERIES[_QUERY[act.step]],
        {
            "order_id": act.order_id,
            "place_path": stored.place_path,
            "list_version": emergency_list().version,
            "item": act.item,
            "text": act.text,
            "by": act.by.name,
            "is_approved": act.step is FundStep.APPROVE,
            "amount_fen": act.amount_fen,
            "now": now,
        },
    )
    _record(connection, act, stored, now)
    return CARRIED_OUT


def refuse(act: MoveFund, found: Application | None, stored: StoredOrder) -> Refusal | None:
    """Why a step may not be taken now; None: it may."""
    if act.step is FundStep.APPLY:
        if found is not None or stored.order.closed_at is not None:
            return Refusal.NOT_NOW
        return None if emergency_list().item(act.item) else Refusal.NOT_ON_LIST
    if found is None:
        return Refusal.NOT_NOW
    if act.step in (FundStep.APPROVE, FundStep.REJECT):
        return _refuse_decision(act, found)
    if act.step is FundStep.SETTLE:
        is_due = bool(found.is_approved) and found.amount_fen is None and act.amount_fen > 0
    else:
        is_due = found.amount_fen is not None and not found.is_public
    return None if is_due else Refusal.NOT_NOW


def _refuse_decision(act: MoveFund, found: Application) -> Refusal | None:
    if act.by.role not in _DECIDERS:
        return Refusal.ROLE
    if act.by.name == found.applied_by:
        return Refusal.SAME_PERSON
    return None if found.is_approved is None else Refusal.NOT_NOW


def _record(connection: Connection, act: MoveFund, stored: StoredOrder, now: datetime) -> None:
    """A line in the order's own history, so that its chain holds the money's steps too."""
    amount = f" {act.amount_fen / 100:.2f} 元" if act.step is FundStep.SETTLE else ""
    line = OrderLine(
        order_id=stored.id,
        trigger=OrderTrigger.FUND,
        from_state=stored.order.state,
        to_state=stored.order.state,
        version=stored.order.version,
        at=now,
        actor=Actor(name=act.by.name, role=act.by.role),
        note=f"维修资金 {act.step} {act.item}{amount} {act.text}".strip(),
    )
    loop_store.add_order_lines(connection, [line])
    told = Announcement()
    told.add(Change.ORDER, stored.id, stored.place_path)
    told.write(connection, now)
