"""Heartbeats, the platform's findings and commands in the database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from psycopg.rows import class_row

from gateway.topic import GatewayId, Lane
from gateway.wire import Command, StateMessage
from ingest.batch import Quarantined, clean
from ingest.database import Connection, in_transaction, load_queries
from ingest.delivery_store import (
    DAILY_BYTES,
    DAILY_MESSAGES,
    Receipted,
    keep,
    lock_ledgers,
    moment,
    update_ledgers,
)
from ingest.event_store import announce, tell
from ingest.ledger import Heard, LedgerKey, hear
from ingest.platform_event import Finding
from ingest.supervise import Facts

_QUERIES: Final = load_queries("ingest", "states.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A heartbeat as it came.

    Attributes:
        skew_ms: Gateway clock minus ours, as far as two heartbeats agree [ms].
    """

    gateway: GatewayId
    lane: Lane
    state: StateMessage
    received_ms: int
    skew_ms: int | None

    @property
    def is_will(self) -> bool:
        """Whether the broker said it for the gateway."""
        return not self.state.online and self.state.sent == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _FactsRow:
    gateway: str
    lane: str | None
    heard_ms: int | None
    skew_ms: int | None
    missing: int
    shed: int
    is_quarantine_full: bool
    unreadable: int
    is_revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _CommandRow:
    id: str
    gateway: str
    command: str
    body: str
    until_ms: int


def store_heartbeats(
    connection: Connection, heartbeats: Sequence[Heartbeat], now_ms: int
) -> tuple[Receipted, ...]:
    """Commit heartbeats of one lane: states and what they say for the ledger."""
    return in_transaction(connection, lambda inside: _hear(inside, heartbeats, now_ms))


def quarantine_states(connection: Connection, found: Sequence[Quarantined], now_ms: int) -> None:
    """Keep heartbeats that cannot be decoded."""
    in_transaction(connection, lambda inside: keep(inside, found, now_ms))


def fetch_facts(connection: Connection, now_ms: int) -> list[Facts]:
    """What is known of every gateway."""
    values = {
        "now": moment(now_ms),
        "alarm_bytes": DAILY_BYTES[Lane.ALARM],
        "data_bytes": DAILY_BYTES[Lane.DATA],
        "messages": DAILY_MESSAGES,
    }
    with connection.cursor(row_factory=class_row(_FactsRow)) as cursor:
        cursor.execute(_QUERIES["facts"], values)
        return [
            Facts(
                gateway=GatewayId(row.gateway),
                lane=row.lane,
                heard_ms=row.heard_ms,
                skew_ms=row.skew_ms,
                missing=row.missing,
                shed=row.shed,
                is_quarantine_full=row.is_quarantine_full,
                unreadable=row.unreadable,
                is_revoked=row.is_revoked,
            )
            for row in cursor
        ]


def fetch_standing(connection: Connection) -> frozenset[tuple[GatewayId, str]]:
    """What stands raised: (gateway, condition)."""
    rows = connection.execute(_QUERIES["standing"]).fetchall()
    return frozenset((GatewayId(str(gateway)), str(condition)) for gateway, condition in rows)


def store_findings(connection: Connection, findings: Sequence[Finding], now_ms: int) -> int:
    """Commit what the platform noticed as events; how many were news."""
    return in_transaction(connection, lambda inside: _tell(inside, findings, now_ms))


def send_commands(
    connection: Connection, send: Callable[[GatewayId, Command], None], now_ms: int
) -> int:
    """Hand waiting requests to `send` and remember it; those too old are only marked.

    A request is handed over before the commit: a crash between the two sends it twice, and its
    id tells the gateway.
    """
    return in_transaction(connection, lambda inside: _send(inside, send, now_ms))


def _hear(
    connection: Connection, heartbeats: Sequence[Heartbeat], now_ms: int
) -> tuple[Receipted, ...]:
    alive = [one for one in heartbeats if not one.is_will]
    wills = [one for one in heartbeats if one.is_will]
    if alive:
        present = {(one.gateway, one.lane): one for one in alive}
        connection.execute(_QUERIES["hear_gateways"], _columns(list(present.values())))
    if wills:
        connection.execute(
            _QUERIES["mark_offline"],
            {"gateways": [one.gateway for one in wills], "lanes": [str(one.lane) for one in wills]},
        )
    said = {
        LedgerKey(gateway=one.gateway, lane=one.lane, stream=one.state.stream): one.state
        for one in alive
        if one.state.stream and one.state.next_seq > 1
    }
    origins = {key: state.origin for key, state in said.items()}
    before = lock_ledgers(connection, said, now_ms, origins)
    after = {key: hear(before[key], _heard(state)) for key, state in said.items()}
    return update_ledgers(connection, before, after, now_ms)


def _heard(state: StateMessage) -> Heard:
    shed = tuple((max(first, 1), last + 1) for first, last in state.shed if first <= last)
    return Heard(low=state.low, next_seq=state.next_seq, shed=shed)


_BIGINT: Final = 2**63 - 1


def _columns(heartbeats: Sequence[Heartbeat]) -> Mapping[str, list[object]]:
    states = [one.state for one in heartbeats]
    return {
        "gateways": [one.gateway for one in heartbeats],
        "lanes": [str(one.lane) for one in heartbeats],
        "is_online": [state.online for state in states],
        "heard_ms": [one.received_ms for one in heartbeats],
        "sent_ms": [min(max(state.sent, 0), 253_402_300_799_999) for state in states],
        "software": [clean(state.software) for state in states],
        "configurations": [clean(state.configuration) for state in states],
        "streams": [state.stream for state in states],
        "next_seqs": [state.next_seq for state in states],
        "depths": [_bounded(state.depth) for state in states],
        "oldest_ms": [_bounded(state.oldest_ms) for state in states],
        "offset_ms": [
            None if state.offset_ms is None else _bounded(state.offset_ms) for state in states
        ],
        "skew_ms": [one.skew_ms for one in heartbeats],
    }


def _bounded(value: int) -> int:
    return max(-_BIGINT, min(value, _BIGINT))


def _tell(connection: Connection, findings: Sequence[Finding], now_ms: int) -> int:
    told = tell(connection, findings, now_ms)
    if told:
        announce(connection)
    return told


def _send(connection: Connection, send: Callable[[GatewayId, Command], None], now_ms: int) -> int:
    with connection.cursor(row_factory=class_row(_CommandRow)) as cursor:
        rows = cursor.execute(_QUERIES["waiting_commands"]).fetchall()
    sent = 0
    for row in rows:
        command = _command(row) if row.until_ms > now_ms else None
        if command is not None:
            send(GatewayId(row.gateway), command)
            sent += 1
        state = "expired" if command is None else "sent"
        values = {"id": row.id, "state": state, "now": moment(now_ms)}
        connection.execute(_QUERIES["settle_command"], values)
    return sent


def _command(row: _CommandRow) -> Command | None:
    """The request as it goes over the wire; None when its body is no request of the protocol."""
    try:
        body = msgspec.json.decode(row.body, type=dict[str, object])
        whole = body | {"id": row.id, "command": row.command, "until": row.until_ms}
        return msgspec.convert(whole, Command)
    except msgspec.ValidationError:
        return None
