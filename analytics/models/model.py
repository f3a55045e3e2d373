"""A model of early warning: the scan, when it warns, and what its warnings were worth."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from analytics.models.rule import Rule
from analytics.models.scan import Scan, Table


class Sign(StrEnum):
    """What tells how often a warning comes true."""

    STRENGTH = "strength"
    """Its score [multiple of the threshold]: the models of former releases."""
    GROWTH = "growth"
    """Its score over that of the day before: wear grows, what stands still is a change of use, and
    what has jumped is a visit or a sensor."""


class Confidence(StrEnum):
    """How sure a warning is, in words; each stands for a share of such warnings that came true."""

    UNKNOWN = "unknown"
    """Nobody knows yet how often such warnings come true."""
    POSSIBLE = "possible"
    """Fewer than one in three."""
    LIKELY = "likely"
    """One to two in three."""
    VERY_LIKELY = "very_likely"
    """More than two in three."""


ENOUGH: Final = 8
"""A share of fewer warnings than this says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """How often warnings of a kind came true where the truth was known.

    Attributes:
        over: Value of the sign from which on this holds.
        judged: Warnings of this kind.
        true: Of them, true.
    """

    over: float
    judged: int
    true: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What followed warnings where the truth was known.

    Attributes:
        soonest_days: One failure in ten came sooner after the warning [days].
        latest_days: One failure in ten came later [days].
        odds: By the sign, smallest first; empty: unknown.
        sign: What the odds go by.
    """

    soonest_days: float = 3.0
    latest_days: float = 45.0
    odds: tuple[Odds, ...] = ()
    sign: Sign = Sign.GROWTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Hourly:
    """What a model knows of changes within hours.

    Attributes:
        edge: What sound assets seldom exceed [deviations], shape (n_features, n_lengths).
        threshold: Multiple of the edge from which on a warning is raised.
        soonest_hours: One failure in ten came sooner after the warning [h].
        latest_hours: One failure in ten came later [h].
    """

    edge: Table
    threshold: float
    soonest_hours: float
    latest_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """All that a cycle needs.

    Attributes:
        middle: Middle score of all assets and days of the training; drift is measured by it.
        hourly: For changes within hours; None: it looks at days alone.
    """

    asset_class: str
    scan: Scan
    rule: Rule
    middle: float
    outlook: Outlook
    hourly: Hourly | None = None


def growth_of(today: Table, before: Table) -> Table:
    """Scores over those of the day before, same shape; NaN: one is unknown, infinite: from nothing."""
    is_known = ~(np.isnan(today) | np.isnan(before))
    beyond = np.where(is_known, np.inf, np.nan)
    growth: Table = np.divide(today, before, out=beyond, where=is_known & (before > 0))
    return growth


def confidence(model: Model, score: float, growth: float) -> Confidence:
    """How sure a warning is, in words.

    Args:
        model: Its odds are of the time that it was taught on.
        score: Of the day.
        growth: Of the score since the day before; NaN: unknown.
    """
    is_by_strength = model.outlook.sign is Sign.STRENGTH
    seen = score / model.rule.threshold if is_by_strength else growth
    fitting = [odds for odds in model.outlook.odds if seen >= odds.over]
    if not fitting:
        return Confidence.UNKNOWN
    return told_of(fitting[-1].judged, fitting[-1].true)


def told_of(judged: int, true: int) -> Confidence:
    """How sure a warning is, in words, by how many of so many alike came true."""
    if judged < ENOUGH:
        return Confidence.UNKNOWN
    share = true / judged
    if share >= 2 / 3:
        return Confidence.VERY_LIKELY
    return Confidence.LIKELY if share >= 1 / 3 else Confidence.POSSIBLE
