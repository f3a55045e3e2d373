"""The contest: the model and the trivial rules on the same seasons, tuned to the same budget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.backtest.baseline import ScoreDays
from analytics.backtest.tally import Figures, Tally, figures, tally
from analytics.backtest.truth import Faults, Watch
from analytics.models.rule import Raised, Rule, warnings_of, warnings_of_each
from analytics.models.scan import Days, Table

MODEL: Final = "model"
NEEDED: Final = (1, 2, 3)
"""Steps in a row that may be asked for; which one is tuned for every rule."""
LED: Final = (0, 2)
"""Steps before those that must have been near the threshold; tuned for every rule too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Months of assets of one class with their truth.

    Attributes:
        days: Features, shape (n_assets, n_days, n_features); a day's are known at its end.
        begin: First day on which warnings count: before it rules may warm up.
        per_day: Steps of a day: with more than one, `days` and `begin` are steps.
    """

    days: Days
    faults: Faults
    begin: int
    per_day: int = 1

    @property
    def times(self) -> Table:
        """When a day's score is said [days from the start], shape (n_days,)."""
        return np.arange(1, self.days.shape[1] + 1, dtype=np.float64) / self.per_day

    def watch(self) -> Watch:
        """How long the rules were watched; a day without any reading is none of an asset."""
        is_read = ~np.isnan(self.days[:, self.begin :]).all(axis=2)
        return Watch(
            assets=self.days.shape[0],
            begin=self.begin / self.per_day,
            end=(self.days.shape[1] + 1) / self.per_day,
            watched=is_read.sum(axis=1) / self.per_day,
        )

    @property
    def unsound(self) -> NDArray[np.bool_]:
        """Days on which a fault was at work, shape (n_assets, n_days)."""
        flags = np.zeros(self.days.shape[:2], dtype=np.bool_)
        for place, asset in enumerate(self.faults.asset):
            first = max(0, int(self.faults.onset[place] * self.per_day))
            last = int(np.ceil(self.faults.repaired[place] * self.per_day))
            flags[asset, first : last + 1] = True
        return flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A rule that takes part.

    Attributes:
        rule: When its score becomes a warning; None: still to be tuned.
        beside: Warnings that its watch of hours raised beside it, one for each testing season.
    """

    score: ScoreDays
    rule: Rule | None = None
    beside: tuple[Raised, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one rule did on the seasons that it was not tuned on."""

    name: str
    rule: Rule
    counts: Tally
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is the same for all rules.

    Attributes:
        budget: Most false warnings per 100 asset-days that a rule may raise on the tuning season.
        seed: Of the bootstrap.
    """

    budget: float
    seed: int


Tell = Callable[[str], None]


def contest(
    contenders: dict[str, Contender],
    tuning: Season,
    testing: Sequence[Season],
    terms: Terms,
    tell: Tell,
) -> list[Standing]:
    """Tune every rule on one season, judge it on the others; two need no tuning.

    Args:
        contenders: By name.
        tuning: Where thresholds come from.
        testing: What is reported; other seeds, other laws of growth.
        terms: The same for all.
        tell: Is told which rule is at work.
    """
    standings = []
    for name, contender in contenders.items():
        tell(name)
        rule = contender.rule or tuned(contender.score(tuning.days), tuning, terms.budget)
        raised = [
            warnings_of(contender.score(season.days), season.times, rule) for season in testing
        ]
        if contender.beside:
            raised = [both(*pair) for pair in zip(raised, contender.beside, strict=True)]
        standings.append(_standing(name, rule, raised, testing, terms.seed))
    for name, raised_by in (("always", _always), ("never", _never)):
        rule = Rule(threshold=np.inf)
        raised = [raised_by(season) for season in testing]
        standings.append(_standing(name, rule, raised, testing, terms.seed))
    return standings


def tuned(scores: Table, season: Season, budget: float) -> Rule:
    """The rule that warns of most faults in time on a season within a budget of false warnings.

    Every threshold of a grid over the scores' upper half is tried: false warnings do not simply
    fall with the threshold, since one that stands for ever is raised only once.
    """
    known = scores[~np.isnan(scores)]
    if not known.size:
        return _DUMB
    best, most = _DUMB, (0.0, 0.0)
    watch = season.watch()
    grid = np.unique(np.quantile(known, 1 - np.geomspace(0.5, 1e-5, _TRIED)))
    for needed, led in product(NEEDED, LED):
        rules = [Rule(threshold=float(one), needed=needed, led=led) for one in grid]
        for rule, raised in zip(rules, warnings_of_each(scores, season.times, rules), strict=True):
            counts = tally(season.faults, raised, watch)
            is_bearable = counts.false.sum() * 100 <= budget * counts.days.sum()
            found = (float(counts.ahead.sum()), -float(counts.false.sum()))
            if is_bearable and found > most:
                best, most = rule, found
    return best


REST_DAYS: Final = 8.0
"""What one watch has warned of stands for a day at least and rests for a week: the other watch
raises nothing of that asset meanwhile."""


def both(one: Raised, other: Raised) -> Raised:
    """The warnings of two watches of the same assets, as the platform raises them."""
    order = np.argsort(np.concatenate([one.at, other.at]), kind="stable")
    asset = np.concatenate([one.asset, other.asset])[order]
    at = np.concatenate([one.at, other.at])[order]
    of_other = (order >= one.at.size).tolist()
    newest: dict[tuple[int, bool], float] = {}
    kept = []
    for place, (row, time) in enumerate(zip(asset.tolist(), at.tolist(), strict=True)):
        if time - newest.get((row, not of_other[place]), -np.inf) >= REST_DAYS:
            newest[row, of_other[place]] = time
            kept.append(place)
    return Raised(asset=asset[kept], at=at[kept])


_DUMB: Final = Rule(threshold=np.inf)
"""Says nothing: for a rule that no threshold keeps within the budget."""
_TRIED: Final = 60


def _standing(
    name: str, rule: Rule, raised: Sequence[Raised], testing: Sequence[Season], seed: int
) -> Standing:
    counts = joined(
        [
            tally(season.faults, warnings, season.watch())
            for season, warnings in zip(testing, raised, strict=True)
        ]
    )
    return Standing(name=name, rule=rule, counts=counts, figures=figures(counts, seed))


def joined(parts: Sequence[Tally]) -> Tally:
    """Counts of several seasons as one; their assets are different ones."""
    offsets = np.cumsum([0, *(part.days.size for part in parts[:-1])])
    return Tally(
        days=np.concatenate([part.days for part in parts]),
        faults=np.concatenate([part.faults for part in parts]),
        warned=np.concatenate([part.warned for part in parts]),
        ahead=np.concatenate([part.ahead for part in parts]),
        true=np.concatenate([part.true for part in parts]),
        false=np.concatenate([part.false for part in parts]),
        lead=np.concatenate([part.lead for part in parts]),
        lead_asset=np.concatenate(
            [part.lead_asset + offset for part, offset in zip(parts, offsets, strict=True)]
        ),
        causes=tuple(cause for part in parts for cause in part.causes),
        severity=np.concatenate([part.severity for part in parts]),
    )


def _always(season: Season) -> Raised:
    """A warning of every asset on every day."""
    assets, days = season.days.shape[:2]
    return Raised(
        asset=np.tile(np.arange(assets, dtype=np.int64), days), at=np.repeat(season.times, assets)
    )


def _never(season: Season) -> Raised:
    _ = season
    return Raised(asset=np.zeros(0, dtype=np.int64), at=np.zeros(0))
