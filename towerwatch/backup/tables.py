"""Every table of a database with its rows and digest."""

from typing import Final

from psycopg import sql

from ingest.database import Connection, load_queries
from towerwatch.backup.manifest import TableDigest
from towerwatch.progress import Tell

QUERIES: Final = load_queries("towerwatch", "backup.sql")
TELEMETRY: Final = "_samples"
"""Tables of telemetry end so; the largest part of a backup, and the least missed."""


def fetch_tables(connection: Connection) -> list[tuple[str, str]]:
    """Return (schema, name) of every table of the product."""
    found = connection.execute(QUERIES["tables"]).fetchall()
    return [(str(schema), str(name)) for schema, name in found]


def fetch_digests(
    connection: Connection, tell: Tell, *, without: frozenset[str] = frozenset()
) -> dict[str, TableDigest]:
    """Return rows and digest of every table, by `schema.name`.

    Args:
        connection: Inside a transaction when others write meanwhile.
        tell: Takes the progress.
        without: Tables to leave out, by `schema.name`.
    """
    tables = fetch_tables(connection)
    found = {}
    for number, (schema, name) in enumerate(tables):
        full = f"{schema}.{name}"
        if full in without:
            continue
        tell(number / len(tables), name)
        statement = QUERIES["digest"].format(table=sql.Identifier(schema, name))
        row = connection.execute(statement).fetchone()
        assert row is not None
        found[full] = TableDigest(rows=int(str(row[0])), digest=str(row[1]))
    return found


def fetch_roles(connection: Connection) -> tuple[str, ...]:
    """Return the roles that a dump of the database names, such as a city's that may read."""
    return tuple(str(name) for (name,) in connection.execute(QUERIES["roles"]).fetchall())


def fetch_sequences(connection: Connection) -> dict[str, int]:
    """Return where every counter stands."""
    found = connection.execute(QUERIES["sequences"]).fetchall()
    return {f"{schema}.{name}": int(str(value)) for schema, name, value in found}
