"""What a backup holds: versions, every table's rows and digest, every file's checksum."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from towerwatch.errors import TowerwatchError

DUMP = "database.dump"
HOME = "home.tar"
MANIFEST = "manifest.json"
FORMAT = 1
_BLOCK = 1024 * 1024


class BrokenBackup(TowerwatchError):
    """A backup that is not whole, or not of this product."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDigest:
    """A table's rows, and a number that any changed row changes."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What stands in manifest.json.

    Args:
        made_at: When the snapshot was taken, ISO 8601 in UTC.
        tables: By `schema.name`; tables that were left out are not here.
        sequences: Where counters stood, by `schema.name`.
        left_out: Tables whose rows are not in the backup.
        files: SHA-256 of each file of the backup.
        roles: Roles of the server that the dump names.
    """

    made_at: str
    server_version: str
    timescale_version: str
    database_bytes: int
    tables: Mapping[str, TableDigest]
    sequences: Mapping[str, int]
    left_out: tuple[str, ...]
    files: Mapping[str, str]
    roles: tuple[str, ...] = ()
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest beside what it describes."""
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read a backup's manifest and check every file against it.

    Raises:
        BrokenBackup: it is absent, of another format, or a file was changed or is missing.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        tables = {name: TableDigest(**made) for name, made in content.pop("tables").items()}
        left_out = tuple(content.pop("left_out"))
        roles = tuple(content.pop("roles", ()))
        manifest = Manifest(**content, tables=tables, left_out=left_out, roles=roles)
    except FileNotFoundError as error:
        raise BrokenBackup(f"{folder} is no backup: there is no {MANIFEST} in it") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenBackup(f"{folder} is no backup: {error}") from error
    if manifest.format != FORMAT:
        raise BrokenBackup(f"{folder} is a backup of format {manifest.format}, not {FORMAT}")
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file() or checksum(path) != expected:
            raise BrokenBackup(f"{path} is not the file that the backup was made with")
    return manifest


def checksum(path: Path) -> str:
    """Return a file's SHA-256."""
    made = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            made.update(block)
    return made.hexdigest()


def differences(expected: Manifest, found: Mapping[str, TableDigest]) -> list[str]:
    """Return a line for each table that is not as in the backup; empty means equal."""
    lines = []
    for name, table in sorted(expected.tables.items()):
        there = found.get(name)
        if there is None:
            lines.append(f"{name} is missing")
        elif there.rows != table.rows:
            lines.append(f"{name} has {there.rows} rows, the backup {table.rows}")
        elif there.digest != table.digest:
            lines.append(f"{name} has other content in its {table.rows} rows")
    known = {*expected.tables, *expected.left_out}
    lines += [f"{name} is not in the backup" for name in sorted(found.keys() - known)]
    return lines
