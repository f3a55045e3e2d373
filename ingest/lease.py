"""Which shards of the data lane a worker reads: lease rows, shared out evenly, taken over on silence.

Two workers that read one shard for a moment do no harm: the ledger recognises what both bring.
"""

from typing import Final

from gateway.topic import SHARDS
from ingest.database import Connection, in_transaction, load_queries
from ingest.delivery_store import moment

_QUERIES: Final = load_queries("ingest", "leases.sql")
_LOCK: Final = 0x7368617264
"""Key of the advisory lock: `shard` in ASCII."""
RENEW_S: Final = 2.0
SILENT_MS: Final = 10_000
"""A worker that has not renewed for this long is gone [ms]."""


def fair_share(workers: int) -> int:
    """Shards that a worker may hold when so many live."""
    return -(-SHARDS // max(workers, 1))


def take_shards(connection: Connection, worker: str, now_ms: int) -> frozenset[int]:
    """Renew, give back what is more than fair, take what is free; the shards now held."""
    return in_transaction(connection, lambda inside: _take(inside, worker, now_ms))


def leave(connection: Connection, worker: str, now_ms: int) -> None:
    """Give everything back."""
    values = {
        "worker": worker,
        "shards": list(range(SHARDS)),
        "silent_before": moment(now_ms - SILENT_MS),
    }
    in_transaction(
        connection,
        lambda inside: [inside.execute(_QUERIES[name], values) for name in ("release", "leave")],
    )


def _take(connection: Connection, worker: str, now_ms: int) -> frozenset[int]:
    values: dict[str, object] = {
        "key": _LOCK,
        "worker": worker,
        "now": moment(now_ms),
        "silent_before": moment(now_ms - SILENT_MS),
    }
    for name in ("lock", "renew", "renew_leases"):
        connection.execute(_QUERIES[name], values)
    row = connection.execute(_QUERIES["workers"], values).fetchone()
    share = fair_share(int(str(row[0])) if row else 1)
    held = sorted(int(str(s)) for (s,) in connection.execute(_QUERIES["held"], values))
    if len(held) > share:
        connection.execute(_QUERIES["release"], values | {"shards": held[share:]})
        return frozenset(held[:share])
    if len(held) < share:
        more = values | {"shards": SHARDS, "most": share - len(held)}
        held += [int(str(shard)) for (shard,) in connection.execute(_QUERIES["claim"], more)]
    return frozenset(held)
