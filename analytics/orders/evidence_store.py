"""What belongs into an evidence pack, read at one moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final, cast

from psycopg.sql import SQL, Composed, Identifier

from analytics.alarms.alarm import AlarmId
from analytics.orders.evidence import About, pack
from analytics.orders.work_order import OrderId
from gateway.catalogue import asset_class
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "evidence.sql")
_LINES: Final = (
    "alarms", "orders", "alarm_steps", "order_steps", "clocks", "notices", "acts", "assignments",
    "verifications", "ratings", "reports", "work_photos", "events", "versions", "head",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What evidence is asked for: an alarm, or an order with its alarm."""

    alarm: AlarmId | None
    order: OrderId | None


def find_order(connection: Connection, name: str) -> Asked | None:
    """An order by its number; None when there is none."""
    row = connection.execute(_QUERIES["order_by_number"], {"name": name}).fetchone()
    if row is None:
        return None
    return Asked(order=OrderId(cast("int", row[0])), alarm=cast("AlarmId | None", row[1]))


ReadPhoto = Callable[[str], bytes | None]
"""Fetches a photo by the SHA-256 of what is in it; None where it is not there or was changed."""


def make_pack(
    connection: Connection, asked: Asked, now: datetime, read_photo: ReadPhoto | None = None
) -> bytes | None:
    """The evidence around an alarm or order; None when there is no such thing.

    A photo that is missing or was changed is not packed; its line in the reports says that it was
    there.

    Args:
        connection: In a transaction of its own, which sees one moment.
        read_photo: Where photos of reports are; None: they are left away.
    """
    connection.execute(_QUERIES["one_moment"])
    about = {"alarm": asked.alarm, "order": asked.order}
    row = connection.execute(_QUERIES["subject"], about).fetchone()
    if row is None:
        return None
    asset, class_name, since, until = row
    first = [] if asked.order is None else [asked.order]
    orders = [
        found[0]
        for found in connection.execute(
            _QUERIES["orders_of_alarm"], {"alarm": asked.alarm, "orders": first}
        ).fetchall()
    ]
    values = {
        "alarm": asked.alarm,
        "orders": orders,
        "asset": asset,
        "since": since,
        "until": until,
    }
    parts = {f"{name}.jsonl": _lines(connection, _QUERIES[name], values) for name in _LINES}
    table = None if not class_name else asset_class(str(class_name)).table
    if table is not None:
        samples = _QUERIES["samples"].format(table=Identifier(table))
        parts["samples.jsonl"] = _lines(connection, samples, values)
    if read_photo is not None:
        for (digest,) in connection.execute(_QUERIES["photos"], values).fetchall():
            content = read_photo(str(digest))
            if content is not None:
                parts[f"photos/{digest}"] = content
    subject = f"alarm {asked.alarm}" if asked.order is None else f"order {asked.order}"
    return pack(parts, About(subject=subject, made_at=now, software=_software()))


def _lines(connection: Connection, query: SQL | Composed, values: dict[str, object]) -> bytes:
    rows = connection.execute(query, values).fetchall()
    return "".join(f"{row[0]}\n" for row in rows).encode()


def _software() -> str:
    try:
        return f"towerwatch {version('towerwatch')}"
    except PackageNotFoundError:
        return "towerwatch (from a checkout)"
