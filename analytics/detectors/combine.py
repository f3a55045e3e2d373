"""Several detectors as one, with a score that means how often such a score was right."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.contract import Detector, Flags, Scores, Values
from analytics.detectors.latch import Latch

_LATCH: Final = Latch(on=0.5, off=0.25, on_steps=1, off_steps=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A rising curve from raw scores to the share of them that was right.

    Attributes:
        raw: Raw scores, rising.
        right: Share that was right at each, never falling, 0 to 1.
    """

    raw: tuple[float, ...] = (0.0, 1.0)
    right: tuple[float, ...] = (0.0, 1.0)

    def __call__(self, score: Values) -> Values:
        """Calibrated scores; NaN stays NaN."""
        known = np.nan_to_num(score, nan=0.0)
        return np.where(np.isnan(score), np.nan, np.interp(known, self.raw, self.right))


def calibrate(scores: Values, truth: Flags) -> Calibration:
    """Fit the curve on history whose truth is known, by pooling neighbours that fall.

    Args:
        scores: Raw scores, shape (n,); NaN is left out.
        truth: Whether a warning at that time was right, shape (n,).

    References:
        Ayer, Brunk, Ewing, Reid and Silverman (1955), "An empirical distribution function for
        sampling with incomplete information", doi:10.1214/aoms/1177728423 (pool adjacent
        violators). One imagined right and one wrong answer keep the ends from 0 and 1.
    """
    known = ~np.isnan(scores)
    order = np.argsort(scores[known], kind="stable")
    raw, right = scores[known][order], truth[known][order].astype(np.float64)
    pools: list[tuple[float, float, float]] = []
    for value, share in zip(raw.tolist(), right.tolist(), strict=True):
        pools.append((value, share, 1.0))
        while len(pools) > 1 and pools[-2][1] >= pools[-1][1]:
            (first, left, n_left), (second, newer, n_newer) = pools[-2:]
            count = n_left + n_newer
            at = (first * n_left + second * n_newer) / count
            pools[-2:] = [(at, (left * n_left + newer * n_newer) / count, count)]
    if not pools:
        return Calibration()
    shares_right = np.array([(share * count + 1) / (count + 2) for _, share, count in pools])
    return Calibration(
        raw=tuple(pool[0] for pool in pools),
        right=tuple(np.maximum.accumulate(shares_right).tolist()),
    )


@dataclass(slots=True, kw_only=True)
class CombinedState:
    """State of every member, and of the alarm of all; `alarm` and `run` of shape (n_assets,)."""

    members: tuple[Any, ...]
    alarm: Flags
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """Members' scores, calibrated, as if each were an independent witness.

    Score: 1 - product of (1 - weight * calibrated score) over the members that know something;
    the largest of weight * score while there are no calibrations, because raw scores are no
    shares of being right; unknown only where no member knows anything. The reason is the members' reasons by their part in the score.

    Attributes:
        members: Detectors of the same features.
        weights: How far each is believed, 0 to 1; empty for 1 each.
        calibrations: Curve of each; empty for raw scores.
    """

    members: tuple[Detector[Any], ...]
    weights: tuple[float, ...] = ()
    calibrations: tuple[Calibration, ...] = ()
    latch: Latch = _LATCH

    @property
    def name(self) -> str:
        """Its name in tables."""
        return "+".join(member.name for member in self.members)

    @property
    def is_relative(self) -> bool:
        """As soon as one member is."""
        return any(member.is_relative for member in self.members)

    def start(self, n_assets: int, n_features: int) -> CombinedState:
        """Know nothing yet."""
        return CombinedState(
            members=tuple(member.start(n_assets, n_features) for member in self.members),
            alarm=np.zeros(n_assets, dtype=np.bool_),
            run=np.zeros(n_assets, dtype=np.int64),
        )

    def step(self, state: CombinedState, time: float, values: Values) -> Scores:
        """Score one step by every member."""
        said = [
            member.step(own, time, values)
            for member, own in zip(self.members, state.members, strict=True)
        ]
        parts = np.stack([self._part(number, one.score) for number, one in enumerate(said)])
        known = np.any(~np.isnan(parts), axis=0)
        shown = np.nan_to_num(parts, nan=0.0)
        together = 1 - np.prod(1 - shown, axis=0) if self.calibrations else shown.max(axis=0)
        score = np.where(known, together, np.nan)
        alarm = self.latch.step(state, score)
        shared = shown[:, :, None] * np.stack([one.reason for one in said])
        total = shared.sum(axis=(0, 2))[:, None]
        summed = shared.sum(axis=0)
        reason = np.divide(summed, total, out=np.zeros_like(summed), where=total > 0)
        return Scores(score=score, alarm=alarm, reason=reason)

    def _part(self, number: int, score: Values) -> Values:
        calibrated = self.calibrations[number](score) if self.calibrations else score
        return calibrated * (self.weights[number] if self.weights else 1.0)
