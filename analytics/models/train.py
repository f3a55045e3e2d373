"""Training of the scan: what sound assets show, from months of many assets, faults known out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.features.feature import Feature
from analytics.models.errors import TooLittleHistory
from analytics.models.rule import Rule, warnings_of
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How many warnings are bearable.

    Attributes:
        per_100_days: Warnings on sound assets per 100 asset-days.
    """

    per_100_days: float = 0.5


def train(
    past: Past, features: tuple[Feature, ...], shape: Shape, budget: Budget, tell: Tell
) -> Scan:
    """What sound assets show, and the threshold that keeps the budget on this past.

    Raises:
        TooLittleHistory: fewer days than a usual value and its newest means need.
    """
    _check(past, shape)
    ways = np.array([float(feature.bad) for feature in features])
    floor = _floor(past.days, ways.size)
    tail = _tail(past, shape, ways, floor, tell)
    edge = Scan(shape=shape, ways=ways, floor=floor, tail=tail, threshold=1.0)
    scores = score_days(past.days, edge, lambda share, now: tell(0.5 + share / 2, now))
    threshold = threshold_for(np.where(past.unsound, np.nan, scores), Rule(threshold=1.0), budget)
    return Scan(shape=shape, ways=ways, floor=floor, tail=tail, threshold=threshold)


def score_days(days: Days, model: Scan, tell: Tell) -> Table:
    """The score of each day as it would have been said on that day, shape (n_assets, n_days)."""
    scores = np.full(days.shape[:2], np.nan)
    first = first_day(model.shape)
    for last in range(first, days.shape[1]):
        window = days[:, max(0, last + 1 - model.shape.window) : last + 1]
        scores[:, last] = scan(window, model).score
        tell((last + 1) / days.shape[1], f"day {last + 1}")
    return scores


def threshold_for(scores: Table, rule: Rule, budget: Budget) -> float:
    """The lowest threshold at which warnings on these days stay within the budget.

    Args:
        scores: By day, shape (n_assets, n_days); NaN on days that do not count.
        rule: When a score becomes a warning, but for its threshold.
        budget: How many are bearable.
    """
    known = scores[~np.isnan(scores)]
    if not known.size:
        return float("inf")
    low, high = float(np.median(known)), float(known.max()) * (1 + 1e-9) + 1e-12
    times = np.arange(scores.shape[1], dtype=np.float64)
    bearable = budget.per_100_days * known.size / 100
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        raised = warnings_of(scores, times, rule.at(middle)).at.size
        low, high = (low, middle) if raised <= bearable else (middle, high)
    return high


_HALVINGS: Final = 18


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


def _tail(past: Past, shape: Shape, ways: Table, floor: Table, tell: Tell) -> Table:
    """What sound assets seldom exceed [scatters], shape (n_features, n_lengths)."""
    seen: list[NDArray[np.float32]] = []
    for last, window in _windows(past, shape):
        moved, _ = departures(window, shape, ways, floor)
        sound = moved[~past.unsound[:, last]]
        seen.append(sound.astype(np.float32))
        tell(last / past.days.shape[1] / 2, f"day {last + 1}")
    whole = np.concatenate(seen)
    tail = np.ones(whole.shape[1:])
    for feature, length in np.ndindex(*tail.shape):
        known = whole[:, feature, length]
        known = known[~np.isnan(known)]
        if known.size:
            tail[feature, length] = max(float(np.quantile(known, TAIL)), 1.0)
    return tail
