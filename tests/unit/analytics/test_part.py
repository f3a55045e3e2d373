"""A part of a round that fails rests by itself; one of life safety is tried again at once first."""

from typing import cast

import pytest
from structlog.testing import capture_logs

from analytics import metrics
from analytics.alarms import part
from analytics.alarms.part import RESTS_OF_LIFE_SAFETY_S, RESTS_S, ROW_S, Part
from ingest.database import Connection


class Line:
    """A connection of which nothing is asked but whether it is lost."""

    broken = False


class Work:
    """Fails so often as it is told, and counts its tries."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.tries = 0

    def __call__(self) -> int:
        self.tries += 1
        if self.tries <= self.failures:
            raise LookupError("a row that cannot be read")
        return 7


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(part, "steady_s", lambda: now[0])
    return now


LINE = cast("Connection", Line())


def test_a_part_of_life_safety_that_failed_is_tried_again_at_once(clock: list[float]) -> None:
    assert clock
    work = Work(failures=1)
    tried = Part("at-once", is_life_safety=True)
    assert tried.take(LINE, work) == 7
    assert (work.tries, tried.failures, tried.failing_s) == (2, 0, None)


def test_a_part_that_keeps_failing_rests_longer_and_longer_but_life_safety_a_second_at_most(
    clock: list[float],
) -> None:
    for is_life_safety, rests_s in ((False, RESTS_S), (True, RESTS_OF_LIFE_SAFETY_S[1:])):
        work = Work(failures=100)
        tried = Part("resting", is_life_safety=is_life_safety)
        tried.take(LINE, work)
        for rest_s in (*rests_s, rests_s[-1]):
            before = work.tries
            clock[0] += rest_s - 0.01
            assert tried.take(LINE, work) == 0
            assert work.tries == before
            clock[0] += 0.02
            assert tried.take(LINE, work) == 0
            assert work.tries == before + 1
    assert max(RESTS_OF_LIFE_SAFETY_S) <= 1.0


def test_a_failure_is_logged_when_it_begins_and_when_it_is_over(clock: list[float]) -> None:
    work = Work(failures=3)
    tried = Part("told")
    gauge = metrics.PART_FAILING.labels("told")
    with capture_logs() as logs:
        for _ in range(4):
            tried.take(LINE, work)
            clock[0] += 60
            assert gauge._value.get() == (1 if work.tries <= 3 else 0)
    assert [line["event"] for line in logs] == ["part_failed", "part_goes_on"]
    assert tried.failing_s is None


def test_a_lost_connection_ends_the_round() -> None:
    class Lost:
        broken = True

    tried = Part("lost", is_life_safety=True)
    with pytest.raises(LookupError):
        tried.take(cast("Connection", Lost()), Work(failures=1))
    assert tried.failures == 0


def test_a_row_that_fails_again_and_again_is_trouble_since_its_first_time(
    clock: list[float],
) -> None:
    tried = Part("rows")
    tried.note_broken_row()
    clock[0] += ROW_S / 2
    tried.note_broken_row()
    clock[0] += ROW_S - 1
    assert tried.failing_s == pytest.approx(1.5 * ROW_S - 1)
    clock[0] += 2
    assert tried.failing_s is None
