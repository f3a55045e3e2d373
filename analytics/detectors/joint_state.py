"""What `joint` has learned of its assets."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Flags, Values

_BY_ASSET_SECOND: Final = frozenset(
    {"held", "level", "usual", "noise", "calm", "size", "size_spread"}
)
"""Fields whose second axis is the asset; in all others it is the first."""


@dataclass(slots=True, kw_only=True)
class JointState:
    """Shape (n_assets, n_features) unless said; a scale is the weight of a moving average.

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
        held: Values that wait to be learned; shape (delay, n_assets, n_features).
        level: Standardised distance, smoothed; shape (n_scales, n_assets, n_features).
        usual: Usual squared evidence of level; same shape.
        noise: Squared innovation, smoothed; shape (n_spreads, n_assets, n_features).
        calm: Usual squared evidence of spread; same shape.
        cross: Mean product of features; shape (n_assets, n_features, n_features).
        inverse: Inverse of their shrunk correlation; same shape.
        size: Usual cube root of the Mahalanobis distance; shape (n_scales, n_assets).
        size_spread: Its variance; same shape.
        aim: Evidence of level where the present alarm went farthest.
        back: How long it has been out, then back (`recovery.py`); shape (n_assets,).
        home: Usual value before it was taken to have moved; NaN where it has not.
        homing: Steps in a row back there; shape (n_assets,).
        gone: Steps in a row that what raised the alarm has been gone; shape (n_assets,).
        alarm: Shape (n_assets,).
        run: Shape (n_assets,).
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
    inverse: Values
    size: Values
    size_spread: Values
    aim: Values
    back: NDArray[np.int64]
    home: Values
    homing: NDArray[np.int64]
    gone: NDArray[np.int64]
    alarm: Flags
    run: NDArray[np.int64]


def nothing_learned(
    n_assets: int, n_features: int, *, delay: int, n_scales: int, n_spreads: int
) -> JointState:
    """The state before the first step."""
    shape = (n_assets, n_features)
    square = (n_assets, n_features, n_features)
    scales, spreads = (n_scales, *shape), (n_spreads, *shape)
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
        held=np.full((delay, *shape), np.nan),
        level=np.zeros(scales),
        usual=np.ones(scales),
        noise=np.ones(spreads),
        calm=np.ones(spreads),
        cross=np.zeros(square),
        inverse=np.broadcast_to(np.eye(n_features), square).copy(),
        size=np.ones((n_scales, n_assets)),
        size_spread=np.full((n_scales, n_assets), 4 / (9 * n_features)),
        aim=np.zeros(shape),
        back=np.zeros(n_assets, dtype=np.int64),
        home=np.full(shape, np.nan),
        homing=np.zeros(n_assets, dtype=np.int64),
        gone=np.zeros(n_assets, dtype=np.int64),
        alarm=np.zeros(n_assets, dtype=np.bool_),
        run=np.zeros(n_assets, dtype=np.int64),
    )


def forget(state: JointState, fresh: JointState, which: Flags) -> None:
    """Let some assets begin anew, each as in a fresh state; all else stays as it is."""
    for field in fields(JointState):
        old, new = getattr(state, field.name), getattr(fresh, field.name)
        if field.name in _BY_ASSET_SECOND:
            old[:, which] = new[:, which]
        else:
            old[which] = new[which]


def go_home(state: JointState, unit: Values, quick: Values, assets: NDArray[np.int64]) -> None:
    """Take the usual values again that some assets had before they were taken to have moved.

    Args:
        unit: A usual distance; shape (n_chosen, n_features).
        quick: Standardised distance now, of a quick average; same shape.
        assets: Which; shape (n_chosen,).
    """
    home = state.home[assets]
    moved = ~np.isnan(home)
    here = quick + np.where(moved, (state.mean[assets] - home) / unit, 0.0)
    state.level[:, assets] = np.where(moved, here, state.level[:, assets])
    state.mean[assets] = np.where(moved, home, state.mean[assets])
    state.held[:, assets] = np.where(moved, np.nan, state.held[:, assets])
    state.home[assets] = np.nan
    state.homing[assets] = 0
