"""Control charts of many quantities: each alone, and how far out many of them are together."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from analytics.detectors.calibrate import student
from analytics.detectors.contract import Values

LEVELS: Final = (1.0, 0.2, 0.05)
"""Weights of the averages of level; at 1 it is the innovation, what a value does not owe to the
one before."""
SPREAD: Final = 0.02
"""Weight of the averages of squares: of innovations, which a shift moves too by what it leaves of
them, and of the errors of following, which it does not."""
STRAIN: Final = 0.06
"""Weight of the average of the distance of all innovations together, which a correlation that has
broken moves a little at every row."""
FOLLOWING: Final = (0.05, 0.15, 0.35, 0.7)
"""Weights of the average that a value may be foretold by."""
_TINY: Final = 1e-12
_CLIP: Final = 30.0
_CALM_CLIP: Final = 15.0
_BURST: Final = 20.0
_QUIET: Final = 0.05
_ECHOES: Final = 8
_LEAST_STRAIN: Final = 1e-3
_GAIN: Final = 0.97
"""Share of the squared error below which another foretelling is taken."""
_WANDER: Final = 1.5
"""So many of its deviations the slowest average may be off by wandering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is usual of one asset; shape (n_features,) unless said.

    Attributes:
        mean: Usual value.
        keep: Correlation of neighbours in time.
        base: Usual squared innovation.
        scale: Usual distance of each average of level; shape (n_levels, n_features).
        freedom: Degrees of freedom of that; same shape.
        inverse: Of the shrunk correlation of innovations; shape (n_features, n_features).
        calm: Usual logarithm of the averages of squares, of innovations and of errors of following;
            shape (2, n_features).
        calm_scale: Its deviation; same shape.
        follow: Weight of the average that foretells a value best.
        error: Usual squared error of that.
        tension: Usual distance of all innovations together, in rows that had not been seen.
        tension_scale: Deviation of its average.
        tension_freedom: Degrees of freedom of that.
        tied: How far the innovations of most quantities go with those of another.
        noise: The averages of squares at the newest row; shape (2, n_features).
        path: What the next value is foretold by.
    """

    mean: Values
    keep: Values
    base: Values
    scale: Values
    freedom: Values
    inverse: Values
    calm: Values
    calm_scale: Values
    follow: Values
    error: Values
    tension: float
    tension_scale: float
    tension_freedom: float
    tied: float
    noise: Values
    path: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model is made.

    Attributes:
        blocks: So many parts of the rows are each judged by all the others.
        caution: One degree of freedom of a level for so many independent averages.
        spread_caution: The same of a spread.
        joint_caution: The same of a spread that is judged with others.
    """

    blocks: int = 5
    caution: float = 2.0
    spread_caution: float = 0.2
    joint_caution: float = 0.1


def farthest(deviates: Values) -> Values:
    """How far out the farthest of n quantities is, as one deviate: none below what n reach anyway.

    Args:
        deviates: Shape (..., n_features).
    """
    largest = np.abs(deviates).max(axis=-1)
    excess: Values = np.sqrt(np.maximum(largest**2 - 2 * np.log(deviates.shape[-1]), 0.0))
    return excess


def many_out(deviates: Values, few: int) -> Values:
    """How far out the `few` farthest of n quantities are together, in deviations of all normal.

    Args:
        deviates: Shape (..., n_features).
    """
    count = deviates.shape[-1]
    few = min(few, count)
    largest = np.partition(np.abs(deviates), count - few, axis=-1)[..., count - few :]
    centre, width = _when_normal(count, few)
    found: Values = (np.sqrt((largest**2).mean(axis=-1)) - centre) / width
    return found


@lru_cache(maxsize=64)
def _when_normal(count: int, few: int) -> tuple[float, float]:
    """Mean and deviation of the root mean square of the `few` largest of normal deviates."""
    drawn = np.abs(np.random.default_rng(7).normal(0, 1, (4000, count)))
    largest = np.partition(drawn, count - few, axis=-1)[:, count - few :]
    root = np.sqrt((largest**2).mean(axis=-1))
    return float(root.mean()), float(root.std())


def together(deviates: Values, inverse: Values) -> Values:
    """Cube root of the Mahalanobis distance a feature; about normal.

    Args:
        deviates: Shape (..., n_features).
        inverse: Shape (..., n_features, n_features).
    """
    turned = (deviates[..., None, :] @ inverse)[..., 0, :]
    square = (turned * deviates).sum(axis=-1)
    root: Values = np.cbrt(np.maximum(square, 0.0) / deviates.shape[-1])
    return root


def level_deviates(off: Values, scale: Values, freedom: Values) -> Values:
    """Distances as normal deviates about as rare as Student's."""
    found: Values = student(np.clip(off / scale, -_CLIP, _CLIP), freedom)
    return found


def spread_deviates(noise: Values, calm: Values, scale: Values, freedom: float | Values) -> Values:
    """Squared innovations, smoothed, as deviates: above 0 livelier than usual, below it quieter."""
    off = np.clip((np.log(noise + _QUIET) - calm) / scale, -_CALM_CLIP, _CALM_CLIP)
    found: Values = student(off, np.asarray(freedom))
    return found


def innovation_ratio(innovation: Values, base: Values) -> Values:
    """Squared innovation in usual ones; one burst counts for no more than twenty."""
    ratio: Values = np.minimum(innovation**2 / base, _BURST)
    return ratio


def wandered(off: Values, scale: Values) -> Values:
    """What of a slow average's distance may be wandering that its few rows did not show.

    Args:
        off: Of the slowest average from the usual value; shape (..., n_features).
        scale: Its deviation; same shape.
    """
    most = _WANDER * scale
    found: Values = np.clip(off, -most, most)
    return found


def repeated(same: Values, longest: Values, runs: Values) -> Values:
    """How rare it is that a value has stayed exactly where it is for so many rows, as a deviate.

    Runs are taken to end as if by chance: the longest of n was as rare as one in n + 1, one of
    twice its length as that squared. Less what the most patient of all quantities reaches anyway.

    Args:
        same: Rows of the present run; shape (..., n_features).
        longest: Of the calm ones; same shape.
        runs: How many these were; same shape.
    """
    nats = np.where(same > longest, np.log1p(runs) * same / np.maximum(longest, 1.0), 0.0)
    found: Values = np.sqrt(2 * np.maximum(nats - np.log(same.shape[-1]), 0.0))
    return np.minimum(found, _CALM_CLIP)


def spread_freedom(rows: Values, caution: float) -> Values:
    """Degrees of freedom of an average of squares that was learned from so many rows."""
    found: Values = np.maximum(rows * SPREAD / caution, 3.0)
    return found


def fitted(rows: Values, grain: Values, recipe: Recipe) -> Model:
    """Learn what is usual from calm rows, oldest first.

    Every block of rows is judged by the mean of all the others. So a plant that wanders slowly
    has wide limits, and few rows have wider ones.

    Args:
        rows: Shape (n_rows, n_features), at least 20 rows; no NaN.
        grain: Resolution of each feature; shape (n_features,).
    """
    fit = _Fit(rows, grain, recipe)
    levels = [fit.level(weight) for weight in LEVELS]
    scale = np.stack([each[0] for each in levels])
    freedom = np.stack([each[1] for each in levels])
    inverse, tension, tension_scale, tension_freedom = fit.strain(scale[0], freedom[0])
    follow, error, ratio, path = fit.followed()
    spreads = [_spread(fit.lively(scale[-1])), _spread(ratio)]
    return Model(
        mean=fit.mean,
        keep=fit.keep,
        base=fit.base,
        scale=scale,
        freedom=freedom,
        inverse=inverse,
        calm=np.stack([each[0] for each in spreads]),
        calm_scale=np.stack([each[1] for each in spreads]),
        follow=follow,
        error=error,
        tension=tension,
        tension_scale=tension_scale,
        tension_freedom=tension_freedom,
        tied=fit.tied(scale[0], freedom[0]),
        noise=np.stack([each[2] for each in spreads]),
        path=path,
    )


class _Fit:
    """One fit: what all scales share."""

    def __init__(self, rows: Values, grain: Values, recipe: Recipe) -> None:
        self.recipe = recipe
        self.many, self.n_features = rows.shape
        self.mean: Values = rows.mean(axis=0)
        self.off: Values = rows - self.mean
        self.floor: Values = np.maximum(grain / 2, 1e-9 * np.abs(self.mean) + _TINY)
        self.square: Values = np.maximum((self.off**2).mean(axis=0), self.floor**2)
        product = (self.off[1:] * self.off[:-1]).sum(axis=0)
        squares = np.maximum((self.off**2).sum(axis=0), _TINY**2)
        self.keep: Values = np.clip(product / squares, 0.0, 0.98)
        self.news: Values = np.zeros_like(rows)
        self.news[1:] = self.off[1:] - self.keep * self.off[:-1]
        self.base: Values = np.maximum((self.news[1:] ** 2).mean(axis=0), self.floor**2)
        edges = np.linspace(0, self.many, recipe.blocks + 1).astype(int).tolist()
        self.blocks = [slice(first, last) for first, last in pairwise(edges)]
        self._measure_memory()

    def _measure_memory(self) -> None:
        """How many rows are worth one independent one, by neighbours and by the slowest average."""
        echo = np.clip(self.keep + (1 + 3 * self.keep) / self.many, 0.0, 0.98)
        weight = LEVELS[-1]
        slow = self._away(weight)
        of_white = self.square * weight / (2 - weight)
        memory = np.maximum((slow**2).mean(axis=0) / of_white, (1 + echo) / (1 - echo))
        self.echo: Values = echo
        self.memory: Values = np.maximum(memory, 1.0)
        self.independent: Values = np.maximum(self.many / self.memory, 2.0)

    def _away(self, weight: float) -> Values:
        """Averages of level, each from the mean of all blocks but its own."""
        start = self.off[: min(round(1 / weight), 10)].mean(axis=0)
        smooth = _smoothed(self.off, weight, start)
        total = self.off.sum(axis=0)
        for block in self.blocks:
            rest = self.many - (block.stop - block.start)
            smooth[block] -= (total - self.off[block].sum(axis=0)) / rest
        return smooth

    def level(self, weight: float) -> tuple[Values, Values]:
        """Scale and freedom of an average of level."""
        own = weight / (2 - weight)
        if weight >= 1:
            away = self.news
            least = self.base * (1 + 1 / self.many)
            freedom = np.full(self.n_features, self.many / self.recipe.caution / 2)
        else:
            away = self._away(weight)
            kept = self.echo * (1 - weight)
            wide = np.maximum(own * (1 + kept) / (1 - kept), own * self.memory)
            lost = np.maximum(1 - 1 / self.independent, 0.5)
            least = self.square / lost * (np.minimum(wide, 1.0) + 1 / self.independent)
            few = np.minimum(self.independent, self.many * weight)
            freedom = np.sqrt(few * self.independent) / self.recipe.caution
        least = np.maximum(least, self.floor**2 * own)
        scale: Values = np.sqrt(np.maximum((away**2).mean(axis=0), least))
        return scale, np.maximum(freedom, 3.0)

    def lively(self, scale: Values) -> Values:
        """Squared innovations in usual ones, row by row, less what slow averages wander."""
        slow = _smoothed(self.off, LEVELS[-1], self.off[:10].mean(axis=0))
        before = np.concatenate([slow[:1], slow[:-1]])
        gone = (1 - self.keep) * wandered(before, scale)
        return innovation_ratio(self.news - gone, self.base)

    def strain(self, scale: Values, freedom: Values) -> tuple[Values, float, float, float]:
        """Inverse of the shrunk correlation of innovations; usual distance, deviation and freedom.

        The distance of each block is taken with the correlation of the others; from row to row it
        hardly owes to the one before, so that the deviation of its average follows from its own.
        """
        deviates = level_deviates(self.news, scale, freedom)
        products = deviates.T @ deviates
        share = self.n_features / (self.n_features + self.many)
        apart = np.empty(self.many)
        for block in self.blocks:
            part = deviates[block]
            rest = (products - part.T @ part) / (self.many - len(part))
            apart[block] = together(part, _inverse(rest, share))
        off = apart[1:] - apart[1:].mean()
        square = float((off**2).mean()) + _TINY + _LEAST_STRAIN**2
        lags = range(1, _ECHOES + 1)
        echo = np.array([float((off[lag:] * off[:-lag]).mean()) for lag in lags]) / square
        echo = np.clip(echo, 0.0, 1.0)
        fading = (1 - STRAIN) ** np.arange(1, _ECHOES + 1)
        often = 1 + 2 * float(echo.sum())
        of_average = STRAIN / (2 - STRAIN) * (1 + 2 * float((echo * fading).sum()))
        deviation = float(np.sqrt(square * (of_average + often / self.many)))
        inverse = _inverse(products / self.many, share)
        return inverse, float(apart[1:].mean()), deviation, max(self.many / 2 / often, 3.0)

    def tied(self, scale: Values, freedom: Values) -> float:
        """Median of each quantity's largest correlation with another, of innovations.

        In deviates of a correlation that is none: the median of 30 to 50 quantities that have
        nothing to do with each other is 2.3 to 2.5, however many the rows.
        """
        deviates = level_deviates(self.news, scale, freedom)
        deviates = deviates[:, (deviates**2).sum(axis=0) > _TINY]
        size = np.sqrt((deviates**2).sum(axis=0))
        correlation = np.abs(deviates.T @ deviates / np.outer(size, size))
        np.fill_diagonal(correlation, 0.0)
        largest = correlation.max(axis=0, initial=0.0)
        return float(np.median(largest)) * np.sqrt(self.many) if len(largest) else 0.0

    def followed(self) -> tuple[Values, Values, Values, Values]:
        """Weight of the average that foretells a value best, and its usual squared error.

        Then the squared errors in usual ones, row by row, and the average at the newest row.
        """
        start = self.off[:5].mean(axis=0)
        paths = np.stack([_smoothed(self.off, weight, start) for weight in FOLLOWING])
        errors = np.zeros_like(paths)
        errors[:, 1:] = self.off[1:] - paths[:, :-1]
        squares = (errors[:, 1:] ** 2).mean(axis=1)
        best = np.zeros(self.n_features, dtype=np.int64)
        columns = np.arange(self.n_features)
        for place in range(1, len(FOLLOWING)):
            best = np.where(squares[place] < _GAIN * squares[best, columns], place, best)
        error = np.maximum(squares[best, columns], self.floor**2)
        ratio = innovation_ratio(errors[best, :, columns].T, error)
        return np.array(FOLLOWING)[best], error, ratio, self.mean + paths[best, -1, columns]


def _inverse(products: Values, share: float) -> Values:
    """Inverse of the correlation, shrunk to none by `share`."""
    scale = np.sqrt(np.maximum(np.diag(products), _TINY))
    correlation = (1 - share) * products / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    found: Values = np.linalg.inv(correlation)
    return found


def _spread(ratio: Values) -> tuple[Values, Values, Values]:
    """Usual logarithm of an average of squares, its deviation, and the newest average."""
    many = len(ratio)
    ratio[0] = ratio[1:].mean(axis=0)
    heavy = np.clip(((ratio[1:] - 1) ** 2).mean(axis=0), 2.0, 100.0)
    smooth = _smoothed(ratio, SPREAD, ratio[0])
    logs = np.log(smooth + _QUIET)
    least = heavy * (SPREAD / (2 - SPREAD) + 1 / many) / (1 + _QUIET) ** 2
    return logs.mean(axis=0), np.sqrt(np.maximum(logs.var(axis=0), least)), smooth[-1]


def _smoothed(rows: Values, weight: float, start: Values) -> Values:
    found, _ = lfilter([weight], [1.0, weight - 1], rows, axis=0, zi=(1 - weight) * start[None])
    smooth: NDArray[np.float64] = np.asarray(found, dtype=np.float64)
    return smooth
