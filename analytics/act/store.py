"""Rows of acts: how the console asks, and how the alarm process answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from time import sleep
from typing import Final, cast
from uuid import UUID

from analytics.act.kind import (
    ALARM_ACTS,
    ORDER_ACTS,
    Act,
    ActId,
    ActKind,
    ActResult,
    Person,
    decode_result,
    encode_result,
)
from analytics.alarm import AlarmId
from analytics.duty import OrganisationId
from analytics.errors import NoAnswer
from analytics.live import Channel, notify
from analytics.work_order import OrderId
from gateway.clock import steady_s
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "act.sql")
_LOOK_EVERY_S: Final = 0.01
ANSWER_LIMIT_S: Final = 5.0


def submit(connection: Connection, act: Act, *, limit_s: float = ANSWER_LIMIT_S) -> ActResult:
    """Ask for an act and wait until it is done or refused; asked again, the first answer stands.

    Args:
        connection: Of the role tw_console, in autocommit and outside a transaction.
        act: What is asked for; its id makes it happen once.
        limit_s: How long to wait [s].

    Raises:
        NoAnswer: The alarm process did not answer in time; the act still waits.
    """
    in_transaction(connection, lambda held: _ask(held, act))
    end = steady_s() + limit_s
    while True:
        row = connection.execute(_QUERIES["outcome"], {"id": act.id}).fetchone()
        if row is not None and row[0] != "waiting":
            return decode_result(str(row[1]))
        if steady_s() >= end:
            raise NoAnswer(
                "the alarm process does not answer (报警处理程序未响应): the request is kept"
            )
        sleep(_LOOK_EVERY_S)


def _ask(connection: Connection, act: Act) -> None:
    connection.execute(
        _QUERIES["ask"],
        {
            "id": act.id,
            "actor": act.by.name,
            "actor_role": act.by.role,
            "scope": list(act.by.scope),
            "organisation_id": act.by.organisation,
            "kind": act.kind,
            "alarm_id": getattr(act, "alarm_id", None),
            "order_id": getattr(act, "order_id", None),
            "version": act.version,
            "text": act.text,
        },
    )
    notify(connection, Channel.ACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An act that was claimed; `act` is None when its row makes no sense."""

    id: ActId
    act: Act | None


def claim_act(connection: Connection, set_aside: Iterable[ActId] = ()) -> Claimed | None:
    """Lock the act that has waited longest; None when none waits."""
    row = connection.execute(_QUERIES["claim_act"], {"set_aside": list(set_aside)}).fetchone()
    if row is None:
        return None
    act_id = ActId(cast("UUID", row[0]))
    try:
        return Claimed(id=act_id, act=_act(act_id, row))
    except ValueError:
        return Claimed(id=act_id, act=None)


def _act(act_id: ActId, row: tuple[object, ...]) -> Act:
    _, actor, role, scope, organisation, kind_name, alarm_id, order_id, version, text = row
    kind = ActKind(str(kind_name))
    person = Person(
        name=str(actor),
        role=str(role),
        scope=tuple(cast("list[str]", scope)),
        organisation=cast("OrganisationId | None", organisation),
    )
    seen, said = cast("int | None", version), str(text or "")
    if kind in ALARM_ACTS and alarm_id is not None:
        alarm = AlarmId(cast("int", alarm_id))
        return ALARM_ACTS[kind](id=act_id, by=person, version=seen, text=said, alarm_id=alarm)
    if kind in ORDER_ACTS and order_id is not None:
        order = OrderId(cast("int", order_id))
        return ORDER_ACTS[kind](id=act_id, by=person, version=seen, text=said, order_id=order)
    raise ValueError(f"an act {kind} has a subject")


def settle_act(connection: Connection, act_id: ActId, result: ActResult, now: datetime) -> None:
    """Store how an act ended."""
    state = "done" if result.is_done else "refused"
    connection.execute(
        _QUERIES["settle_act"],
        {"id": act_id, "state": state, "outcome": encode_result(result), "now": now},
    )
