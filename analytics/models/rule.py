"""When a score becomes a warning: the same rule for the product and for what it is held against."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """Warnings that a rule raised.

    Attributes:
        asset: Row of the asset, shape (n_warnings,).
        at: When, in the unit of the times, shape (n_warnings,).
    """

    asset: NDArray[np.int64]
    at: Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A warning is raised and ends by these numbers.

    Attributes:
        threshold: A score at or above it speaks for a warning.
        release: Share of the threshold below which it speaks against, 0 to 1.
        needed: So many steps in a row must speak for it.
        led: So many steps before those must not have spoken against it: what has jumped from
            nothing is a visit or a loose plug more often than wear.
        quiet: So many steps in a row must speak against it before it ends.
    """

    threshold: float
    release: float = 0.7
    needed: int = 1
    quiet: int = 3
    led: int = 0

    @property
    def steps(self) -> int:
        """Newest steps that decide whether a warning begins or ends."""
        return max(self.needed + self.led, self.quiet)


def warnings_of(scores: Scores, times: Scores, rule: Rule) -> Raised:
    """The warnings that a rule raises, causally, from scores step by step.

    Args:
        scores: Strength, shape (n_assets, n_steps); NaN says nothing: it neither raises nor ends.
        times: Of the steps [days from the start], shape (n_steps,).
        rule: When a warning is raised and ends.
    """
    return warnings_of_each(scores, times, [rule])[0]


def warnings_of_each(scores: Scores, times: Scores, rules: Sequence[Rule]) -> list[Raised]:
    """The warnings of many rules at once: to try a hundred costs hardly more than to try one."""
    threshold = np.array([[rule.threshold] for rule in rules])
    border = np.array([[rule.threshold * rule.release] for rule in rules])
    needed = np.array([[rule.needed] for rule in rules])
    led = needed + np.array([[rule.led] for rule in rules])
    quiet = np.array([[rule.quiet] for rule in rules])
    above = np.zeros((len(rules), scores.shape[0]), dtype=np.int32)
    near, below, is_open = above.copy(), above.copy(), above.astype(np.bool_)
    steps: list[NDArray[np.bool_]] = []
    for score in scores.T:
        is_known = ~np.isnan(score)
        above = np.where(is_known, np.where(score >= threshold, above + 1, 0), above)
        near = np.where(is_known, np.where(score >= border, near + 1, 0), near)
        below = np.where(is_known, np.where(score < border, below + 1, 0), below)
        is_new = ~is_open & is_known & (above >= needed) & (near >= led)
        is_open = (is_open & (below < quiet)) | is_new
        steps.append(is_new)
    found = np.stack(steps, axis=1) if steps else np.zeros((len(rules), 0, scores.shape[0]), bool)
    return [_raised(one, times) for one in found]


def _raised(is_new: NDArray[np.bool_], times: Scores) -> Raised:
    step, asset = np.nonzero(is_new)
    return Raised(asset=asset.astype(np.int64), at=times[step])
