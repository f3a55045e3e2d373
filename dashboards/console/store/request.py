"""Requests to apply files of a registry: the console asks, ingest applies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg.rows import class_row

from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "request.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """Files whose plan was shown.

    Attributes:
        files: JSON: name of each file to its content in base64.
    """

    id: UUID
    asked_by: str
    scope: Sequence[str]
    files: str
    plan_digest: bytes
    effective_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A request as a list shows it."""

    id: UUID
    asked_at: datetime
    asked_by: str
    names: list[str]
    reason: str
    state: str
    outcome: str


def add_request(connection: Connection, request: NewRequest, now: datetime) -> None:
    """Keep files until somebody agrees to what was shown."""
    connection.execute(
        _QUERIES["add"],
        {
            "id": request.id,
            "now": now,
            "asked_by": request.asked_by,
            "scope": list(request.scope),
            "files": request.files,
            "plan_digest": request.plan_digest,
            "effective_at": request.effective_at,
            "reason": request.reason,
        },
    )


def agree(connection: Connection, number: UUID, user_name: str) -> bool:
    """Whoever was shown the plan agrees to it; whether there was one."""
    values = {"id": number, "asked_by": user_name}
    return connection.execute(_QUERIES["agree"], values).rowcount > 0


def fetch_requests(connection: Connection, *, limit: int) -> list[RequestLine]:
    """Requests of the scope, newest first."""
    with connection.cursor(row_factory=class_row(RequestLine)) as cursor:
        return cursor.execute(_QUERIES["listed"], {"limit": limit}).fetchall()
