"""Make, change and disable the people who may log in: for the command line and the demo."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from dashboards.console.errors import BadUser
from dashboards.console.password import hash_password
from dashboards.console.role import Role
from dashboards.console.store import user as store
from dashboards.console.store.pool import see_everything
from ingest.database import Connection

_NAME: Final = re.compile(r"[a-z0-9._-]{2,40}")
EVERYWHERE: Final = "*"
LANGUAGES: Final = ("zh", "en")


def add_user(  # noqa: PLR0913 - the columns of a user, each by name
    connection: Connection,
    *,
    name: str,
    role: str,
    display_name: str,
    places: Sequence[str],
    password: str,
    organisation: str | None = None,
    language: str = "zh",
) -> bool:
    """Make a user, or give the one of that name these properties.

    Args:
        connection: As tw_console or the owner; run in one transaction.
        name: Log-in name: 2 to 40 of a-z, 0-9, dot, underscore, hyphen.
        role: One of `Role`.
        display_name: How pages name the person.
        places: Codes of places whose subtree the user sees; `*` is everywhere; none is nothing.
        password: At least `password.MINIMUM_LENGTH` characters.
        organisation: Code of the user's organisation; a technician needs one to see its orders.
        language: `zh` or `en`.

    Returns:
        Whether the user is new.

    Raises:
        BadUser: Something of it is wrong; nothing was stored.
    """
    if not _NAME.fullmatch(name):
        raise BadUser(f"name {name!r}: 2 to 40 of a-z, 0-9, dot, underscore, hyphen")
    if role not in set(Role):
        raise BadUser(f"role {role!r}: one of {', '.join(Role)}")
    if language not in LANGUAGES:
        raise BadUser(f"language {language!r}: one of {', '.join(LANGUAGES)}")
    if not display_name.strip():
        raise BadUser("a user needs a name that pages can show")
    hashed = hash_password(password)
    with connection.transaction():
        see_everything(connection)
        row = store.UserRow(
            name=name,
            role=Role(role),
            display_name=display_name.strip(),
            organisation_id=_organisation_id(connection, organisation),
            scope=_scope(connection, places),
            password_hash=hashed,
            language=language,
        )
        return store.store_user(connection, row)


def disable_user(connection: Connection, name: str, now: datetime) -> None:
    """Take a user's access away and end the sessions.

    Raises:
        BadUser: There is no enabled user of that name.
    """
    with connection.transaction():
        if not store.disable_user(connection, name, now):
            raise BadUser(f"there is no enabled user {name!r}")


def change_password(connection: Connection, name: str, password: str) -> None:
    """Give a user another password and end the sessions.

    Raises:
        BadUser: There is no such user, or the password is too short.
    """
    hashed = hash_password(password)
    with connection.transaction():
        if not store.change_password(connection, name, hashed):
            raise BadUser(f"there is no user {name!r}")


def users_of_all(connection: Connection) -> list[store.ListedUser]:
    """Everybody who has or had access, by name."""
    with connection.transaction():
        see_everything(connection)
        return store.list_users(connection)


def _scope(connection: Connection, places: Sequence[str]) -> tuple[str, ...]:
    if EVERYWHERE in places:
        return ("",)
    found = store.fetch_place_paths(connection, list(places))
    unknown = [code for code in places if code not in found]
    if unknown:
        raise BadUser(f"no such place: {', '.join(unknown)}")
    return tuple(found[code] for code in places)


def _organisation_id(connection: Connection, code: str | None) -> int | None:
    if code is None:
        return None
    found = store.fetch_organisation_id(connection, code)
    if found is None:
        raise BadUser(f"no such organisation: {code}")
    return found
