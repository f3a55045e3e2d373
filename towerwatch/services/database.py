"""Roles and databases of a PostgreSQL server, made by its administrator."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from ingest.database import load_queries
from towerwatch.errors import ServiceFailed

_QUERIES = load_queries("towerwatch", "roles.sql")
ADMIN = "tw_admin"
OWNER = "tw_owner"
ROLES = (OWNER, "tw_ingest", "tw_analytics", "tw_console", "tw_grafana")
LIMITS: Mapping[str, Mapping[str, str]] = {
    "tw_console": {"statement_timeout": "15s", "idle_in_transaction_session_timeout": "30s"},
    "tw_grafana": {
        "statement_timeout": "15s",
        "idle_in_transaction_session_timeout": "30s",
        "default_transaction_read_only": "on",
    },
}
"""What a slow page or a careless panel may cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL server: how its administrator reaches it, and the password of each role."""

    admin_url: str
    passwords: Mapping[str, str]

    def url(self, role: str, database: str) -> str:
        """Return the libpq URL of a role for a database."""
        parts = urlsplit(self.admin_url)
        host = parts.netloc.rpartition("@")[2]
        login = f"{role}:{quote(self.passwords[role], safe='')}"
        return urlunsplit(parts._replace(netloc=f"{login}@{host}", path=f"/{database}"))


def private_server(port: int, passwords: Mapping[str, str]) -> Server:
    """Return the private server on a port of loopback."""
    admin = f"postgresql://{ADMIN}:{quote(passwords[ADMIN], safe='')}@127.0.0.1:{port}/postgres"
    return Server(admin_url=admin, passwords=passwords)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrls:
    """One database as each role reaches it."""

    name: str
    owner_url: str
    ingest_url: str
    analytics_url: str
    console_url: str
    grafana_url: str


def urls_of(server: Server, name: str, *, owner_url: str | None = None) -> DatabaseUrls:
    """Return how each role reaches a database; an existing server's owner is who was named."""
    return DatabaseUrls(
        name=name,
        owner_url=owner_url or server.url(OWNER, name),
        ingest_url=server.url("tw_ingest", name),
        analytics_url=server.url("tw_analytics", name),
        console_url=server.url("tw_console", name),
        grafana_url=server.url("tw_grafana", name),
    )


def answers(url: str) -> bool:
    """Tell whether a server accepts this connection and runs a statement."""
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            connection.execute(_QUERIES["server_version"])
    except psycopg.OperationalError:
        return False
    return True


def ensure_roles(server: Server) -> None:
    """Make the five roles, or set their passwords and limits again."""
    with _as_admin(server) as connection:
        for role in ROLES:
            _ensure_role(connection, role, server.passwords[role])


def ensure_database(server: Server, name: str) -> bool:
    """Make a database of the owner when it is absent. Returns whether it was made."""
    with _as_admin(server) as connection:
        row = connection.execute(_QUERIES["database_exists"], {"name": name}).fetchone()
        if row is not None and row[0]:
            return False
        _run(connection, "create_database", name=name, owner=OWNER)
        _admit(connection, name)
        return True


def clone_database(server: Server, template: str, name: str) -> None:
    """Copy a template that nobody is connected to."""
    with _as_admin(server) as connection:
        _run(connection, "clone_database", name=name, owner=OWNER, template=template)
        _admit(connection, name)


def drop_database(server: Server, name: str) -> None:
    """Drop a database and every connection to it."""
    with _as_admin(server) as connection:
        _run(connection, "drop_database", name=name)


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    row = connection.execute(_QUERIES["role_exists"], {"role": role}).fetchone()
    if row is None or not row[0]:
        _run(connection, "create_role", role=role)
    statement = _QUERIES["set_password"]
    connection.execute(statement.format(role=sql.Identifier(role), password=sql.Literal(password)))
    for setting, value in LIMITS.get(role, {}).items():
        connection.execute(
            _QUERIES["set_limit"].format(
                role=sql.Identifier(role),
                setting=sql.Identifier(setting),
                value=sql.Literal(value),
            )
        )


def _admit(connection: psycopg.Connection, name: str) -> None:
    _run(connection, "close_database_to_public", name=name)
    for role in ROLES:
        _run(connection, "admit_role", name=name, role=role)


def _run(connection: psycopg.Connection, block: str, **identifiers: str) -> None:
    named = {key: sql.Identifier(value) for key, value in identifiers.items()}
    connection.execute(_QUERIES[block].format(**named))


@contextmanager
def _as_admin(server: Server) -> Iterator[psycopg.Connection]:
    """A connection of the administrator. Raises ServiceFailed when the server says no."""
    try:
        with psycopg.connect(server.admin_url, autocommit=True, connect_timeout=10) as connection:
            yield connection
    except psycopg.Error as error:
        raise ServiceFailed("database", str(error).partition("\n")[0]) from error
