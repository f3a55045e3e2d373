"""What is known about an alarm when somebody looks at it; pure values, gathered elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from gateway.catalogue import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmOf:
    """The alarm itself and the asset it is about.

    Attributes:
        zone: Fire zone or loop; empty: not registered.
        silent_since: When the asset fell silent; None: it speaks, or never did.
        compound: Path of the compound that it stands in; its own place's where it stands in none.
        building: The same of the building.
    """

    id: int
    event: str
    asset_id: int
    asset_class: str
    asset_zh: str
    asset_en: str
    place_path: str
    zone: str
    text: str
    raised_at: datetime
    duty_id: int | None
    is_placeholder: bool
    silent_since: datetime | None
    compound: str
    building: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An earlier alarm of the same asset."""

    event: str
    raised_at: datetime
    confirmation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another open alarm of the same compound."""

    event: str
    asset_id: int
    place_path: str
    zone: str
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """Work that goes on at the asset; not the order that this alarm opened."""

    number: str
    state: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something that the asset said lately."""

    event: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """An open early warning of the asset."""

    metric: str
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Recent values of the asset, oldest first.

    Attributes:
        at_s: Times [s since 1970], shape (n,).
        values: By metric [its unit of the catalogue], shape (n,); NaN: no sensor.
    """

    at_s: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]]

    def known(self, metric: str) -> NDArray[np.float64]:
        """The values of a metric that are there."""
        found = self.values.get(metric)
        return np.empty(0) if found is None else found[np.isfinite(found)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known; a part that could not be read is None, which is not the same as empty.

    Attributes:
        active: Conditions of the asset that are there now, without this alarm's own.
    """

    alarm: AlarmOf
    past: Sequence[Past] | None = None
    neighbours: Sequence[Neighbour] | None = None
    orders: Sequence[OpenOrder] | None = None
    active: frozenset[str] | None = None
    said: Sequence[Said] | None = None
    warned: Sequence[Warned] | None = None
    trend: Trend | None = None
    unread: Sequence[str] = field(default_factory=tuple)

    def near(self, within: str) -> Sequence[Neighbour] | None:
        """Open alarms of other assets in the zone, the building or the compound; None: not read."""
        if self.neighbours is None:
            return None
        others = [one for one in self.neighbours if one.asset_id != self.alarm.asset_id]
        if within == "compound":
            return others
        in_building = [
            one for one in others if f"{one.place_path}.".startswith(f"{self.alarm.building}.")
        ]
        if within == "building":
            return in_building
        if not self.alarm.zone:
            return None
        return [one for one in in_building if one.zone == self.alarm.zone]
