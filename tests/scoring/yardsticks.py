"""Published detectors of one column, whose scores on a whole public corpus are published.

A made set on which they reach about what they reached there, and in that order, is about as hard
as that corpus. Own code after the descriptions, with the parameters published for the Numenta
Anomaly Benchmark; unlike our detectors they are told beforehand how long a recording is (its
first 15 %, at most 750 rows, are to learn from) and its least and largest value, as there.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import erfc, gammaln, rel_entr
from scipy.stats import chi2

from tests.scoring.recording import Flags, Recording, Values

_GAUSS_ROWS, _GAUSS_STEP = 6400, 100
_ENTROPY_ROWS, _ENTROPY_BINS, _ENTROPY_DOUBT = 52, 5, 0.01
_LAG, _NEIGHBOURS, _STRANGE = 19, 27, 0.9965
_RUN, _HAZARD = 500, 1 / 250
_PRIOR: Final = (0.1, 0.001)
PUBLISHED: Final = {
    "windowed Gaussian": 39.6,
    "relative entropy": 54.6,
    "KNN-CAD": 58.0,
    "Bayesian change point": 17.7,
}
"""Scores on the whole corpus, standard profile (NAB 1.1, its README)."""


def windowed_gaussian(values: Values) -> Values:
    """Tail probability of a value beyond the last 6,400, which move on by 100.

    References:
        NAB 1.1, windowed Gaussian.
    """
    off, row = values - values[0], np.arange(len(values))
    last = np.where(row <= _GAUSS_ROWS, row, row - (row - _GAUSS_ROWS) % _GAUSS_STEP)
    first = np.maximum(last - _GAUSS_ROWS, 0)
    sums, squares = (np.concatenate([[0.0], np.cumsum(part)]) for part in (off, off**2))
    count = np.maximum(last - first, 1)
    mean = (sums[last] - sums[first]) / count
    deviation = np.sqrt(np.maximum((squares[last] - squares[first]) / count - mean**2, 0.0))
    is_flat = deviation <= 1e-9 * np.abs(off).max()
    z = np.abs(off - mean) / np.where(is_flat, 1e-6, deviation)
    return np.asarray(np.where(row == 0, 0.0, 1 - erfc(z / np.sqrt(2)) / 2), dtype=np.float64)


def relative_entropy(values: Values) -> Values:
    """1 where the last 52 values are spread over five bins as never before.

    References:
        Wang, Viswanathan, Choudur, Talwar, Satterfield and Schwan (2011), "Statistical techniques
        for online anomaly detection in data centers", doi:10.1109/INM.2011.5990537: 2 n times the
        relative entropy of two shares is chi-square where they are the same.
    """
    scores, low = np.zeros(len(values)), values.min()
    unit = (values.max() - low) / _ENTROPY_BINS
    if unit == 0 or len(values) < _ENTROPY_ROWS:
        return scores
    bins = np.minimum(np.ceil((values - low) / unit), _ENTROPY_BINS - 1).astype(np.int64)
    marks = np.eye(_ENTROPY_BINS)[bins]
    shares = sliding_window_view(marks, _ENTROPY_ROWS, axis=0).mean(axis=-1)
    limit = chi2.isf(_ENTROPY_DOUBT, _ENTROPY_BINS - 1) / (2 * _ENTROPY_ROWS)
    _, newest = np.unique(shares, axis=0, return_index=True)
    known: list[Values] = []
    for place in np.sort(newest):
        entropy = rel_entr(shares[place], np.array(known or [shares[place]])).sum(axis=1)
        if known and entropy.min() < limit:
            continue
        scores[place + _ENTROPY_ROWS - 1] = float(bool(known))
        known.append(shares[place])
    return scores


def knn_cad(values: Values) -> Values:
    """Share of former shapes of 19 values that lay nearer to their 27 neighbours; then a rest.

    References:
        Burnaev and Ishimtsev (2016), "Conformalized density- and distance-based anomaly detection
        in time-series data", arXiv:1608.04585.
    """
    rows, learned = len(values), _probation(len(values))
    size, scores = learned - _LAG, np.zeros(len(values))
    if size <= _NEIGHBOURS + 1:
        return scores
    shapes = sliding_window_view(values, _LAG)
    past = np.zeros(0)
    turns = [row for row in range(learned - 1, rows) if (row + 1) % learned in {0, learned // 2}]
    for begin, end in pairwise([*turns, rows]):
        oldest = max(begin + 1 - 2 * learned, 0)
        white = (shapes - values.mean()) @ _whitening(shapes[oldest : oldest + size])
        if not past.size:
            own = [_distance(white[place], white[:size], 1) for place in range(size)]
            past = np.concatenate([own, np.zeros(rows - learned + 1)])
        for row in range(begin, end):
            first, judged = max(row + 1 - 2 * learned, 0), row + 1 - learned
            far = _distance(white[row - _LAG + 1], white[first : first + size], 0)
            scores[row] = np.mean(past[judged : judged + size] < far)
            past[judged + size] = far
    return _rested(scores, learned // 5)


def bayesian_change_point(values: Values) -> Values:
    """How much shorter the likeliest run since the last change has become.

    References:
        Adams and MacKay (2007), "Bayesian online changepoint detection", arXiv:0710.3742: normal
        values of unknown mean and variance, runs of 250 rows, up to 500.
    """
    run = np.arange(_RUN + 1, dtype=np.float64)
    alpha, kappa = _PRIOR[0] + run / 2, 1 + run
    usual = gammaln(alpha + 0.5) - gammaln(alpha) - np.log(2 * np.pi * alpha) / 2
    mean, beta = np.zeros(_RUN + 1), np.full(_RUN + 1, _PRIOR[1])
    chance, longest, scores = np.eye(1, _RUN + 2)[0], 1, np.zeros(len(values))
    for row, value in enumerate(values):
        off = value - mean
        scale = beta * (kappa + 1) / (alpha * kappa)
        density = np.exp(
            usual - np.log(scale) / 2 - (alpha + 0.5) * np.log1p(off**2 / (2 * alpha * scale))
        )
        grown = chance[:-1] * density
        total = grown.sum()
        chance = np.concatenate([[total * _HAZARD], grown * (1 - _HAZARD)]) / (total or 1.0)
        likeliest = int(np.argmax(chance))
        scores[row] = 1 - likeliest / longest if likeliest < longest else 0.0
        longest = likeliest
        wider = beta + kappa * off**2 / (2 * (kappa + 1))
        beta[1:], beta[0] = wider[:-1], _PRIOR[1]
        mean[1:], mean[0] = (mean + off / (kappa + 1))[:-1], 0.0
    return scores


def _probation(rows: int) -> int:
    return int(min(0.15 * rows, 750))


def _whitening(shapes: Values) -> Values:
    """A root of the inverse of their second moments; the inverse of nothing is nothing."""
    sizes, axes = np.linalg.eigh(shapes.T @ shapes)
    floor = max(float(sizes[-1]) * 1e-13, 1e-300)
    return np.asarray(axes / np.sqrt(np.maximum(sizes, floor)), dtype=np.float64)


def _distance(shape: Values, others: Values, itself: int) -> float:
    squares = ((others - shape) ** 2).sum(axis=1)
    count = _NEIGHBOURS + itself
    return float(np.partition(squares, count)[:count].sum())


def _rested(scores: Values, rest: int) -> Values:
    """One half for so many rows after each very strange one."""
    rested, until = scores.copy(), -1
    for row in np.flatnonzero(scores >= _STRANGE):
        if row > until:
            until = int(row) + rest
            rested[row + 1 : until + 1] = 0.5
    return rested


def _rule(
    judge: Callable[[Values], Values], border: float
) -> Callable[[Recording], tuple[Values, Flags]]:
    """Its score and alarm on the rows that have a value; nothing where none is known."""

    def told(recording: Recording) -> tuple[Values, Flags]:
        values = recording.values[:, 0]
        known, scores = ~np.isnan(values), np.zeros(len(values))
        scores[known] = judge(values[known])
        return scores, scores >= border

    return told


YARDSTICKS: Final[dict[str, Callable[[Recording], tuple[Values, Flags]]]] = {
    "windowed Gaussian": _rule(windowed_gaussian, 1.0),
    "relative entropy": _rule(relative_entropy, 1.0),
    "KNN-CAD": _rule(knn_cad, _STRANGE),
    "Bayesian change point": _rule(bayesian_change_point, 0.5),
}
