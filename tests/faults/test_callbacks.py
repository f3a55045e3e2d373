"""A callback that raises ends in a process that goes on, or dies and comes back; nothing is lost.

The library's thread dies of an exception in a callback while `is_connected()` stays true, so each
callback of a library and each loop of a process has a fault point here, in the real process.
"""

from collections.abc import Iterator

import pytest

from tests.faults import evidence, history, record
from tests.faults.callback import raise_inside
from tests.faults.driver import Orders
from tests.faults.fault import wall_ms
from tests.faults.inside import POINTS
from tests.faults.load import LOAD
from tests.faults.stage import Stage, stage
from tests.services import Workshop

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
_QUIET_S = 120.0


@pytest.fixture(scope="module")
def line(servers: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(servers, tmp_path_factory.mktemp("line"), patience=0.2) as running:
        yield running


@pytest.mark.parametrize("process", POINTS)
def test_a_callback_that_raises_costs_no_message(line: Stage, process: str) -> None:
    line.order(LOAD)
    deaths = len(line.deaths)
    for point in POINTS[process]:
        assert raise_inside(line, process, point), f"{point} was never entered"
        print(f"{process} {point}: deaf {_deaf_s(line):.1f} s")
    print(*line.deaths[deaths:], sep="\n")
    _settle(line)
    assert line.wait_for(line.is_whole, 30)


def _deaf_s(line: Stage) -> float:
    """How long until an event that is received from now on is decided [s]."""
    began_ms = wall_ms()
    assert line.wait_for(lambda: evidence.decided_since(line, began_ms), 90), line.line.logs()
    return (wall_ms() - began_ms) / 1000


def _settle(line: Stage) -> None:
    line.order(Orders())
    line.wait(1.5)
    assert line.wait_for(lambda: not evidence.unrest(line), _QUIET_S), evidence.unrest(line)
    verdict = history.check(record.read(*line.records), evidence.gather(line))
    assert not verdict.failures, "\n".join((*verdict.failures[:20], line.line.logs()))
    assert not line.complaints
