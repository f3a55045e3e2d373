"""Rows of the audit chain: one function for each named query."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from analytics.audit.seal import Covered, Row, Seal, Source
from analytics.digest import Field
from analytics.rows import rows_of
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "seal.sql")
_CONTENT: Final[Mapping[Source, str]] = {
    Source.ALARM: "alarm_rows",
    Source.ORDER: "order_rows",
    Source.ACT: "act_rows",
    Source.ADMIN: "admin_rows",
}
_UNSEALED: Final[Mapping[Source, str]] = {
    Source.ALARM: "unsealed_alarm_rows",
    Source.ORDER: "unsealed_order_rows",
    Source.ACT: "unsealed_act_rows",
    Source.ADMIN: "unsealed_admin_rows",
}
Key = tuple[Source, str]


def is_flooded(connection: Connection, events: int) -> bool:
    """Whether more than so many events are undecided."""
    row = connection.execute(_QUERIES["is_flooded"], {"events": events}).fetchone()
    return bool(row and row[0])


def be_the_sealer(connection: Connection) -> bool:
    """Whether this transaction alone may seal."""
    row = connection.execute(_QUERIES["be_the_sealer"]).fetchone()
    return row is not None and bool(row[0])


def claim_work(connection: Connection, *, limit: int) -> list[Key]:
    """Take committed rows that wait for a seal."""
    rows = connection.execute(_QUERIES["claim_work"], {"limit": limit}).fetchall()
    return [(Source(str(source)), str(key)) for _, source, key in rows]


def count_waiting(connection: Connection) -> int:
    """How many rows wait for a seal, counted up to 100,000."""
    row = connection.execute(_QUERIES["waiting"]).fetchone()
    return 0 if row is None else cast("int", row[0])


def fetch_rows(connection: Connection, keys: Iterable[Key]) -> dict[Key, Row]:
    """The history's rows as they are now; what does not exist is absent."""
    wanted: dict[Source, list[str]] = {}
    for source, key in keys:
        wanted.setdefault(source, []).append(key)
    found = {}
    for source, named in wanted.items():
        for row in connection.execute(_QUERIES[_CONTENT[source]], {"keys": named}).fetchall():
            name, written, *fields = row
            found[source, str(name)] = Row(
                source=source,
                key=str(name),
                fields=tuple(cast("Sequence[Field]", fields)),
                written=cast("bytes | None", written),
            )
    return found


def fetch_head(connection: Connection) -> Seal | None:
    """The newest seal; None before the first."""
    row = connection.execute(_QUERIES["head"]).fetchone()
    if row is None:
        return None
    number, sealed_at, previous, digest, row_count = row
    return _seal((number, sealed_at, row_count, previous, digest))


def _seal(row: tuple[object, ...]) -> Seal:
    number, sealed_at, row_count, previous, digest = row
    return Seal(
        number=cast("int", number),
        sealed_at=cast("datetime", sealed_at),
        previous=cast("bytes", previous),
        digest=cast("bytes", digest),
        row_count=cast("int", row_count),
    )


def add_seal(connection: Connection, seal: Seal, covered: Sequence[Covered]) -> None:
    """Append a seal and what it covers."""
    connection.execute(
        _QUERIES["add_seal"],
        {
            "number": seal.number,
            "sealed_at": seal.sealed_at,
            "row_count": seal.row_count,
            "previous": seal.previous,
            "digest": seal.digest,
        },
    )
    rows = [
        {
            "position": position,
            "source": row.source,
            "row_key": row.key,
            "digest": row.digest.hex(),
        }
        for position, row in enumerate(covered)
    ]
    connection.execute(_QUERIES["add_seal_rows"], {"seal": seal.number, **rows_of(rows)})


def hold_still(connection: Connection) -> None:
    """See everything as it is now until the transaction ends."""
    connection.execute(_QUERIES["hold_still"])


def fetch_seals(connection: Connection, number: int, *, limit: int) -> list[Seal]:
    """Seals from a number on, in their order."""
    rows = connection.execute(_QUERIES["seals_from"], {"number": number, "limit": limit})
    return [_seal(row) for row in rows.fetchall()]


def fetch_covered(connection: Connection, first: int, last: int) -> dict[int, list[Covered]]:
    """What the seals of a span cover, in order."""
    found: dict[int, list[Covered]] = {}
    values = {"first": first, "last": last}
    for seal, _, source, key, digest in connection.execute(_QUERIES["rows_of_seals"], values):
        row = Covered(source=Source(str(source)), key=str(key), digest=cast("bytes", digest))
        found.setdefault(cast("int", seal), []).append(row)
    return found


def fetch_unsealed(connection: Connection) -> list[Key]:
    """Rows that no seal covers and that do not wait for one, at most 1,000 of each source."""
    return [
        (source, str(row[0]))
        for source, name in _UNSEALED.items()
        for row in connection.execute(_QUERIES[name]).fetchall()
    ]


def fetch_stray(connection: Connection) -> list[int]:
    """Numbers of seals that are gone while what they cover is still listed."""
    return sorted({cast("int", row[0]) for row in connection.execute(_QUERIES["stray_rows"])})
