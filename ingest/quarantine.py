"""Messages kept aside: list them, look at one, replay it once, or put it aside for good.

A replay goes by the quarantine id and past the ledger: the message was counted when it came.
What of it is stored already is not stored again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
from psycopg.rows import class_row, tuple_row
from psycopg.sql import SQL, Identifier

from gateway.topic import GatewayId, Lane
from ingest.admit import Admission, admit
from ingest.alarm import ANONYMOUS_STREAM, AdmittedAlarm, admit_alarm
from ingest.batch import Inbound
from ingest.binding import Bindings
from ingest.column import Block
from ingest.database import Connection, in_transaction, load_queries
from ingest.delivery_store import moment
from ingest.errors import NotReplayable
from ingest.event_store import store_inside
from ingest.sample_store import fetch_codes, write_blocks

_QUERIES: Final = load_queries("ingest", "reports.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineLine:
    """A message kept aside, without its bytes."""

    id: int
    received_at: datetime
    gateway: str
    lane: str
    topic: str
    stream: int | None
    seq: int | None
    reason: str
    detail: str
    bytes: int
    is_partly_stored: bool
    is_cut: bool
    replayed_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedMessage:
    """A message kept aside, with its bytes.

    Attributes:
        refused: What of it was refused, as JSON; "" means all of it.
    """

    id: int
    received_at: datetime
    gateway: str
    lane: str
    topic: str
    stream: int | None
    seq: int | None
    reason: str
    detail: str
    refused: str
    payload: bytes
    is_cut: bool
    replayed_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay stored; `still_refused` says what it could not."""

    samples: int
    events: int
    still_refused: str


def fetch_quarantine(
    connection: Connection,
    *,
    gateway: str | None = None,
    reason: str | None = None,
    before: int | None = None,
    most: int = 50,
) -> Sequence[QuarantineLine]:
    """Messages kept aside, newest first; `before` is the last id of the former page."""
    values = {"gateway": gateway, "reason": reason, "before": before, "most": most}
    with connection.cursor(row_factory=class_row(QuarantineLine)) as cursor:
        return cursor.execute(_QUERIES["quarantine_list"], values).fetchall()


def fetch_message(connection: Connection, number: int) -> QuarantinedMessage:
    """One message. Raises NotReplayable when there is none of that id."""
    with connection.cursor(row_factory=class_row(QuarantinedMessage)) as cursor:
        found = cursor.execute(_QUERIES["quarantine_message"], {"id": number}).fetchone()
    if found is None:
        raise NotReplayable(f"no message {number} is in quarantine")
    return found


def replay(connection: Connection, number: int, now_ms: int) -> Replayed:
    """Admit a message again and store what is admitted now and was not stored before.

    Raises:
        NotReplayable: It is unknown, cut, was settled before, or is refused as before.
    """
    return in_transaction(connection, lambda inside: _replay(inside, number, now_ms))


def dismiss(connection: Connection, number: int, note: str, now_ms: int) -> None:
    """Put a message aside for good: a person has looked at it.

    Raises:
        NotReplayable: It is unknown or was settled before.
    """

    def work(inside: Connection) -> None:
        _open(inside, number)
        _settle(inside, number, f"dismissed: {note}", now_ms)

    in_transaction(connection, work)


def _open(connection: Connection, number: int) -> QuarantinedMessage:
    found = fetch_message(connection, number)
    if found.replayed_at is not None:
        raise NotReplayable(f"message {number} was settled at {found.replayed_at}: {found.note}")
    return found


def _replay(connection: Connection, number: int, now_ms: int) -> Replayed:
    found = _open(connection, number)
    if found.is_cut:
        raise NotReplayable(f"message {number} was cut by the daily cap: its bytes are gone")
    inbound = Inbound(
        gateway=GatewayId(found.gateway),
        lane=Lane(found.lane),
        topic=found.topic,
        payload=found.payload,
        received_ms=now_ms,
    )
    if inbound.lane is Lane.ALARM:
        done = _replay_alarm(connection, inbound, now_ms)
    else:
        done = _replay_data(connection, inbound, now_ms)
    if not done.samples and not done.events:
        raise NotReplayable(f"message {number} brings nothing new: {done.still_refused}")
    note = f"replayed: {done.samples} values, {done.events} events; {done.still_refused}"
    _settle(connection, number, note, now_ms)
    return done


def _replay_alarm(connection: Connection, inbound: Inbound, now_ms: int) -> Replayed:
    admitted = admit_alarm(inbound)
    if not isinstance(admitted, AdmittedAlarm):
        return Replayed(samples=0, events=0, still_refused=admitted.detail)
    anonymous = replace(
        admitted,
        stream=ANONYMOUS_STREAM,
        seq=1 + int.from_bytes(admitted.digest[:6]),
        damage=None,
    )
    stored = store_inside(connection, [anonymous], now_ms)
    return Replayed(samples=0, events=stored.events, still_refused="")


def _replay_data(connection: Connection, inbound: Inbound, now_ms: int) -> Replayed:
    codes = fetch_codes(connection, [inbound.gateway])
    admission = admit([inbound], Bindings(by_gateway=codes))
    blocks = [_unstored(connection, block) for block in admission.blocks]
    again = replace(admission, blocks=tuple(block for block in blocks if len(block.at_ms)))
    write_blocks(connection, again, again.blocks, now_ms)
    return Replayed(samples=_values(again), events=0, still_refused=_still_refused(admission))


def _values(admission: Admission) -> int:
    return sum(int((~np.isnan(block.values)).sum()) for block in admission.blocks)


def _still_refused(admission: Admission) -> str:
    return "; ".join(one.detail for one in admission.quarantined.values())


def _unstored(connection: Connection, block: Block) -> Block:
    """The values of a block that its table does not have yet."""
    columns = SQL(", ").join(Identifier(name) for name in block.metrics)
    query = _QUERIES["stored_values"].format(
        columns=columns, table=Identifier(block.kind.table or "")
    )
    values = {
        "assets": sorted({int(asset) for asset in block.asset}),
        "first": moment(int(block.at_ms.min())),
        "last": moment(int(block.at_ms.max())),
    }
    stored: set[tuple[int, int, int]] = set()
    with connection.cursor(row_factory=tuple_row) as cursor:
        for asset, at_ms, *known in cursor.execute(query, values):
            stored |= {(asset, at_ms, n) for n, value in enumerate(known) if value is not None}
    left = block.values.copy()
    for row, (asset, at_ms) in enumerate(zip(block.asset, block.at_ms, strict=True)):
        for column in range(len(block.metrics)):
            if (int(asset), int(at_ms), column) in stored:
                left[row, column] = np.nan
    has_any = np.asarray((~np.isnan(left)).any(axis=1))
    return replace(
        block,
        values=left[has_any],
        at_ms=block.at_ms[has_any],
        asset=block.asset[has_any],
        message=block.message[has_any],
    )


def _settle(connection: Connection, number: int, note: str, now_ms: int) -> None:
    values = {"id": number, "note": note[:1000], "now": moment(now_ms)}
    connection.execute(_QUERIES["settle_quarantine"], values)
