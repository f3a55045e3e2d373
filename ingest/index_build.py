"""Indexes that are built while others write: each statement alone, and again where it broke off.

`CREATE INDEX` lets nobody write until it is done; on a live system fires wait behind it. So a file
`0001_subject.concurrently.sql` holds such statements only, and the plain ones of other files are
built in this way first where their table is already large.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from time import sleep
from typing import Final

import psycopg

from ingest.database import Connection, load_queries, trusted_sql
from ingest.errors import MigrationFailed

_QUERIES: Final = load_queries("ingest", "migrate.sql")
LOCK_WAIT: Final = "2s"
"""Longest that writers wait behind a statement of a migration that itself waits."""
ATTEMPTS: Final = 30
PAUSE_S: Final = 1.0
LARGE_BYTES: Final = 16 * 1024 * 1024
"""A table below this is indexed within a second."""
_COMMENT: Final = re.compile(r"--[^\n]*")
_INDEX: Final = re.compile(
    r"CREATE (?P<unique>UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?"
    r"(?P<name>\w+)\s+ON (?P<table>\w+)\s(?P<rest>.*)",
    re.DOTALL,
)
_BY_CHUNK: Final = "timescaledb.transaction_per_chunk"
"""What a hypertable has in place of CONCURRENTLY; both editions know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexBuild:
    """An index to be built.

    Attributes:
        text: The statement as its file has it.
        rest: What follows the name of the table.
    """

    name: str
    table: str
    rest: str
    is_unique: bool
    text: str

    @property
    def statement(self) -> str:
        """The statement that keeps no writer out."""
        unique = "UNIQUE " if self.is_unique else ""
        how = "" if _BY_CHUNK in self.rest else "CONCURRENTLY "
        return f"CREATE {unique}INDEX {how}IF NOT EXISTS {self.name} ON {self.table} {self.rest}"


def parse_builds(sql: str) -> tuple[IndexBuild, ...]:
    """The statements of a file that holds nothing but indexes.

    Raises:
        MigrationFailed: It holds something else, which would need a transaction.
    """
    found = []
    for text in _COMMENT.sub("", sql).split(";"):
        if not text.strip():
            continue
        build = _parse(text)
        if build is None:
            raise MigrationFailed(
                f"a file *.concurrently.sql holds CREATE INDEX only, not: {text.strip()[:60]}"
            )
        found.append(build)
    return tuple(found)


def plain_builds(sql: str) -> tuple[IndexBuild, ...]:
    """The indexes that a file in one transaction creates; other statements are left alone."""
    lines = re.findall(r"^CREATE (?:UNIQUE )?INDEX \w+\s+ON [^;$]*;[ \t]*$", sql, re.MULTILINE)
    return tuple(build for text in lines if (build := _parse(text.removesuffix(";"), text)))


def changes_rows(sql: str, table: str) -> bool:
    """Whether a file deletes, updates or inserts rows of a table."""
    written = rf"\b(?:DELETE\s+FROM|UPDATE|INSERT\s+INTO|MERGE\s+INTO)\s+(?:ONLY\s+)?{table}\b"
    return re.search(written, _COMMENT.sub("", sql), re.IGNORECASE) is not None


def _parse(text: str, whole: str = "") -> IndexBuild | None:
    match = _INDEX.fullmatch(text.strip())
    if match is None:
        return None
    return IndexBuild(
        name=match["name"],
        table=match["table"],
        rest=match["rest"].strip(),
        is_unique=match["unique"] is not None,
        text=whole or text,
    )


def build_indexes(connection: Connection, builds: Sequence[IndexBuild]) -> None:
    """Build each alone; what a former run left half-built is dropped first.

    Args:
        connection: In autocommit and outside a transaction.
        builds: In their order.
    """
    for build in builds:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _build(connection, build)
            except psycopg.errors.LockNotAvailable:
                if attempt == ATTEMPTS:
                    raise
                sleep(PAUSE_S)
            else:
                break


def _build(connection: Connection, build: IndexBuild) -> None:
    row = connection.execute(_QUERIES["index_state"], {"name": build.name}).fetchone()
    if row is not None and not row[0]:
        _drop(connection, build.name, of_hypertable=bool(row[1]))
    # Writers wait behind whoever waits for a hypertable or a chunk, and not behind CONCURRENTLY.
    wait = LOCK_WAIT if _BY_CHUNK in build.rest else "0"
    connection.execute(_QUERIES["hurry_on"], {"wait": wait})
    try:
        connection.execute(trusted_sql(build.statement))
    finally:
        if not connection.broken:
            connection.execute(_QUERIES["hurry_on"], {"wait": "0"})


def _drop(connection: Connection, name: str, *, of_hypertable: bool) -> None:
    if not of_hypertable:
        connection.execute(trusted_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
        return
    with connection.transaction():
        connection.execute(_QUERIES["hurry"], {"wait": LOCK_WAIT})
        connection.execute(trusted_sql(f"DROP INDEX IF EXISTS {name}"))


def build_ahead(connection: Connection, sql: str) -> str:
    """Build a file's plain indexes of tables that are large; the file without these statements.

    A statement whose columns or functions come with the file itself is left in it, and so is one
    of a name that the file gives up first, and a unique one of a table whose rows the file changes:
    they may be what makes it unique.
    """
    for build in plain_builds(sql):
        if re.search(rf"\bDROP (?:INDEX|CONSTRAINT)\b[^;]*\b{build.name}\b", sql):
            continue
        if build.is_unique and changes_rows(sql, build.table):
            continue
        values = {"table": build.table, "name": build.name, "large": LARGE_BYTES}
        row = connection.execute(_QUERIES["is_built_ahead"], values).fetchone()
        if row is None or not row[0]:
            continue
        try:
            build_indexes(connection, [build])
        except (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedFunction):
            continue
        sql = sql.replace(build.text, "", 1)
    return sql
