"""One message, reached by the word of its link."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "message.sql")


class ReceiptKind(StrEnum):
    """What comes back about a message."""

    READ = "read"
    TAKEN = "taken"
    NOT_ANSWERED = "not_answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message as its link shows it.

    Attributes:
        body: The notice's body.
        taken_at: When somebody took it by this link.
    """

    body: bytes
    language: str
    taken_at: datetime | None


def fetch_message(connection: Connection, token: str) -> Told | None:
    """The message of a link; None when there is none."""
    row = connection.execute(_QUERIES["message_of_token"], {"token": token}).fetchone()
    if row is None:
        return None
    body, language, taken_at = row
    return Told(
        body=str(body).encode(),
        language=str(language),
        taken_at=taken_at if isinstance(taken_at, datetime) else None,
    )


def note_receipt(connection: Connection, token: str, kind: ReceiptKind) -> bool:
    """Keep a receipt, each kind once; whether there is such a message."""
    row = connection.execute(_QUERIES["note_receipt"], {"token": token, "kind": kind}).fetchone()
    return row is not None and bool(row[0])
