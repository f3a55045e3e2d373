"""A big former lane is taken along beside the work: nobody is deaf, nothing is lost or doubled."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gateway import clock, former_outbox, wire
from gateway.agent import Agent
from gateway.crew import NamedDriver
from gateway.driver import Sink
from gateway.former_outbox import DataLane, FormerFiles, take_over
from gateway.metrics import Metrics
from gateway.outbox import Limits, Outbox, StreamStatus
from gateway.outbox_file import SQL, outbox_path
from gateway.sample import Sample
from gateway.settings import load
from gateway.topic import Lane
from tests.integration.gateway.conftest import Platform, eventually

FIRE = wire.WireEvent(asset="D-1", at=1, event="fire_alarm", state="raise")
STREAM = 7
STARTS_WITHIN_S = 2.0


TELEMETRY = '{"stream":7,"seq":%d,"low":1,"sent":1,"frames":[]}'
ALARM = (
    '{"stream":7,"seq":%d,"low":1,"sent":1,"events":'
    '[{"asset":"D-7","at":1,"event":"smoke_fault","state":"raise"}]}'
)


def fill(path: Path, rows: int, payload: str = TELEMETRY) -> None:
    """An outbox in which so many messages wait, and by which a detector's fault stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(SQL["schema"])
        database.execute(SQL["insert_stream"], {"stream": STREAM, "now_ms": 1})
        database.execute(SQL["update_next_seq"], {"stream": STREAM, "next_seq": rows + 1})
        database.execute(SQL["keep_line"], {"origin": STREAM, "stream": STREAM})
        database.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO messages (stream, seq, stored_ms, payload)"
            " SELECT ?, i, 1, CAST(printf(?, i) AS BLOB) FROM n",
            (rows, STREAM, payload),
        )
        database.execute(SQL["insert_condition"], {"asset": "D-7", "event": "smoke_fault"})


def rows_of(path: Path) -> int:
    """How many messages are in a file that another process may be working on."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM messages").fetchone()[0])


class Panel:
    """A driver that reports a fire, and a sample, as soon as it runs."""

    def run(self, sink: Sink, stop: threading.Event) -> None:
        sink.event(FIRE)
        sample = Sample(asset="W-1", at_ms=clock.now_ms(), values={"pressure": 0.3})
        sink.sample(sample, "water")
        stop.wait()


@contextmanager
def beside(config: Path, former: Path) -> Iterator[Agent]:
    agent = Agent(load(config), [NamedDriver(name="panel", driver=Panel())], Metrics())
    agent.start([{Lane.DATA: former}])
    try:
        yield agent
    finally:
        agent.stop()


def hears_a_fire_beside(rows: int, within_s: float, config: Path, platform: Platform) -> None:
    former = outbox_path(config.parent / "former", Lane.DATA)
    fill(former, rows)
    platform.gives_receipts = False
    began_s = clock.steady_s()
    with beside(config, former) as agent:
        eventually(lambda: bool(platform.events()), within_s)
        assert former.exists(), "nobody waited for the telemetry"
        assert clock.steady_s() - began_s < within_s
        eventually(lambda: len(agent.outboxes[Lane.DATA].fetch_after(0, 99)) == 99, 30)


def test_a_fire_goes_out_while_former_telemetry_is_taken_along(
    config: Path, platform: Platform
) -> None:
    hears_a_fire_beside(60_000, 15.0, config, platform)


@pytest.mark.long
def test_a_fire_goes_out_beside_half_a_million_former_rows(
    config: Path, platform: Platform
) -> None:
    hears_a_fire_beside(500_000, STARTS_WITHIN_S, config, platform)


@contextmanager
def hears_a_fire_before(alarms: int, config: Path, platform: Platform) -> Iterator[Agent]:
    """A fresh fire goes out within 2 s of the start, and most of the former alarms after it."""
    former = outbox_path(config.parent / "former", Lane.ALARM)
    fill(former, alarms, ALARM)
    agent = Agent(load(config), [NamedDriver(name="panel", driver=Panel())], Metrics())
    began_s = clock.steady_s()
    agent.start([{Lane.ALARM: former}])
    try:
        assert ("D-7", "smoke_fault") in agent.outboxes[Lane.ALARM].raised_conditions()
        eventually(lambda: FIRE in platform.events()[-600:], 20)
        assert clock.steady_s() - began_s < STARTS_WITHIN_S
        assert len(platform.alarms) < alarms // 2
        yield agent
    finally:
        agent.stop()


def test_a_fire_goes_out_before_the_alarms_of_a_former_folder(
    config: Path, platform: Platform
) -> None:
    with hears_a_fire_before(2_500, config, platform) as agent:
        eventually(lambda: not agent.former and not agent.outboxes[Lane.ALARM].depth, 60)
    assert not outbox_path(config.parent / "former", Lane.ALARM).exists()
    numbers = [one.seq for one in map(wire.decode_alarm, platform.alarms) if one.stream == STREAM]
    assert sorted(set(numbers)) == list(range(1, 2_501))


@pytest.mark.long
def test_a_fire_goes_out_before_a_hundred_thousand_former_alarms(
    config: Path, platform: Platform
) -> None:
    with hears_a_fire_before(100_000, config, platform) as agent:
        home = agent.outboxes[Lane.ALARM].home
    former = outbox_path(config.parent / "former", Lane.ALARM)
    sent = {one.seq for one in map(wire.decode_alarm, platform.alarms) if one.stream == STREAM}
    assert len(sent) + rows_of(home) + rows_of(former) >= 100_000


def test_a_silent_platform_keeps_no_alarms_on_the_former_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(former_outbox, "_FRESH_FIRST_S", 0.05)
    former = outbox_path(tmp_path / "former", Lane.ALARM)
    fill(former, 3_000, ALARM)
    outbox = Outbox(tmp_path / "alarm", Lane.ALARM, Limits(max_bytes=10**7))
    files = FormerFiles(outbox, lambda: None, is_fresh_first=True)
    files.expect(take_over({Lane.ALARM: outbox}, {Lane.ALARM: former}))
    assert files.left == (former,)
    assert outbox.depth == 0
    files.run(threading.Event())
    assert outbox.depth == 3_000
    assert not former.exists()
    outbox.close()


def test_a_kill_half_way_loses_and_doubles_nothing(config: Path, tmp_path: Path) -> None:
    rows = 12_000
    former = outbox_path(tmp_path / "former", Lane.DATA)
    taken = outbox_path(load(config).settings.data_folder, Lane.DATA)
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from gateway.agent import Agent\n"
        "from gateway.metrics import Metrics\n"
        "from gateway.settings import load\n"
        "from gateway.topic import Lane\n"
        "agent = Agent(load(Path(sys.argv[1])), [], Metrics())\n"
        "agent.start([{Lane.DATA: Path(sys.argv[2])}])\n"
        "while agent.former:\n"
        "    time.sleep(0.01)\n"
        "agent.stop()\n"
    )
    fill(former, rows)
    command = [sys.executable, "-c", program, str(config), str(former)]
    for left in (2 * rows // 3, rows // 3):
        process = subprocess.Popen(command)
        eventually(lambda: taken.exists() and rows_of(former) < left, 30)  # noqa: B023 - asked at once
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        assert 0 < rows_of(former) < rows
        assert rows_of(former) + rows_of(taken) >= rows
    assert subprocess.run(command, timeout=60, check=False).returncode == 0
    assert not former.exists()
    with closing(sqlite3.connect(taken)) as database:
        kept = database.execute("SELECT seq FROM messages WHERE stream = 7 ORDER BY seq").fetchall()
    assert [seq for (seq,) in kept] == list(range(1, rows + 1))


def lane_of(outbox: Outbox, former: Path) -> DataLane:
    lane = DataLane(outbox, lambda: None, lambda: None)
    lane.former.expect([former])
    return lane


def older(outbox: Outbox) -> StreamStatus:
    return next(one for one in outbox.status().older if one.stream == STREAM)


def test_no_number_that_is_still_to_come_is_called_gone(tmp_path: Path) -> None:
    """What the first part brought is received already, and the rest is not here yet."""
    former = outbox_path(tmp_path / "former", Lane.DATA)
    fill(former, 1000)
    outbox = Outbox(tmp_path / "data", Lane.DATA, Limits(max_bytes=10**7))
    stop = threading.Event()
    lows: list[StreamStatus] = []

    def received() -> None:
        """The platform has all that came so far."""
        status = older(outbox)
        outbox.apply([wire.Receipt(stream=STREAM, through=status.next_seq - 1)])
        lows.append(older(outbox))

    lane = DataLane(outbox, lambda: None, received)
    lane.former.expect([former])
    lane.run(stop)
    assert [one.low for one in lows] == [401, 801, 1001]
    assert [one.next_seq for one in lows] == [401, 801, 1001]
    assert not former.exists()
    assert not lane.former.left
    outbox.close()


def test_former_telemetry_waits_where_it_is_until_there_is_room(tmp_path: Path) -> None:
    former = outbox_path(tmp_path / "former", Lane.DATA)
    fill(former, 1000)
    outbox = Outbox(tmp_path / "data", Lane.DATA, Limits(max_bytes=30_000))
    lane, stop = lane_of(outbox, former), threading.Event()
    thread = threading.Thread(target=lane.run, args=(stop,))
    thread.start()
    eventually(lambda: outbox.is_open and outbox.status().depth == 400)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert outbox.shed_count == 0
    assert rows_of(former) == 600
    assert lane.former.left == (former,)
    outbox.close()


def test_samples_of_the_start_wait_for_the_lane_to_open(config: Path, tmp_path: Path) -> None:
    former = tmp_path / "nothing"
    with beside(config, former) as agent:
        data = agent.outboxes[Lane.DATA]
        eventually(lambda: data.is_open and data.status().depth == 1)
        (stored,) = data.fetch_after(0, 9)
    assert wire.decode_data(stored.payload).frames[0].asset == "W-1"
