"""Figures of a running platform, read from its database."""

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg.rows import class_row

from ingest.database import Connection, load_queries

_QUERIES = load_queries("towerwatch", "status.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """One line about the whole platform.

    Args:
        samples: Values stored.
        events: Events stored.
        alarms: Alarms ever opened.
        open_alarms: Alarms that are not over.
        orders: Work orders.
        notices_delivered: Notices with a receipt.
        notices_waiting: Notices without one.
        warnings: Early warnings.
    """

    samples: int
    events: int
    alarms: int
    open_alarms: int
    orders: int
    notices_delivered: int
    notices_waiting: int
    warnings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """Messages of one lane of one gateway."""

    gateway: str
    lane: str
    sent: int
    stored: int
    quarantined: int
    shed: int
    missing: int
    in_flight: int
    samples: int

    @property
    def difference(self) -> int:
        """Sent minus everything accounted for; anything but 0 is a loss or a fault."""
        accounted = self.stored + self.quarantined + self.shed + self.missing
        return self.sent - self.in_flight - accounted


def fetch_totals(connection: Connection) -> Totals:
    """Read the totals."""
    with connection.cursor(row_factory=class_row(Totals)) as cursor:
        row = cursor.execute(_QUERIES["totals"]).fetchone()
    assert row is not None
    return row


def fetch_ledgers(connection: Connection) -> tuple[LedgerLine, ...]:
    """Read the ledger of every gateway and lane."""
    with connection.cursor(row_factory=class_row(LedgerLine)) as cursor:
        return tuple(cursor.execute(_QUERIES["ledgers"]).fetchall())


def difference(ledgers: tuple[LedgerLine, ...]) -> int:
    """Return how many messages of all gateways are unaccounted for."""
    return sum(abs(line.difference) for line in ledgers)


def rate(before: int, after: int, seconds: float) -> float:
    """Return a rate per second; 0 when no time has passed."""
    return (after - before) / seconds if seconds > 0 else 0.0


def ledger_table(ledgers: tuple[LedgerLine, ...]) -> str:
    """Write the ledger as people read it."""
    head = ("gateway", "lane", "sent", "stored", "quarantined", "shed", "missing", "in flight", "=")
    rows: list[Mapping[str, object]] = [
        dict(
            zip(
                head,
                (
                    line.gateway,
                    line.lane,
                    line.sent,
                    line.stored,
                    line.quarantined,
                    line.shed,
                    line.missing,
                    line.in_flight,
                    "ok" if line.difference == 0 else f"{line.difference:+d}",
                ),
                strict=True,
            )
        )
        for line in ledgers
    ]
    widths = [max([len(word), *(len(str(row[word])) for row in rows)]) for word in head]
    lines = ["  ".join(word.rjust(width) for word, width in zip(head, widths, strict=True))]
    lines += [
        "  ".join(str(row[word]).rjust(width) for word, width in zip(head, widths, strict=True))
        for row in rows
    ]
    return "\n".join(f"  {line}" for line in lines)
