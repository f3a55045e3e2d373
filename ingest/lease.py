"""Which parts of the work a worker does: lease rows, shared out evenly, taken over on silence.

The data lane shares out shards, the alarm process places. Two workers that hold one part for a
moment do no harm: what both take up is recognised by the ledger, or locked row by row.

All times are the database's: the clocks of workers on several machines may differ by hours.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from psycopg.sql import Composed, Identifier

from gateway.topic import SHARDS
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("ingest", "leases.sql")
RENEW_S: Final = 2.0
SILENT_MS: Final = 10_000
"""A worker of the data lane that has not renewed for this long is gone [ms]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Parts of one kind of work, numbered from 0.

    Args:
        leases: Its table of leases: a row for each part that is held.
        workers: Its table of workers.
        part: Column of the number of a part.
        key: Of the advisory lock under which parts are shared out.
        silent_ms: A worker that has not renewed for this long is gone [ms].
    """

    leases: str
    workers: str
    part: str
    key: int
    parts: int
    silent_ms: int

    @property
    def silent(self) -> timedelta:
        """How long a worker that lives may be silent."""
        return timedelta(milliseconds=self.silent_ms)

    def query(self, name: str) -> Composed:
        """A named query over the pool's own tables."""
        return _QUERIES[name].format(
            leases=Identifier(self.leases),
            workers=Identifier(self.workers),
            part=Identifier(self.part),
        )


DATA_LANE: Final = Pool(
    leases="shard_leases",
    workers="data_workers",
    part="shard",
    key=0x7368617264,  # `shard` in ASCII
    parts=SHARDS,
    silent_ms=SILENT_MS,
)


def fair_share(workers: int, parts: int = SHARDS) -> int:
    """Parts that a worker may hold when so many live."""
    return -(-parts // max(workers, 1))


def take_shards(connection: Connection, worker: str) -> frozenset[int]:
    """Shards of the data lane that a worker now holds."""
    return take(connection, DATA_LANE, worker)


def take(connection: Connection, pool: Pool, worker: str) -> frozenset[int]:
    """Renew, give back what is more than fair, take what is free; the parts now held.

    While another worker shares out, nothing changes: what is held stays held, unrenewed.
    """
    return in_transaction(connection, lambda inside: _take(inside, pool, worker))


def leave(connection: Connection, worker: str, pool: Pool = DATA_LANE) -> None:
    """Give everything back."""
    values = {"worker": worker, "parts": list(range(pool.parts)), "silent": pool.silent}
    in_transaction(
        connection,
        lambda inside: [inside.execute(pool.query(name), values) for name in ("release", "leave")],
    )


def _take(connection: Connection, pool: Pool, worker: str) -> frozenset[int]:
    values: dict[str, object] = {"key": pool.key, "worker": worker, "silent": pool.silent}
    locked = connection.execute(pool.query("lock"), values).fetchone()
    if locked is None or not locked[0]:
        return frozenset(_held(connection, pool, values))
    for name in ("renew", "renew_leases"):
        connection.execute(pool.query(name), values)
    row = connection.execute(pool.query("workers"), values).fetchone()
    share = fair_share(int(str(row[0])) if row else 1, pool.parts)
    held = _held(connection, pool, values)
    if len(held) > share:
        connection.execute(pool.query("release"), values | {"parts": held[share:]})
        return frozenset(held[:share])
    if len(held) < share:
        more = values | {"count": pool.parts, "most": share - len(held)}
        held += [int(str(part)) for (part,) in connection.execute(pool.query("claim"), more)]
    return frozenset(held)


def _held(connection: Connection, pool: Pool, values: dict[str, object]) -> list[int]:
    rows = connection.execute(pool.query("held"), values).fetchall()
    return sorted(int(str(part)) for (part,) in rows)
