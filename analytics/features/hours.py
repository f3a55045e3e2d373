"""Hourly statistics as arrays: what the hourly views hold, a row for each asset."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Statistic = NDArray[np.float32]
Cube = NDArray[np.float64]

DAY_H: Final = 24
_ENOUGH: Final = 4
"""A day, or a part of it, with fewer hours than one in so many says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Whole days, or parts of days, of hourly statistics of one class.

    Attributes:
        columns: Statistic by the name of its column in the hourly view, such as
            `vibration_max` [unit of the metric], shape (n_assets, n_hours); NaN: no samples.
        length: Hours that become one value: a day, or a part of it [h].
    """

    asset_class: str
    columns: Mapping[str, Statistic]
    length: int = DAY_H

    def __post_init__(self) -> None:
        shapes = {column.shape for column in self.columns.values()}
        if len(shapes) != 1:
            raise ValueError(f"columns of one shape are needed, not {sorted(shapes)}")
        if self.shape[1] % self.length:
            raise ValueError(f"{self.shape[1]} hours are no whole parts of {self.length} h")

    @property
    def shape(self) -> tuple[int, int]:
        """Assets and hours."""
        rows, hours = next(iter(self.columns.values())).shape
        return rows, hours

    def by_day(self, column: str) -> Cube:
        """A column by day and hour, shape (n_assets, n_days, length); all NaN when it is absent."""
        rows, hours = self.shape
        shape = (rows, hours // self.length, self.length)
        found = self.columns.get(column)
        if found is None:
            return np.full(shape, np.nan)
        return found.astype(np.float64).reshape(shape)


def mean_of(values: Cube, weights: Cube | None = None) -> Cube:
    """Mean over the hours of each day; NaN where too few hours say anything."""
    known = ~np.isnan(values)
    weight = known.astype(np.float64) if weights is None else np.where(known, weights, 0.0)
    total = np.nansum(weight, axis=2)
    mean = np.divide(
        np.nansum(np.where(known, values, 0.0) * np.nan_to_num(weight), axis=2),
        total,
        out=np.full(total.shape, np.nan),
        where=total > 0,
    )
    return _if_enough(mean, known)


def middle_of(values: Cube) -> Cube:
    """Median over the hours of each day; NaN where too few hours say anything.

    A spike of one hour leaves it alone.
    """
    known = ~np.isnan(values)
    count = known.sum(axis=2)
    ordered = np.sort(values, axis=2)
    low, high = np.maximum(count - 1, 0) // 2, np.maximum(count, 1) // 2
    picked = [
        np.take_along_axis(ordered, place[:, :, None], axis=2)[:, :, 0] for place in (low, high)
    ]
    return _if_enough((picked[0] + picked[1]) / 2, known)


def _if_enough(found: Cube, known: NDArray[np.bool_]) -> Cube:
    return np.where(known.sum(axis=2) * _ENOUGH >= known.shape[2], found, np.nan)
