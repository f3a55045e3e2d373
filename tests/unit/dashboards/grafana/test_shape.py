"""An answer that does not fit its panel is named, and so is a plan that reads telemetry whole."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.grafana.panels import AMBER, GREY, RED, Field, Kind, Panel, Steps
from dashboards.grafana.shape import chunks_of, problems_of, whole_scans
from dashboards.grafana.words import said

_AT = datetime(2026, 11, 22, tzinfo=UTC)


def _panel(kind: Kind, *keys: str) -> Panel:
    fields = tuple(Field(key=key, title=said(key, key)) for key in keys)
    return Panel(
        title=said("数", "n"), kind=kind, note=said("注", "note"), query="q", fields=fields
    )


_TREND = _panel(Kind.TIME_SERIES, "speed")
_STAT = _panel(Kind.STAT, "open")
_BARS = _panel(Kind.BARS, "class", "silent")


@pytest.mark.parametrize(
    ("panel", "columns", "rows"),
    [
        (_STAT, ["open"], [(1,)]),
        (_STAT, ["open"], []),
        (_TREND, ["time", "speed"], [(_AT, 1.0), (_AT + timedelta(hours=1), None)]),
        (_BARS, ["class", "silent"], [("lift", 3)]),
        (_panel(Kind.TABLE, "a", "b"), ["a", "b"], [("x", None)]),
    ],
)
def test_a_fitting_answer_has_no_problem(
    panel: Panel, columns: list[str], rows: list[tuple[object, ...]]
) -> None:
    assert problems_of(panel, columns, rows) == []


@pytest.mark.parametrize(
    ("panel", "columns", "rows", "said_of"),
    [
        (_STAT, ["closed"], [(1,)], "columns"),
        (_STAT, ["open"], [(1,), (2,)], "one number"),
        (_TREND, ["speed", "time"], [], "columns"),
        (_TREND, ["time", "speed"], [("noon", 1.0)], "no time"),
        (_TREND, ["time", "speed"], [(_AT, "fast")], "no number"),
        (_TREND, ["time", "speed"], [(_AT, 1.0), (_AT, 2.0)], "twice"),
        (_TREND, ["time", "speed"], [(_AT, 1.0), (_AT - timedelta(hours=1), 2.0)], "out of order"),
        (_BARS, ["class", "silent"], [(3, "lift")], "does not name"),
        (_panel(Kind.TABLE, "a"), ["a"], [("x",)] * 10_001, "10001 rows"),
    ],
)
def test_what_does_not_fit_is_named(
    panel: Panel, columns: list[str], rows: list[tuple[object, ...]], said_of: str
) -> None:
    assert said_of in "; ".join(problems_of(panel, columns, rows))


_PLAN = [
    {
        "Plan": {
            "Node Type": "Append",
            "Plans": [
                {"Node Type": "Seq Scan", "Relation Name": "_hyper_1_4_chunk"},
                {"Node Type": "Index Scan", "Relation Name": "_hyper_1_5_chunk"},
                {"Node Type": "Seq Scan", "Relation Name": "places"},
            ],
        }
    }
]


def test_a_chunk_that_is_read_whole_is_named() -> None:
    assert whole_scans(_PLAN) == ["_hyper_1_4_chunk"]
    assert chunks_of(_PLAN) == 2


@pytest.mark.parametrize(
    ("steps", "colours"),
    [
        (Steps(), [(None, GREY)]),
        (Steps(red=1), [(None, GREY), (1, RED)]),
        (Steps(amber=1, red=5), [(None, GREY), (1, AMBER), (5, RED)]),
        (Steps(amber=150, red=70, is_floor=True), [(None, RED), (70, AMBER), (150, GREY)]),
        (Steps(red=20, is_floor=True), [(None, RED), (20, GREY)]),
        (Steps(amber=20, is_floor=True), [(None, AMBER), (20, GREY)]),
    ],
)
def test_colours_begin_where_a_value_is_no_longer_normal(
    steps: Steps, colours: list[tuple[float | None, str]]
) -> None:
    assert steps.colours() == colours


@pytest.mark.parametrize(("amber", "red", "is_floor"), [(5, 1, False), (70, 150, True)])
def test_limits_on_the_wrong_side_are_refused(amber: float, red: float, is_floor: bool) -> None:
    with pytest.raises(ValueError, match="wrong side"):
        Steps(amber=amber, red=red, is_floor=is_floor)
