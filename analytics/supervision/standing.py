"""Who stands where: the ranking of a place, its last five, and the stars of eight aspects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from analytics.duties.matrix import OrganisationId
from analytics.errors import BadAssessment
from analytics.supervision.indicator import Aspect
from analytics.supervision.measure import Kind
from analytics.supervision.score import Score

LAST: Final = 5
"""Companies of each street and month that are called to account (Kuiwen district, secondary)."""


RED_MARKS: Final = 90.0
"""Fewest points for a proposal of the red list (site rule)."""
BLACK_MARKS: Final = 60.0
"""Points below which the black list is proposed (site rule)."""


class Measure(StrEnum):
    """By what a ranking was made; one for all who stand in it."""

    TOTAL = "total"
    """With the owners' 60 %: enough of them answered at every company."""
    EQUIPMENT = "equipment"
    """By the loop's own facts alone: somewhere too few have answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One company's place in a ranking.

    Attributes:
        rank: 1 is the best; equals share a rank.
        points: What it was ranked by, 0 to 100.
        is_last: Whether it is among those called to account.
    """

    rank: int
    company: OrganisationId
    points: float
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All companies of one place and period, the best first."""

    measure: Measure
    standings: tuple[Standing, ...]


def rank(scores: Sequence[Score], last: int = LAST) -> Ranking:
    """Rank the companies of one place, and name the last ones.

    Nobody is last of few: at most half of a ranking is called to account, and whoever has the
    same points as the last one that is not is spared too.

    Args:
        scores: Each company once.
        last: How many are called to account at most.
    """
    measure = Measure.EQUIPMENT
    if scores and all(score.total is not None for score in scores):
        measure = Measure.TOTAL
    points = {score.company: _points(score, measure) for score in scores}
    if len(points) != len(scores):
        raise BadAssessment("a company stands in the ranking twice")
    ordered = sorted(points, key=lambda company: (-points[company], company))
    called = min(last, len(ordered) // 2)
    spared = [points[company] for company in ordered[: len(ordered) - called]]
    threshold = spared[-1] if spared else 0.0
    ranks = {
        value: place for place, value in reversed(list(enumerate(_values(ordered, points), 1)))
    }
    return Ranking(
        measure=measure,
        standings=tuple(
            Standing(
                rank=ranks[points[company]],
                company=company,
                points=points[company],
                is_last=points[company] < threshold,
            )
            for company in ordered
        ),
    )


def _values(
    ordered: Sequence[OrganisationId], points: Mapping[OrganisationId, float]
) -> list[float]:
    return [points[company] for company in ordered]


def _points(score: Score, measure: Measure) -> float:
    """Rounded as printed, so that a rank never rests on what nobody can see."""
    value = score.total if measure is Measure.TOTAL and score.total is not None else score.equipment
    return round(value, 1)


def list_of(points: float) -> Kind | None:
    """The list that a company's points propose; None for most."""
    if points >= RED_MARKS:
        return Kind.RED_LIST
    return Kind.BLACK_LIST if points < BLACK_MARKS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AspectMark:
    """How one of the eight aspects stands.

    Attributes:
        marks: 0 to 100; None: nobody has assessed it.
        is_measured: Whether it comes from the loop's own facts and not from an inspection.
        weight: What it counts among the aspects that were assessed.
    """

    aspect: Aspect
    marks: float | None
    is_measured: bool
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stars:
    """A star rating with what it rests on.

    Attributes:
        stars: 1 to 5; None while not all aspects are assessed.
        marks: Weighted mean of the assessed aspects, 0 to 100; None when none is.
    """

    aspects: tuple[AspectMark, ...]
    marks: float | None
    stars: int | None


STAR_MARKS: Final = ((90.0, 5), (80.0, 4), (70.0, 3), (60.0, 2))
"""Fewest marks for five, four, three and two stars; below them one (site rule)."""


def stars(
    score: Score, inspected: Mapping[Aspect, float], weights: Mapping[Aspect, float] | None = None
) -> Stars:
    """The star rating: measured aspects by their indicators, the others by inspections.

    Args:
        score: The company's score of the period.
        inspected: Marks that people gave, 0 to 100; used where nothing is measured.
        weights: What each aspect counts; equal when not given.
    """
    marks = tuple(_mark(aspect, score, inspected, weights) for aspect in Aspect)
    known = [(one.marks, one.weight) for one in marks if one.marks is not None and one.weight > 0]
    if not known:
        return Stars(aspects=marks, marks=None, stars=None)
    mean = sum(value * weight for value, weight in known) / sum(weight for _, weight in known)
    is_whole = all(one.marks is not None or one.weight == 0 for one in marks)
    return Stars(aspects=marks, marks=mean, stars=_stars(mean) if is_whole else None)


def _mark(
    aspect: Aspect,
    score: Score,
    inspected: Mapping[Aspect, float],
    weights: Mapping[Aspect, float] | None,
) -> AspectMark:
    weight = 1.0 if weights is None else weights.get(aspect, 0.0)
    lines = [line for line in score.lines if line.indicator.aspect is aspect and line.full > 0]
    if lines:
        full = sum(line.full for line in lines)
        marks = 100 * sum(line.points for line in lines) / full
        return AspectMark(aspect=aspect, marks=marks, is_measured=True, weight=weight)
    given = inspected.get(aspect)
    if given is not None and not 0 <= given <= 100:
        raise BadAssessment(f"{given} marks for {aspect} are not between 0 and 100")
    return AspectMark(aspect=aspect, marks=given, is_measured=False, weight=weight)


def _stars(marks: float) -> int:
    return next((count for least, count in STAR_MARKS if marks >= least), 1)
