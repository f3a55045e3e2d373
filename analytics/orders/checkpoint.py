"""What carries a QR code on site: points of rounds and assets, and the address that it holds."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "report.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A point of a round.

    Attributes:
        place: Code of its place.
        asset: Code of the asset that stands there; empty: none.
    """

    code: str
    place: str
    name_zh: str
    name_en: str = ""
    asset: str = ""

    @property
    def path(self) -> str:
        """What the QR code holds after the console's address."""
        return f"/round/{self.code}"


def put_checkpoint(connection: Connection, point: Checkpoint) -> bool:
    """Register a point or change it; whether its place is registered."""
    values = {
        "code": point.code,
        "place": point.place,
        "asset": point.asset,
        "name_zh": point.name_zh,
        "name_en": point.name_en,
    }
    return connection.execute(_QUERIES["put_checkpoint"], values).rowcount > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A plate on site.

    Attributes:
        kind: checkpoint or asset.
    """

    kind: str
    code: str
    name_zh: str
    name_en: str
    place_zh: str

    @property
    def path(self) -> str:
        """What the QR code holds after the console's address."""
        if self.kind == "checkpoint":
            return f"/round/{quote(self.code, safe='')}"
        return f"/report?asset={quote(self.code, safe='')}"


def fetch_plates(connection: Connection, place: str) -> list[Plate]:
    """Everything below a place that has a plate, points of rounds first."""
    rows = connection.execute(_QUERIES["plates"], {"place": place}).fetchall()
    return [
        Plate(
            kind=str(kind),
            code=str(code),
            name_zh=str(zh),
            name_en=str(en or ""),
            place_zh=str(place_zh),
        )
        for kind, code, zh, en, place_zh, _ in rows
    ]
