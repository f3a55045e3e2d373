"""A company's score of one period, from counted facts and people's ratings.

Every indicator is a rate: things done well out of things to be done. A rate is drawn towards
that of all companies the more, the less there was to do, so that one bad day of a company with
three lifts says less than ten of a company with three hundred:

    rate = coverage * (kept + strength * coverage * mean) / (of + strength * coverage)

`mean` is the pooled rate of all companies in the same period, `strength` a number of things to
be done that count as much as the pool. `coverage` is the share of registered assets that
reported: what a silent sensor would have shown counts as to be done and not as done well. With
it the rate is `coverage` times what full coverage would have given, so muting can only cost.

References:
    Efron and Morris (1975), "Data analysis using Stein's estimator", JASA 70(350), for drawing
    small groups towards the mean; the strength is ours.
    Weight of owners and owners' committees: 60 % (public documents behind the project, secondary).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.duties.matrix import OrganisationId
from analytics.errors import BadAssessment
from analytics.supervision.indicator import (
    FULL_MARKS,
    INDICATORS,
    Indicator,
    IndicatorKey,
)

STRENGTH: Final = 20.0
"""Things to be done that weigh as much as the pool of all companies; ours, to be reviewed."""
OWNERS_WEIGHT: Final = 0.6
MIN_ANSWERS: Final = 5
"""Fewest answers of owners with which a total is formed; ours, to be reviewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One fact behind a point, as something that can be looked up.

    Attributes:
        kind: What it is: alarm, order or asset.
        id: Its row.
    """

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What there was to do, and what was done well.

    Attributes:
        of: Things to be done that are the company's own.
        kept: Those done well.
        outside: Things whose cause lies outside (mains, network, vandals): shown, not counted.
        missed: What was not done well, in full.
    """

    of: int
    kept: int
    outside: int = 0
    missed: tuple[Trace, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.kept <= self.of or self.outside < 0:
            raise BadAssessment(f"{self.kept} of {self.of} is no tally")


NOTHING: Final = Tally(of=0, kept=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of a company's equipment is watched; each a number of assets.

    Attributes:
        registered: All that are known.
        commissioned: Those whose walk test was passed.
        reporting: Asset-days with a word, over the days of the period.
        in_contract: Lifts with a maintenance contract in force, of `lifts`.
    """

    registered: int
    commissioned: int
    reporting: float
    lifts: int = 0
    in_contract: int = 0

    def __post_init__(self) -> None:
        is_counted = 0 <= self.commissioned <= self.registered
        if not is_counted or not 0 <= self.reporting <= self.registered:
            raise BadAssessment("more assets commissioned or reporting than registered")
        if not 0 <= self.in_contract <= self.lifts <= self.registered:
            raise BadAssessment("more lifts in contract than registered")

    @property
    def share(self) -> float:
        """Share of the registered assets that reported, 0 to 1; 1 when there are none."""
        return self.reporting / self.registered if self.registered else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """What owners and owners' committees answered.

    Attributes:
        answers: How many.
        mean: Their mean, 0 to 100; None when nobody answered.
    """

    answers: int = 0
    mean: float | None = None

    def __post_init__(self) -> None:
        if (self.answers == 0) != (self.mean is None) or self.answers < 0:
            raise BadAssessment("a mean belongs to at least one answer")
        if self.mean is not None and not 0 <= self.mean <= 100:
            raise BadAssessment(f"{self.mean} is not between 0 and 100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One company's facts of one period."""

    company: OrganisationId
    coverage: Coverage
    tallies: Mapping[IndicatorKey, Tally]
    ratings: Ratings = Ratings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One indicator of one score, with all that is needed to work it out again.

    Attributes:
        mean: Pooled rate of all companies, 0 to 1.
            None: nobody had anything to do, and the indicator counts for nobody.
        coverage: Share of assets that reported; 1 where the indicator does not depend on sensors.
        rate: Rate after drawing, 0 to 1.
        full: What full marks bring; those of all lines that count sum to 100.
        points: What it brings.
    """

    indicator: Indicator
    tally: Tally
    mean: float | None
    coverage: float
    rate: float
    full: float
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One company's score of one period.

    Attributes:
        equipment: From the loop's own facts, 0 to 100.
        total: With 60 % from owners' ratings; None while too few have answered.
    """

    company: OrganisationId
    lines: tuple[Line, ...]
    coverage: Coverage
    ratings: Ratings
    equipment: float
    total: float | None

    @property
    def faults_per_100_assets(self) -> float | None:
        """Things not done well per 100 registered assets; None without assets."""
        missed = sum(line.tally.of - line.tally.kept for line in self.lines)
        return 100 * missed / self.coverage.registered if self.coverage.registered else None


def score(records: Sequence[Record], strength: float = STRENGTH) -> list[Score]:
    """Scores of all companies of one period, in the order given.

    Args:
        records: Every company that is compared; the pool is theirs.
        strength: See the module.
    """
    means = {one.key: _pooled(records, one.key) for one in INDICATORS}
    pool = _Pool(means=means, strength=strength)
    return [_score(record, pool) for record in records]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pool:
    means: Mapping[IndicatorKey, float | None]
    strength: float

    def full(self, one: Indicator) -> float:
        """What an indicator is worth when those that nobody had anything to do with are left out."""
        if self.means[one.key] is None:
            return 0.0
        counted = sum(other.points for other in INDICATORS if self.means[other.key] is not None)
        return one.points * FULL_MARKS / counted


def rate_of(tally: Tally, mean: float, coverage: float, strength: float = STRENGTH) -> float:
    """The rate by the formula of the module; 0 when nothing at all was watched."""
    if coverage <= 0:
        return 0.0
    return (tally.kept + strength * mean * coverage) / (tally.of + strength * coverage) * coverage


def _pooled(records: Sequence[Record], key: IndicatorKey) -> float | None:
    tallies = [record.tallies.get(key, NOTHING) for record in records]
    of = sum(tally.of for tally in tallies)
    return sum(tally.kept for tally in tallies) / of if of else None


def _score(record: Record, pool: _Pool) -> Score:
    lines = tuple(_line(one, record, pool) for one in INDICATORS)
    equipment = sum(line.points for line in lines)
    return Score(
        company=record.company,
        lines=lines,
        coverage=record.coverage,
        ratings=record.ratings,
        equipment=equipment,
        total=total_of(equipment, record.ratings),
    )


def total_of(equipment: float, ratings: Ratings) -> float | None:
    """The weighted total; None while too few owners have answered, never a stand-in."""
    if ratings.mean is None or ratings.answers < MIN_ANSWERS:
        return None
    return OWNERS_WEIGHT * ratings.mean + (1 - OWNERS_WEIGHT) * equipment


def _line(one: Indicator, record: Record, pool: _Pool) -> Line:
    tally = record.tallies.get(one.key, NOTHING)
    mean = pool.means[one.key]
    share = record.coverage.share if one.needs_sensors else 1.0
    rate = 0.0 if mean is None else rate_of(tally, mean, share, pool.strength)
    full = pool.full(one)
    return Line(
        indicator=one,
        tally=tally,
        mean=mean,
        coverage=share,
        rate=rate,
        full=full,
        points=full * rate,
    )
