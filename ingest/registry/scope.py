"""What the files speak for: they and the database side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ingest.registry.model import Asset, Registry
from ingest.registry.recorded import RecordedRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The files, what is recorded, and when a change takes effect.

    Attributes:
        compounds: Codes of the compounds that the files list and so speak for.
        paths: Path of each listed place.
    """

    registry: Registry
    recorded: RecordedRegistry
    at: datetime
    compounds: set[str]
    paths: Mapping[str, str]

    def has(self, place: str) -> bool:
        """Whether the files speak for a recorded place."""
        found = self.recorded.places.get(place)
        labels = found.path.split(".") if found is not None else []
        return not self.compounds.isdisjoint(labels)

    def listed_assets(self) -> dict[str, Asset]:
        """The assets of the files by their codes."""
        return {asset.code: asset for asset in self.registry.assets}
