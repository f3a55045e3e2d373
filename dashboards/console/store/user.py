"""Users, sessions and failed log-ins: the console's own tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from dashboards.console.role import OF_FIRM, Role, User
from dashboards.console.store.pool import Scope
from dashboards.console.store.sign_in import forget
from dashboards.console.throttle import Site
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "user.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """A user to be stored."""

    name: str
    role: Role
    display_name: str
    organisation_id: int | None
    scope: tuple[str, ...]
    password_hash: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedUser:
    """A user as the command line lists it."""

    name: str
    role: str
    display_name: str
    organisation: str
    scope: list[str]
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Who is behind an account."""

    name: str
    display_name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Failed log-ins of late.

    Attributes:
        from_site: From the address's site, which is itself unless it is one of IPv6.
    """

    on_name_from_address: int
    on_name: int
    from_address: int
    on_name_from_site: int
    from_site: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session to be stored; its token itself is known to the browser alone."""

    token_hash: bytes
    name: str
    now: datetime
    expires_at: datetime
    csrf_secret: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _SessionRow:
    name: str
    role: str
    display_name: str
    organisation_id: int | None
    scope: list[str]
    language: str
    csrf_token: str


def _parameters(user: UserRow) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role.value,
        "display_name": user.display_name,
        "organisation_id": user.organisation_id,
        "scope": list(user.scope),
        "password_hash": user.password_hash,
        "language": user.language,
    }


def store_user(connection: Connection, user: UserRow) -> bool:
    """Insert the user, or change the one of that name. Returns whether it is new."""
    changed = connection.execute(_QUERIES["update_user"], _parameters(user)).rowcount
    if not changed:
        connection.execute(_QUERIES["insert_user"], _parameters(user))
    return not changed


def disable_user(connection: Connection, name: str, now: datetime) -> bool:
    """Take a user's access away. Returns whether there was one to take."""
    changed = connection.execute(_QUERIES["disable_user"], {"name": name, "now": now}).rowcount
    end_sessions(connection, name)
    return changed > 0


def change_password(connection: Connection, name: str, password_hash: str) -> bool:
    """Give a user another password and end every other way in. Returns whether the user exists."""
    changed = connection.execute(
        _QUERIES["change_password"], {"name": name, "password_hash": password_hash}
    ).rowcount
    end_sessions(connection, name)
    forget(connection, name)
    return changed > 0


def list_users(connection: Connection) -> list[ListedUser]:
    """Everybody who has or had access, by name."""
    with connection.cursor(row_factory=class_row(ListedUser)) as cursor:
        return cursor.execute(_QUERIES["list_users"]).fetchall()


def fetch_names(connection: Connection) -> list[Named]:
    """Who is behind each account."""
    with connection.cursor(row_factory=class_row(Named)) as cursor:
        return cursor.execute(_QUERIES["names"]).fetchall()


def fetch_name(connection: Connection, account: str) -> Named | None:
    """Who is behind an account."""
    with connection.cursor(row_factory=class_row(Named)) as cursor:
        return cursor.execute(_QUERIES["name"], {"name": account}).fetchone()


def fetch_place_paths(connection: Connection, codes: list[str]) -> dict[str, str]:
    """Code to path of the named places that exist."""
    rows = connection.execute(_QUERIES["place_paths"], {"codes": codes}).fetchall()
    return {str(code): str(path) for code, path in rows}


def fetch_organisation_id(connection: Connection, code: str) -> int | None:
    """The organisation of that code, if there is one."""
    row = connection.execute(_QUERIES["organisation_id"], {"code": code}).fetchone()
    return None if row is None else int(str(row[0]))


def fetch_password_hash(connection: Connection, name: str) -> str | None:
    """The hash of an enabled user's password."""
    row = connection.execute(_QUERIES["credentials"], {"name": name}).fetchone()
    return None if row is None else str(row[0])


def count_failures(
    connection: Connection, name: str, address: str, site: Site, since: datetime
) -> Failures:
    """Failed log-ins since a time.

    Args:
        address: As it is counted.
        site: Around it.
    """
    asked = {
        "name": name,
        "address": address,
        "first": site.first,
        "last": site.last,
        "since": since,
    }
    with connection.cursor(row_factory=class_row(Failures)) as cursor:
        found = cursor.execute(_QUERIES["count_failures"], asked).fetchone()
    if found is None:
        raise LookupError("a count has a row")
    return found


def record_failure(connection: Connection, name: str, address: str, now: datetime) -> None:
    """One more failed log-in."""
    connection.execute(
        _QUERIES["record_failure"], {"name": name[:40], "address": address, "now": now}
    )


def forget_failures(connection: Connection, name: str, address: str, before: datetime) -> None:
    """End the count on a name and address, and sweep what is older than `before`."""
    connection.execute(
        _QUERIES["forget_failures"], {"name": name, "address": address, "before": before}
    )


def insert_session(connection: Connection, session: NewSession) -> None:
    """Store a new session and sweep those that have ended."""
    connection.execute(_QUERIES["sweep_sessions"], {"now": session.now})
    connection.execute(
        _QUERIES["insert_session"],
        {
            "token_hash": session.token_hash,
            "name": session.name,
            "now": session.now,
            "expires_at": session.expires_at,
            "csrf_secret": session.csrf_secret,
        },
    )


def fetch_session_user(connection: Connection, token_hash: bytes, now: datetime) -> User | None:
    """Who a token belongs to, and note that the session is in use."""
    parameters = {"token_hash": token_hash, "now": now}
    with connection.cursor(row_factory=class_row(_SessionRow)) as cursor:
        row = cursor.execute(_QUERIES["session_user"], parameters).fetchone()
    if row is None:
        return None
    connection.execute(_QUERIES["touch_session"], parameters)
    return User(
        name=row.name,
        role=Role(row.role),
        display_name=row.display_name,
        organisation_id=row.organisation_id,
        scope=scope_of(Role(row.role), row.scope, row.organisation_id),
        language=row.language,
        csrf_token=row.csrf_token,
    )


def scope_of(role: Role, paths: Iterable[str], organisation_id: int | None) -> Scope:
    """What somebody sees: the places, and for the people of a firm the firm's own work alone.

    Who belongs to no firm sees nothing of it: no organisation has the number 0.
    """
    bound = (organisation_id or 0) if role in OF_FIRM else None
    return Scope(paths, bound)


def end_session(connection: Connection, token_hash: bytes) -> None:
    """Log out."""
    connection.execute(_QUERIES["end_session"], {"token_hash": token_hash})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session that has not ended; its token is known to the browser alone."""

    user_name: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


def fetch_open_sessions(connection: Connection, now: datetime) -> list[OpenSession]:
    """Sessions that have not ended, the one used last first."""
    with connection.cursor(row_factory=class_row(OpenSession)) as cursor:
        return cursor.execute(_QUERIES["open_sessions"], {"now": now}).fetchall()


def end_sessions(connection: Connection, name: str) -> int:
    """Log somebody out everywhere, lost telephones included; how many sessions ended."""
    connection.execute(_QUERIES["block_phones_of"], {"name": name})
    connection.execute(_QUERIES["end_links_of"], {"name": name})
    return connection.execute(_QUERIES["end_sessions_of"], {"name": name}).rowcount


def set_language(connection: Connection, name: str, language: str) -> None:
    """Remember the language that a person reads."""
    connection.execute(_QUERIES["set_language"], {"name": name, "language": language})
