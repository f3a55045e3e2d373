"""When a score becomes a warning: the same rule for the product and for what it is held against."""

from dataclasses import dataclass, replace

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
        quiet: So many steps in a row must speak against it before it ends.
        renewed: A warning that stands is said anew after so many steps; 0: never.
    """

    threshold: float
    release: float = 0.7
    needed: int = 1
    quiet: int = 3
    renewed: int = 0

    def at(self, threshold: float) -> "Rule":
        """The same rule with another threshold."""
        return replace(self, threshold=threshold)


def warnings_of(scores: Scores, times: Scores, rule: Rule) -> Raised:
    """The warnings that a rule raises, causally, from scores step by step.

    Args:
        scores: Strength, shape (n_assets, n_steps); NaN says nothing: it neither raises nor ends.
        times: Of the steps [days from the start], shape (n_steps,).
        rule: When a warning is raised and ends.
    """
    assets = scores.shape[0]
    above = np.zeros(assets, dtype=np.int64)
    below = np.zeros(assets, dtype=np.int64)
    age = np.zeros(assets, dtype=np.int64)
    is_open = np.zeros(assets, dtype=np.bool_)
    rows: list[NDArray[np.int64]] = []
    at: list[Scores] = []
    for step, time in enumerate(times):
        score = scores[:, step]
        is_known = ~np.isnan(score)
        above = np.where(is_known, np.where(score >= rule.threshold, above + 1, 0), above)
        is_low = score < rule.threshold * rule.release
        below = np.where(is_known, np.where(is_low, below + 1, 0), below)
        is_new = ~is_open & is_known & (above >= rule.needed)
        is_over = is_open & (below >= rule.quiet)
        age = np.where(is_open, age + 1, 0)
        if rule.renewed:
            is_again = is_open & ~is_over & (age >= rule.renewed)
            age[is_again] = 0
            is_new |= is_again
        is_open = (is_open & ~is_over) | is_new
        found = np.flatnonzero(is_new)
        rows.append(found)
        at.append(np.full(found.size, time))
    return Raised(asset=np.concatenate(rows), at=np.concatenate(at))
