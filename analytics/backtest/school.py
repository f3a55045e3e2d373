"""How a model is made: taught on older time, judged on newer time that it has not seen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analytics.backtest.contest import Season, tuned
from analytics.backtest.tally import Figures, figures, tally
from analytics.backtest.truth import Faults
from analytics.features.table import FEATURES
from analytics.models.model import Model, Odds, Outlook, growth_of
from analytics.models.rule import Raised, Rule, warnings_of
from analytics.models.scan import Shape, Table
from analytics.models.train import Past, score_days, train

Tell = Callable[[float, str], None]

HELD_BACK: Final = 0.35
"""Share of the days, the newest, that a model is judged on."""
GROWTHS: Final = (0.0, 1.1, 1.5)
"""Odds are told for warnings whose score has grown so many times since the day before: those that
stand still, those that grow, those that have jumped."""
_FEW: Final = 5
"""Lead times of fewer warnings than this are no basis for a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a model is taught with.

    Attributes:
        budget: Most false warnings per 100 asset-days on the time that it is taught on.
        seed: Of the intervals of its figures.
    """

    asset_class: str
    shape: Shape
    budget: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """A model with its figures on time that was held back."""

    model: Model
    figures: Figures


def teach(season: Season, lesson: Lesson, tell: Tell) -> Model:
    """A model from all days of a season.

    Raises:
        TooLittleHistory: The season is shorter than a model needs.
    """
    past = Past(days=season.days, unsound=season.unsound)
    scan = train(past, FEATURES[lesson.asset_class], lesson.shape, lambda s, n: tell(s / 2, n))
    scores = score_days(season.days, scan, lambda share, now: tell(0.5 + share / 2, now))
    rule = tuned(scores, season, lesson.budget)
    known = scores[~np.isnan(scores)]
    return Model(
        asset_class=lesson.asset_class,
        scan=scan,
        rule=rule if np.isfinite(rule.threshold) else replace(rule, threshold=_above(known)),
        middle=float(np.median(known)) if known.size else 1.0,
        outlook=_outlook(scores, season, rule),
    )


def teach_and_judge(season: Season, lesson: Lesson, tell: Tell) -> Taught:
    """A model from the older days, with its figures on the newer ones.

    Raises:
        TooLittleHistory: The older part is shorter than a model needs.
    """
    split = round(season.days.shape[1] * (1 - HELD_BACK))
    older = Season(days=season.days[:, :split], faults=season.faults, begin=season.begin)
    model = teach(older, lesson, lambda share, now: tell(share * 0.8, now))
    newer = Season(days=season.days, faults=season.faults, begin=split)
    scores = score_days(season.days, model.scan, lambda share, now: tell(0.8 + share / 5, now))
    counts = tally(newer.faults, warnings_of(scores, newer.times, model.rule), newer.watch())
    return Taught(model=model, figures=figures(counts, lesson.seed))


def _above(known: Table) -> float:
    """A threshold that nothing of this past has reached: no threshold kept the budget."""
    return float(known.max()) * 2 if known.size else 1.0


def _outlook(scores: Table, season: Season, rule: Rule) -> Outlook:
    """What followed the warnings of the rule."""
    raised = warnings_of(scores, season.times, rule)
    is_counted = raised.at >= season.begin
    raised = Raised(asset=raised.asset[is_counted], at=raised.at[is_counted])
    if not raised.at.size:
        return Outlook()
    lead = _leads(raised, season.faults)
    day = raised.at.astype(np.int64) - 1
    growth = growth_of(scores[raised.asset, day], scores[raised.asset, np.maximum(day - 1, 0)])
    kind = np.searchsorted(GROWTHS, growth, side="right") - 1
    kind[np.isnan(growth)] = -1
    is_true = ~np.isnan(lead)
    odds = tuple(
        Odds(
            over=over,
            judged=int((is_here := kind == place).sum()),
            true=int((is_here & is_true).sum()),
        )
        for place, over in enumerate(GROWTHS)
    )
    if is_true.sum() < _FEW:
        return Outlook(odds=odds)
    soonest, latest = np.quantile(lead[is_true], [0.1, 0.9])
    return Outlook(soonest_days=float(soonest), latest_days=float(latest), odds=odds)


def _leads(raised: Raised, faults: Faults) -> Table:
    """Time from each warning to the failure of its fault [days]; NaN: it was of none."""
    lead = np.full(raised.at.size, np.nan)
    for place in range(len(faults.cause)):
        is_of = (
            (raised.asset == faults.asset[place])
            & (raised.at >= faults.onset[place])
            & (raised.at < faults.failure[place])
        )
        lead[is_of] = faults.failure[place] - raised.at[is_of]
    return lead
