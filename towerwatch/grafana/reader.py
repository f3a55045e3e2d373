"""Readers of dashboards: database roles that see the places they are given, and nothing else.

Everybody in one of Grafana's organisations may ask its data source anything; so each organisation
has a role of its own, and the database holds it to its places whatever it asks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from dashboards.grafana.errors import BadReader
from ingest.database import Connection, first_line, load_queries
from towerwatch.services.database import LIMITS

_QUERIES: Final = load_queries("towerwatch", "grafana_reader.sql")
_ROLES: Final = load_queries("towerwatch", "roles.sql")
MAIN: Final = "tw_grafana"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A role and what it sees.

    Attributes:
        places: Codes of places, all below included; `*` is everywhere.
        organisations: Codes of organisations whose compounds it sees as long as they manage them.
    """

    role: str
    places: tuple[str, ...]
    organisations: tuple[str, ...]


def role_of(name: str) -> str:
    """The database role of a reader; the empty name is the platform's own.

    Raises:
        BadReader: The name is none.
    """
    if not name:
        return MAIN
    if not _NAME.fullmatch(name):
        raise BadReader(f"{name!r}: a reader's name is 2 to 31 of a-z, 0-9 and _")
    return f"{MAIN}_{name}"


def make_role(admin: Connection, name: str, password: str, database: str) -> str:
    """Make the role of a reader, or set its password and limits again; it sees nothing yet."""
    role = role_of(name)
    if role == MAIN:
        return role
    row = admin.execute(_ROLES["role_exists"], {"role": role}).fetchone()
    if row is None or not row[0]:
        admin.execute(_ROLES["create_role"].format(role=sql.Identifier(role)))
    admin.execute(
        _ROLES["set_password"].format(role=sql.Identifier(role), password=sql.Literal(password))
    )
    for setting, value in LIMITS[MAIN].items():
        admin.execute(
            _ROLES["set_limit"].format(
                role=sql.Identifier(role), setting=sql.Identifier(setting), value=sql.Literal(value)
            )
        )
    named = {"role": sql.Identifier(role), "name": sql.Identifier(database)}
    admin.execute(_QUERIES["join_readers"].format(role=named["role"]))
    admin.execute(_ROLES["admit_role"].format(**named))
    return role


def set_scope(
    owner: Connection, role: str, places: Sequence[str], organisations: Sequence[str]
) -> None:
    """Give a reader its places and organisations; what it had before is taken away.

    Raises:
        BadReader: A code is unknown, or the role is none that may read.
    """
    given = {"role": role, "places": list(places), "organisations": list(organisations)}
    try:
        owner.execute(_QUERIES["set_scope"], given)
    except psycopg.errors.RaiseException as error:
        raise BadReader(first_line(error)) from error


def list_readers(owner: Connection) -> list[Reader]:
    """Every reader with what it sees."""
    with owner.cursor(row_factory=class_row(_Line)) as cursor:
        lines = cursor.execute(_QUERIES["readers"]).fetchall()
    return [
        Reader(role=line.role, places=tuple(line.places), organisations=tuple(line.organisations))
        for line in lines
    ]


def remove(admin: Connection, owner: Connection, name: str, database: str) -> None:
    """Take a reader's places and role away; its sessions end.

    Raises:
        BadReader: It is the platform's own, which stays.
    """
    role = role_of(name)
    if role == MAIN:
        raise BadReader(f"{MAIN} stays; take its places away instead")
    with owner.transaction():
        owner.execute(_QUERIES["leave_scope"], {"role": role})
        owner.execute(_QUERIES["leave_organisations"], {"role": role})
    row = admin.execute(_ROLES["role_exists"], {"role": role}).fetchone()
    if row is None or not row[0]:
        return
    named = {"role": sql.Identifier(role), "name": sql.Identifier(database)}
    admin.execute(_QUERIES["forbid_to_connect"].format(**named))
    admin.execute(_QUERIES["end_sessions"], {"role": role})
    admin.execute(_QUERIES["drop_role"].format(role=named["role"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    role: str
    places: list[str]
    organisations: list[str]
