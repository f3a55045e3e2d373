"""What `joint` has learned of its assets."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Flags, Values

_BY_ASSET_FIRST: Final = frozenset({"cross", "inverse"})
"""Fields whose first axis is the asset; in all others it is the last."""


@dataclass(slots=True, kw_only=True)
class JointState:
    """Shape (n_features, n_assets) unless said, so that neighbours in memory are treated alike.

    A scale is the weight of a moving average. The second part is made of the first at every look.

    Attributes:
        steps: Steps with any value since learning began; shape (n_assets,).
        warm: Steps that are only learned from; shape (n_assets,).
        stood: Steps that the present alarm has stood; shape (n_assets,).
        count: Values learned.
        mean: Usual value.
        spread: Usual squared distance from it.
        echo: Correlation of neighbours in time.
        roll: Usual squared innovation: what a value does not owe to the one before.
        heavy: Usual squared excess of the squared innovation; 2 for the normal distribution.
        near: Usual squared change over 8 steps.
        far: The same over 32 steps.
        grain: Smallest change seen: the resolution of the sensor.
        newest: Newest value.
        learned: Newest value learned, and as a standardised distance `learned_off`.
        held: Values that wait to be learned; shape (delay, n_features, n_assets).
        level: Standardised distance, smoothed; shape (n_scales, n_features, n_assets).
        usual: Usual squared evidence of level; same shape.
        noise: Squared innovation, smoothed; shape (n_spreads, n_features, n_assets).
        calm: Usual squared evidence of spread; same shape.
        cross: Mean product of features; shape (n_assets, n_features, n_features).
        pairs: Standardised distances that wait to be taken into it, each times the root of its
            weight; shape (n_pairs, n_features, n_assets).
        kept: Weight of `cross` beside them; shape (n_assets,).
        inverse: Inverse of their shrunk correlation; shape (n_assets, n_features, n_features).
        size: Usual cube root of the Mahalanobis distance; shape (n_scales, n_assets).
        size_spread: Its variance; same shape.
        aim: Evidence of level where the present alarm went farthest.
        back: How long it has been out, then back (`recovery.py`); shape (n_assets,).
        home: Usual value before it was taken to have moved; NaN where it has not.
        homing: Steps in a row back there; shape (n_assets,).
        gone: Steps in a row that what raised the alarm has been gone; shape (n_assets,).
        alone: Steps that an alarm has rested on one quantity (`lone.py`); shape (n_assets,).
        block: Sum of the block that is not yet full (`drift.py`).
        blocks: Means of the newest blocks; shape (n_blocks, n_features, n_assets).
        drift_far: Usual squared change over all of them.
        drift_near: The same over two of them.
        drifts: Such changes seen.
        lean: Squared rise of the straight line that the blocks have shown.
        peak_level: Farthest evidence of the present alarm (`habit.py`); shape (n_scales, ...).
        peak_spread: The same of spread; shape (n_spreads, ...).
        habit_level: By how much evidence of level is divided; shape (n_scales, ...).
        habit_spread: The same of spread; shape (n_spreads, ...).
        alarm: Shape (n_assets,).
        run: Shape (n_assets,).

        unit: A usual distance.
        carry: What an innovation is formed with; 1 where a quantity wanders.
        base: Usual squared innovation, not below the resolution of the sensor, and what a level
            that has gone astray adds to it.
        wander: How far a quantity wanders by itself, 0 to 1.
        freedom: Of Student's tails.
        deviation: Of the moving averages when all is usual; shape (n_scales, n_features, n_assets).
        reach: The same, with how large the evidence has usually been.
        rough: Degrees of freedom of smoothed squared innovations; shape (n_spreads, ...).
        averages: Of Student's tails of spread; same shape.
        hush: By how much evidence of spread counts; same shape.
    """

    steps: NDArray[np.int64]
    warm: NDArray[np.int64]
    stood: NDArray[np.int64]
    count: Values
    mean: Values
    spread: Values
    echo: Values
    roll: Values
    heavy: Values
    near: Values
    far: Values
    grain: Values
    newest: Values
    learned: Values
    learned_off: Values
    held: Values
    level: Values
    usual: Values
    noise: Values
    calm: Values
    cross: Values
    pairs: Values
    kept: Values
    inverse: Values
    size: Values
    size_spread: Values
    aim: Values
    back: NDArray[np.int64]
    home: Values
    homing: NDArray[np.int64]
    gone: NDArray[np.int64]
    alone: NDArray[np.int64]
    block: Values
    blocks: Values
    drift_far: Values
    drift_near: Values
    drifts: Values
    lean: Values
    peak_level: Values
    peak_spread: Values
    habit_level: Values
    habit_spread: Values
    alarm: Flags
    run: NDArray[np.int64]
    unit: Values
    carry: Values
    base: Values
    wander: Values
    freedom: Values
    deviation: Values
    reach: Values
    rough: Values
    averages: Values
    hush: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How much of each kind is kept for a quantity.

    Attributes:
        held: Values that wait to be learned.
        scales: Moving averages of level.
        spreads: Moving averages of squared innovation.
        pairs: Steps that wait to be taken into the correlation.
        blocks: Means by which drift is measured.
    """

    held: int
    scales: int
    spreads: int
    pairs: int
    blocks: int


def nothing_learned(shape: tuple[int, int], kept: Lengths) -> JointState:
    """The state before the first step, of so many features and assets."""
    n_features, n_assets = shape
    square = (n_assets, n_features, n_features)
    scales, spreads = (kept.scales, *shape), (kept.spreads, *shape)
    return JointState(
        steps=np.zeros(n_assets, dtype=np.int64),
        warm=np.zeros(n_assets, dtype=np.int64),
        stood=np.zeros(n_assets, dtype=np.int64),
        count=np.zeros(shape),
        mean=np.zeros(shape),
        spread=np.zeros(shape),
        echo=np.zeros(shape),
        roll=np.zeros(shape),
        heavy=np.full(shape, 3.0),
        near=np.zeros(shape),
        far=np.zeros(shape),
        grain=np.full(shape, np.inf),
        newest=np.full(shape, np.nan),
        learned=np.full(shape, np.nan),
        learned_off=np.zeros(shape),
        held=np.full((kept.held, *shape), np.nan),
        level=np.zeros(scales),
        usual=np.ones(scales),
        noise=np.ones(spreads),
        calm=np.ones(spreads),
        cross=np.zeros(square),
        pairs=np.zeros((kept.pairs, *shape)),
        kept=np.ones(n_assets),
        inverse=np.broadcast_to(np.eye(n_features), square).copy(),
        size=np.ones((kept.scales, n_assets)),
        size_spread=np.full((kept.scales, n_assets), 4 / (9 * n_features)),
        aim=np.zeros(shape),
        back=np.zeros(n_assets, dtype=np.int64),
        home=np.full(shape, np.nan),
        homing=np.zeros(n_assets, dtype=np.int64),
        gone=np.zeros(n_assets, dtype=np.int64),
        alone=np.zeros(n_assets, dtype=np.int64),
        block=np.zeros(shape),
        blocks=np.full((kept.blocks, *shape), np.nan),
        drift_far=np.zeros(shape),
        drift_near=np.zeros(shape),
        drifts=np.zeros(shape),
        lean=np.zeros(shape),
        peak_level=np.zeros(scales),
        peak_spread=np.zeros(spreads),
        habit_level=np.ones(scales),
        habit_spread=np.ones(spreads),
        alarm=np.zeros(n_assets, dtype=np.bool_),
        run=np.zeros(n_assets, dtype=np.int64),
        **_never_looked(shape, scales, spreads),
    )


def _never_looked(
    shape: tuple[int, ...], scales: tuple[int, ...], spreads: tuple[int, ...]
) -> dict[str, Values]:
    """The second part of a state, until the first look fills it."""
    wide = dict.fromkeys(("unit", "base", "freedom"), shape)
    wide |= dict.fromkeys(("deviation", "reach"), scales)
    wide |= dict.fromkeys(("rough", "averages", "hush"), spreads)
    nothing = {name: np.zeros(shape) for name in ("carry", "wander")}
    return nothing | {name: np.ones(size) for name, size in wide.items()}


def forget(state: JointState, fresh: JointState, which: Flags) -> None:
    """Let some assets begin anew, each as in a fresh state; all else stays as it is."""
    for field in fields(JointState):
        old, new = getattr(state, field.name), getattr(fresh, field.name)
        if field.name in _BY_ASSET_FIRST:
            old[which] = new[which]
        else:
            old[..., which] = new[..., which]


def ago(state: JointState, lag: int) -> Values:
    """Values of so many steps before this one, which is not held yet; 0 gives the oldest held.

    Assets that have always stepped together need no gathering: what comes back may be a view.
    """
    slots = (state.steps - lag) % len(state.held)
    if (slots == slots[0]).all():
        return np.asarray(state.held[slots[0]])
    gathered: Values = np.take_along_axis(state.held, slots[None, None, :], axis=0)[0]
    return gathered


def mean_ago(state: JointState, lag: int, many: int) -> Values:
    """Mean of so many values, the newest of them `lag` steps before the one before this."""
    total = ago(state, lag + 1) + ago(state, lag + 2)
    for number in range(3, many + 1):
        total += ago(state, lag + number)
    total /= many
    return total


def remember(state: JointState, values: Values, which: Flags) -> None:
    """Hold the values of this step until they are learned."""
    _put(state.held, state.steps, values, np.broadcast_to(which, values.shape))


def keep_pairs(state: JointState, off: Values, rate: Values) -> None:
    """Let one more step of distances wait to be taken into the mean product of features.

    Args:
        off: Standardised distances, shape (n_features, n_assets).
        rate: Weight of this step in the mean; 0 where nothing is learned; shape (n_assets,).
    """
    rate = np.minimum(rate, 0.5)
    state.kept *= 1 - rate
    which = np.broadcast_to(rate > 0, off.shape)
    _put(state.pairs, state.steps, off * np.sqrt(rate / state.kept), which)


def take_pairs(state: JointState, assets: NDArray[np.int64]) -> None:
    """Take what waits into the mean product: one product of matrices instead of one a step."""
    rows = state.pairs[:, :, assets].transpose(2, 1, 0)
    kept = state.kept[assets, None, None]
    state.cross[assets] = kept * (state.cross[assets] + rows @ rows.transpose(0, 2, 1))
    state.pairs[:, :, assets], state.kept[assets] = 0.0, 1.0


def _put(rows: Values, steps: NDArray[np.int64], values: Values, which: Flags) -> None:
    """Write each asset's values into its own row; shape of `rows` (n_rows, ...)."""
    slots = steps % len(rows)
    if (slots == slots[0]).all():
        np.copyto(rows[slots[0]], values, where=which)
        return
    at = slots[None, None, :]
    kept = np.take_along_axis(rows, at, axis=0)
    np.put_along_axis(rows, at, np.where(which, values, kept), axis=0)


def take_liveliness(state: JointState, which: Flags) -> None:
    """Take for usual how lively some quantities are now; shape (n_features, n_assets)."""
    for usual in (state.roll, state.base):
        np.copyto(usual, usual * state.noise[-1], where=which)
    state.noise[:, which] = 1.0


def go_home(state: JointState, quick: Values, assets: NDArray[np.int64]) -> None:
    """Take the usual values again that some assets had before they were taken to have moved.

    Args:
        quick: Standardised distance now, of a quick average; shape (n_features, n_chosen).
        assets: Which; shape (n_chosen,).
    """
    home = state.home[:, assets]
    moved = ~np.isnan(home)
    back = np.where(moved, (state.mean[:, assets] - home) / state.unit[:, assets], 0.0)
    state.level[:, :, assets] = np.where(moved, quick + back, state.level[:, :, assets])
    state.mean[:, assets] = np.where(moved, home, state.mean[:, assets])
    state.held[:, :, assets] = np.where(moved, np.nan, state.held[:, :, assets])
    state.home[:, assets] = np.nan
    state.homing[assets] = 0
