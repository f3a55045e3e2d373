"""Who people of a provider are here, who waits to be tied to a user, and what is written down of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from dashboards.identity.oidc import Identity
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "binding.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody at a provider, in the words that are never given to another."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUser:
    """The user that somebody of a provider is tied to."""

    name: str
    is_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRequest:
    """Somebody of a provider who waits to be tied to a user.

    Attributes:
        name: What the provider calls the person.
        is_user: There is an enabled user of that name, whom the reader sees.
    """

    issuer: str
    subject: str
    name: str
    asked_at: datetime
    is_user: bool


def user_of(connection: Connection, identity: Identity, now: datetime) -> KnownUser | None:
    """The user that somebody is tied to, by issuer and subject alone; None: to nobody."""
    person = {"issuer": identity.issuer, "subject": identity.subject, "now": now}
    row = connection.execute(_QUERIES["user_of_identity"], person).fetchone()
    if row is None:
        return None
    connection.execute(_QUERIES["see_identity"], person)
    return KnownUser(name=str(row[0]), is_enabled=bool(row[1]))


def bind_by_address(connection: Connection, identity: Identity, now: datetime) -> str | None:
    """Tie somebody to the user of a verified address. Returns the user; None: nobody has it."""
    values = {
        "issuer": identity.issuer,
        "subject": identity.subject,
        "address": identity.address,
        "now": now,
    }
    row = connection.execute(_QUERIES["bind_by_address"], values).fetchone()
    return None if row is None else str(row[0])


def ask(
    connection: Connection, identity: Identity, now: datetime, *, before: datetime, most: int
) -> bool:
    """Somebody waits from now on. Returns whether there was room.

    Args:
        before: Requests that are older are dropped.
        most: How many may wait.
    """
    connection.execute(_QUERIES["sweep_requests"], {"before": before})
    values = {
        "issuer": identity.issuer,
        "subject": identity.subject,
        "name": identity.name,
        "now": now,
        "most": most,
    }
    return connection.execute(_QUERIES["ask"], values).fetchone() is not None


def fetch_requests(connection: Connection, *, limit: int) -> list[BindingRequest]:
    """Who waits, the newest first."""
    with connection.cursor(row_factory=class_row(BindingRequest)) as cursor:
        return cursor.execute(_QUERIES["requests"], {"limit": limit}).fetchall()


def take_request(connection: Connection, account: Account) -> str | None:
    """Answer a request. Returns what the provider calls the person; None: nobody waits so."""
    values = {"issuer": account.issuer, "subject": account.subject}
    row = connection.execute(_QUERIES["take_request"], values).fetchone()
    return None if row is None else str(row[0])


def bind(connection: Connection, account: Account, name: str, now: datetime) -> bool:
    """Tie somebody to a user. Returns whether neither was tied to another."""
    values = {"issuer": account.issuer, "subject": account.subject, "name": name, "now": now}
    return connection.execute(_QUERIES["bind"], values).fetchone() is not None


def put_address(connection: Connection, name: str, address: str) -> bool:
    """Write a person's mail address down; empty: none. Returns whether it was free.

    Who is shut out has none any more: it may be the next person's in the same office.
    """
    connection.execute(_QUERIES["drop_address"], {"name": name})
    if not address:
        return True
    values = {"name": name, "address": address}
    connection.execute(_QUERIES["free_address"], values)
    return connection.execute(_QUERIES["put_address"], values).fetchone() is not None


def note_own(connection: Connection, name: str, kind: str, detail: str, now: datetime) -> None:
    """Write down what a person did with the own ways to sign in, in the transaction that does it."""
    values = {"name": name, "kind": kind, "detail": detail, "now": now}
    connection.execute(_QUERIES["note_own"], values)
