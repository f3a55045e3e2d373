"""Bring a database's schema up to date: sets of numbered SQL files, forward only.

A set is the folder `migrations` of one package; sets are applied in the order of the line, since
a later package may refer to tables of an earlier one. Each file is one transaction together with
its record, so a runner that is killed leaves whole files behind and the next one goes on.
Files named `*.community.sql` wait until the server runs TimescaleDB's Community edition. Files named
`*.concurrently.sql` build indexes beside writers, each statement alone, in no transaction.

The system may be live: a statement waits 2 s for a lock, then lets the writers behind it through and
the file is tried again.
"""

import hashlib
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from time import sleep
from typing import Final

import psycopg

from ingest.database import ROLES, Connection, connect, first_line, load_queries, trusted_sql
from ingest.errors import EditedMigration, MigrationFailed, MissingRoles, RefusedMigration
from ingest.index_build import (
    ATTEMPTS,
    LOCK_WAIT,
    PAUSE_S,
    build_ahead,
    build_indexes,
    parse_builds,
)

_QUERIES: Final = load_queries("ingest", "migrate.sql")
_LOCK: Final = 0x746F776572
"""Key of the advisory lock: `tower` in ASCII."""
_FILE: Final = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+(?P<kind>\.community|\.concurrently)?\.sql")
_LOOK_S: Final = 0.2
COMMUNITY_LICENCE: Final = "timescale"

PACKAGES: Final = ("ingest", "analytics", "dashboards.console")
"""Packages with a folder `migrations`, in the order of the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationFile:
    """One file of a set.

    Attributes:
        name: File name, for example `0003_samples.community.sql`.
        sql: Its text.
        is_community: Whether it waits for the Community edition.
        is_concurrent: Whether its indexes are built beside writers.
    """

    name: str
    sql: str
    is_community: bool
    is_concurrent: bool = False

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A file that this run applied."""

    set_name: str
    file: str


def migration_files(folder: Path) -> tuple[MigrationFile, ...]:
    """The files of a set, in the order in which they are applied.

    Within one number the plain file comes first, then the Community one, then that of indexes.

    Raises:
        MigrationFailed: The folder is absent, or a file's name is not `0001_subject.sql`,
            `0001_subject.community.sql` or `0001_subject.concurrently.sql`.
    """
    if not folder.is_dir():
        raise MigrationFailed(f"there is no folder of migrations at {folder}")
    found = []
    for path in folder.glob("*.sql"):
        match = _FILE.fullmatch(path.name)
        if match is None:
            raise MigrationFailed(f"{path}: a migration is named 0001_subject.sql")
        file = MigrationFile(
            name=path.name,
            sql=path.read_text("utf-8"),
            is_community=match["kind"] == ".community",
            is_concurrent=match["kind"] == ".concurrently",
        )
        found.append(((int(match["number"]), match["kind"] or "", path.name), file))
    return tuple(file for _, file in sorted(found, key=lambda item: item[0]))


def known_sets() -> list[tuple[str, Path]]:
    """The sets of every installed package of the line that has migrations, in order."""
    found = []
    for package in PACKAGES:
        try:
            folder = Path(str(files(package) / "migrations"))
        except ModuleNotFoundError:
            continue
        if folder.is_dir():
            found.append((package.rpartition(".")[2], folder))
    return found


def migrate(owner_url: str, sets: Sequence[tuple[str, Path]] | None = None) -> list[Applied]:
    """Apply what the database does not have yet; what it did is the answer.

    Args:
        owner_url: URL of a role that owns the database and may create extensions.
        sets: (name, folder) in the order of the line; None means every package's.

    Raises:
        StoreUnavailable: The server does not answer.
        MissingRoles: The server lacks roles that the schema grants to.
        EditedMigration: A landed file was changed or removed.
        RefusedMigration: The database refused a file; those before it are applied.
    """
    with closing(connect(owner_url, application="towerwatch migrate")) as connection:
        _wait_for_turn(connection)
        try:
            return _apply_sets(connection, known_sets() if sets is None else sets)
        finally:
            if not connection.broken:
                connection.execute(_QUERIES["unlock"], {"key": _LOCK})


def _apply_sets(connection: Connection, sets: Sequence[tuple[str, Path]]) -> list[Applied]:
    missing = connection.execute(_QUERIES["missing_roles"], {"roles": list(ROLES)}).fetchall()
    if missing:
        raise MissingRoles(tuple(str(row[0]) for row in missing))
    connection.execute(_QUERIES["create_record"])
    applied = []
    for name, folder in sets:
        for file in _pending(connection, name, migration_files(folder)):
            if file.is_community and not _is_community(connection):
                continue
            _apply(connection, name, file)
            applied.append(Applied(set_name=name, file=file.name))
    return applied


def _pending(
    connection: Connection, set_name: str, found: tuple[MigrationFile, ...]
) -> list[MigrationFile]:
    rows = connection.execute(_QUERIES["applied"], {"set": set_name}).fetchall()
    landed = {str(file): str(checksum) for file, checksum in rows}
    by_name = {file.name: file for file in found}
    for name, checksum in landed.items():
        if name not in by_name:
            raise EditedMigration(set_name, name, "was removed")
        if by_name[name].checksum != checksum:
            raise EditedMigration(set_name, name, "was edited")
    return [file for file in found if file.name not in landed]


def _is_community(connection: Connection) -> bool:
    row = connection.execute(_QUERIES["licence"]).fetchone()
    return row is not None and row[0] == COMMUNITY_LICENCE


def _wait_for_turn(connection: Connection) -> None:
    while True:
        row = connection.execute(_QUERIES["lock"], {"key": _LOCK}).fetchone()
        if row is not None and row[0]:
            return
        sleep(_LOOK_S)


def _apply(connection: Connection, set_name: str, file: MigrationFile) -> None:
    try:
        if file.is_concurrent:
            build_indexes(connection, parse_builds(file.sql))
            _record(connection, set_name, file)
        else:
            _apply_whole(connection, set_name, file, build_ahead(connection, file.sql))
    except psycopg.Error as error:
        raise RefusedMigration(set_name, file.name, first_line(error)) from error


def _apply_whole(connection: Connection, set_name: str, file: MigrationFile, sql: str) -> None:
    """One transaction with its record; tried again where a lock is not to be had."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with connection.transaction():
                connection.execute(_QUERIES["hurry"], {"wait": LOCK_WAIT})
                connection.execute(trusted_sql(sql))
                _record(connection, set_name, file)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            if attempt == ATTEMPTS:
                raise
            sleep(PAUSE_S)
        else:
            return


def _record(connection: Connection, set_name: str, file: MigrationFile) -> None:
    values = {"set": set_name, "file": file.name, "checksum": file.checksum}
    connection.execute(_QUERIES["record"], values)
