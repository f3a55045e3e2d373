"""Keys of other platforms: made of randomness, shown once, kept as their hash."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from analytics.exchange.agreement import AgreementCode
from analytics.exchange.case import SystemCode
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "exchange.sql")
PREFIX: Final = "twx_"
"""So that a key is known for what it is wherever it turns up."""
_BYTES: Final = 32
_HINT: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Whose key it is: a platform that sends cases, or one that reads by an agreement."""

    system: SystemCode | None = None
    agreement: AgreementCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that was just made; the text is shown this once."""

    text: str = field(repr=False)

    @property
    def hash(self) -> bytes:
        """What the database keeps."""
        return key_hash(self.text)

    @property
    def hint(self) -> str:
        """Its first characters."""
        return self.text[:_HINT]


def new_key() -> NewKey:
    """A key that nobody has."""
    return NewKey(text=PREFIX + secrets.token_urlsafe(_BYTES))


def key_hash(text: str) -> bytes:
    """SHA-256, since a key is random already."""
    return hashlib.sha256(text.encode()).digest()


def give_key(connection: Connection, party: Party, by: str, now: datetime) -> NewKey:
    """Make a key for a party; its former keys open nothing any more."""
    key = new_key()
    whose = {"case_system": party.system, "agreement": party.agreement, "now": now}
    connection.execute(_QUERIES["revoke_keys"], whose)
    values = whose | {"key_hash": key.hash, "hint": key.hint, "by": by}
    connection.execute(_QUERIES["add_key"], values)
    return key


def party_of(connection: Connection, key: str) -> Party | None:
    """Whose key it is; None: nobody's, or it was revoked."""
    row = connection.execute(_QUERIES["party"], {"key_hash": key_hash(key)}).fetchone()
    if row is None:
        return None
    system, agreement = row
    return Party(
        system=None if system is None else SystemCode(str(system)),
        agreement=None if agreement is None else AgreementCode(str(agreement)),
    )
