"""How a feature is computed from hourly statistics: which columns, and what is done with them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.features.hours import Cube, Hours, mean_of, middle_of

_STILL: Final = 1e-3
"""A mean of this or less is a standstill: nothing can be told per travel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """One number a day from columns of the hourly view.

    Attributes:
        columns: Names of the columns.
        of: The value of each day from the columns, in their order, each of shape
            (n_assets, n_days, 24); shape (n_assets, n_days), NaN: nothing is known.
    """

    columns: tuple[str, ...]
    of: Callable[..., Cube]

    def value(self, hours: Hours) -> Cube:
        """The value of each day, shape (n_assets, n_days)."""
        return self.of(*(hours.by_day(column) for column in self.columns))


def middle(column: str) -> Formula:
    """The usual hour of the day."""
    return Formula(columns=(column,), of=middle_of)


def mean(column: str) -> Formula:
    """The mean of the day."""
    return Formula(columns=(column,), of=mean_of)


def ratio(part: str, whole: str) -> Formula:
    """The day's mean of one quantity over that of another, so that traffic cancels."""
    return Formula(columns=(part, whole), of=_over)


def scatter(metric: str) -> Formula:
    """Highest less lowest value of the usual hour."""
    return Formula(
        columns=(f"{metric}_max", f"{metric}_min"), of=lambda high, low: middle_of(high - low)
    )


def while_running(column: str) -> Formula:
    """The usual hour among those in which the machine ran; one such hour is enough."""
    return Formula(columns=(column, "running_max"), of=_running)


def _running(values: Cube, running: Cube) -> Cube:
    known = np.sort(np.where(running > 0, values, np.nan), axis=2)
    count = (~np.isnan(known)).sum(axis=2, keepdims=True)
    middle = np.take_along_axis(known, np.maximum(count - 1, 0) // 2, axis=2)
    return np.where(count[:, :, 0] > 0, middle[:, :, 0], np.nan)


def above(column: str, floor: str) -> Formula:
    """How far one quantity stands above another in the usual hour."""
    return Formula(columns=(column, floor), of=lambda value, base: middle_of(value - base))


def over_open(column: str) -> Formula:
    """The day's mean of a quantity over the share of time in which the doors are not closed."""
    return Formula(
        columns=(column, "door_closed_mean"), of=lambda value, closed: _over(value, 1 - closed)
    )


def open_over(column: str) -> Formula:
    """The share of time in which the doors are not closed over a quantity's mean of the day."""
    return Formula(
        columns=("door_closed_mean", column), of=lambda closed, value: _over(1 - closed, value)
    )


def _over(part: Cube, whole: Cube) -> Cube:
    known = ~np.isnan(part) & ~np.isnan(whole)
    upper = mean_of(np.where(known, part, np.nan))
    lower = mean_of(np.where(known, whole, np.nan))
    share: Cube = np.divide(upper, lower, out=np.full(lower.shape, np.nan), where=lower > _STILL)
    return share
