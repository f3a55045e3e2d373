"""Each fault that has a name in the design, made for sure and looked at closely.

One line is shared by the tests of this file: every test ends in a silence in which all that was
ever taken must be accounted for, whatever the tests before it did. A test that fails takes the
line with it: the next one gets a new line.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path
from random import Random

import pytest

from gateway import topic
from gateway.stream import new_stream
from gateway.topic import GatewayId, Lane
from tests.faults import evidence, fault, history, record
from tests.faults.client import Post, post_alarms, publish_all
from tests.faults.driver import Orders
from tests.faults.fault import wall_ms
from tests.faults.history import Fate, Verdict
from tests.faults.load import LOAD
from tests.faults.proxy import FAIR, Weather
from tests.faults.second import second_gateway
from tests.faults.stage import GATEWAY, Stage, stage
from tests.services import Workshop
from towerwatch.services.access import PLATFORM as EVERYBODY

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
QUIET_S = 120.0


class Stages:
    """The line of this file, made anew after a test that left it in an unknown state."""

    def __init__(self, servers: Workshop, factory: pytest.TempPathFactory) -> None:
        self._servers = servers
        self._factory = factory
        self._held = ExitStack()
        self._line: Stage | None = None

    def line(self) -> Stage:
        if self._line is None:
            folder = self._factory.mktemp("line")
            self._line = self._held.enter_context(stage(self._servers, folder, patience=0.2))
        return self._line

    def drop(self) -> None:
        self._line = None
        self._held.close()


@pytest.fixture(scope="module")
def stages(servers: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    held = Stages(servers, tmp_path_factory)
    yield held
    held.drop()


@pytest.fixture
def line(stages: Stages, request: pytest.FixtureRequest) -> Iterator[Stage]:
    failed = request.session.testsfailed
    yield stages.line()
    if request.session.testsfailed > failed:
        stages.drop()


def settle(line: Stage) -> Verdict:
    """Wait for silence, judge, and insist that nothing is wrong."""
    line.order(Orders())
    line.wait(1.5)
    assert line.wait_for(lambda: not evidence.unrest(line), QUIET_S), evidence.unrest(line)
    verdict = history.check(record.read(*line.records), evidence.gather(line))
    assert not verdict.failures, "\n".join((*verdict.failures[:20], line.line.logs()))
    return verdict


def load(line: Stage, seconds: float, orders: Orders = LOAD) -> None:
    line.order(orders)
    line.wait(seconds)


def duplicates(line: Stage) -> int:
    return evidence.gather(line).duplicates


def test_a_circle_of_locks_is_cut_and_loses_nothing(line: Stage) -> None:
    load(line, 1)
    assert fault.is_circle_cut(line, Random(1), tries=40), "ingest never gave way"
    settle(line)


def test_a_late_acknowledgement_reaches_no_message_of_the_next_connection(line: Stage) -> None:
    load(line, 1)
    for seed in range(3):
        fault.late_acknowledgement(line, Random(seed))
    settle(line)


def test_what_is_sent_again_in_another_order_changes_nothing(line: Stage) -> None:
    load(line, 2)
    settle(line)
    before = duplicates(line)
    events = len(evidence.gather(line).events)
    fault.replay(line, Random(3))
    settle(line)
    assert duplicates(line) > before
    assert len(evidence.gather(line).events) == events


def test_a_session_thrown_away_by_another_is_made_again(line: Stage) -> None:
    load(line, 1)
    for seed in (1, 2, 3):
        fault.lose_session(line, Random(seed))
        line.wait(0.3)
    settle(line)


def test_poison_is_kept_aside_and_the_flow_goes_on(line: Stage) -> None:
    load(line, 1)
    before = len(evidence.gather(line).quarantine)
    fault.poison(line, Random(1))
    line.wait(1)
    verdict = settle(line)
    assert len(evidence.gather(line).quarantine) > before
    assert verdict.count(Lane.ALARM, Fate.QUARANTINED) == 0


def test_no_gateway_can_take_over_ingest_or_another_gateway(line: Stage) -> None:
    load(line, 1)
    connections = _connections(line)
    thief = line.broker.add_gateway("thief-gw-1")
    for name in ("tw-ingest-alarm", "tw-ingest-data-1", f"{GATEWAY}.alarm", f"{GATEWAY}.data", "#"):
        for lane in ("alarm", "data"):
            foreign = [Post(topic.alarm(GatewayId(GATEWAY)), b"{}"), Post("$SYS/x", b"")]
            url = line.broker.gateway_url(thief, lane)
            outcome = publish_all(url, foreign, client_id=name, clean_start=False)
            assert 0 not in outcome.codes
    wrong = line.broker.direct_url("tw-ingest-alarm").replace(
        "tw-ingest-alarm:", "tw-ingest-alarm:x"
    )
    assert publish_all(wrong, []).connected not in {0, -1}
    assert _connections(line) == connections
    settle(line)


def _connections(line: Stage) -> int:
    """How often ingest and the gateway had to connect, by their logs."""
    words = {"ingest-alarm": "broker_connected", "ingest-data": "broker_connected"}
    words["gateway"] = '"connected"'
    return sum(
        (line.folder / f"{name}.log").read_text().count(word) for name, word in words.items()
    )


def test_raise_and_clear_by_two_paths_in_any_order_end_in_the_newest_word(line: Stage) -> None:
    url = f"https://127.0.0.1:{line.line.intake_port}"
    secret = (line.folder / "intake.secret").read_text()
    authority = line.line._tls().authority
    words = ("raise", "clear", "raise")
    cases = list(product(permutations(range(3)), product((0, 1), repeat=3)))
    streams = [new_stream(wall_ms(), number) for number in range(len(cases))]
    for step in range(3):
        posts, posted = [], []
        for stream, (order, paths) in zip(streams, cases, strict=True):
            place = order[step]
            payload = _word(stream, place + 1, f"TWO-{stream}", words[place])
            if paths[place]:
                posted.append(payload)
            else:
                posts.append(Post(topic.alarm(GatewayId(GATEWAY)), payload))
        statuses = post_alarms(url, GATEWAY, secret, authority, posted)
        assert set(statuses) == {200}
        assert publish_all(line.broker.direct_url(EVERYBODY), posts).codes == [0] * len(posts)
    keys = [(f"TWO-{stream}", "entrapment") for stream in streams]
    assert line.wait_for(lambda: _are_open(line, keys), 20)
    settle(line)


def _word(stream: int, seq: int, asset: str, state: str) -> bytes:
    event = {"asset": asset, "at": wall_ms(), "event": "entrapment", "state": state}
    message = {"stream": stream, "seq": seq, "low": 1, "sent": wall_ms(), "events": [event]}
    return json.dumps(message).encode()


def _are_open(line: Stage, keys: list[tuple[str, str]]) -> bool:
    found = evidence.gather(line)
    return all(found.conditions.get(key) and found.open_alarms.get(key) == 1 for key in keys)


def test_a_restored_outbox_image_sends_again_what_is_known_and_loses_nothing(
    line: Stage, tmp_path: Path
) -> None:
    line.broker.gateways.set(Weather(is_down=True))
    load(line, 2)
    line.order(Orders())
    line.wait(1.5)
    line.kill("gateway")
    image = tmp_path / "image"
    shutil.copytree(line.outboxes, image)
    line.broker.gateways.set(FAIR)
    line.start("gateway")
    load(line, 2)
    settle(line)
    before = duplicates(line)

    line.kill("gateway")
    shutil.rmtree(line.outboxes)
    shutil.copytree(image, line.outboxes)
    line.start("gateway")
    load(line, 2)
    settle(line)
    assert duplicates(line) > before


def test_a_cloned_outbox_that_runs_beside_its_twin_loses_nothing(
    line: Stage, tmp_path: Path
) -> None:
    line.broker.gateways.set(Weather(is_down=True))
    load(line, 2)
    line.kill("gateway")
    with second_gateway(line, tmp_path, line.outboxes) as twin:
        line.start("gateway")
        line.broker.gateways.set(FAIR)
        twin.order(replace(LOAD, alarms_per_s=5))
        load(line, 3)
        line.order(Orders())
        twin.order(Orders())
        line.wait(1.5)
        assert line.wait_for(lambda: not evidence.waiting(twin.outboxes), QUIET_S)
        settle(line)


def test_a_storm_of_resends_after_an_outage_of_the_database_passes(line: Stage) -> None:
    load(line, 1)
    line.server.stop()
    load(line, 8, Orders(alarms_per_s=60, frames_per_s=100))
    waiting = [one for one in evidence.waiting(line.outboxes) if one[0] is Lane.ALARM]
    line.server.start()
    began = wall_ms()
    verdict = settle(line)
    print(f"{len(waiting)} alarms waited; all decided {(wall_ms() - began) / 1000:.1f} s later")
    assert len(waiting) > 100
    assert verdict.count(Lane.ALARM, *history.BAD) == 0


def test_with_the_broker_out_of_reach_alarms_take_the_second_path(line: Stage) -> None:
    load(line, 0.5)
    line.broker.gateways.set(Weather(is_black_hole=True))
    line.wait(6)
    line.order(Orders())
    line.wait(1)
    assert line.wait_for(lambda: not _alarms_waiting(line), 20), "the second path carried nothing"
    line.broker.gateways.cut()
    line.broker.gateways.set(FAIR)
    settle(line)


def _alarms_waiting(line: Stage) -> int:
    return sum(lane is Lane.ALARM for lane, _, _ in evidence.waiting(line.outboxes))


@pytest.mark.parametrize("offset_ms", fault.CLOCKS_MS)
def test_a_gateway_with_a_wrong_clock_loses_no_alarm(line: Stage, offset_ms: int) -> None:
    load(line, 1, replace(LOAD, clock_ms=offset_ms))
    line.kill("gateway")
    line.start("gateway")
    line.wait(2)
    line.order(LOAD)
    line.wait(0.5)
    verdict = settle(line)
    assert verdict.count(Lane.ALARM, Fate.QUARANTINED) == 0


@pytest.mark.parametrize("offset_ms", [fault.CLOCKS_MS[place] for place in (0, 2, 3)])
def test_a_new_disk_with_any_clock_hides_no_standing_alarm(line: Stage, offset_ms: int) -> None:
    load(line, 2)
    settle(line)
    _begin_anew(line, offset_ms)
    _insist_that_raises_hold(line, offset_ms)


def test_an_image_restored_after_a_clock_of_2099_reuses_no_number(
    line: Stage, tmp_path: Path
) -> None:
    offset_ms = fault.CLOCKS_MS[3]
    load(line, 1)
    settle(line)
    _begin_anew(line, offset_ms)
    _speak(line, offset_ms)
    settle(line)
    line.kill("gateway")
    shutil.copytree(line.outboxes, tmp_path / "image")
    for _ in range(3):
        shutil.rmtree(line.outboxes)
        shutil.copytree(tmp_path / "image", line.outboxes)
        line.order(Orders(clock_ms=offset_ms))
        line.start("gateway")
        _speak(line, offset_ms)
        settle(line)
        line.kill("gateway")
    line.start("gateway")
    settle(line)


def test_an_image_restored_with_a_clock_in_1970_hides_no_standing_alarm(
    line: Stage, tmp_path: Path
) -> None:
    offset_ms = fault.CLOCKS_MS[2]
    load(line, 1)
    settle(line)
    line.kill("gateway")
    shutil.copytree(line.outboxes, tmp_path / "image")
    line.start("gateway")
    load(line, 3)
    settle(line)
    line.kill("gateway")
    shutil.rmtree(line.outboxes)
    shutil.copytree(tmp_path / "image", line.outboxes)
    line.order(Orders(clock_ms=offset_ms))
    line.start("gateway")
    _insist_that_raises_hold(line, offset_ms)


def _begin_anew(line: Stage, offset_ms: int) -> None:
    """Give the gateway a new disk and a clock that is wrong from its first look."""
    line.kill("gateway")
    shutil.rmtree(line.outboxes)
    line.order(Orders(clock_ms=offset_ms))
    line.start("gateway")


def _insist_that_raises_hold(line: Stage, offset_ms: int) -> None:
    """Let the gateway, which forgot everything, say alarms; each whose last word is a raise holds."""
    before = len(record.read(line.record))
    _speak(line, offset_ms)
    raised = _raised(line, before)
    assert raised
    assert line.wait_for(lambda: _hold(line, raised), QUIET_S)
    settle(line)


def _speak(line: Stage, offset_ms: int) -> None:
    """Load the line for a second from when the gateway takes something, under its wrong clock."""
    before = len(record.read(line.record))
    line.order(replace(LOAD, clock_ms=offset_ms))
    assert line.wait_for(lambda: bool(_raised(line, before)), QUIET_S)
    line.wait(1)
    line.order(Orders(clock_ms=offset_ms))
    line.wait(1.5)


def _raised(line: Stage, before: int) -> set[tuple[str, str]]:
    """Conditions whose last word is a raise, by what was taken since."""
    items = [item for one in record.read(line.record)[before:] for item in one.items]
    last = {(item.asset, item.key): item.state for item in items if item.mark}
    return {key for key, state in last.items() if state == "raise"}


def _hold(line: Stage, keys: set[tuple[str, str]]) -> bool:
    found = evidence.gather(line)
    return all(found.conditions.get(key) for key in keys)
