"""Plain methods with published figures, trained on the first 400 rows of each recording.

Limits and filters are those of the public leaderboard of SKAB (Katser and Kozitsin, 2020,
doi:10.34740/KAGGLE/DSV/1693952); `mset` looks 30 rows ahead, as there.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import stats
from scipy.linalg import lu_factor, lu_solve
from sklearn.ensemble import IsolationForest

from tests.scoring.recording import Flags, Values

_ROWS: Final = 400
_SURE: Final = 0.999
_ALL: Final = 0.85
"""Share of the variance that principal components keep."""


def t_squared(values: Values) -> Flags:
    """Hotelling's T2 above twice its limit."""
    z = _scaled(values)
    inverse = np.linalg.inv(np.cov(z[:_ROWS].T))
    found: Flags = _median(np.einsum("ij,jk,ik->i", z, inverse, z), 5) > 2 * _limit(z.shape[1])
    return found


def t_squared_and_q(values: Values) -> Flags:
    """T2 of the principal components or the residual beyond them above its limit."""
    z = _scaled(values)
    size, axes = np.linalg.eigh(np.cov(z[:_ROWS].T))
    size, axes = size[::-1], axes[:, ::-1]
    kept = int(np.searchsorted(np.cumsum(size) / size.sum(), _ALL)) + 1
    scores = z @ axes[:, :kept]
    rest = z - scores @ axes[:, :kept].T
    total = max(float(size[kept:].sum()), 1e-9)
    sure = 1 + np.sqrt(2) * stats.norm.ppf(_SURE) / 3 - 2 / 9
    within = _median((scores**2 / size[:kept]).sum(axis=1), 5) > _limit(kept)
    found: Flags = within | (_median((rest**2).sum(axis=1), 5) > total * sure**3)
    return found


def mset(values: Values) -> Flags:
    """Multivariate state estimation: relative error above 1 %, mean of 60 rows."""
    mean, scale = values[:_ROWS].mean(axis=0), values[:_ROWS].std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    z = (values - mean) / scale
    first = z[:_ROWS]
    weights = lu_solve(lu_factor(_alike(first, first)), _alike(first, z))
    expected = (first.T @ weights).T * scale + mean
    error = np.linalg.norm(values - expected, axis=1) / np.linalg.norm(expected, axis=1)
    padded = np.concatenate([np.full(30, np.nan), error, np.full(29, np.nan)])
    found: Flags = np.nanmean(sliding_window_view(padded, 60), axis=1) > 0.01
    return found


def isolation_forest(values: Values) -> Flags:
    """Stranger than all but 0.05 % of the first rows, by the median of three."""
    grown = IsolationForest(random_state=0, contamination=0.0005).fit(values[:_ROWS])
    found: Flags = _median((grown.predict(values) < 0).astype(np.float64), 3) > 0.5
    return found


def _scaled(values: Values) -> Values:
    first = values[:_ROWS]
    moves = first.std(axis=0) > 0
    scaled: Values = (values - first.mean(axis=0))[:, moves] / first.std(axis=0)[moves]
    return scaled


def _limit(many: int) -> float:
    share = many * (_ROWS - 1) * (_ROWS + 1) / (_ROWS * (_ROWS - many))
    return float(share * stats.f.ppf(_SURE, many, _ROWS - many))


def _median(numbers: Values, rows: int) -> Values:
    newest = np.median(sliding_window_view(numbers, rows), axis=1)
    return np.concatenate([np.zeros(rows - 1), newest])


def _alike(one: Values, other: Values) -> Values:
    square = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    square[square < 1e-12] = 0.0
    lengths = np.linalg.norm(one, axis=1)[:, None] + np.linalg.norm(other, axis=1)
    alike: Values = 1 - np.sqrt(square) / np.maximum(lengths, 1e-12)
    return alike


METHODS: Final[dict[str, Callable[[Values], Flags]]] = {
    "T2": t_squared,
    "T2 + Q": t_squared_and_q,
    "MSET": mset,
    "isolation forest": isolation_forest,
}
