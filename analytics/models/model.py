"""A model of early warning: the scan, when it warns, and what its warnings were worth."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from analytics.models.rule import Rule
from analytics.models.scan import Scan


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
    """How often warnings of a strength came true where the truth was known.

    Attributes:
        over: Strength from which on this holds [multiple of the threshold].
        judged: Warnings of this strength.
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
        odds: By strength, weakest first; empty: unknown.
    """

    soonest_days: float = 3.0
    latest_days: float = 45.0
    odds: tuple[Odds, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """All that a cycle needs.

    Attributes:
        middle: Middle score of all assets and days of the training; drift is measured by it.
    """

    asset_class: str
    scan: Scan
    rule: Rule
    middle: float
    outlook: Outlook


def confidence(model: Model, score: float) -> Confidence:
    """How sure a warning of this score is, in words."""
    strength = score / model.rule.threshold
    fitting = [odds for odds in model.outlook.odds if strength >= odds.over]
    if not fitting or fitting[-1].judged < ENOUGH:
        return Confidence.UNKNOWN
    share = fitting[-1].true / fitting[-1].judged
    if share >= 2 / 3:
        return Confidence.VERY_LIKELY
    return Confidence.LIKELY if share >= 1 / 3 else Confidence.POSSIBLE
