"""What the alarm process hears: something was said about a condition of an asset."""

from dataclasses import dataclass
from typing import NamedTuple, NewType

from analytics.alarms.alarm import AssetId, Word
from gateway.catalogue import EventKind

EventId = NewType("EventId", int)
PlacePath = NewType("PlacePath", str)
"""Labels from the city to the place, joined by dots."""


class ConditionKey(NamedTuple):
    """What can have one open alarm at a time; sorts in the order in which rows are locked."""

    asset_id: AssetId
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One word about one condition, with where it belongs.

    Attributes:
        key: The asset and the name of the condition.
        asset_class: Class of the catalogue; `unknown` for placeholders.
        place_path: Where the asset stands; alarms copy it at birth.
        kind: What the catalogue says about the event.
    """

    key: ConditionKey
    asset_class: str
    place_path: PlacePath
    kind: EventKind
    word: Word
