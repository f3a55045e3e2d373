"""What the database has of the registry at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ingest.registry.model import Asset, Gateway, Organisation, Place
from ingest.registry.span import Recorded

TimelineKey = tuple[str, ...]
"""(compound), (place, role) or (gateway, code): whose timeline it is."""
TimelineValue = tuple[str | None, ...]
"""(kind, organisation), (name, phone) or (asset): what holds during a span."""
Timelines = Mapping[TimelineKey, tuple[Recorded[TimelineValue], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPlace:
    """A place with its path in the tree; `successor` is where a merged place went."""

    place: Place
    path: str
    closed_at: datetime | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedGateway:
    """A gateway, revoked or not."""

    gateway: Gateway
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAsset:
    """An asset without its gateway, which the bindings know."""

    asset: Asset
    is_placeholder: bool = False
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRegistry:
    """All of the registry as the database has it.

    Attributes:
        read_at: The database's time of the reading.
    """

    read_at: datetime
    places: Mapping[str, RecordedPlace] = field(default_factory=dict)
    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    gateways: Mapping[str, RecordedGateway] = field(default_factory=dict)
    assets: Mapping[str, RecordedAsset] = field(default_factory=dict)
    managements: Timelines = field(default_factory=dict)
    responsible_persons: Timelines = field(default_factory=dict)
    bindings: Timelines = field(default_factory=dict)
