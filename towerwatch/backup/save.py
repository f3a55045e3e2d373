"""Make a backup: a snapshot, its digests, its dump, and the secrets, in one closed folder."""

import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg import IsolationLevel

from ingest.database import Connection, connect
from towerwatch.backup.archive import write_archive
from towerwatch.backup.manifest import DUMP, HOME, MANIFEST, Manifest, checksum, write_manifest
from towerwatch.backup.tables import (
    QUERIES,
    TELEMETRY,
    fetch_digests,
    fetch_roles,
    fetch_sequences,
    fetch_tables,
)
from towerwatch.backup.tool import program, run_tool
from towerwatch.errors import WrongSettings
from towerwatch.home import Home, make_folder
from towerwatch.progress import step

_PREFIX = "towerwatch-"
_UNFINISHED = ".unfinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What goes into a backup.

    Args:
        keep: How many finished backups stay in the folder, this one counted; 0: all.
    """

    has_telemetry: bool = True
    has_secrets: bool = True
    keep: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A finished backup."""

    folder: Path
    manifest: Manifest
    removed: tuple[str, ...]


def save(home: Home, url: str, into: Path, wanted: Wanted, now: datetime) -> Saved:
    """Make a backup in a folder of its own while everything runs.

    Rows and digests are read in the same snapshot that is dumped, so that a restore can be
    compared with them although others wrote meanwhile.

    Args:
        home: Whose secrets are kept.
        url: Database as a role that may read everything.
        into: Folder of backups.
        wanted: What goes in.
        now: Names the backup.
    """
    make_folder(into, mode=0o700)
    name = f"{_PREFIX}{now:%Y%m%dT%H%M%SZ}"
    folder, fresh = into / name, into / f"{name}{_UNFINISHED}"
    if folder.exists():
        raise WrongSettings(f"{folder} is there already.")
    shutil.rmtree(fresh, ignore_errors=True)
    make_folder(fresh, mode=0o700)
    manifest = _fill(home, url, fresh, wanted, now)
    write_manifest(fresh, manifest)
    fresh.rename(folder)
    return Saved(folder=folder, manifest=manifest, removed=_prune(into, wanted.keep))


def _fill(home: Home, url: str, folder: Path, wanted: Wanted, now: datetime) -> Manifest:
    with closing(connect(url, application="towerwatch backup")) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction():
            versions = connection.execute(QUERIES["versions"]).fetchone()
            assert versions is not None
            left_out = () if wanted.has_telemetry else _telemetry(connection)
            with step("dumping the database"):
                _dump(home, url, connection, folder, is_whole=wanted.has_telemetry)
            with step("counting and digesting every table") as tell:
                tables = fetch_digests(connection, tell, without=frozenset(left_out))
            sequences = fetch_sequences(connection)
            roles = fetch_roles(connection)
    if wanted.has_secrets:
        write_archive(home, folder / HOME)
    return Manifest(
        made_at=now.isoformat(),
        server_version=str(versions[0]),
        timescale_version=str(versions[1]),
        database_bytes=int(str(versions[2])),
        tables=tables,
        sequences=sequences,
        left_out=left_out,
        roles=roles,
        files={path.name: checksum(path) for path in sorted(folder.iterdir())},
    )


def _telemetry(connection: Connection) -> tuple[str, ...]:
    tables = fetch_tables(connection)
    return tuple(f"{schema}.{name}" for schema, name in tables if name.endswith(TELEMETRY))


def _dump(home: Home, url: str, connection: Connection, folder: Path, *, is_whole: bool) -> None:
    row = connection.execute(QUERIES["snapshot"]).fetchone()
    assert row is not None
    words = [f"--snapshot={row[0]}", "--format=custom", f"--file={folder / DUMP}"]
    if not is_whole:
        words += ["--exclude-table-data=_timescaledb_internal._hyper_*"]
        words += ["--exclude-table-data=_timescaledb_internal.compress_hyper_*"]
    run_tool(program(home, "pg_dump"), url, words)
    (folder / DUMP).chmod(0o600)


def _prune(into: Path, keep: int) -> tuple[str, ...]:
    if keep < 1:
        return ()
    finished = sorted(path for path in into.glob(f"{_PREFIX}*Z") if (path / MANIFEST).is_file())
    gone = finished[:-keep]
    for path in gone:
        shutil.rmtree(path)
    return tuple(path.name for path in gone)
