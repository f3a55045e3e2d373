"""A made-up city with its facts, to try panels on: written in bulk, the same for the same sizes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("towerwatch", "grafana_sample.sql")
TELEMETRY: Final = (
    "lift_samples",
    "detector_samples",
    "water_samples",
    "pump_samples",
    "electrical_samples",
)
ASSETS_OF_COMPOUND: Final = 50
FACTS: Final = (
    "places",
    "organisations",
    "assets",
    "contacts",
    "alarms",
    "events",
    "orders",
    "clocks",
    "rescues",
    "verifications",
    "warnings",
    "models",
    "supervision",
    "plans",
    "gateways",
    "bindings",
    "ledger_hours",
    "seals",
    "notices",
    "certificates",
    "marks",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is made up.

    Attributes:
        compounds: Compounds of 50 assets each.
        length: How long the history is.
        step: Time between two frames of one asset.
        alarms: Alarms over the whole time.
    """

    compounds: int
    length: timedelta
    step: timedelta
    alarms: int

    @property
    def assets(self) -> int:
        """Assets in all."""
        return self.compounds * ASSETS_OF_COMPOUND


SMALL: Final = Size(compounds=4, length=timedelta(days=3), step=timedelta(minutes=30), alarms=600)


def write_sample(connection: Connection, size: Size, now: datetime) -> None:
    """Fill an empty, migrated database, as its owner."""
    write_facts(connection, size, now)
    write_telemetry(connection, size, now)
    connection.execute(_QUERIES["analyse"])


def write_facts(connection: Connection, size: Size, now: datetime) -> None:
    """Everything but telemetry."""
    given = {
        "compounds": size.compounds,
        "alarms": size.alarms,
        "begins": now - size.length,
        "ends": now,
        "step": size.step,
        "now": now,
    }
    for name in FACTS:
        with connection.transaction():
            connection.execute(_QUERIES[name], given)


def write_telemetry(
    connection: Connection, size: Size, now: datetime, only: int | None = None
) -> None:
    """Frames of every asset or of one, a day at a time so that no transaction grows large."""
    begins = now - size.length
    while begins < now:
        ends = min(begins + timedelta(days=1), now)
        given = {
            "begins": begins,
            "ends": ends - timedelta(microseconds=1),
            "step": size.step,
            "only": only,
        }
        with connection.transaction():
            for name in TELEMETRY:
                connection.execute(_QUERIES[name], given)
        begins = ends


def let_see(connection: Connection, role: str, path: str) -> None:
    """A reader may see a place and all below it."""
    connection.execute(_QUERIES["let_see"], {"role": role, "path": path})
