"""Ledgers and quarantine in the database; every function works inside its caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from types import MappingProxyType
from typing import Final, cast

import msgspec

from gateway.stream import new_stream
from gateway.topic import GatewayId, Lane
from ingest import ranges
from ingest.array import numbers, texts
from ingest.batch import Inbound, Quarantined
from ingest.database import Connection, load_queries
from ingest.ledger import Covered, Ledger, LedgerKey, covered

_QUERIES: Final = load_queries("ingest", "deliveries.sql")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST: Final = new_stream(1_735_689_600_000, 0)
"""Stream of 1 January 2025: no gateway of ours ran before, and a clock that says so is behind."""
_LAST_AGE: Final = 2**62
"""Ages stay below it and 2^53 more: whatever a gateway sends, the column can hold them."""
NO_ORIGINS: Final[Mapping[LedgerKey, int]] = MappingProxyType({})

DAILY_BYTES: Final = {Lane.DATA: 16 * 1024**2, Lane.ALARM: 160 * 1024**2}
"""Payload bytes of a gateway kept in quarantine on one day (UTC); later ones are cut [B]."""
DAILY_MESSAGES: Final = 20_000
"""Rows of a gateway and lane on one day; beyond them messages are counted and not kept."""
CUT_BYTES: Final = 256
"""What is kept of a message beyond the cap [B]."""


def moment(ms: int) -> datetime:
    """A time on the wire as a time in the database [ms UTC]."""
    return _EPOCH + timedelta(milliseconds=ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipted:
    """What a gateway may forget of one stream."""

    key: LedgerKey
    covered: Covered


_COUNTERS: Final = (
    "low",
    "next_seq",
    "stored",
    "quarantined",
    "duplicates",
    "missing",
    "shed_messages",
    "samples",
    "samples_refused",
)


_counters_of: Final = attrgetter(*_COUNTERS)


def lock_ledgers(
    connection: Connection,
    keys: Iterable[LedgerKey],
    now_ms: int,
    origins: Mapping[LedgerKey, int] = NO_ORIGINS,
) -> dict[LedgerKey, Ledger]:
    """The ledgers of the keys, made where absent and locked in one order.

    Args:
        origins: The first stream of the outbox that a stream belongs to, as far as it was said.
    """
    ordered = sorted(set(keys))
    if not ordered:
        return {}
    wanted = _keys(ordered)
    found = _locked(connection, wanted)
    if len(found) < len(ordered):
        _open(connection, [key for key in ordered if key not in found], origins, now_ms)
        found = _locked(connection, wanted)
    return found


def _open(
    connection: Connection, new: Sequence[LedgerKey], origins: Mapping[LedgerKey, int], now_ms: int
) -> None:
    known = [origins.get(key, 0) for key in new]
    # A stream before its own origin is nonsense, and is taken as one that says no origin.
    sound = [one if one <= key.stream else 0 for key, one in zip(new, known, strict=True)]
    values = _keys(new) | {"origins": numbers(sound)}
    if any(sound):
        bounds = {"present": new_stream(now_ms, 0), "earliest": _EARLIEST, "last_age": _LAST_AGE}
        connection.execute(_QUERIES["open_origins"], values | bounds | {"now": moment(now_ms)})
    connection.execute(_QUERIES["open_ledgers"], values | {"now": moment(now_ms)})


def update_ledgers(
    connection: Connection,
    before: Mapping[LedgerKey, Ledger],
    after: Mapping[LedgerKey, Ledger],
    now_ms: int,
) -> tuple[Receipted, ...]:
    """Write what changed, also into the hours; what the gateways may forget."""
    changed = [key for key in sorted(after) if after[key] != before[key]]
    if changed:
        ledgers = [after[key] for key in changed]
        values: dict[str, object] = {
            **_keys(changed),
            "received": texts(ranges.text_of(one.settled) for one in ledgers),
            "closed": texts(ranges.text_of(one.closed) for one in ledgers),
            "shed": texts(ranges.text_of(one.shed) for one in ledgers),
        }
        counters = zip(*map(_counters_of, ledgers), strict=True)
        values |= dict(zip(_COUNTERS, map(numbers, counters), strict=True))
        connection.execute(_QUERIES["update_ledgers"], values | {"now": moment(now_ms)})
        _add_hours(connection, [(key, before[key], after[key]) for key in changed], now_ms)
    return tuple(Receipted(key=key, covered=covered(after[key])) for key in sorted(after))


def count_unidentified(connection: Connection, found: Sequence[Inbound], now_ms: int) -> None:
    """Count quarantined messages whose stream nobody can tell: they have no ledger."""
    _add_hours(
        connection,
        [
            (
                LedgerKey(gateway=one.gateway, lane=one.lane, stream=0),
                Ledger(),
                Ledger(quarantined=1),
            )
            for one in found
        ],
        now_ms,
    )


def keep(connection: Connection, found: Sequence[Quarantined], now_ms: int) -> None:
    """Keep messages aside, within each gateway's daily cap."""
    if not found:
        return
    used = _count(connection, found, now_ms)
    rows = []
    for one in found:
        key = (one.message.gateway, one.message.lane)
        size = len(one.message.payload)
        used_bytes, used_messages = used[key]
        if used_messages < DAILY_MESSAGES:
            is_cut = used_bytes + size > DAILY_BYTES[one.message.lane] and size > CUT_BYTES
            rows.append((one, is_cut))
        used[key] = (used_bytes + size, used_messages + 1)
    if rows:
        _insert(connection, rows)


def _locked(connection: Connection, wanted: dict[str, str]) -> dict[LedgerKey, Ledger]:
    rows = connection.execute(_QUERIES["lock_ledgers"], wanted).fetchall()
    return dict(map(_ledger, cast("list[_Row]", rows)))


_Row = tuple[str, str, int, int, str, str, str, int, int, int, int, int, int, int, int, int]
"""A row of `lock_ledgers`, in the order of its columns."""


def _ledger(row: _Row) -> tuple[LedgerKey, Ledger]:
    gateway, lane, stream, age, received, closed, shed, *counters = row
    key = LedgerKey(gateway=GatewayId(gateway), lane=Lane(lane), stream=stream)
    ledger = Ledger(
        age=age,
        settled=ranges.parse(received),
        closed=ranges.parse(closed),
        shed=ranges.parse(shed),
        **dict(zip(_COUNTERS, counters, strict=True)),
    )
    return key, ledger


def _keys(keys: Sequence[LedgerKey]) -> dict[str, str]:
    return {
        "gateways": texts(key.gateway for key in keys),
        "lanes": texts(key.lane for key in keys),
        "streams": numbers(key.stream for key in keys),
    }


_HOURLY: Final = {
    "stored": "stored",
    "quarantined": "quarantined",
    "duplicates": "duplicates",
    "shed": "shed_messages",
    "missing": "missing",
    "samples": "samples",
    "samples_refused": "samples_refused",
}
_hourly_of: Final = attrgetter(*_HOURLY.values())
_NOTHING: Final = (0,) * len(_HOURLY)


def _add_hours(
    connection: Connection, changes: Sequence[tuple[LedgerKey, Ledger, Ledger]], now_ms: int
) -> None:
    sums: dict[tuple[GatewayId, Lane], tuple[int, ...]] = {}
    for key, before, after in changes:
        was = sums.get((key.gateway, key.lane), _NOTHING)
        added = zip(was, _hourly_of(after), _hourly_of(before), strict=True)
        sums[key.gateway, key.lane] = tuple([total + new - old for total, new, old in added])
    changed = [(key, total) for key, total in sums.items() if any(total)]
    if not changed:
        return
    columns = zip(*(total for _, total in changed), strict=True)
    values: dict[str, object] = dict(zip(_HOURLY, map(numbers, columns), strict=True))
    values |= {
        "gateways": texts(gateway for (gateway, _), _ in changed),
        "lanes": texts(lane for (_, lane), _ in changed),
    }
    connection.execute(_QUERIES["add_hours"], values | {"now": moment(now_ms)})


def _count(
    connection: Connection, found: Sequence[Quarantined], now_ms: int
) -> dict[tuple[GatewayId, Lane], tuple[int, int]]:
    """(bytes, messages) of the day before this batch, by gateway and lane."""
    added: dict[tuple[GatewayId, Lane], tuple[int, int]] = {}
    for one in found:
        key = (one.message.gateway, one.message.lane)
        size, many = added.get(key, (0, 0))
        added[key] = (size + len(one.message.payload), many + 1)
    rows = connection.execute(
        _QUERIES["count_quarantine"],
        {
            "now": moment(now_ms),
            "gateways": [gateway for gateway, _ in added],
            "lanes": [str(lane) for _, lane in added],
            "bytes": [size for size, _ in added.values()],
            "messages": [many for _, many in added.values()],
        },
    ).fetchall()
    before = {}
    for gateway, lane, bytes_now, messages_now in rows:
        key = (GatewayId(str(gateway)), Lane(str(lane)))
        size, many = added[key]
        before[key] = (int(str(bytes_now)) - size, int(str(messages_now)) - many)
    return before


def _insert(connection: Connection, rows: Sequence[tuple[Quarantined, bool]]) -> None:
    kept = [one for one, _ in rows]
    connection.execute(
        _QUERIES["insert_quarantine"],
        {
            "received_ms": [one.message.received_ms for one in kept],
            "gateways": [one.message.gateway for one in kept],
            "lanes": [str(one.message.lane) for one in kept],
            "topics": [one.message.topic for one in kept],
            "streams": [one.stream for one in kept],
            "seqs": [one.seq for one in kept],
            "reasons": [str(one.reason) for one in kept],
            "details": [one.detail for one in kept],
            "refused": [_refused(one) for one in kept],
            "payloads": [
                one.message.payload[:CUT_BYTES] if is_cut else one.message.payload
                for one, is_cut in rows
            ],
            "is_cut": [is_cut for _, is_cut in rows],
        },
    )


def _refused(one: Quarantined) -> str | None:
    if not one.refused:
        return None
    return msgspec.json.encode([asdict(refusal) for refusal in one.refused]).decode()
