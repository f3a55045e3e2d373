"""The way into the database: connections, which errors may be tried again, queries in files.

psycopg is met here and in the stores only. A connection is in autocommit; every write says
`with connection.transaction():`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from importlib.resources import files
from random import uniform
from time import sleep
from typing import Final, NewType, TypeVar

import psycopg
from psycopg.sql import SQL

from ingest.errors import BadQueryFile, RefusedByDatabase, StoreUnavailable

DatabaseUrl = NewType("DatabaseUrl", str)
"""libpq URL of one role, password included: never log it."""

Connection = psycopg.Connection[tuple[object, ...]]

ROLES: Final = ("tw_ingest", "tw_analytics", "tw_console", "tw_grafana")
"""Database roles that the schema grants to; made by whoever makes the server."""

CONNECT_TIMEOUT_S: Final = 5
_IDLE_TIMEOUT: Final = "60s"
FOR_EVER: Final = timedelta(0)
LOCK_WAIT: Final = timedelta(seconds=1)
"""Tried again some times, so that a lock is waited for longer than this before others go first."""

ATTEMPTS: Final = 6
"""How often a transaction is tried that met a deadlock or a serialisation failure."""
_PAUSE_S: Final = 0.02

T = TypeVar("T")

_NAME: Final = re.compile(r"^-- name: *(?P<name>\S*) *$", re.MULTILINE)


class Trouble(StrEnum):
    """What an error of the database means for the one who wrote."""

    AGAIN = "again"
    """A deadlock, a serialisation failure or a lock timeout: the same transaction, at once."""
    LATER = "later"
    """The server is away, full, read-only or not ready: nothing is lost, back off."""
    VALUES = "values"
    """The values were refused: find the one that is to blame; trying again is no use."""


_AGAIN: Final = frozenset({"40P01", "40001", "55P03"})
_INTERNAL: Final = "XX000"
"""TimescaleDB says so when a chunk goes away under a writer; it may also be the values' fault."""
_OF_VALUES: Final = ("21", "22", "23", "54")
"""Classes of PostgreSQL's error codes (appendix A): cardinality, data, integrity, limits."""


def trouble_of(error: psycopg.Error) -> Trouble:
    """What to do about an error: again at once, later, or blame the values."""
    state = error.sqlstate
    if state in _AGAIN or state == _INTERNAL:
        return Trouble.AGAIN
    if state is None:
        is_ours = isinstance(error, psycopg.DataError)
        return Trouble.VALUES if is_ours else Trouble.LATER
    return Trouble.VALUES if state[:2] in _OF_VALUES else Trouble.LATER


def connect(
    url: str, *, application: str, search_path: str = "public", lock_wait: timedelta = FOR_EVER
) -> Connection:
    """A connection in autocommit whose session is in UTC.

    Args:
        url: libpq URL with the role's own password.
        application: Name that an operator sees in pg_stat_activity.
        search_path: Schemas in which names are looked up.
        lock_wait: How long a statement waits for a row or table that somebody else holds; a
            process on the path of alarms must not stand still because of a forgotten session.

    Raises:
        StoreUnavailable: The server does not answer or refuses the role.
    """
    try:
        connection = psycopg.connect(
            url,
            autocommit=True,
            application_name=application,
            connect_timeout=CONNECT_TIMEOUT_S,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=15_000,
            options=(
                f"-c timezone=UTC -c search_path={search_path}"
                f" -c idle_in_transaction_session_timeout={_IDLE_TIMEOUT}"
                f" -c lock_timeout={round(lock_wait.total_seconds() * 1000)}"
            ),
        )
    except psycopg.Error as error:
        raise StoreUnavailable(f"the database cannot be reached: {first_line(error)}") from error
    return connection


def in_transaction(
    connection: Connection, work: Callable[[Connection], T], *, attempts: int = ATTEMPTS
) -> T:
    """What `work` returns, committed; tried again after a deadlock or serialisation failure.

    Args:
        connection: In autocommit; `work` runs inside one transaction of it.
        work: Reads and writes; may run several times, so it touches nothing but the database.
        attempts: How often it is tried.

    Raises:
        StoreUnavailable: The server is away, full or too busy; nothing was committed as far as
            is known (a connection lost during COMMIT leaves that open).
        RefusedByDatabase: The values were refused; nothing was committed.
    """
    for attempt in range(1, attempts + 1):
        try:
            with connection.transaction():
                return work(connection)
        except psycopg.Error as error:
            match trouble_of(error):
                case Trouble.AGAIN if attempt < attempts:
                    sleep(uniform(_PAUSE_S / 2, _PAUSE_S * attempt))  # noqa: S311
                case Trouble.VALUES:
                    raise RefusedByDatabase(first_line(error)) from error
                case _ if error.sqlstate == _INTERNAL:
                    raise RefusedByDatabase(first_line(error)) from error
                case _:
                    raise StoreUnavailable(first_line(error), error.sqlstate or "") from error
    raise AssertionError("the last attempt returns or raises")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One named block of a query file.

    Attributes:
        name: How the store calls it.
        purpose: The sentence above it.
        statement: What psycopg runs; parameters are named.
    """

    name: str
    purpose: str
    statement: SQL


class Queries:
    """The named queries of one file, found by `queries["name"]`."""

    def __init__(self, where: str, queries: tuple[Query, ...]) -> None:
        self._where = where
        self._queries = {query.name: query for query in queries}

    def __getitem__(self, name: str) -> SQL:
        """The statement of that name.

        Raises:
            BadQueryFile: The file has no such block.
        """
        found = self._queries.get(name)
        if found is None:
            raise BadQueryFile(f"{self._where} has no query {name!r}")
        return found.statement

    def __iter__(self) -> Iterator[Query]:
        """Every query of the file, in its order."""
        return iter(self._queries.values())


def load_queries(package: str, file: str) -> Queries:
    """The named queries of `sql/<file>` in a package.

    A block begins with `-- name: <name>`, then comment lines with its purpose, then one
    statement.

    Args:
        package: Import name, for example `analytics`.
        file: Name of the file in the package's folder `sql`, for example `alarms.sql`.

    Raises:
        BadQueryFile: A block has no name or no purpose, is empty, or a name stands twice.
    """
    where = f"{package}/sql/{file}"
    return Queries(where, parse_queries(where, (files(package) / "sql" / file).read_text("utf-8")))


def parse_queries(where: str, text: str) -> tuple[Query, ...]:
    """The blocks of a query file's text; `where` names the file in an error."""
    marks = list(_NAME.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)][: len(marks)]
    queries = tuple(
        _block(where, mark["name"], text[mark.end() : end])
        for mark, end in zip(marks, ends, strict=True)
    )
    names = [query.name for query in queries]
    if len(set(names)) < len(names) or not names:
        raise BadQueryFile(f"{where}: each query has a name of its own, found {names}")
    return queries


def _block(where: str, name: str, body: str) -> Query:
    lines = body.strip().splitlines()
    count = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    purpose = " ".join(line.removeprefix("--").strip() for line in lines[:count])
    statement = "\n".join(lines[count:]).strip().removesuffix(";")
    if not (name and purpose and statement):
        raise BadQueryFile(f"{where}: query {name!r} needs a name, a purpose and a statement")
    return Query(name=name, purpose=purpose, statement=trusted_sql(statement))


def trusted_sql(text: str) -> SQL:
    """Text of a file of the product as a statement; never for text from outside."""
    return SQL(text)


def first_line(error: psycopg.Error) -> str:
    """What the server said, without the statement and its position."""
    return (error.diag.message_primary or str(error).strip() or type(error).__name__).split("\n")[0]
