"""How the line itself is: gateways, ledgers, quarantine, receipts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from psycopg.rows import class_row

from gateway.catalogue.platform import GATEWAY
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "platform.sql")
SILENCE: Final = timedelta(seconds=GATEWAY.silence_s)
"""A gateway that was not heard for this long is silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """What the status strip of every page shows."""

    telemetry_at: datetime | None
    gateways: int
    gateways_silent: int
    heard_at: datetime | None
    assets_silent: int
    receipt_at: datetime | None
    notices_waiting: int
    oldest_waiting_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLine:
    """A gateway with the balance of all its outboxes; counts are messages."""

    id: str
    place_zh: str
    place_en: str
    heard_at: datetime | None
    software: str
    depth: int
    skew_ms: int | None
    sent: int
    stored: int
    quarantined: int
    shed: int
    missing: int
    duplicates: int
    samples: int
    samples_refused: int

    @property
    def in_flight(self) -> int:
        """Sent, and neither stored, kept aside, given up nor known to be missing [messages]."""
        return self.sent - self.stored - self.quarantined - self.shed - self.missing

    @property
    def difference(self) -> int:
        """What is lost or unaccounted for beside what the gateway still holds [messages]."""
        return self.missing + max(0, self.in_flight - self.depth)

    def is_silent(self, now: datetime) -> bool:
        """Whether it was not heard of late."""
        return self.heard_at is None or now - self.heard_at > SILENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineReason:
    """Why messages were kept aside, and how many."""

    reason: str
    messages: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLine:
    """A server of the platform that other machines reach, and the certificate it showed last.

    Attributes:
        ends_at: End of the certificate; None: none was ever seen.
        warn_at: From when on that is an alarm.
        looked_at: When it was last knocked at.
        problem: Why it could not be looked at then; empty: it was.
    """

    door: str
    ends_at: datetime | None
    warn_at: datetime | None
    seen_at: datetime | None
    looked_at: datetime
    problem: str

    def days_left(self, now: datetime) -> int | None:
        """Whole days until the certificate ends; negative: it is over."""
        return None if self.ends_at is None else (self.ends_at - now).days

    def is_odd(self, now: datetime) -> bool:
        """Whether somebody should look: it ends soon, or nothing can be seen."""
        ends_soon = self.warn_at is None or now > self.warn_at
        return ends_soon or bool(self.problem)


def fetch_strip(connection: Connection, now: datetime) -> Strip:
    """How the line is now, within the scope."""
    with connection.cursor(row_factory=class_row(Strip)) as cursor:
        row = cursor.execute(_QUERIES["strip"], {"now": now, "silence": SILENCE}).fetchone()
    if row is None:
        raise AssertionError("a query without FROM has one row")
    return row


def fetch_gateways(
    connection: Connection, *, limit: int, gateway: str | None = None
) -> list[GatewayLine]:
    """The gateways of the scope, silent ones first; or one of them."""
    with connection.cursor(row_factory=class_row(GatewayLine)) as cursor:
        return cursor.execute(_QUERIES["gateways"], {"limit": limit, "gateway": gateway}).fetchall()


def fetch_quarantine_reasons(connection: Connection, since: datetime) -> list[QuarantineReason]:
    """What was kept aside since a time, by reason."""
    with connection.cursor(row_factory=class_row(QuarantineReason)) as cursor:
        return cursor.execute(_QUERIES["quarantine_reasons"], {"since": since}).fetchall()


def fetch_doors(connection: Connection) -> list[DoorLine]:
    """Certificates of the platform, for those who see the platform's own alarms."""
    with connection.cursor(row_factory=class_row(DoorLine)) as cursor:
        return cursor.execute(_QUERIES["certificates"]).fetchall()


def check_ready(connection: Connection) -> None:
    """Read one row of the console's own tables."""
    connection.execute(_QUERIES["is_ready"])
