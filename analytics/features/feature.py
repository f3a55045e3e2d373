"""Features of a day: named, with the way that is bad, computed from the hourly statistics."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from analytics.features.formula import Formula
from analytics.features.hours import Cube, Hours
from gateway.catalogue import Text


class Bad(IntEnum):
    """The way in which a feature goes wrong."""

    UP = 1
    DOWN = -1
    BOTH = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One number about a day of an asset.

    Attributes:
        metric: Metric of the catalogue that it speaks of; its plot shows this one.
        is_relative: Whether a change is told as a share of the usual value (its logarithm is
            watched); such a feature is above 0.
        carry_days: So many days without a value the newest one stands for them: a pump that
            runs once a week is known by its test until the next is overdue [days].
    """

    name: str
    label: Text
    unit: str
    metric: str
    bad: Bad
    is_relative: bool
    formula: Formula
    carry_days: int = 0

    def days(self, hours: Hours) -> Cube:
        """Its value of each day, shape (n_assets, n_days): [unit], or the logarithm of it."""
        value = self.formula.value(hours)
        if not self.is_relative:
            return value
        return np.log(value, out=np.full(value.shape, np.nan), where=value > 0)
