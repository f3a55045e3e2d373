"""A database of the Community edition with the whole schema, migrated once and kept for the next.

To start one costs 8 s of the processor and to migrate it 5 s; to begin with what was kept costs 3 s. The
file is named after everything that made it: any change of a migration migrates anew.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from ingest.database import load_queries
from ingest.migrate import known_sets, migration_files
from tests.community.edition import FOLDER, Community, Edition, queries, text_of

_SCHEMA: Final = queries("schema.sql")
_KEPT: Final = FOLDER.parents[1] / "build" / "community"
_MADE_BY: Final = ("run.mjs", "package-lock.json", "schema.sql")


def migrated_community() -> Community:
    """A database with the whole schema, as its owner."""
    with _alone():
        path = _KEPT / f"{_digest()}.tar"
        if path.is_file():
            edition = Community(path)
            edition.execute(text_of(_SCHEMA, "preload"))
            edition.execute(text_of(_SCHEMA, "session"))
            return edition
        edition = Community()
        try:
            _migrate(edition)
            _keep(edition, path)
        except BaseException:
            edition.close()
            raise
        return edition


def _migrate(edition: Edition) -> None:
    """Apply all files of all sets in the project's order, as the owner."""
    edition.execute(text_of(_SCHEMA, "prepare"))
    edition.execute(text_of(_SCHEMA, "session"))
    edition.execute(load_queries("ingest", "migrate.sql")["create_record"].as_string(None))
    for _, folder in known_sets():
        for file in migration_files(folder):
            # What is built beside writers needs a transaction of its own; here nobody writes.
            edition.execute(file.sql.replace(" CONCURRENTLY", ""))


def _keep(edition: Community, path: Path) -> None:
    for former in _KEPT.glob("*.tar"):
        former.unlink()
    part = path.with_suffix(".part")
    edition.keep(part)
    part.replace(path)


def _digest() -> str:
    made = sha256()
    for name in _MADE_BY:
        made.update((FOLDER / name).read_bytes())
    for name, folder in known_sets():
        for file in migration_files(folder):
            made.update(f"{name}/{file.name}\n{file.sql}".encode())
    return made.hexdigest()[:16]


@contextmanager
def _alone() -> Iterator[None]:
    """One at a time: tests that run side by side wait for the first instead of migrating too."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    with (_KEPT / "lock").open("a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
