"""The line of a matrix that holds: asked for every alarm, so nothing is computed twice."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from analytics.duties.calendar import LocalMoment, atoms, local_moment
from analytics.duties.matrix import Duty, Matrix, first_holding, ranked
from gateway.catalogue import EventKind

_ZONES_KEPT: Final = 4096
"""Places whose zone is remembered; more begin anew."""


class LineFinder:
    """Finds lines of one matrix and remembers what does not change with place and time.

    Args:
        matrix: The lines.
    """

    def __init__(self, matrix: Matrix) -> None:
        self.matrix: Final = matrix
        self._ranked: dict[tuple[str, str], tuple[Duty, ...]] = {}
        self._zones: dict[str, ZoneInfo] = {}
        self._moments: dict[ZoneInfo, LocalMoment] = {}
        self._moments_of: datetime | None = None

    def find(self, kind: EventKind, asset_class: str, place_path: str, at: datetime) -> Duty | None:
        """The most exact line that holds; of equals the first in the file."""
        key = kind.name, asset_class
        lines = self._ranked.get(key)
        if lines is None:
            lines = self._ranked[key] = ranked(self.matrix.duties, kind, asset_class)
        return first_holding(lines, place_path, self.matrix.times, self.moment(place_path, at))

    def keys(self, kind: EventKind, asset_class: str) -> tuple[str, ...]:
        """Keys of the lines that hold at some time where no place has a line of its own."""
        lines = ranked(self.matrix.duties, kind, asset_class)
        moments = atoms(self.matrix.times.calendars, self.matrix.times.holidays)
        found = (first_holding(lines, "", self.matrix.times, moment) for moment in moments)
        return tuple(dict.fromkeys(duty.key for duty in found if duty is not None))

    def moment(self, place_path: str, at: datetime) -> LocalMoment:
        """What calendar and clock say at a place."""
        if at != self._moments_of:
            self._moments, self._moments_of = {}, at
        zone = self._zone(place_path)
        found = self._moments.get(zone)
        if found is None:
            holidays = self.matrix.times.holidays
            found = self._moments[zone] = local_moment(at, zone, holidays)
        return found

    def _zone(self, place_path: str) -> ZoneInfo:
        found = self._zones.get(place_path)
        if found is None:
            if len(self._zones) >= _ZONES_KEPT:
                self._zones.clear()
            found = self._zones[place_path] = self.matrix.times.zone(place_path)
        return found
