"""Macros become what Grafana would make of them; what Grafana does not know is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.grafana.errors import BadPanel
from dashboards.grafana.macros import Choice, expand, variables_of

_ENDS = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _choice(days: float = 1, shortest_s: int = 60, **values: str) -> Choice:
    return Choice(
        begins_at=_ENDS - timedelta(days=days),
        ends_at=_ENDS,
        shortest=timedelta(seconds=shortest_s),
        values=values,
    )


@pytest.mark.parametrize(
    ("sql", "expanded"),
    [
        ("$__timeFrom()", "'2026-11-21T12:00:00Z'"),
        ("$__timeTo()", "'2026-11-22T12:00:00Z'"),
        ("$__timeFilter(at)", "at BETWEEN '2026-11-21T12:00:00Z' AND '2026-11-22T12:00:00Z'"),
        ("$__timeGroup(at, '5m')", "time_bucket('300.000s',at)"),
        ("$__timeGroup(at, 1h)", "time_bucket('3600.000s',at)"),
        ("$__timeGroupAlias(a.at, $__interval)", "time_bucket('300.000s',a.at) AS \"time\""),
        ("$__timeGroupAlias(at, $__interval, NULL)", "time_bucket('300.000s',at) AS \"time\""),
        ("SELECT 1", "SELECT 1"),
    ],
)
def test_a_macro_becomes_what_grafana_makes_of_it(sql: str, expanded: str) -> None:
    assert expand(sql, _choice()) == expanded


@pytest.mark.parametrize(
    ("days", "shortest_s", "interval_s"),
    [
        (1, 60, 300),
        (1 / 24, 1, 5),
        (7, 3600, 3600),
        (30, 3600, 3600),
        (60, 3600, 7200),
        (365, 3600, 43200),
        (4000, 1, 604800),
    ],
)
def test_the_interval_leaves_no_more_points_than_pixels(
    days: float, shortest_s: int, interval_s: int
) -> None:
    assert _choice(days, shortest_s).interval_s == interval_s


@pytest.mark.parametrize(
    ("sql", "value", "expanded"),
    [
        ("${place:sqlstring}::ltree", "city.d1", "'city.d1'::ltree"),
        ("${place:sqlstring}", "a'b", "'a''b'"),
        ("name_${place:raw}", "en", "name_en"),
    ],
)
def test_a_value_is_written_in_its_form(sql: str, value: str, expanded: str) -> None:
    assert expand(sql, _choice(place=value)) == expanded


@pytest.mark.parametrize(
    "sql",
    [
        "$__unixEpochFilter(at)",
        "${place:sqlstring}",
        "$place",
        "${place:csv}",
        "$__timeGroup(at)",
        "$__timeGroup(at, 5x)",
    ],
)
def test_what_grafana_would_not_expand_is_refused(sql: str) -> None:
    choice = _choice(place="city") if "csv" in sql else _choice()
    with pytest.raises(BadPanel):
        expand(sql, choice)


def test_the_variables_of_a_query_are_known() -> None:
    assert variables_of("${place:sqlstring} ${language:raw} $__timeFrom()") == {"place", "language"}
