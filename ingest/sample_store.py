"""The data lane's one transaction: ledger, samples, quarantine, arrivals, all or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.sql import SQL, Composed, Identifier

from gateway.catalogue import ASSET_CLASSES, AssetClass, asset_class
from gateway.topic import GatewayId, Lane
from ingest import lenient
from ingest.admit import Admission, Header
from ingest.batch import Quarantined
from ingest.binding import EVER, NO_CODES, Bound, Codes, codes_of
from ingest.column import Block
from ingest.copy import columns_of, copy_bytes
from ingest.database import Connection, first_line, in_transaction, load_queries
from ingest.delivery_store import (
    Receipted,
    count_unidentified,
    keep,
    lock_ledgers,
    moment,
    update_ledgers,
)
from ingest.errors import StoreUnavailable
from ingest.ledger import Delivery, LedgerKey, Verdict, receive

_QUERIES: Final = load_queries("ingest", "samples.sql")
LATE_MS: Final = 60_000
"""Telemetry that is older than this on receipt gets an arrival of its gateway's own [ms]."""
_MOMENT_MS: Final = 10_000
EVERYBODY: Final = "*"
"""Gateway of the arrival that stands for all telemetry of a batch that came in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a transaction did.

    Attributes:
        samples: Values written.
        put_off: Messages neither stored nor receipted, to be sent again.
    """

    receipts: tuple[Receipted, ...]
    messages: int
    samples: int
    duplicates: int
    put_off: int
    quarantined: int


def store_samples(connection: Connection, admission: Admission, now_ms: int) -> Stored:
    """Commit a batch, once in effect however often it comes.

    Raises:
        StoreUnavailable: Nothing was committed as far as is known; try the same batch later.
        RefusedByDatabase: Nothing was committed; a message of the batch is to blame.
    """
    return in_transaction(connection, lambda inside: _store(inside, admission, now_ms))


def refuse_message(connection: Connection, refused: Quarantined, now_ms: int) -> Stored:
    """Commit one message as quarantine only: the database refused its rows."""
    found = lenient.identity(refused.message.payload)
    header = None
    if found is not None:
        delivery = Delivery(seq=found[1], low=found[2], is_quarantined=True)
        header = Header(stream=found[0], delivery=delivery)
        refused = replace(refused, stream=found[0], seq=found[1])
    admission = Admission(
        batch=(refused.message,), headers=(header,), blocks=(), quarantined={0: refused}
    )
    return store_samples(connection, admission, now_ms)


def _store(connection: Connection, admission: Admission, now_ms: int) -> Stored:
    places: dict[LedgerKey, list[int]] = {}
    for index, (inbound, header) in enumerate(zip(admission.batch, admission.headers, strict=True)):
        if header is not None:
            key = LedgerKey(gateway=inbound.gateway, lane=Lane.DATA, stream=header.stream)
            places.setdefault(key, []).append(index)
    before = lock_ledgers(connection, places, now_ms)
    after = {}
    dropped = np.zeros(len(admission.batch), dtype=np.bool_)
    counts = dict.fromkeys(Verdict, 0)
    for key, indexes in places.items():
        deliveries = [h.delivery for i in indexes if (h := admission.headers[i]) is not None]
        after[key], verdicts = receive(before[key], deliveries)
        for index, verdict in zip(indexes, verdicts, strict=True):
            counts[verdict] += 1
            dropped[index] = verdict is not Verdict.NEW
    blocks = admission.blocks
    if dropped.any():
        blocks = tuple(block.without(dropped) for block in blocks)
    write_blocks(connection, admission, blocks, now_ms)
    kept = [one for index, one in admission.quarantined.items() if not dropped[index]]
    keep(connection, kept, now_ms)
    nameless = [admission.batch[i] for i, h in enumerate(admission.headers) if h is None]
    count_unidentified(connection, nameless, now_ms)
    receipts = update_ledgers(connection, before, after, now_ms)
    return Stored(
        receipts=receipts,
        messages=counts[Verdict.NEW],
        samples=sum(int((~np.isnan(block.values)).sum()) for block in blocks),
        duplicates=counts[Verdict.DUPLICATE],
        put_off=counts[Verdict.PUT_OFF],
        quarantined=len(kept),
    )


def write_blocks(
    connection: Connection, admission: Admission, blocks: Sequence[Block], now_ms: int
) -> None:
    """Write rows and say what times they brought; inside a transaction of the caller's."""
    _copy(connection, blocks)
    _arrive(connection, admission, blocks, now_ms)


def _copy(connection: Connection, blocks: Sequence[Block]) -> None:
    by_class: dict[str, list[Block]] = {}
    for block in blocks:
        if len(block.at_ms):
            by_class.setdefault(block.kind.name, []).append(block)
    for name, some in sorted(by_class.items()):
        kind = asset_class(name)
        with connection.cursor() as cursor, cursor.copy(_copy_statement(kind)) as copy:
            copy.write(copy_bytes(kind, some))


def _copy_statement(kind: AssetClass) -> Composed:
    columns = SQL(", ").join(Identifier(name) for name in columns_of(kind))
    return _QUERIES["copy_samples"].format(table=Identifier(kind.table or ""), columns=columns)


def _arrive(
    connection: Connection, admission: Admission, blocks: Sequence[Block], now_ms: int
) -> None:
    rows: dict[tuple[str, str], tuple[int, int]] = {}
    for block in blocks:
        if not len(block.at_ms):
            continue
        is_late = block.at_ms < now_ms - LATE_MS
        _widen(rows, block.kind.name, EVERYBODY, block.at_ms[~is_late])
        for index in np.unique(block.message[is_late]):
            gateway = admission.batch[int(index)].gateway
            _widen(rows, block.kind.name, gateway, block.at_ms[is_late & (block.message == index)])
    if rows:
        connection.execute(
            _QUERIES["insert_arrivals"],
            {
                "now": moment(now_ms),
                "classes": [name for name, _ in rows],
                "gateways": [gateway for _, gateway in rows],
                "min_ms": [first for first, _ in rows.values()],
                "max_ms": [last for _, last in rows.values()],
            },
        )


def _widen(
    rows: dict[tuple[str, str], tuple[int, int]],
    name: str,
    gateway: str,
    at_ms: NDArray[np.int64],
) -> None:
    if len(at_ms):
        first, last = rows.get((name, gateway), (EVER, -EVER))
        rows[name, gateway] = (min(first, int(at_ms.min())), max(last, int(at_ms.max())))


def alarms_wait(connection: Connection, now_ms: int) -> bool:
    """Whether events that came a moment ago wait for a decision. Raises StoreUnavailable."""
    values = {"since": moment(now_ms - _MOMENT_MS)}
    row = in_transaction(
        connection, lambda inside: inside.execute(_QUERIES["alarms_wait"], values).fetchone()
    )
    return row is not None and bool(row[0])


def fetch_codes(connection: Connection, gateways: Sequence[GatewayId]) -> Mapping[GatewayId, Codes]:
    """What the codes of some gateways mean; every one of them has an entry."""
    found: dict[GatewayId, list[tuple[str, Bound]]] = {gateway: [] for gateway in gateways}
    rows = connection.execute(_QUERIES["bindings"], {"gateways": list(gateways)})
    for gateway, code, asset, kind, from_ms, until_ms in rows:
        bound = Bound(
            asset_id=int(str(asset)),
            kind=asset_class(str(kind)),
            from_ms=-EVER if from_ms is None else int(str(from_ms)),
            until_ms=EVER if until_ms is None else int(str(until_ms)),
        )
        found[GatewayId(str(gateway))].append((str(code), bound))
    return {g: codes_of(some) if some else NO_CODES for g, some in found.items()}


def fetch_foreign(connection: Connection, codes: Sequence[str]) -> frozenset[str]:
    """Which of the codes mean an asset elsewhere."""
    rows = connection.execute(_QUERIES["foreign_codes"], {"codes": list(codes)}).fetchall()
    return frozenset(str(row[0]) for row in rows)


def listen(connection: Connection) -> None:
    """Hear on this connection when the registry changes."""
    connection.execute(_QUERIES["listen"])


def has_news(connection: Connection) -> bool:
    """Whether the registry has changed since the last look.

    Raises:
        StoreUnavailable: The connection is lost.
    """
    try:
        return any(True for _ in connection.notifies(timeout=0))
    except psycopg.Error as error:
        raise StoreUnavailable(first_line(error)) from error


def drop_old_samples(connection: Connection, now_ms: int, keep_ms: int) -> int:
    """Drop chunks of telemetry that are older than it is kept; how many.

    Age is counted from the newest chunk where that lies before our clock: a clock that says 2099
    deletes nothing, and a table that gets no samples any more keeps its last ones.

    Args:
        keep_ms: How long telemetry is kept [ms].
    """
    dropped = 0
    for kind in ASSET_CLASSES:
        if kind.table is not None:
            row = connection.execute(
                _QUERIES["drop_old_samples"],
                {"table": kind.table, "now": moment(now_ms), "keep_ms": keep_ms},
            ).fetchone()
            dropped += int(str(row[0])) if row else 0
    return dropped


def prune_arrivals(connection: Connection, older_than_ms: int) -> int:
    """Forget arrivals that came before a time [ms UTC]; how many."""
    older_than = moment(older_than_ms)
    return connection.execute(_QUERIES["prune_arrivals"], {"older_than": older_than}).rowcount


def sum_up_days(connection: Connection, now_ms: int) -> int:
    """Sum up the ledger's hours of days that are over, 31 days at most; rows written."""
    return connection.execute(_QUERIES["sum_up_days"], {"now": moment(now_ms)}).rowcount
