"""What a process says of its own progress, read from its metrics."""

import pytest

from towerwatch.supervise.movement import gauge

PAGE = """\
# HELP towerwatch_ingest_progress_age_seconds Since the lane last moved
# TYPE towerwatch_ingest_progress_age_seconds gauge
towerwatch_ingest_progress_age_seconds 0.25
towerwatch_ingest_messages_total{lane="alarm"} 7.0
towerwatch_ingest_canary_age_seconds NaN
"""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("towerwatch_ingest_progress_age_seconds", 0.25),
        ("towerwatch_ingest_progress_age", None),
        ("towerwatch_ingest_messages_total", None),
    ],
)
def test_a_gauge_is_found_by_its_whole_name(name: str, value: float | None) -> None:
    assert gauge(PAGE, name) == value
