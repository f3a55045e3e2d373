"""Rows of acts: how the console asks, and how the alarm process answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from time import sleep
from typing import Final, cast, get_type_hints
from uuid import UUID

import msgspec

from analytics.act.admin_kind import ADMIN_ACTS
from analytics.act.case_kind import CASE_ACTS
from analytics.act.desk_kind import DESK_ACTS
from analytics.act.hold_kind import HOLD_ELSEWHERE, HOLD_ON_ALARM
from analytics.act.kind import (
    ALARM_ACTS,
    ORDER_ACTS,
    ActId,
    ActKind,
    Person,
)
from analytics.act.limit_kind import LIMIT_ACTS
from analytics.act.outcome import decode_result, encode_result
from analytics.act.public_kind import PUBLIC_ELSEWHERE, PUBLIC_ON_ORDER
from analytics.act.result import ActResult
from analytics.act.safety_kind import ELSEWHERE, ON_ALARM, AnyAct
from analytics.act.supervise_kind import SUPERVISE_ACTS
from analytics.act.work_kind import WORK_ELSEWHERE, WORK_ON_ORDER
from analytics.alarms.alarm import AlarmId
from analytics.digest import digest_of
from analytics.duties.matrix import OrganisationId
from analytics.errors import KeyReused, NoAnswer
from analytics.live import Channel, notify
from analytics.orders.work_order import OrderId
from gateway.clock import steady_s
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "act.sql")
_LOOK_EVERY_S: Final = 0.01
_LOOK_AT_LEAST_S: Final = 0.2
ANSWER_LIMIT_S: Final = 75.0
"""Longer than the alarm process tries an act whose subject somebody else holds: whoever has waited
so long knows that no alarm process runs."""
_WORK: Final = (
    WORK_ON_ORDER,
    WORK_ELSEWHERE,
    CASE_ACTS,
    SUPERVISE_ACTS,
    PUBLIC_ON_ORDER,
    PUBLIC_ELSEWHERE,
    ADMIN_ACTS,
    LIMIT_ACTS,
    DESK_ACTS,
)
_OF_EVERY_ACT: Final = frozenset({"id", "by", "version", "text", "alarm_id", "order_id"})


def submit(connection: Connection, act: AnyAct, *, limit_s: float = ANSWER_LIMIT_S) -> ActResult:
    """Ask for an act and wait until it is done or refused; asked again, the first answer stands.

    Args:
        connection: Of the role tw_console, in autocommit and outside a transaction.
        act: What is asked for; its id makes it happen once.
        limit_s: How long to wait [s].

    Raises:
        KeyReused: Something else was asked for under the same id; nothing was done.
        NoAnswer: The alarm process did not answer in time. The act still waits and will be carried
            out or refused, once; asking again with the same id waits for the same answer.
    """
    file_act(connection, act)
    return wait_for_outcome(lambda: outcome_of(connection, act.id), limit_s)


def file_act(connection: Connection, act: AnyAct) -> None:
    """Ask for an act, once per id, and wait for nothing.

    Raises:
        KeyReused: Something else was asked for under the same id; nothing was done.
    """
    in_transaction(connection, lambda held: _ask(held, act))


def is_filed(connection: Connection, act_id: ActId) -> bool:
    """Whether something was asked for under this id before."""
    return connection.execute(_QUERIES["request_of"], {"id": act_id}).fetchone() is not None


def outcome_of(connection: Connection, act_id: ActId) -> ActResult | None:
    """How an act ended; None while it waits."""
    row = connection.execute(_QUERIES["outcome"], {"id": act_id}).fetchone()
    return None if row is None or row[0] == "waiting" else decode_result(str(row[1]))


def wait_for_outcome(look: Callable[[], ActResult | None], limit_s: float) -> ActResult:
    """How an act ended, looked for again and again, ever less often.

    Raises:
        NoAnswer: The alarm process did not answer in time.
    """
    end, pause_s = steady_s() + limit_s, _LOOK_EVERY_S
    while True:
        found = look()
        if found is not None:
            return found
        if steady_s() >= end:
            raise NoAnswer(
                "taken, not yet done: the alarm process does not answer, and carries it out once,"
                " when it does; do not ask anew (已提交,尚未处理:报警处理程序恢复后执行一次,请勿重复提交)"
            )
        sleep(pause_s)
        pause_s = min(pause_s * 1.2, _LOOK_AT_LEAST_S)


def _ask(connection: Connection, act: AnyAct) -> None:
    more = msgspec.json.encode(_more_of(act), order="sorted").decode()
    subject = (getattr(act, "alarm_id", None), getattr(act, "order_id", None))
    request = digest_of(act.by.name, act.kind, *subject, act.version, act.text, more)
    asked = connection.execute(
        _QUERIES["ask"],
        {
            "id": act.id,
            "actor": act.by.name,
            "actor_role": act.by.role,
            "scope": list(act.by.scope),
            "organisation_id": act.by.organisation,
            "kind": act.kind,
            "alarm_id": subject[0],
            "order_id": subject[1],
            "version": act.version,
            "text": act.text,
            "more": more,
            "request": request,
        },
    )
    if asked.rowcount == 0:
        row = connection.execute(_QUERIES["request_of"], {"id": act.id}).fetchone()
        if row is not None and row[0] is not None and bytes(cast("bytes", row[0])) != request:
            raise KeyReused("Idempotency-Key: it was used for another request before")
    notify(connection, Channel.ACTS)


def _more_of(act: AnyAct) -> dict[str, object]:
    """What this kind of act says beside what every act says."""
    names = (field.name for field in fields(act) if field.name not in _OF_EVERY_ACT)
    return {name: getattr(act, name) for name in names}


def _read_more(made: type[AnyAct], text: str) -> dict[str, object]:
    said = msgspec.json.decode(text, type=dict[str, object])
    hints = get_type_hints(made)
    return {name: msgspec.convert(value, hints[name]) for name, value in said.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An act that was claimed; `act` is None when its row makes no sense."""

    id: ActId
    act: AnyAct | None


def claim_act(connection: Connection, set_aside: Iterable[ActId] = ()) -> Claimed | None:
    """Lock the act that has waited longest; None when none waits."""
    row = connection.execute(_QUERIES["claim_act"], {"set_aside": list(set_aside)}).fetchone()
    if row is None:
        return None
    act_id = ActId(cast("UUID", row[0]))
    try:
        return Claimed(id=act_id, act=_act(act_id, row))
    except (ValueError, TypeError, LookupError):
        return Claimed(id=act_id, act=None)


def _act(act_id: ActId, row: tuple[object, ...]) -> AnyAct:
    _, actor, role, scope, organisation, kind_name, alarm_id, order_id, version, text = row[:10]
    kind = ActKind(str(kind_name))
    person = Person(
        name=str(actor),
        role=str(role),
        scope=tuple(cast("list[str]", scope)),
        organisation=cast("OrganisationId | None", organisation),
    )
    seen, said = cast("int | None", version), str(text or "")
    made = _made(kind)
    more = _read_more(made, str(row[10]))
    if any(kind in known for known in (ALARM_ACTS, ON_ALARM, HOLD_ON_ALARM, DESK_ACTS)):
        more["alarm_id"] = AlarmId(cast("int", _given(kind, alarm_id)))
    elif kind in ORDER_ACTS or kind in WORK_ON_ORDER or kind in PUBLIC_ON_ORDER:
        more["order_id"] = OrderId(cast("int", _given(kind, order_id)))
    return made(id=act_id, by=person, version=seen, text=said, **more)  # type: ignore[arg-type]


def _made(kind: ActKind) -> type[AnyAct]:
    for known in (
        ALARM_ACTS,
        ORDER_ACTS,
        ON_ALARM,
        ELSEWHERE,
        HOLD_ON_ALARM,
        HOLD_ELSEWHERE,
        *_WORK,
    ):
        if kind in known:
            return known[kind]
    raise ValueError(f"{kind} is asked for by nobody")


def _given(kind: ActKind, subject: object) -> object:
    if subject is None:
        raise ValueError(f"an act {kind} has a subject")
    return subject


def settle_act(connection: Connection, act_id: ActId, result: ActResult, now: datetime) -> None:
    """Store how an act ended."""
    state = "done" if result.is_done else "refused"
    connection.execute(
        _QUERIES["settle_act"],
        {"id": act_id, "state": state, "outcome": encode_result(result), "now": now},
    )
