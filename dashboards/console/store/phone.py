"""Telephones of technicians: links, PINs, and what a scanned code leads to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast

from psycopg.rows import class_row

from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "phone.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A technician who may be sent a link."""

    name: str
    display_name: str
    organisation_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link to be stored; its token itself is in the link alone."""

    token_hash: bytes
    name: str
    order_id: int | None
    by: str
    now: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Whose telephone a used link opened, and which order it led to."""

    name: str
    order_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A telephone that is not blocked."""

    user_name: str
    pin_hash: str = field(repr=False)


def fetch_owner(connection: Connection, name: str) -> Owner | None:
    """A technician by log-in name."""
    with connection.cursor(row_factory=class_row(Owner)) as cursor:
        return cursor.execute(_QUERIES["technician"], {"name": name}).fetchone()


def make_link(connection: Connection, link: NewLink) -> None:
    """Store a link."""
    connection.execute(
        _QUERIES["make_link"],
        {
            "token_hash": link.token_hash,
            "name": link.name,
            "order_id": link.order_id,
            "by": link.by,
            "now": link.now,
            "expires_at": link.expires_at,
        },
    )


def is_link_good(connection: Connection, token_hash: bytes, now: datetime) -> bool:
    """Whether a link may still be used; looking uses nothing up."""
    values = {"token_hash": token_hash, "now": now}
    row = connection.execute(_QUERIES["is_link_good"], values).fetchone()
    return row is not None and bool(row[0])


def use_link(connection: Connection, token_hash: bytes, now: datetime) -> Opened | None:
    """Use a link up; None: it is not good (any more)."""
    values = {"token_hash": token_hash, "now": now}
    row = connection.execute(_QUERIES["use_link"], values).fetchone()
    return None if row is None else Opened(name=str(row[0]), order_id=cast("int | None", row[1]))


def add_phone(
    connection: Connection, device_hash: bytes, name: str, pin_hash: str, now: datetime
) -> None:
    """Store a telephone with its PIN."""
    values = {"device_hash": device_hash, "name": name, "pin_hash": pin_hash, "now": now}
    connection.execute(_QUERIES["add_phone"], values)


def lock_phone(connection: Connection, device_hash: bytes) -> Phone | None:
    """A telephone that is not blocked, held until the transaction ends."""
    with connection.cursor(row_factory=class_row(Phone)) as cursor:
        return cursor.execute(_QUERIES["phone"], {"device_hash": device_hash}).fetchone()


def note_failure(connection: Connection, device_hash: bytes, most: int, now: datetime) -> None:
    """One more wrong PIN."""
    values = {"device_hash": device_hash, "most": most, "now": now}
    connection.execute(_QUERIES["note_failure"], values)


def note_success(connection: Connection, device_hash: bytes, now: datetime) -> None:
    """The right PIN."""
    connection.execute(_QUERIES["note_success"], {"device_hash": device_hash, "now": now})


def fetch_order_of(connection: Connection, code: str, owner_id: int | None) -> int | None:
    """The newest open order on an asset."""
    values = {"code": code, "owner_id": owner_id}
    row = connection.execute(_QUERIES["order_of_asset"], values).fetchone()
    return None if row is None else cast("int", row[0])


def fetch_asset_id(connection: Connection, code: str) -> int | None:
    """An asset of the scope by its code."""
    row = connection.execute(_QUERIES["asset"], {"code": code}).fetchone()
    return None if row is None else cast("int", row[0])
