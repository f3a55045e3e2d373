"""Steps of cases go back to the platforms that sent them: signed, in order, tried for days."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from analytics.errors import BadSettings
from analytics.exchange.case import SystemCode
from analytics.notices.delivery import LONGEST
from analytics.notices.notice import Target, secret_key
from analytics.notices.notify import LEASE, Addressee, Asked, Waiting, read_waiting
from analytics.notices.post import Endpoint
from gateway.secret_file import UnsafeSecret, read_secret_file
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "exchange.sql")


def sender_of(system: SystemCode, key: bytes) -> Addressee:
    """A platform that sends cases, at the address that its registration says now.

    Args:
        system: Its code.
        key: What signs its notices.
    """

    def take(connection: Connection, asked: Asked) -> Waiting | None:
        return take_case_notice(connection, system, asked.now)

    def endpoint(connection: Connection) -> Endpoint | None:
        row = connection.execute(_QUERIES["callback"], {"code": system}).fetchone()
        url = "" if row is None else str(row[0])
        return Endpoint(url=url, key=key) if url else None

    return Addressee(name=f"case:{system}", target=Target.CASE, take=take, endpoint=endpoint)


def take_case_notice(connection: Connection, system: SystemCode, now: datetime) -> Waiting | None:
    """Lease the next notice for a platform: of each case the oldest that it has not got."""
    row = connection.execute(
        _QUERIES["take_case_notice"],
        {"system": system, "now": now, "lease_until": now + LEASE, "far": now + LEASE + LONGEST},
    ).fetchone()
    return None if row is None else read_waiting(row)


def read_secrets(path: Path) -> Mapping[SystemCode, bytes]:
    """The key of each platform: a line holds its code, a space and whsec_<base64>.

    Raises:
        BadSettings: The file is open to all, cannot be read, or a line has another form.
    """
    try:
        text = read_secret_file(path)
    except UnsafeSecret as error:
        raise BadSettings(f"TOWERWATCH_CASE_SECRETS_FILE {error}") from error
    found: dict[SystemCode, bytes] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            continue
        code, _, secret = line.partition(" ")
        found[SystemCode(code)] = secret_key(secret)
    return found
