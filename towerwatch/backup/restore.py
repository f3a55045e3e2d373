"""The way back: a backup into an empty database, compared table by table."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from ingest.database import Connection, connect
from towerwatch.backup.manifest import DUMP, BrokenBackup, Manifest, differences
from towerwatch.backup.tables import QUERIES, fetch_digests, fetch_sequences
from towerwatch.backup.tool import program, run_tool
from towerwatch.errors import WrongSettings
from towerwatch.home import Home
from towerwatch.progress import step


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came back.

    Args:
        differences: A line for each table or counter that is not as in the backup.
    """

    tables: int
    rows: int
    differences: tuple[str, ...]


def restore_database(home: Home, url: str, folder: Path, manifest: Manifest) -> Restored:
    """Fill an empty database from a backup and compare every table with its digest.

    Args:
        home: Whose runtime has the programs.
        url: An empty database as a superuser, whose server has the roles of the backup.
        folder: The backup.
        manifest: What it should hold, read and checked.

    Raises:
        WrongSettings: the database has tables already.
        BrokenBackup: the server cannot make TimescaleDB in the version of the backup.
    """
    _prepare(url, manifest)
    try:
        with step("restoring the database"):
            words = ["--exit-on-error", str(folder / DUMP)]
            run_tool(program(home, "pg_restore"), url, words)
    finally:
        _run(url, "post_restore")
    _run(url, "analyze")
    with closing(connect(url, application="towerwatch restore")) as connection:
        with step("comparing every table") as tell:
            found = fetch_digests(connection, tell, without=frozenset(manifest.left_out))
        lines = [*differences(manifest, found), *_lower(manifest, fetch_sequences(connection))]
    rows = sum(table.rows for table in found.values())
    return Restored(tables=len(found), rows=rows, differences=tuple(lines))


def _prepare(url: str, manifest: Manifest) -> None:
    with closing(connect(url, application="towerwatch restore")) as connection:
        if not _is_true(connection, "is_empty"):
            raise WrongSettings("The database has tables: a backup goes into an empty one.")
        version = manifest.timescale_version
        if not _is_true(connection, "available_timescale", version=version):
            raise BrokenBackup(f"this server has no TimescaleDB {version}, which the backup needs")
        statement = QUERIES["create_timescale"].format(version=sql.Literal(version))
        connection.execute(statement)
        for role in manifest.roles:
            if not _is_true(connection, "role_is_there", role=role):
                named = QUERIES["create_role"].format(role=sql.Identifier(role))
                connection.execute(named)
    _run(url, "pre_restore")


def _run(url: str, name: str) -> None:
    """Run one statement in a session of its own: TimescaleDB's mode begins with a session."""
    with closing(connect(url, application="towerwatch restore")) as connection:
        connection.execute(QUERIES[name])


def _is_true(connection: Connection, name: str, **values: str) -> bool:
    row = connection.execute(QUERIES[name], values).fetchone()
    return row is not None and bool(row[0])


def _lower(manifest: Manifest, found: Mapping[str, int]) -> list[str]:
    return [
        f"counter {name} stands at {found.get(name, 0)}, the backup at {value}"
        for name, value in sorted(manifest.sequences.items())
        if found.get(name, 0) < value
    ]
