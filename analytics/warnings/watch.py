"""What the watches of days and of hours have in common: each class by the model that is in force."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from time import perf_counter
from typing import Final

import numpy as np
import structlog

from analytics import metrics
from analytics.alarms.report import PlacePath
from analytics.features.table import FEATURES
from analytics.models import store as models
from analytics.models.guard import Bounds, first_of
from analytics.models.store import Stored
from analytics.warnings import day_store
from analytics.warnings.day import DayFinding
from analytics.warnings.verdict import OpenCase, Verdict
from ingest.database import Connection

MAKING_S: Final = 20.0
"""What is behind is made up for so long in one turn; the trends shall not wait for a backfill [s]."""

_log = structlog.get_logger("analytics.warnings")


class ModelWatch(ABC):
    """Asks the model of every class.

    Args:
        bounds: What a model may cost and say.
        stopwatch: Seconds that only rise.
    """

    def __init__(
        self, bounds: Bounds | None = None, stopwatch: Callable[[], float] = perf_counter
    ) -> None:
        self._bounds = bounds or Bounds()
        self._stopwatch = stopwatch

    def turn(self, connection: Connection, now: datetime) -> int:
        """Judge what is to be judged; how many warnings were raised.

        Raises:
            StoreUnavailable: The database is away.
        """
        return sum(
            self._turn_of(connection, name, models.active_model(connection, name), now)
            for name in FEATURES
        )

    @abstractmethod
    def _turn_of(
        self, connection: Connection, of_class: str, stored: Stored | None, now: datetime
    ) -> int:
        """Judge one class; how many warnings were raised. None: no model of it is in force."""

    def _told_of(self, new: list[DayFinding], watched: int, stored: Stored) -> list[DayFinding]:
        """What is told of findings: of a model that has never seen these assets, the strongest."""
        if not stored.is_borrowed:
            return new
        told = first_of(np.array([item.strength for item in new]), watched, self._bounds)
        if len(told) < len(new):
            _log.warning("model_capped", model=stored.id, found=len(new), told=len(told))
        return [new[int(place)] for place in told]


def settle_case(connection: Connection, case: OpenCase, told: Verdict, now: datetime) -> None:
    """Write down how a warning turned out."""
    day_store.settle(connection, case.id, PlacePath(case.place_path), told, now)
    metrics.WARNINGS.labels(str(told.settlement)).inc()
