"""Rankings, the last five, and stars."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.duties.matrix import OrganisationId
from analytics.errors import BadAssessment
from analytics.supervision.indicator import INDICATORS, Aspect
from analytics.supervision.score import Coverage, Ratings, Record, Score, Tally, score
from analytics.supervision.standing import LAST, Measure, rank, stars


def a_score(company: int, equipment: float, total: float | None = None) -> Score:
    seen = Coverage(registered=10, commissioned=10, reporting=10)
    return Score(
        company=OrganisationId(company),
        lines=(),
        coverage=seen,
        ratings=Ratings(),
        equipment=equipment,
        total=total,
    )


def test_the_best_stands_first_and_the_last_five_are_named() -> None:
    found = rank([a_score(n, 50.0 + n) for n in range(1, 13)])

    assert [one.company for one in found.standings] == list(range(12, 0, -1))
    assert [int(one.company) for one in found.standings if one.is_last] == [5, 4, 3, 2, 1]
    assert [one.rank for one in found.standings] == list(range(1, 13))


def test_nobody_is_last_of_one_and_at_most_half_are() -> None:
    assert not any(one.is_last for one in rank([a_score(1, 10.0)]).standings)
    three = rank([a_score(n, float(n)) for n in (1, 2, 3)])
    assert [int(one.company) for one in three.standings if one.is_last] == [1]


def test_equal_points_share_a_rank_and_are_spared_together() -> None:
    found = rank([a_score(1, 90), a_score(2, 70), a_score(3, 70), a_score(4, 70)])

    assert [one.rank for one in found.standings] == [1, 2, 2, 2]
    assert not any(one.is_last for one in found.standings)


def test_one_company_without_answers_sets_the_measure_for_all() -> None:
    rated = [a_score(1, 50, 80), a_score(2, 60, 70)]

    assert rank(rated).measure is Measure.TOTAL
    assert [int(one.company) for one in rank(rated).standings] == [1, 2]
    mixed = rank([*rated, a_score(3, 55)])
    assert mixed.measure is Measure.EQUIPMENT
    assert [int(one.company) for one in mixed.standings] == [2, 3, 1]


@given(st.lists(st.floats(0, 100), max_size=40))
def test_order_of_arrival_does_not_matter(points: list[float]) -> None:
    scores = [a_score(n, value) for n, value in enumerate(points)]
    found = rank(scores)

    assert found == rank(scores[::-1])
    assert sum(one.is_last for one in found.standings) <= LAST
    shown = [one.points for one in found.standings]
    assert shown == sorted(shown, reverse=True)


def test_a_company_stands_in_a_ranking_once() -> None:
    with pytest.raises(BadAssessment):
        rank([a_score(1, 1), a_score(1, 2)])


def measured() -> Score:
    seen = Coverage(registered=10, commissioned=10, reporting=10)
    tallies = {one.key: Tally(of=10, kept=5) for one in INDICATORS}
    return score([Record(company=OrganisationId(1), coverage=seen, tallies=tallies)])[0]


def test_stars_need_every_aspect_assessed() -> None:
    part = stars(measured(), {Aspect.CLEANING: 80})

    assert part.stars is None
    assert part.marks is not None
    unknown = [one.aspect for one in part.aspects if one.marks is None]
    assert Aspect.GREENERY in unknown
    assert Aspect.EQUIPMENT not in unknown


def test_what_is_measured_is_not_overruled_by_an_inspection() -> None:
    inspected = dict.fromkeys(Aspect, 100.0)
    found = stars(measured(), inspected)
    equipment = next(one for one in found.aspects if one.aspect is Aspect.EQUIPMENT)

    assert equipment.is_measured
    assert equipment.marks == pytest.approx(50)
    assert found.stars == 4


def test_an_aspect_without_weight_is_not_waited_for() -> None:
    found = stars(measured(), {}, {Aspect.EQUIPMENT: 1.0})

    assert found.stars == 1
    assert found.marks == pytest.approx(50)


def test_marks_out_of_range_are_refused() -> None:
    with pytest.raises(BadAssessment, match="cleaning"):
        stars(measured(), {Aspect.CLEANING: 101})
