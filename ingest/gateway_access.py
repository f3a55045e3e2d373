"""Which gateways the database trusts: revoked ones are no longer watched for silence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("ingest", "gateways.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownGateway:
    """A gateway of the registry.

    Attributes:
        revoked_at: Since when it is not trusted; None: it is.
        heard_at: Last sign of life on either lane; None: never.
    """

    gateway: str
    place: str
    revoked_at: datetime | None
    heard_at: datetime | None


def fetch_gateways(connection: Connection) -> Sequence[KnownGateway]:
    """Every gateway of the registry, revoked ones too."""
    with connection.cursor(row_factory=class_row(KnownGateway)) as cursor:
        return cursor.execute(_QUERIES["gateways"]).fetchall()


def set_revoked(connection: Connection, gateway: str, at: datetime | None) -> bool:
    """Record since when a gateway is not trusted; None trusts it again.

    Returns:
        Whether the registry has such a gateway.
    """

    def write(within: Connection) -> bool:
        row = within.execute(_QUERIES["set_revoked"], {"gateway": gateway, "at": at}).fetchone()
        within.execute(_QUERIES["announce"])
        return row is not None and bool(row[0])

    return in_transaction(connection, write)
