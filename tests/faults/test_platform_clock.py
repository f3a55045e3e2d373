"""The clock of the platform's machine is set by an hour while everything runs, both ways."""

from contextlib import closing

import pytest

from tests.faults import evidence, history, record
from tests.faults.callback import HOUR_MS
from tests.faults.driver import Orders
from tests.faults.inside import Inside
from tests.faults.load import LOAD
from tests.faults.stage import Stage, stage
from tests.services import Workshop

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
_QUIET_S = 120.0
_ACKNOWLEDGE_S = 60
"""What the default duties give a desk to acknowledge a fire or an entrapment [s]."""


def test_a_platform_clock_that_is_set_delays_no_deadline_and_makes_nobody_silent(
    servers: Workshop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with stage(servers, tmp_path_factory.mktemp("line"), patience=0.2) as line:
        line.order(LOAD)
        line.wait(2)
        line.order(Orders(frames_per_s=LOAD.frames_per_s))
        assert line.wait_for(lambda: _running(line) > 0, 60)

        line.order_inside(Inside(clock_ms=-HOUR_MS))
        assert line.wait_for(lambda: _longest_wait_s(line, -HOUR_MS) <= _ACKNOWLEDGE_S, 30)

        running = _running(line)
        assert running > 0
        line.order_inside(Inside())
        assert line.wait_for(lambda: _first_steps(line) == 0, 60), "deadlines due did not fire"
        line.order_inside(Inside(clock_ms=HOUR_MS))
        line.order(LOAD)
        line.wait(5)
        line.order_inside(Inside())
        line.wait(2)

        line.order(Orders())
        line.wait(1.5)
        assert line.wait_for(lambda: not evidence.unrest(line), _QUIET_S), evidence.unrest(line)
        verdict = history.check(record.read(*line.records), evidence.gather(line))
        assert not verdict.failures, "\n".join((*verdict.failures[:20], line.line.logs()))
        assert _silences(line) == 0
        assert _fired_twice(line) == 0


def _count(line: Stage, query: str, **values: object) -> int:
    with closing(evidence.administrator(line)) as admin:
        return int(evidence.rows(admin, query, **values)[0][0] or 0)


def _running(line: Stage) -> int:
    return _count(line, "running_acknowledge")


def _first_steps(line: Stage) -> int:
    return _count(line, "running_first_steps")


def _longest_wait_s(line: Stage, offset_ms: int) -> int:
    return _count(line, "longest_deadline", offset_ms=offset_ms)


def _silences(line: Stage) -> int:
    return _count(line, "silences")


def _fired_twice(line: Stage) -> int:
    return _count(line, "deadlines_twice")
