"""Control charts of many quantities, with limits taken from rows that the chart had not seen."""

from dataclasses import dataclass
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
SPREADS: Final = (0.15, 0.04)
"""Weights of the averages of squared innovation."""
STRAIN: Final = 0.1
"""Weight of the average of the distance of all innovations together: a correlation that has broken
moves it a little at every row."""
CHARTS: Final = 2 * (len(LEVELS) + len(SPREADS)) + 1
"""Two charts each: all quantities together, and the one farthest out; and that of the strain."""
JOINT: Final = slice(0, CHARTS - 1, 2)
"""Those of all quantities together, without the strain."""
_TINY: Final = 1e-12
_CLIP: Final = 30.0
_CALM_CLIP: Final = 15.0
_BURST: Final = 20.0
_QUIET: Final = 0.05
_POINTS: Final = ((0.95, 1.75), (0.99, 2.4))
"""Points of `farthest` when every quantity is normal, of some tens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is usual of one asset; shape (n_features,) unless said.

    Attributes:
        mean: Usual value.
        keep: Correlation of neighbours in time.
        base: Usual squared innovation.
        scale: Usual distance of each average of level; shape (n_levels, n_features).
        freedom: Degrees of freedom of that; same shape.
        inverse: Of their shrunk correlation; shape (n_levels, n_features, n_features).
        calm: Usual logarithm of each average of squared innovation; shape (n_spreads, n_features).
        calm_scale: Its deviation; same shape.
        noise: The averages of squared innovation at the newest row; same shape.
        strain: The average distance of all together at the newest row.
        centre: Of each chart over rows it had not seen; shape (n_charts,).
        width: Its deviation there; same shape.
        trust: Degrees of freedom of that; same shape.
    """

    mean: Values
    keep: Values
    base: Values
    scale: Values
    freedom: Values
    inverse: Values
    calm: Values
    calm_scale: Values
    noise: Values
    strain: float
    centre: Values
    width: Values
    trust: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model is made.

    Attributes:
        blocks: So many parts of the rows are each judged by all the others.
        caution: One degree of freedom of a level for so many independent averages.
        spread_caution: The same of a spread.
        joint_caution: One of a joint chart of levels for so many averages of one quantity.
        joint_spread_caution: The same of spreads.
    """

    blocks: int = 5
    caution: float = 2.0
    spread_caution: float = 0.75
    joint_caution: float = 4.0
    joint_spread_caution: float = 4.0


def farthest(deviates: Values) -> Values:
    """How far out the farthest of n quantities is, as one deviate: none below what n reach anyway.

    Args:
        deviates: Shape (..., n_features).
    """
    largest = np.abs(deviates).max(axis=-1)
    excess: Values = np.sqrt(np.maximum(largest**2 - 2 * np.log(deviates.shape[-1]), 0.0))
    return excess


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


def beyond(charts: Values, centre: Values, width: Values, trust: Values) -> Values:
    """Deviates of every chart; shape (n_charts, ...) each.

    A joint chart is the cube root of a mean of squares, whose own scale is known from few rows: a
    ratio of two chi-squares. The others are Student's.

    References:
        Paulson (1942), "An approximate normalization of the analysis of variance distribution";
        Abramowitz and Stegun, 26.6.15.
    """
    found: Values = student((charts - centre) / width, trust)
    usual = np.maximum(centre[JOINT], _TINY)
    root, own, other = charts[JOINT] / usual, (width[JOINT] / usual) ** 2, 2 / (9 * trust[JOINT])
    found[JOINT] = (1 - other) * (root - 1) / np.sqrt(own + other * root**2)
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


def spread_freedom(rows: Values, weight: float, recipe: Recipe) -> Values:
    """Degrees of freedom of an average of spread that was learned from so many rows."""
    found: Values = np.maximum(rows * weight / recipe.spread_caution, 3.0)
    return found


def fitted(rows: Values, grain: Values, recipe: Recipe) -> Model:
    """Learn what is usual from calm rows, oldest first.

    Every block of rows is judged by a chart made of all the others: how far out it then lies, its
    mean included, is what a chart's limits are made of. So a plant that wanders slowly has wide
    limits, and few rows have wider ones.

    Args:
        rows: Shape (n_rows, n_features), at least 20 rows; no NaN.
        grain: Resolution of each feature; shape (n_features,).
    """
    fit = _Fit(rows, grain, recipe)
    charts: list[Values] = []
    scales, freedoms, inverses = [], [], []
    for weight in LEVELS:
        scale, freedom, inverse, told = fit.level(weight)
        scales.append(scale)
        freedoms.append(freedom)
        inverses.append(inverse)
        charts += told
    calm, calm_scale, noise = [], [], []
    for weight in SPREADS:
        usual, deviation, newest, told = fit.spread(weight)
        calm.append(usual)
        calm_scale.append(deviation)
        noise.append(newest)
        charts += told
    strain = _smoothed(charts[0][:, None], STRAIN, charts[0][:10, None].mean(axis=0))[:, 0]
    centre, width, trust = fit.limits(np.stack([*charts, strain], axis=1))
    return Model(
        mean=fit.mean,
        keep=fit.keep,
        base=fit.base,
        scale=np.stack(scales),
        freedom=np.stack(freedoms),
        inverse=np.stack(inverses),
        calm=np.stack(calm),
        calm_scale=np.stack(calm_scale),
        noise=np.stack(noise),
        strain=float(strain[-1]),
        centre=centre,
        width=width,
        trust=trust,
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

    def level(self, weight: float) -> tuple[Values, Values, Values, list[Values]]:
        """Scale, freedom, inverse of correlation, and both charts over the rows unseen."""
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
        freedom = np.maximum(freedom, 3.0)
        least = np.maximum(least, self.floor**2 * own)
        share = self.n_features / (self.n_features + self.many * own)
        products = away.T @ away
        joined, single = np.empty(self.many), np.empty(self.many)
        for block in self.blocks:
            part = away[block]
            rest = (products - part.T @ part) / (self.many - len(part))
            scale, inverse = _shrunk(rest, least, share)
            deviates = level_deviates(part, scale, freedom)
            joined[block], single[block] = together(deviates, inverse), farthest(deviates)
        scale, inverse = _shrunk(products / self.many, least, share)
        return scale, freedom, inverse, [joined, single]

    def spread(self, weight: float) -> tuple[Values, Values, Values, list[Values]]:
        """Usual logarithm, its deviation, the newest average, and both charts over rows unseen."""
        ratio = innovation_ratio(self.news, self.base)
        ratio[0] = 1.0
        heavy = np.clip(((ratio[1:] - 1) ** 2).mean(axis=0), 2.0, 100.0)
        smooth = _smoothed(ratio, weight, np.ones(self.n_features))
        logs = np.log(smooth + _QUIET)
        least = heavy * (weight / (2 - weight) + 1 / self.many) / (1 + _QUIET) ** 2
        freedom = spread_freedom(np.asarray(float(self.many)), weight, self.recipe)
        once, twice = logs.sum(axis=0), (logs**2).sum(axis=0)
        joined, single = np.empty(self.many), np.empty(self.many)
        for block in self.blocks:
            part, rest = logs[block], self.many - (block.stop - block.start)
            usual = (once - part.sum(axis=0)) / rest
            square = (twice - (part**2).sum(axis=0)) / rest - usual**2
            scale = np.sqrt(np.maximum(square, least))
            deviates = spread_deviates(smooth[block], usual, scale, freedom)
            joined[block] = np.cbrt((deviates**2).mean(axis=1))
            single[block] = farthest(deviates)
        usual = once / self.many
        scale = np.sqrt(np.maximum(twice / self.many - usual**2, least))
        return usual, scale, smooth[-1], [joined, single]

    def limits(self, charts: Values) -> tuple[Values, Values, Values]:
        """Centre and width of each chart over the rows unseen, and how well they are known.

        The width of a joint chart tells of how many independent quantities it is made.
        """
        centre, width = charts.mean(axis=0), charts.std(axis=0) + 0.02
        centre[1::2] = 0.0
        width[1::2] = 1.0
        for share, usual in _POINTS:
            point = np.quantile(charts[:, 1::2], share, axis=0)
            width[1::2] = np.maximum(width[1::2], point / usual)
        own = width[JOINT]
        own[:] = np.maximum(own, centre[JOINT] * np.sqrt(2 / 9 / self.n_features))
        quantities = np.maximum(2 / 9 * (centre[JOINT] / own) ** 2, 1.0)
        caution = self.recipe.joint_caution, self.recipe.joint_spread_caution
        averages = self.many * np.array((*LEVELS, *SPREADS))
        trust = np.full(CHARTS, self.many / 2)
        trust[JOINT] = quantities * averages / np.repeat(caution, (len(LEVELS), len(SPREADS)))
        trust[-1] = self.many * STRAIN
        return centre, width, np.maximum(trust, 3.0)


def _smoothed(rows: Values, weight: float, start: Values) -> Values:
    found, _ = lfilter([weight], [1.0, weight - 1], rows, axis=0, zi=(1 - weight) * start[None])
    smooth: NDArray[np.float64] = np.asarray(found, dtype=np.float64)
    return smooth


def _shrunk(square: Values, least: Values, share: float) -> tuple[Values, Values]:
    """Scales of at least what theory says, and the inverse of the correlation shrunk to none."""
    scale = np.sqrt(np.maximum(np.diag(square), least))
    correlation = (1 - share) * square / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    return scale, np.linalg.inv(correlation)
