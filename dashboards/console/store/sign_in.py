"""Sign-ins that were begun, and people's passkeys."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from psycopg.rows import class_row

from dashboards.identity.passkey import Passkey
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "sign_in.sql")


class Kind(StrEnum):
    """What a browser has begun."""

    PROVIDER = "provider"
    PASSKEY = "passkey"
    NEW_PASSKEY = "new_passkey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What was begun in a browser, until it is answered.

    Attributes:
        challenge: Of a provider: SHA-256 of the state; of a passkey: the bytes it has to sign.
        name: Whose new passkey it will be.
    """

    challenge: bytes
    expires_at: datetime
    nonce: str = ""
    verifier: str = ""
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyLine:
    """A passkey in its owner's list."""

    id: str
    label: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedPasskey:
    """A passkey with whose it is."""

    name: str
    key: Passkey


def begin(
    connection: Connection, browser_hash: bytes, kind: Kind, begun: Begun, now: datetime
) -> None:
    """A browser begins; what was never answered is swept."""
    connection.execute(_QUERIES["sweep"], {"now": now})
    connection.execute(
        _QUERIES["begin"],
        {
            "browser_hash": browser_hash,
            "kind": kind,
            "challenge": begun.challenge,
            "nonce": begun.nonce,
            "verifier": begun.verifier,
            "name": begun.name,
            "expires_at": begun.expires_at,
        },
    )


def take(connection: Connection, browser_hash: bytes, kind: Kind, now: datetime) -> Begun | None:
    """What a browser has begun; a second answer finds nothing."""
    with connection.cursor() as cursor:
        row = cursor.execute(
            _QUERIES["take"], {"browser_hash": browser_hash, "kind": kind}
        ).fetchone()
    if row is None:
        return None
    challenge, nonce, verifier, name, expires_at = row
    if not (isinstance(challenge, bytes) and isinstance(expires_at, datetime)):
        raise TypeError("sign_ins has other columns")
    found = Begun(
        challenge=challenge,
        expires_at=expires_at,
        nonce=str(nonce),
        verifier=str(verifier),
        name=None if name is None else str(name),
    )
    return found if found.expires_at > now else None


def forget(connection: Connection, name: str) -> int:
    """Untie a person from providers and passkeys; how many there were."""
    row = connection.execute(_QUERIES["forget"], {"name": name}).fetchone()
    return 0 if row is None else int(str(row[0]))


def fetch_passkeys(connection: Connection, name: str) -> list[PasskeyLine]:
    """The passkeys of a person, the oldest first."""
    with connection.cursor(row_factory=class_row(PasskeyLine)) as cursor:
        return cursor.execute(_QUERIES["passkeys"], {"name": name}).fetchall()


def add_passkey(connection: Connection, owned: OwnedPasskey, label: str, now: datetime) -> bool:
    """Keep a new passkey. Returns whether it was new."""
    values = {
        "credential_id": owned.key.credential_id,
        "name": owned.name,
        "label": label,
        "public_key": owned.key.public_key,
        "sign_count": owned.key.sign_count,
        "now": now,
    }
    return connection.execute(_QUERIES["add_passkey"], values).fetchone() is not None


def lock_passkey(connection: Connection, credential_id: bytes) -> OwnedPasskey | None:
    """The passkey of an enabled user, locked until the transaction ends."""
    values = {"credential_id": credential_id}
    row = connection.execute(_QUERIES["lock_passkey"], values).fetchone()
    if row is None:
        return None
    found, name, public_key, sign_count = row
    if not (isinstance(found, bytes) and isinstance(public_key, bytes)):
        raise TypeError("passkeys has other columns")
    key = Passkey(credential_id=found, public_key=public_key, sign_count=int(str(sign_count)))
    return OwnedPasskey(name=str(name), key=key)


def use_passkey(
    connection: Connection, credential_id: bytes, sign_count: int, now: datetime
) -> str:
    """A passkey has signed. Returns what its owner calls it."""
    values = {"credential_id": credential_id, "sign_count": sign_count, "now": now}
    row = connection.execute(_QUERIES["use_passkey"], values).fetchone()
    return "" if row is None else str(row[0])


def owner_of(connection: Connection, credential_id: bytes) -> tuple[str, str] | None:
    """Whose a passkey is, and what its owner calls it."""
    values = {"credential_id": credential_id}
    row = connection.execute(_QUERIES["owner_of_passkey"], values).fetchone()
    return None if row is None else (str(row[0]), str(row[1]))


def drop_passkey(connection: Connection, name: str, passkey_id: str) -> str | None:
    """Forget a person's own passkey. Returns what it was called; None: there was none."""
    values = {"id": passkey_id, "name": name}
    row = connection.execute(_QUERIES["drop_passkey"], values).fetchone()
    return None if row is None else str(row[0])
