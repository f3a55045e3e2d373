"""Training of the scan: what sound assets show, from months of many assets, faults known out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.features.feature import Feature
from analytics.models.errors import TooLittleHistory
from analytics.models.scan import Days, Scan, Shape, Table, departures, scan, scatters

Flags = NDArray[np.bool_]
Tell = Callable[[float, str], None]
"""Takes the share that is done [0 to 1] and what is being done."""

TAIL: Final = 0.99
"""Share of sound days that stay below the edge of the usual."""
FLOOR_SHARE: Final = 0.25
"""The least scatter is this quantile of all assets' scatters."""
STRIDE: Final = 3
"""The edge is learned from every third day: neighbours say nearly the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """History that a model learns from.

    Attributes:
        days: Features, shape (n_assets, n_days, n_features); NaN: nothing is known.
        unsound: Days on which a fault was at work as far as was ever found out, shape
            (n_assets, n_days); they teach nothing about sound assets.
    """

    days: Days
    unsound: Flags


def train(past: Past, features: tuple[Feature, ...], shape: Shape, tell: Tell) -> Scan:
    """What sound assets show.

    Raises:
        TooLittleHistory: fewer days than a usual value and its newest means need.
    """
    _check(past, shape)
    ways = np.array([float(feature.bad) for feature in features])
    floor = _floor(past.days, ways.size)
    untold = Scan(
        shape=shape, ways=ways, floor=floor, tail=np.ones((ways.size, len(shape.lengths)))
    )
    return replace(untold, tail=_tail(past, untold, tell))


def score_days(days: Days, model: Scan, tell: Tell) -> Table:
    """The score of each day as it would have been said on that day, shape (n_assets, n_days)."""
    scores = np.full(days.shape[:2], np.nan)
    first = first_day(model.shape)
    for last in range(first, days.shape[1]):
        window = days[:, max(0, last + 1 - model.shape.window) : last + 1]
        scores[:, last] = scan(window, model).score
        tell((last + 1) / days.shape[1], f"day {last + 1}")
    return scores


def first_day(shape: Shape) -> int:
    """The first day on which the scan can say anything, counted from 0."""
    return shape.recent + shape.least - 1


def _check(past: Past, shape: Shape) -> None:
    needed = 2 * first_day(shape)
    if past.days.shape[1] < needed:
        raise TooLittleHistory(
            f"{past.days.shape[1]} days of history are too few: a model needs {needed}"
        )
    if not (~np.isnan(past.days)).any():
        raise TooLittleHistory("no day of this history has a value")


def _windows(past: Past, shape: Shape) -> Iterator[tuple[int, Days]]:
    for last in range(first_day(shape), past.days.shape[1], STRIDE):
        yield last, past.days[:, max(0, last + 1 - shape.window) : last + 1]


def _floor(days: Days, features: int) -> Table:
    """Least scatter of each feature [unit of the feature], shape (n_features,)."""
    found = scatters(days)
    is_any = ~np.isnan(found).all(axis=0)
    floor = np.full(features, _LEAST)
    floor[is_any] = np.nanquantile(found[:, is_any], FLOOR_SHARE, axis=0)
    least: Table = np.maximum(floor, _LEAST)
    return least


_LEAST: Final = 1e-6
"""A feature that never changes has no scatter at all; its least is no more than rounding."""


def _tail(past: Past, untold: Scan, tell: Tell) -> Table:
    """What sound assets seldom exceed [scatters], shape (n_features, n_lengths)."""
    seen: list[NDArray[np.float32]] = []
    for last, window in _windows(past, untold.shape):
        moved, _ = departures(window, untold)
        sound = moved[~past.unsound[:, last]]
        seen.append(sound.astype(np.float32))
        tell(last / past.days.shape[1], f"day {last + 1}")
    whole = np.concatenate(seen)
    tail = np.ones(whole.shape[1:])
    for feature, length in np.ndindex(*tail.shape):
        known = whole[:, feature, length]
        known = known[~np.isnan(known)]
        if known.size:
            tail[feature, length] = max(float(np.quantile(known, TAIL)), 1.0)
    return tail
