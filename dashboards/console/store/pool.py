"""The console's way into the database: every read happens within somebody's scope.

Row-level security believes the setting `towerwatch.scope` of the role tw_console; it is set for
one transaction, so that a connection of the pool never carries one person's scope to another.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Self

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from dashboards.console.errors import BadRequest
from ingest.database import CONNECT_TIMEOUT_S, Connection, first_line, load_queries
from ingest.errors import StoreUnavailable

_SCOPE: Final = load_queries("dashboards.console", "scope.sql")
WHOLE_TREE: Final = ("",)
"""The scope of who may see everything: the empty path is above every place."""


class Scope(tuple[str, ...]):  # noqa: SLOT001 - a tuple cannot have slots of its own
    """Paths of the places whose subtree a reader may see, and the firm that binds it.

    Attributes:
        organisation_id: The only organisation whose work is seen; None: the places alone bind.
    """

    organisation_id: int | None

    def __new__(cls, paths: Iterable[str], organisation_id: int | None = None) -> Self:
        """The scope of these paths."""
        made = super().__new__(cls, paths)
        made.organisation_id = organisation_id
        return made


_POOL_SIZE: Final = 8
_WAIT_S: Final = 5.0


def organisation_setting(scope: Sequence[str]) -> str:
    """The firm of a scope as the setting that `bound_organisation()` reads; empty: none."""
    bound = scope.organisation_id if isinstance(scope, Scope) else None
    return "" if bound is None else str(bound)


def scope_setting(scope: Sequence[str]) -> str:
    """A scope as the setting that `visible_scope()` reads: paths with commas between.

    The whole tree becomes one comma (two empty paths), since an empty setting means nothing.
    """
    if not scope:
        return ""
    if "" in scope:
        return ","
    return ",".join(scope)


def see_everything(connection: Connection) -> None:
    """Let the rest of the transaction see the whole tree: for the platform's own commands."""
    connection.execute(
        _SCOPE["set_scope"], {"scope": scope_setting(WHOLE_TREE), "organisation": ""}
    )


class Store:
    """A pool of connections of the role tw_console."""

    def __init__(self, url: str, *, size: int = _POOL_SIZE) -> None:
        self.url = url
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            timeout=_WAIT_S,
            reconnect_timeout=30.0,
            check=ConnectionPool.check_connection,
            name="console",
            kwargs={
                "autocommit": True,
                "application_name": "towerwatch console",
                "connect_timeout": CONNECT_TIMEOUT_S,
                "options": "-c timezone=UTC",
            },
        )

    def open(self) -> None:
        """Start the pool; it reaches for the database in the background."""
        self._pool.open()

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in autocommit, for calls that make transactions of their own.

        Raises:
            StoreUnavailable: The database does not answer.
            BadRequest: A value cannot be stored or compared, such as text with a zero character.
        """
        try:
            with self._pool.connection() as connection:
                yield connection
        except PoolTimeout as error:
            raise StoreUnavailable("no connection to the database within 5 s") from error
        except (psycopg.OperationalError, psycopg.InternalError) as error:
            # Internal: a server that became read-only, a chunk that went away under a reader.
            raise StoreUnavailable(first_line(error)) from error
        except psycopg.DataError as error:
            raise BadRequest(first_line(error)) from error

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction without any scope: row-level security hides every guarded row.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        with self.connection() as connection, connection.transaction():
            yield connection

    @contextmanager
    def scoped(self, scope: Sequence[str], *, writes: bool = False) -> Iterator[Connection]:
        """A transaction that sees the places of a scope: at one moment, unless it writes.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        with self.transaction() as connection:
            if not writes:
                connection.execute(_SCOPE["steady_view"])
            connection.execute(
                _SCOPE["set_scope"],
                {"scope": scope_setting(scope), "organisation": organisation_setting(scope)},
            )
            yield connection
