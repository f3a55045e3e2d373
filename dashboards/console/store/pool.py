"""The console's way into the database: every read happens within somebody's scope.

Row-level security believes the setting `towerwatch.scope` of the role tw_console; it is set for
one transaction, so that a connection of the pool never carries one person's scope to another.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from dashboards.console.errors import BadRequest
from ingest.database import CONNECT_TIMEOUT_S, Connection, first_line, load_queries
from ingest.errors import StoreUnavailable

_SCOPE: Final = load_queries("dashboards.console", "scope.sql")
WHOLE_TREE: Final = ("",)
"""The scope of who may see everything: the empty path is above every place."""
_POOL_SIZE: Final = 8
_WAIT_S: Final = 5.0


def scope_setting(scope: Sequence[str]) -> str:
    """A scope as the setting that `visible_scope()` reads: paths with commas between.

    The whole tree becomes one comma (two empty paths), since an empty setting means nothing.
    """
    if not scope:
        return ""
    if "" in scope:
        return ","
    return ",".join(scope)


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
        except psycopg.OperationalError as error:
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
            connection.execute(_SCOPE["set_scope"], {"scope": scope_setting(scope)})
            yield connection
