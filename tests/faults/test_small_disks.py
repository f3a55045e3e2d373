"""Full disks under the outbox, the database and the broker, where the machine allows mounting.

Where it does not, these tests are not there; the report card's text says what is not covered.
"""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.topic import Lane
from tests.faults import evidence, history, record
from tests.faults.disk import fill, may_mount, small_disk
from tests.faults.driver import Orders
from tests.faults.history import Evidence, Fate, Verdict
from tests.faults.load import LOAD
from tests.faults.proxy import FAIR, Weather
from tests.faults.second import Second, second_gateway
from tests.faults.stage import Stage, stage
from tests.services import Workshop

pytestmark = pytest.mark.timeout(500)
_MIB = 1024**2
_QUIET_S = 150.0
_FACT_S = 60.0

if may_mount():

    @pytest.fixture(scope="module")
    def line(servers: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
        """A line whose database and broker stand on one small disk."""
        folder = tmp_path_factory.mktemp("line")
        with small_disk(servers.folder / "small", 700) as disk:
            shop = replace(servers, folder=disk)
            with stage(shop, folder, patience=0.2) as running:
                yield running

    def test_a_full_disk_of_the_database_and_the_broker_delays_and_loses_nothing(
        line: Stage, servers: Workshop
    ) -> None:
        line.order(LOAD)
        line.wait(2)
        filler = fill(servers.folder / "small")
        line.wait(6)
        line.broker.stop(signal.SIGTERM)
        filler.unlink()
        line.broker.start()
        _start_server_again(line)
        line.wait(2)
        verdict = _settle(line)
        assert verdict.count(Lane.ALARM, Fate.OK, Fate.LATE) > 100

    @pytest.mark.long
    def test_a_full_disk_of_the_gateway_refuses_loudly_and_keeps_what_it_promised(
        line: Stage, tmp_path: Path
    ) -> None:
        line.kill("gateway")
        limits = {"alarm_bytes": 2 * _MIB, "data_bytes": 2 * _MIB, "disk_reserve_bytes": 3 * _MIB}
        with (
            small_disk(tmp_path / "own" / "outbox", 12) as disk,
            second_gateway(line, tmp_path / "own", changes={"outbox": limits}) as small,
        ):
            _fill_and_free(line, small, disk)
            seen = _settle_second(line, small)
        line.start("gateway")
        assert seen.count(Lane.ALARM, Fate.SHED) == 0
        assert seen.count(Lane.DATA, Fate.SHED) > 0

    def _fill_and_free(line: Stage, small: Second, disk: Path) -> None:
        """Each step waits for what it is to bring about: a busy machine is slow, not wrong."""
        line.broker.gateways.set(Weather(is_down=True))
        small.order(LOAD)
        assert line.wait_for(lambda: len(_waiting(small, Lane.DATA)) >= 5, _FACT_S)
        assert line.wait_for(lambda: len(_promised(small, Lane.ALARM)) >= 100, _FACT_S)
        filler = fill(disk, leave=2 * _MIB)
        assert line.wait_for(lambda: bool(_given_up(small)), _FACT_S), "no telemetry was given up"
        fill(disk)
        assert line.wait_for(lambda: "alarm outbox cannot be written" in _log(small), _FACT_S)
        filler.unlink()
        promised = len(_promised(small, Lane.ALARM))
        assert line.wait_for(lambda: len(_promised(small, Lane.ALARM)) > promised + 20, _FACT_S)
        line.broker.gateways.set(FAIR)
        line.wait(2)
        small.order(Orders())

    def _log(small: Second) -> str:
        return (small.folder / "gateway.log").read_text(errors="replace")

    def _promised(small: Second, lane: Lane) -> set[tuple[Lane, int, int]]:
        return {
            (one.lane, one.stream, one.seq)
            for one in record.read(small.record)
            if one.step is record.Step.PROMISED and one.lane is lane
        }

    def _waiting(small: Second, lane: Lane) -> set[tuple[Lane, int, int]]:
        return {one for one in evidence.waiting(small.outboxes) if one[0] is lane}

    def _given_up(small: Second) -> set[tuple[Lane, int, int]]:
        """Telemetry that was promised and no longer waits, while nothing can leave."""
        return _promised(small, Lane.DATA) - evidence.waiting(small.outboxes)

    def _settle_second(line: Stage, small: Second) -> Verdict:
        line.wait(1.5)
        is_empty = line.wait_for(lambda: not evidence.waiting(small.outboxes), _QUIET_S)
        assert is_empty, (small.folder / "gateway.log").read_text()
        return _settle(line)

    def _settle(line: Stage) -> Verdict:
        line.order(Orders())
        line.wait(1.5)
        assert line.wait_for(lambda: not evidence.unrest(line), _QUIET_S), evidence.unrest(line)
        found: Evidence = evidence.gather(line)
        verdict = history.check(record.read(*line.records), found)
        assert not verdict.failures, "\n".join((*verdict.failures[:20], line.line.logs()))
        return verdict

    def _start_server_again(line: Stage) -> None:
        """A server that stopped for want of space is started again, as the supervisor would."""
        line.server.stop(signal.SIGQUIT)
        line.server.start()
