"""Seven days without the platform, in fast time: alarms are kept, the oldest samples are given up.

The gateway's clock begins a week ago and runs until it is right again, while the link is down; the
outbox of samples is small, so that it is full long before. Then the link comes back, slow, and new
alarms are taken while the week is caught up with. That back-filled windows raise no early warning is
told in tests/integration/analytics/test_early_warning.py.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from gateway.topic import Lane
from tests.faults import evidence, history, record
from tests.faults.driver import Orders
from tests.faults.fault import wall_ms
from tests.faults.history import Evidence, Fate
from tests.faults.load import LOAD
from tests.faults.proxy import FAIR, Weather
from tests.faults.record import Step, Taken
from tests.faults.second import Second, second_gateway
from tests.faults.stage import stage
from tests.services import Workshop

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
WEEK_MS = 7 * 86_400_000
OUTAGE_S = 15.0
_MIB = 1024**2
_WEEK = Orders(
    alarms_per_s=15, frames_per_s=1500, clock_ms=-WEEK_MS, pace=WEEK_MS / 1000 / OUTAGE_S
)
_SLOW = Weather(bytes_per_s=100_000)
WORST_S = 10.0
"""A try to connect comes every 8 s at least, with jitter; then an alarm is at the database at once."""
LATEST_S = 60.0
"""On a machine that four suites share; the figures are printed [s]."""


def test_a_week_without_the_platform_costs_old_samples_alone(
    servers: Workshop, tmp_path: Path
) -> None:
    with stage(servers, tmp_path, patience=0.2) as line:
        line.kill("gateway")
        limits = {"alarm_bytes": 8 * _MIB, "data_bytes": _MIB, "disk_reserve_bytes": 0}
        # Without the second path, which would carry the alarms past the cut link.
        changes = {"outbox": limits, "intake": None}
        line.broker.gateways.set(Weather(is_down=True))
        with second_gateway(line, tmp_path / "own", changes=changes) as gateway:
            gateway.order(_WEEK)
            began_ms = wall_ms()
            line.wait(OUTAGE_S)
            assert line.wait_for(lambda: "oldest messages are given up" in _log(gateway), 90)
            assert _first_ms(gateway) < began_ms - WEEK_MS + 86_400_000
            gateway.order(LOAD)
            week, up_ms = evidence.waiting(gateway.outboxes), wall_ms()
            line.broker.gateways.set(_SLOW)
            line.wait(5)
            assert line.wait_for(lambda: not week & evidence.waiting(gateway.outboxes), 120)
            over_ms = wall_ms()
            line.broker.gateways.set(FAIR)
            gateway.order(Orders())
            line.wait(1.5)
            assert line.wait_for(lambda: not evidence.waiting(gateway.outboxes), 90)
            assert line.wait_for(lambda: not evidence.unrest(line), 90), evidence.unrest(line)
        found = evidence.gather(line)
    taken = record.read(*line.records)
    verdict = history.check(taken, found)
    assert not verdict.failures, "\n".join(verdict.failures[:20])
    assert verdict.count(Lane.ALARM, Fate.SHED, Fate.QUARANTINED) == 0
    assert verdict.oldest_wait_ms > OUTAGE_S * 1000 / 2
    shed = verdict.count(Lane.DATA, Fate.SHED)
    assert shed > 0
    _is_oldest_first(taken, found)
    received = _waits_s(taken, {row.mark: row.received_ms for row in found.events}, up_ms, over_ms)
    decided = _waits_s(taken, {row.mark: row.decided_ms for row in found.events}, up_ms, over_ms)
    print(
        f"{verdict.promised(Lane.ALARM)} alarms, {verdict.promised(Lane.DATA)} data messages,"
        f" {shed} shed; caught up in {(over_ms - up_ms) / 1000:.1f} s; {len(decided)} new alarms"
        f" meanwhile, to the database {_median_and_worst(received)}, to the decision"
        f" {_median_and_worst(decided)}"
    )
    assert len(decided) > 20
    assert _share_within(received, WORST_S) >= 0.95
    assert decided[-1] <= LATEST_S


def _log(gateway: Second) -> str:
    return (gateway.folder / "gateway.log").read_text(errors="replace")


def _median_and_worst(waits_s: Sequence[float]) -> str:
    return f"{waits_s[len(waits_s) // 2]:.1f} s, worst {waits_s[-1]:.1f} s"


def _share_within(waits_s: Sequence[float], limit_s: float) -> float:
    return sum(one <= limit_s for one in waits_s) / len(waits_s)


def _promised(gateway: Second) -> list[Taken]:
    return [one for one in record.read(gateway.record) if one.step is Step.PROMISED]


def _first_ms(gateway: Second) -> int:
    """Time of the oldest event that was taken, by the gateway's clock [ms UTC]."""
    return min(item.at_ms for one in _promised(gateway) for item in one.items if item.mark)


def _is_oldest_first(taken: Sequence[Taken], found: Evidence) -> None:
    stored: dict[int, list[int]] = defaultdict(list)
    shed: dict[int, list[int]] = defaultdict(list)
    for one in taken:
        if one.lane is Lane.DATA and one.step is Step.PROMISED:
            is_shed = (one.lane, one.stream, one.seq) in found.shed
            (shed if is_shed else stored)[one.stream].append(one.seq)
    for stream, numbers in shed.items():
        assert max(numbers) < min(stored[stream]), f"stream {stream}: a younger one was given up"


def _waits_s(
    taken: Sequence[Taken], came: Mapping[str, int | None], since_ms: int, until_ms: int
) -> list[float]:
    """From promise to the time that a mark came, of the alarms taken in a span, in order [s]."""
    waits = [
        (at - one.promised_ms) / 1000
        for one in taken
        if one.step is Step.PROMISED and since_ms <= one.promised_ms <= until_ms
        for item in one.items
        if item.mark and (at := came.get(item.mark)) is not None
    ]
    return sorted(waits)
