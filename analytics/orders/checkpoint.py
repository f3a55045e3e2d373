"""Points of a round: where they are, and the address that their QR code holds."""

from dataclasses import dataclass
from typing import Final

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
