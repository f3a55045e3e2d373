"""Scores: fair to small companies, hard on silence, never with a stand-in for people's word."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.duties.matrix import OrganisationId
from analytics.errors import BadAssessment
from analytics.supervision.indicator import FULL_MARKS, INDICATORS, IndicatorKey
from analytics.supervision.score import (
    MIN_ANSWERS,
    Coverage,
    Ratings,
    Record,
    Score,
    Tally,
    rate_of,
    score,
)

ACK = IndicatorKey.ACKNOWLEDGED


def coverage(registered: int = 100, reporting: float | None = None) -> Coverage:
    seen = float(registered) if reporting is None else reporting
    return Coverage(registered=registered, commissioned=registered, reporting=seen)


def record(
    company: int, kept: int, of: int, seen: Coverage | None = None, ratings: Ratings | None = None
) -> Record:
    return Record(
        company=OrganisationId(company),
        coverage=seen or coverage(),
        tallies={one.key: Tally(of=of, kept=kept) for one in INDICATORS},
        ratings=ratings or Ratings(),
    )


def scored(*records: Record) -> dict[int, Score]:
    return {int(found.company): found for found in score(records)}


def test_the_points_of_all_indicators_make_full_marks() -> None:
    assert sum(one.points for one in INDICATORS) == FULL_MARKS
    assert len({one.key for one in INDICATORS}) == len(IndicatorKey)


def test_who_does_all_well_has_full_marks_when_all_do() -> None:
    found = scored(record(1, 10, 10), record(2, 500, 500))

    assert found[1].equipment == pytest.approx(100)
    assert found[2].equipment == pytest.approx(100)


def test_one_bad_day_of_a_small_company_weighs_less() -> None:
    found = scored(record(1, 0, 1), record(2, 0, 100), record(3, 800, 899))

    assert found[2].equipment < found[1].equipment < found[3].equipment


def test_equal_skill_and_very_different_size_expect_equal_scores() -> None:
    """Two thousand months of a company with 5 things to do, beside one with 1,000."""
    rng = np.random.default_rng(7)
    skill = 0.85
    small, large = [], []
    for _ in range(2000):
        month = scored(
            record(1, int(rng.binomial(5, skill)), 5),
            record(2, int(rng.binomial(1000, skill)), 1000),
        )
        small.append(month[1].equipment)
        large.append(month[2].equipment)

    error = 3 * float(np.std(small)) / np.sqrt(len(small))
    assert float(np.mean(small)) == pytest.approx(float(np.mean(large)), abs=error + 0.1)
    assert float(np.std(small)) < 100 * np.sqrt(skill * (1 - skill) / 5) / 2


def month(company: int, kept: int, of: int, reporting: float) -> Record:
    """A month of a company with 100 assets, its coverage counted as an indicator too."""
    done = Tally(of=of, kept=kept)
    tallies = {one.key: done for one in INDICATORS if one.needs_sensors}
    tallies[IndicatorKey.PREVENTIVE] = Tally(of=100, kept=90)
    tallies[IndicatorKey.REPORTING] = Tally(of=100, kept=round(reporting))
    return Record(
        company=OrganisationId(company), coverage=coverage(100, reporting), tallies=tallies
    )


def test_muting_a_tenth_of_the_sensors_lowers_the_score() -> None:
    """Also when exactly the tenth is muted that would have shown what was not done."""
    others = month(9, 900, 1000, 100.0)
    honest = scored(month(1, 90, 100, 100.0), others)[1]
    at_random = scored(month(1, 81, 90, 90.0), others)[1]
    the_bad_ones = scored(month(1, 90, 90, 90.0), others)[1]
    all_of_them = scored(month(1, 0, 0, 0.0), others)[1]

    assert at_random.equipment < honest.equipment - 5
    assert the_bad_ones.equipment < honest.equipment
    assert all_of_them.equipment < at_random.equipment / 2


@given(
    kept=st.integers(0, 200),
    more=st.integers(0, 200),
    mean=st.floats(0, 1),
    shares=st.tuples(st.floats(0.0, 1), st.floats(0.0, 1)),
)
def test_a_rate_is_a_rate_and_only_falls_with_less_coverage(
    kept: int, more: int, mean: float, shares: tuple[float, float]
) -> None:
    tally = Tally(of=kept + more, kept=kept)
    less, full = sorted(shares)
    low, high = rate_of(tally, mean, less), rate_of(tally, mean, full)

    assert 0 <= low <= 1 + 1e-9
    assert 0 <= high <= 1 + 1e-9
    assert (
        rate_of(Tally(of=0, kept=0), mean, less) <= rate_of(Tally(of=0, kept=0), mean, full) + 1e-9
    )
    assert low <= full * 1.0000001 or low <= less * 1.0000001


@given(of=st.integers(1, 300), share=st.floats(0.05, 0.95), mean=st.floats(0, 1))
def test_silence_costs_its_share_of_what_full_coverage_gives(
    of: int, share: float, mean: float
) -> None:
    full = rate_of(Tally(of=of, kept=of), mean, 1.0)
    seen = round(of * share)
    part = rate_of(Tally(of=seen, kept=seen), mean, share)

    assert part <= share * full + 0.05


def test_outside_causes_stand_in_the_record_and_cost_nothing() -> None:
    plain = Record(
        company=OrganisationId(1), coverage=coverage(), tallies={ACK: Tally(of=9, kept=9)}
    )
    struck = Record(
        company=OrganisationId(1),
        coverage=coverage(),
        tallies={ACK: Tally(of=9, kept=9, outside=40)},
    )

    assert score([plain])[0].equipment == score([struck])[0].equipment


def test_owners_weigh_sixty_percent_once_enough_have_answered() -> None:
    rated = Ratings(answers=MIN_ANSWERS, mean=50.0)
    found = scored(record(1, 10, 10, ratings=rated))[1]

    assert found.total == pytest.approx(0.6 * 50 + 0.4 * 100)


@pytest.mark.parametrize("answers", range(MIN_ANSWERS))
def test_too_few_answers_are_no_total_and_nothing_stands_in(answers: int) -> None:
    ratings = Ratings(answers=answers, mean=90.0 if answers else None)

    assert scored(record(1, 10, 10, ratings=ratings))[1].total is None


def test_faults_are_told_per_hundred_assets() -> None:
    found = scored(record(1, 8, 10, coverage(200)))[1]

    assert found.faults_per_100_assets == pytest.approx(2 * len(INDICATORS) / 2)
    assert scored(record(1, 0, 0, coverage(0)))[1].faults_per_100_assets is None


def test_every_point_can_be_worked_out_from_its_line() -> None:
    for line in scored(record(1, 7, 9, coverage(50, 40.0)), record(2, 50, 80))[1].lines:
        assert line.mean is not None
        again = rate_of(line.tally, line.mean, line.coverage)
        assert line.points == pytest.approx(line.indicator.points * again)


def test_what_nobody_had_to_do_counts_for_nobody() -> None:
    found = score(
        [
            Record(
                company=OrganisationId(n), coverage=coverage(), tallies={ACK: Tally(of=9, kept=9)}
            )
            for n in (1, 2)
        ]
    )

    assert found[0].equipment == pytest.approx(100)
    assert [line.full for line in found[0].lines if line.indicator.key is not ACK] == [0.0] * (
        len(INDICATORS) - 1
    )


def test_nonsense_is_refused() -> None:
    with pytest.raises(BadAssessment):
        Tally(of=1, kept=2)
    with pytest.raises(BadAssessment):
        Ratings(answers=1)
    with pytest.raises(BadAssessment):
        Ratings(answers=1, mean=101)
    with pytest.raises(BadAssessment):
        Coverage(registered=1, commissioned=2, reporting=0)
    with pytest.raises(BadAssessment):
        Coverage(registered=2, commissioned=2, reporting=2, lifts=1, in_contract=2)
