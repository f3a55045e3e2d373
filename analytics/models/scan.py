"""The scan: is a feature of an asset lastingly different from what it was, and from its peers?

For each day the features of the last `Shape.window` days are looked at, and of nothing later:

1. The peers' middle of each day is taken off: weather, season and holidays hit all alike.
2. The asset's usual value is a quantile of its older days, on the sound side of the middle, so that
   a slow growth that has begun to fill the window does not become the usual.
3. The means of the last 1, 2, 4, ... days less the usual value, over the asset's own scatter, are
   compared with what sound assets show (`Scan.tail`, learned): 1 is the edge of the usual.

The strongest of all is the score. Everything is arrays over assets; nothing is remembered between
days, so a process that restarts reads the window and goes on.

References:
    Means over several lengths are the windowed form of Page's cumulative sum (Page 1954,
    Biometrika 41, 100-115): a short one answers to a jump, a long one to a slow drift.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.features.feature import Bad

Days = NDArray[np.float32]
Table = NDArray[np.float64]

PEERS: Final = 8
"""Fewer assets than this with a value are no peers: nothing is taken off."""
_JURY: Final = 512
"""The peers' middle is taken from so many assets at most, evenly spread: it is as good, and cheap."""
_ROOT_SIGMA: Final = 1.0 / (2**0.25 * 1.2254167 / 3.14159265**0.5) ** 2
"""Standard deviation of a normal distribution over the squared mean of the root of its size:
the mean of |x|^(1/2) is 2^(1/4) Gamma(3/4) / sqrt(pi) times the root of the deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Lengths of the scan.

    Attributes:
        window: Days that are looked at.
        recent: Newest days that are no part of the usual value [days].
        least: Days with a value that the usual value needs; before that nothing is said.
        lengths: Means of so many newest days are looked at.
        sound: Quantile of the older days that is the usual value of a feature that goes wrong
            upwards, 0 to 0.5; of one that goes wrong downwards it is 1 less it.
    """

    window: int = 90
    recent: int = 7
    least: int = 14
    lengths: tuple[int, ...] = (1, 2, 4, 8, 16)
    sound: float = 0.35

    def __post_init__(self) -> None:
        if not 0 < self.recent < self.window or max(self.lengths) >= self.window:
            raise ValueError(f"a window of {self.window} days does not hold its parts")
        if not 0 < self.sound <= 0.5:
            raise ValueError(f"the sound quantile {self.sound} is not between 0 and 0.5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What the scan has learned of sound assets.

    Attributes:
        ways: The way in which each feature goes wrong (`Bad`), shape (n_features,).
        floor: Least scatter of a feature [unit of the feature], shape (n_features,): an asset
            that hardly scatters is not judged by its last digit.
        tail: What sound assets seldom exceed [scatters of the asset],
            shape (n_features, n_lengths).
    """

    shape: Shape
    ways: Table
    floor: Table
    tail: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the scan says of one day.

    Attributes:
        score: Strongest departure, shape (n_assets,); NaN: nothing is known.
        departure: Of each feature, shape (n_assets, n_features); NaN: nothing is known.
        change: How far each feature has gone from the asset's usual value, the peers' common
            change taken off [unit of the feature, or its logarithm], shape (n_assets, n_features).
    """

    score: Table
    departure: Table
    change: Table


Pulse = Callable[[], None]
"""Is called again and again while a scan is at work; what it raises ends the scan."""


def no_pulse() -> None:
    """Lets a scan take its time."""


def scan(days: Days, model: Scan, pulse: Pulse = no_pulse, common: Days | None = None) -> Seen:
    """What the last day of a window says of each asset.

    Args:
        days: Features of the newest days, oldest first, shape (n_assets, n_days, n_features);
            NaN: nothing is known of that day.
        model: What was learned.
        pulse: Is called for every block of assets.
        common: What the peers of these assets have in common, when they are only some of them.
    """
    moved, change = departures(days, model, pulse, common)
    by_length = moved / model.tail
    departure = np.fmax.reduce(by_length, axis=2)
    strongest = np.argmax(np.nan_to_num(by_length, nan=-np.inf), axis=2)
    return Seen(
        score=np.fmax.reduce(departure, axis=1),
        departure=departure,
        change=np.take_along_axis(change, strongest[:, :, None], axis=2)[:, :, 0],
    )


def departures(
    days: Days, model: Scan, pulse: Pulse = no_pulse, common: Days | None = None
) -> tuple[Table, Table]:
    """How far the means of the newest days have gone from the usual; `tail` is not looked at.

    Returns:
        In scatters of the asset and in the way that is bad, and as it is [unit of the feature];
        shape (n_assets, n_features, n_lengths) each.
    """
    window = days[:, -model.shape.window :]
    less = common_of(window) if common is None else common
    moved, change = [], []
    for start in range(0, len(window), _BLOCK):
        pulse()
        values = window[start : start + _BLOCK] - less
        part = _departures(values, model.shape, model.ways, model.floor)
        moved.append(part[0])
        change.append(part[1])
    return np.concatenate(moved), np.concatenate(change)


_BLOCK: Final = 256
"""Assets that are looked at together: their days fit into a core's cache."""


def _departures(values: Days, shape: Shape, ways: Table, floor: Table) -> tuple[Table, Table]:
    by_day = np.ascontiguousarray(np.moveaxis(values, 1, 2))
    usual, scatter = _usual(by_day[:, :, : -shape.recent], shape, ways)
    scatter = np.fmax(scatter, floor)
    newest = np.stack([_mean(by_day[:, :, -length:]) for length in shape.lengths], axis=2)
    change = newest - usual[:, :, None]
    moved = change / scatter[:, :, None]
    way = ways[None, :, None]
    return np.where(way == Bad.BOTH, np.abs(moved), moved * way), change


def common_of(window: Days) -> Days:
    """How far the middle of all assets is from its usual on each day: weather, season, holidays.

    Returns:
        Shape (n_days, n_features); 0 where fewer than `PEERS` assets say anything.
    """
    if window.shape[0] < PEERS:
        return np.zeros(window.shape[1:], dtype=np.float32)
    jury = window[:: -(-window.shape[0] // _JURY)]
    moved = jury - _median(np.moveaxis(jury, 1, 2))[:, None, :]
    common = _median(np.moveaxis(moved, 0, 2))
    enough = (~np.isnan(moved)).sum(axis=0) >= PEERS
    return np.where(enough, common, np.float32(0.0))


def _usual(older: Days, shape: Shape, ways: Table) -> tuple[Table, Table]:
    """Usual value and scatter from the older days, shape (n_assets, n_features) each."""
    ordered = np.sort(older, axis=2)
    _, count = _sum(older)
    share = np.select([ways == Bad.UP, ways == Bad.DOWN], [shape.sound, 1 - shape.sound], 0.5)
    usual = _pick(ordered, count, share[None, :])
    return np.where(count >= shape.least, usual, np.nan), _scatter(older)


def scatters(days: Days) -> Table:
    """Scatter of each feature of each asset [unit of the feature], shape (n_assets, n_features)."""
    return _scatter(np.moveaxis(days - common_of(days), 1, 2))


def _scatter(older: Days) -> Table:
    """Standard deviation of single days by the steps between them: a drift or a spike is none."""
    roots = np.diff(older, axis=2)
    np.sqrt(np.abs(roots, out=roots), out=roots)
    total, count = _sum(roots)
    root = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    # The difference of two days scatters by the root of two more than one day.
    scatter: Table = _ROOT_SIGMA * root**2 / np.sqrt(2)
    return scatter


def _pick(ordered: Days, count: Table, share: Table | float) -> Table:
    """A quantile of sorted values of which the first `count` are known; NaN where none is."""
    if not ordered.shape[2]:
        return np.full(ordered.shape[:2], np.nan)
    place = np.floor((np.maximum(count, 1) - 1) * share + 0.5).astype(np.int64)
    picked = np.take_along_axis(ordered, place[:, :, None], axis=2)[:, :, 0]
    return picked.astype(np.float64)


def _median(values: Days) -> Days:
    """Median over the last axis; NaN where nothing is known."""
    _, count = _sum(values)
    return _pick(np.sort(values, axis=2), count, 0.5).astype(np.float32)


def _mean(values: Days) -> Table:
    """Mean over the last axis; NaN where fewer than half are known."""
    total, count = _sum(values)
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return np.where(2 * count >= values.shape[2], mean, np.nan)


def _sum(values: Days) -> tuple[Table, Table]:
    """Sum of what is known over the last axis, and how much that is.

    As products with ones: several times faster than sums over a short axis. At most some hundred
    numbers of a like size are added, so that 24 bits are enough.
    """
    known = ~np.isnan(values)
    ones = np.ones(values.shape[2], dtype=np.float32)
    total = np.where(known, values, np.float32(0.0)) @ ones
    count = known.astype(np.float32) @ ones
    return total.astype(np.float64), count.astype(np.float64)
