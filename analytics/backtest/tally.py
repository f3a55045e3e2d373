"""What warnings were worth: each warning judged by the truth, figures with intervals.

A warning is *true* when it was raised between the onset of a fault of its asset and the failure,
and *false* when its asset had no fault at that time. One that is raised between the failure and
the repair says what everybody knows: it counts as neither. A warning that was already standing at
the onset is not raised anew and finds nothing.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from analytics.backtest.truth import Days, Faults, Watch
from analytics.models.rule import Raised

AHEAD_DAYS: Final = 3.0
"""A slow fault should be warned of so long before it fails [days]: issue 5."""
PER_DAYS: Final = 100.0
"""False warnings are told per so many asset-days."""
DRAWS: Final = 400
"""Bootstrap samples; the interval's ends are then good to about a hundredth."""

GRADES: Final = (("faint", 0.0, 0.6), ("usual", 0.6, 1.1), ("strong", 1.1, np.inf))
"""Symptoms at the failure, as a share of the usual size."""

_SIDES: Final[tuple[Literal["left"], Literal["right"]]] = ("left", "right")

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of one rule, a row for each asset, so that assets can be drawn again.

    Attributes:
        days: Watched days, shape (n_assets,).
        faults: Slow faults that failed within the watch, shape (n_assets,).
        warned: Of them, warned of before the failure, shape (n_assets,).
        ahead: Of them, warned of `AHEAD_DAYS` before the failure, shape (n_assets,).
        true: True warnings, shape (n_assets,).
        false: False warnings, shape (n_assets,).
        lead: Lead time of each fault [days]; NaN where it was not warned of, shape (n_faults,).
        lead_asset: Row of each fault's asset, shape (n_faults,).
        causes: Cause of each fault.
        severity: Of each fault, shape (n_faults,).
    """

    days: Counts
    faults: Counts
    warned: Counts
    ahead: Counts
    true: Counts
    false: Counts
    lead: Days
    lead_asset: NDArray[np.int64]
    causes: tuple[str, ...]
    severity: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with the interval that holds it in 95 of 100 draws of the assets; NaN: none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is told of one rule.

    Attributes:
        precision: Share of judged warnings that were true.
        recall: Share of slow faults that were warned of before they failed.
        ahead_share: Share of slow faults that were warned of `AHEAD_DAYS` ahead.
        median_lead_days: Of the faults that were warned of.
        false_per_100_days: False warnings per 100 asset-days.
    """

    asset_days: float
    faults: int
    warnings: int
    precision: Estimate
    recall: Estimate
    ahead_share: Estimate
    median_lead_days: Estimate
    false_per_100_days: Estimate


def tally(faults: Faults, raised: Raised, watch: Watch) -> Tally:
    """Judge every warning by the truth."""
    is_counted = (raised.at >= watch.begin) & (raised.at < watch.end)
    order = np.lexsort((raised.at[is_counted], raised.asset[is_counted]))
    asset, at = raised.asset[is_counted][order], raised.at[is_counted][order]
    is_true = np.zeros(at.size, dtype=np.bool_)
    is_known = np.zeros(at.size, dtype=np.bool_)
    is_asked = faults.is_slow & (faults.failure < watch.end) & (faults.onset >= watch.begin)
    lead = np.full(len(faults.cause), np.nan)
    begins, ends = (np.searchsorted(asset, faults.asset, side=side) for side in _SIDES)
    for place in range(len(faults.cause)):
        here = slice(begins[place], ends[place])
        times = at[here]
        is_hit = (times >= faults.onset[place]) & (times < faults.failure[place])
        is_true[here] |= is_hit
        is_known[here] |= (times >= faults.failure[place]) & (times < faults.repaired[place])
        if is_hit.any():
            lead[place] = faults.failure[place] - times[is_hit][0]
    rows = faults.asset[is_asked]
    lead = lead[is_asked]
    is_false = ~is_true & ~is_known
    return Tally(
        days=watch.watched,
        faults=_count(rows, watch.assets),
        warned=_count(rows[~np.isnan(lead)], watch.assets),
        ahead=_count(rows[np.nan_to_num(lead) >= AHEAD_DAYS], watch.assets),
        true=_count(asset[is_true], watch.assets),
        false=_count(asset[is_false], watch.assets),
        lead=lead,
        lead_asset=rows,
        causes=tuple(cause for cause, is_it in zip(faults.cause, is_asked, strict=True) if is_it),
        severity=faults.severity[is_asked],
    )


def figures(counts: Tally, seed: int, draws: int = DRAWS) -> Figures:
    """The figures of a rule, with intervals by drawing the assets again (seeded)."""
    rng = np.random.default_rng(seed)
    assets = counts.days.size
    weights = rng.multinomial(assets, np.full(assets, 1 / assets), size=draws).astype(np.float64)
    judged = counts.true + counts.false
    return Figures(
        asset_days=float(counts.days.sum()),
        faults=int(counts.faults.sum()),
        warnings=int(judged.sum()),
        precision=_ratio(counts.true, judged, weights),
        recall=_ratio(counts.warned, counts.faults, weights),
        ahead_share=_ratio(counts.ahead, counts.faults, weights),
        median_lead_days=_median(counts, weights),
        false_per_100_days=_ratio(counts.false * PER_DAYS, counts.days, weights),
    )


def share_ahead_by_cause(counts: Tally) -> dict[str, tuple[int, float]]:
    """For each cause: how many faults, and the share that was warned of in time."""
    causes = np.array(counts.causes)
    is_ahead = np.nan_to_num(counts.lead) >= AHEAD_DAYS
    return {
        str(cause): (int((causes == cause).sum()), float(is_ahead[causes == cause].mean()))
        for cause in np.unique(causes)
    }


def share_ahead_by_grade(counts: Tally) -> dict[str, tuple[int, float]]:
    """For faint, usual and strong faults: how many, and the share that was warned of in time."""
    is_ahead = np.nan_to_num(counts.lead) >= AHEAD_DAYS
    found = {}
    for name, low, high in GRADES:
        is_of = (counts.severity >= low) & (counts.severity < high)
        if is_of.any():
            found[name] = (int(is_of.sum()), round(float(is_ahead[is_of].mean()), 4))
    return found


def _count(rows: NDArray[np.int64], assets: int) -> Counts:
    return np.bincount(rows, minlength=assets).astype(np.float64)


def _ratio(part: Counts, whole: Counts, weights: Counts) -> Estimate:
    if not whole.sum():
        return Estimate(value=np.nan, low=np.nan, high=np.nan)
    below = weights @ whole
    drawn = (weights @ part)[below > 0] / below[below > 0]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(value=float(part.sum() / whole.sum()), low=float(low), high=float(high))


def _median(counts: Tally, weights: Counts) -> Estimate:
    is_warned = ~np.isnan(counts.lead)
    if not is_warned.any():
        return Estimate(value=np.nan, low=np.nan, high=np.nan)
    lead, rows = counts.lead[is_warned], counts.lead_asset[is_warned]
    order = np.argsort(lead)
    heavy = np.cumsum(weights[:, rows[order]], axis=1)
    is_drawn = heavy[:, -1] > 0
    places = (heavy[is_drawn] >= heavy[is_drawn, -1:] / 2).argmax(axis=1)
    low, high = np.quantile(lead[order][places], [0.025, 0.975])
    return Estimate(value=float(np.median(lead)), low=float(low), high=float(high))
