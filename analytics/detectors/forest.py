"""Isolation forest over the features of one asset class: the strange among the many."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from analytics.detectors.contract import Flags, Scores, Values, clean, shares
from analytics.detectors.latch import Latch

_LATCH: Final = Latch(on=0.5, off=0.35, on_steps=3, off_steps=6)


@dataclass(slots=True, kw_only=True)
class ForestState:
    """Attributes are of shape (n_assets,) unless said.

    Attributes:
        kept: Rows to train upon, oldest first; shape (keep, n_features), NaN where none yet.
        strange: Isolation scores of the training rows, sorted; shape (keep,).
        seen: Rows taken so far; shape ().
        trained: Rows of `kept` that the forest was grown from; shape (keep, n_features).
        alarm: In alarm.
        run: Steps against the present state.
    """

    kept: Values
    strange: Values
    seen: NDArray[np.int64]
    trained: Values
    alarm: Flags
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """How easily a row is set apart from the rows kept so far, of all assets together.

    The forest is grown anew when the number of rows has grown by half, from the rows of the past
    alone, and from a fixed seed, so that a state gives the same scores wherever it is loaded.
    The score is 0 at the middle of the training rows, and 0.5 where all but `share` of them are.

    Attributes:
        keep: Rows kept; the newest replace the oldest.
        first: Rows before the first forest.
        trees: Trees.
        share: Of the training rows that may be stranger at a score of 0.5.
        seed: Of the forest.

    References:
        Liu, Ting and Zhou (2008), "Isolation Forest", doi:10.1109/ICDM.2008.17.
    """

    keep: int = 2048
    first: int = 256
    trees: int = 100
    share: float = 0.002
    seed: int = 7
    latch: Latch = _LATCH

    @property
    def name(self) -> str:
        """Its name in tables."""
        return "forest"

    @property
    def is_relative(self) -> bool:
        """Against the others, of this step and before."""
        return True

    def start(self, n_assets: int, n_features: int) -> ForestState:
        """Know nothing yet."""
        return ForestState(
            kept=np.full((self.keep, n_features), np.nan),
            strange=np.full(self.keep, np.nan),
            seen=np.array(0),
            trained=np.full((self.keep, n_features), np.nan),
            alarm=np.zeros(n_assets, dtype=np.bool_),
            run=np.zeros(n_assets, dtype=np.int64),
        )

    def step(self, state: ForestState, time: float, values: Values) -> Scores:
        """Score one step, and keep its rows; a row with a hole in it is unknown."""
        _ = time
        x = clean(values)
        whole = np.all(~np.isnan(x), axis=1)
        score = np.full(len(x), np.nan)
        reason = np.zeros(x.shape)
        if whole.any() and not np.isnan(state.strange[-1]):
            score[whole] = self._score(state, x[whole])
            centre, unit = _usual(state.trained)
            reason = shares(np.where(whole[:, None], np.abs(x - centre) / unit, 0.0))
        alarm = self.latch.step(state, score)
        self._keep(state, x[whole & ~alarm])
        return Scores(score=score, alarm=alarm, reason=reason)

    def _score(self, state: ForestState, rows: Values) -> Values:
        forest = _grown(
            self.trees, self.seed, _without_holes(state.trained).tobytes(), rows.shape[1]
        )
        strange = forest.strangeness(rows)
        ranks = state.strange[~np.isnan(state.strange)]
        middle = np.median(ranks)
        border = np.quantile(ranks, 1 - self.share) - middle
        score: Values = np.clip(0.5 * (strange - middle) / max(border, 1e-9), 0.0, 1.0)
        return score

    def _keep(self, state: ForestState, rows: Values) -> None:
        if not len(rows):
            return
        rows = rows[-self.keep :]
        state.kept = np.concatenate([state.kept[len(rows) :], rows])
        before, state.seen = int(state.seen), state.seen + len(rows)
        if self._turns(before) < self._turns(int(state.seen)):
            state.trained = state.kept.copy()
            rows = _without_holes(state.trained)
            forest = _grown(self.trees, self.seed, rows.tobytes(), rows.shape[1])
            ranks = np.sort(forest.strangeness(rows))
            state.strange = np.full(self.keep, np.nan)
            state.strange[-len(ranks) :] = ranks

    def _turns(self, seen: int) -> int:
        """How often the forest has been grown by so many rows."""
        if seen < self.first:
            return 0
        return 1 + int(np.log(seen / self.first) / np.log(1.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A forest as arrays, all trees walked at once; shape (n_trees, n_nodes) each.

    Attributes:
        feature: Asked at a node; 0 at a leaf.
        border: Goes left up to it.
        left: Next node; a leaf leads to itself.
        right: Next node.
        length: Mean way to set a row apart that ends here [edges].
        depth: Longest way [edges].
        usual: Mean way among as many rows as each tree was grown from [edges].
    """

    feature: NDArray[np.int64]
    border: Values
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    length: Values
    depth: int
    usual: float

    def strangeness(self, rows: Values) -> Values:
        """0 to 1 as in the paper: 2^-(mean way / usual way); shape (n_rows,)."""
        x = rows.astype(np.float32)
        trees = np.arange(len(self.feature))[:, None]
        node = np.zeros((len(self.feature), len(x)), dtype=np.int64)
        for _ in range(self.depth):
            is_left = x[np.arange(len(x)), self.feature[trees, node]] <= self.border[trees, node]
            node = np.where(is_left, self.left[trees, node], self.right[trees, node])
        strange: Values = 2.0 ** -(self.length[trees, node].mean(axis=0) / self.usual)
        return strange


def grow(rows: Values, trees: int, seed: int) -> Grown:
    """Grow a forest from rows without holes, shape (n_rows, n_features)."""
    forest = IsolationForest(n_estimators=trees, random_state=seed, n_jobs=1).fit(rows)
    parts = [one.tree_ for one in forest.estimators_]
    shape = (trees, max(part.node_count for part in parts))
    feature, border = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    left = np.tile(np.arange(shape[1]), (trees, 1))
    right, length = left.copy(), np.zeros(shape)
    for number, part in enumerate(parts):
        inner = np.flatnonzero(part.children_left >= 0)
        feature[number, inner] = part.feature[inner]
        border[number, inner] = part.threshold[inner]
        left[number, inner] = part.children_left[inner]
        right[number, inner] = part.children_right[inner]
        edges = np.zeros(part.node_count)
        for node in inner:
            edges[[part.children_left[node], part.children_right[node]]] = edges[node] + 1
        length[number, : part.node_count] = edges + mean_way(part.n_node_samples)
    return Grown(
        feature=feature,
        border=border,
        left=left,
        right=right,
        length=length,
        depth=max(part.max_depth for part in parts),
        usual=float(mean_way(np.array([forest.max_samples_]))[0]),
    )


def mean_way(counts: NDArray[np.integer]) -> Values:
    """Mean depth of a leaf in a random tree of so many rows [edges] (the paper's c(n))."""
    n = np.maximum(counts.astype(np.float64), 2.0)
    way = 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n
    found: Values = np.where(counts > 2, way, np.where(counts == 2, 1.0, 0.0))
    return found


_FORESTS: dict[tuple[int, int, int, bytes], Grown] = {}
"""The forests grown last, by what they were grown from: growing is slow, and says the same."""


def _grown(trees: int, seed: int, rows: bytes, n_features: int) -> Grown:
    key = (trees, seed, n_features, blake2b(rows).digest())
    found = _FORESTS.get(key)
    if found is None:
        table = np.frombuffer(rows, dtype=np.float64).reshape(-1, n_features)
        found = grow(table, trees, seed)
        if len(_FORESTS) >= 8:
            _FORESTS.pop(next(iter(_FORESTS)))
        _FORESTS[key] = found
    return found


def _without_holes(rows: Values) -> Values:
    whole: Values = rows[~np.isnan(rows).any(axis=1)]
    return whole


def _usual(rows: Values) -> tuple[Values, Values]:
    whole = _without_holes(rows)
    centre: Values = np.median(whole, axis=0)
    unit: Values = np.maximum(np.median(np.abs(whole - centre), axis=0), 1e-9)
    return centre, unit
