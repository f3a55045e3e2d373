"""Figures of a running platform, read from its database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from ingest.database import Connection, load_queries
from ingest.ledger_report import LedgerTotal

_QUERIES = load_queries("towerwatch", "status.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
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


def fetch_figures(connection: Connection) -> Figures:
    """Read the totals."""
    with connection.cursor(row_factory=class_row(Figures)) as cursor:
        row = cursor.execute(_QUERIES["totals"]).fetchone()
    assert row is not None
    return row


def difference(ledgers: Sequence[LedgerTotal]) -> int:
    """Return how many messages of all gateways are unaccounted for."""
    return sum(abs(line.difference) for line in ledgers)


def rate(before: int, after: int, seconds: float) -> float:
    """Return a rate per second; 0 when no time has passed."""
    return (after - before) / seconds if seconds > 0 else 0.0


def ledger_table(ledgers: Sequence[LedgerTotal]) -> str:
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
