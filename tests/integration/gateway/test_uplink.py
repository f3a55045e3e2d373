"""A lane against the real broker: receipts, resends, heartbeat, will, commands, second path."""

import base64
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from gateway import uplink, wire
from gateway.descriptors import allow_many
from gateway.metrics import Metrics
from gateway.outbox import Limits, Outbox
from gateway.outbox_file import Part
from gateway.patience import Patience
from gateway.second_path import Intake as IntakeAccess
from gateway.second_path import SecondPath
from gateway.session import Access
from gateway.topic import GatewayId, Lane
from gateway.uplink import Hooks, Identity, LaneSetup, Uplink
from gateway.window import FRESH, WINDOW
from ingest.consume import Link, Subscription, broker_access
from tests.integration.gateway.conftest import Platform, connect_platform, eventually
from tests.integration.gateway.intake import intake
from tests.services import TestBroker
from towerwatch.services.access import GatewayCredentials

SELECTABLE = 1023
"""The highest descriptor that select() can wait for."""
HASTY = Patience(
    resend_s=0.5, longest_s=2.0, second_path_s=1.0, sounder_s=2.0, heartbeat_s=0.5
)  # fmt: skip


@dataclass
class RunningLane:
    """An alarm lane, and what happened on it."""

    uplink: Uplink
    outbox: Outbox
    metrics: Metrics
    commands: list[wire.Command] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    sounded: list[float] = field(default_factory=list)

    def put(self, *numbers: int) -> None:
        for number in numbers:
            event = wire.WireEvent(
                asset=f"D-{number}", at=number, event="fire_alarm", state="raise"
            )
            self.outbox.put([event])
            self.uplink.wake()

    def count(self, name: str) -> float:
        labels = {"lane": "alarm"}
        return self.metrics.registry.get_sample_value(f"towerwatch_gateway_{name}", labels) or 0.0


@contextmanager
def alarm_lane(
    credentials: GatewayCredentials,
    port: int,
    folder: Path,
    patience: Patience = HASTY,
    password: str | None = None,
) -> Iterator[RunningLane]:
    outbox = Outbox(folder / "alarm.sqlite", Lane.ALARM, Limits(max_bytes=10**8))
    outbox.open()
    metrics = Metrics()
    lane: RunningLane
    hooks = Hooks(
        on_command=lambda command: lane.commands.append(command),  # noqa: PLW0108 - lane comes later
        on_second_path=lambda: lane.asked.append(time.monotonic()),
        on_sounder=lambda: lane.sounded.append(time.monotonic()),
    )
    setup = LaneSetup(
        lane=Lane.ALARM,
        identity=Identity(
            gateway=GatewayId(credentials.gateway), software="test 1", configuration="abc"
        ),
        accesses=(
            Access(
                url=f"mqtt://127.0.0.1:{port}",
                client_id=credentials.alarm_user,
                secret=password or credentials.alarm_password,
            ),
        ),
        hooks=hooks,
        patience=patience,
    )
    lane = RunningLane(Uplink(setup, outbox, metrics), outbox, metrics)
    lane.uplink.start()
    try:
        yield lane
    finally:
        lane.uplink.stop()
        outbox.close()


@pytest.fixture
def lane(
    broker: TestBroker, credentials: GatewayCredentials, tmp_path: Path
) -> Iterator[RunningLane]:
    with alarm_lane(credentials, broker.gateway_port, tmp_path) as one:
        yield one


def test_an_outbox_that_cannot_be_read_calls_for_help_on_the_spot(
    lane: RunningLane, platform: Platform
) -> None:
    lane.put(1)
    eventually(lambda: lane.outbox.status().depth == 0)
    lane.outbox.close()
    eventually(lambda: bool(lane.asked and lane.sounded))


def test_a_message_leaves_the_outbox_when_its_receipt_comes(
    lane: RunningLane, platform: Platform
) -> None:
    lane.put(1, 2, 3)
    eventually(lambda: lane.outbox.status().depth == 0)
    assert [event.asset for event in platform.events()] == ["D-1", "D-2", "D-3"]
    assert lane.count("receipted_total") == 3


@contextmanager
def crowd() -> Iterator[None]:
    """Connections of devices hold every descriptor that select() knows."""
    allow_many()
    with ExitStack() as left:
        while left.enter_context(Path(os.devnull).open()).fileno() < SELECTABLE:
            pass
        yield


def test_a_thousand_connections_of_devices_keep_no_lane_from_its_broker(
    broker: TestBroker, credentials: GatewayCredentials, platform: Platform, tmp_path: Path
) -> None:
    access = broker_access(broker.user_url("tw-ingest-data-5"))
    reader = Link(access, [Subscription(topic="tw/1/+/data/0")])
    with crowd(), alarm_lane(credentials, broker.gateway_port, tmp_path) as lane:
        lane.put(1)
        eventually(lambda: lane.outbox.depth == 0)
        reader.start()
        eventually(lambda: reader.is_up)
        reader.stop()
    assert len(platform.alarms) == 1


def test_without_a_receipt_the_same_bytes_come_again(lane: RunningLane, platform: Platform) -> None:
    platform.gives_receipts = False
    lane.put(1)
    eventually(lambda: len(platform.alarms) >= 3, 6)
    assert len(set(platform.alarms)) == 1
    assert lane.outbox.status().depth == 1
    platform.gives_receipts = True
    eventually(lambda: lane.outbox.status().depth == 0)


def test_only_the_oldest_window_and_some_beside_it_are_outstanding(
    lane: RunningLane, platform: Platform
) -> None:
    platform.gives_receipts = False
    lane.put(*range(WINDOW[Lane.ALARM] + FRESH[Lane.ALARM] + 40))
    eventually(lambda: len(platform.alarms) >= 3 * WINDOW[Lane.ALARM])
    numbers = {wire.decode_alarm(payload).seq for payload in platform.alarms}
    assert numbers >= set(range(1, WINDOW[Lane.ALARM] + 1))
    assert len(numbers) == WINDOW[Lane.ALARM] + FRESH[Lane.ALARM]
    platform.gives_receipts = True
    eventually(lambda: lane.outbox.status().depth == 0)


def fill_as_an_outage_does(lane: RunningLane, count: int) -> None:
    """Alarms of a former stream that no receipt has covered, in one write."""
    event = wire.WireEvent(asset="D-0", at=1, event="fault", state="raise")
    former = [
        wire.AlarmMessage(stream=7, origin=7, seq=seq, low=1, sent=1, events=[event])
        for seq in range(1, count + 1)
    ]
    messages = [(one.stream, one.seq, 1, wire.encode(one)) for one in former]
    assert lane.outbox.take_in(Part(streams=[(7, count + 1, 1)], sheds=[], messages=messages))
    lane.uplink.wake()


def test_a_fresh_fire_does_not_stand_behind_thousands_that_an_outage_left(
    lane: RunningLane, platform: Platform
) -> None:
    backlog = 3000
    fill_as_an_outage_does(lane, backlog)
    eventually(lambda: bool(platform.alarms))
    lane.put(1)
    stream = lane.outbox.stream
    eventually(lambda: len(platform.alarms) > backlog, within_s=30)
    eventually(lambda: lane.outbox.status().depth == 0)
    streams = [wire.decode_alarm(payload).stream for payload in platform.alarms]
    assert streams.index(stream) < backlog / 2
    assert set(range(1, backlog + 1)) == {
        one.seq for one in map(wire.decode_alarm, platform.alarms) if one.stream != stream
    }


def test_an_acknowledgement_without_a_reader_is_no_delivery(
    own_broker: TestBroker, tmp_path: Path
) -> None:
    credentials = own_broker.add_gateway("gw-unread")
    with alarm_lane(credentials, own_broker.gateway_port, tmp_path) as lane:
        lane.put(1)
        eventually(lambda: lane.count("not_delivered_total") >= 1)
        assert lane.outbox.status().depth == 1
        platform = connect_platform(own_broker, credentials.gateway)
        eventually(lambda: lane.outbox.status().depth == 0)
        platform.client.disconnect()
        platform.client.loop_stop()


def test_the_heartbeat_is_retained_and_says_what_waits(
    broker: TestBroker, credentials: GatewayCredentials, lane: RunningLane, platform: Platform
) -> None:
    platform.gives_receipts = False
    lane.put(1, 2)
    eventually(lambda: any(state.depth == 2 for _, state, _ in platform.states))
    late = connect_platform(broker, f"{credentials.gateway}")
    eventually(lambda: any(retained for _, _, retained in late.states))
    _, state, _ = late.states[0]
    assert state.online
    assert (state.software, state.configuration) == ("test 1", "abc")
    assert (state.stream, state.next_seq, state.low) == (lane.outbox.stream, 3, 1)
    late.client.disconnect()
    late.client.loop_stop()


def test_the_will_says_offline_when_the_gateway_dies(
    broker: TestBroker, credentials: GatewayCredentials, lane: RunningLane, platform: Platform
) -> None:
    eventually(lambda: any(state.online for _, state, _ in platform.states))
    session = lane.uplink._road.session
    assert session is not None
    sock = session._client.socket()
    assert sock is not None
    lane.uplink._stop.set()
    socket.socket.shutdown(cast("socket.socket", sock), socket.SHUT_RDWR)
    eventually(lambda: any(not state.online for _, state, _ in platform.states))
    farewell = next(state for _, state, _ in platform.states if not state.online)
    assert farewell.stream == lane.outbox.stream


def test_streams_from_before_a_restart_are_told_of(
    broker: TestBroker, credentials: GatewayCredentials, platform: Platform, tmp_path: Path
) -> None:
    platform.gives_receipts = False
    with alarm_lane(credentials, broker.gateway_port, tmp_path) as before:
        before.put(1, 2)
        first = before.outbox.stream
    with alarm_lane(credentials, broker.gateway_port, tmp_path) as after:
        eventually(
            lambda: any(
                state.stream == first and state.next_seq == 3 and state.low == 1
                for _, state, _ in platform.states
            )
        )
        platform.gives_receipts = True
        eventually(lambda: after.outbox.status().depth == 0)


def test_a_connection_that_is_cut_comes_back_and_nothing_is_lost(
    lane: RunningLane, platform: Platform
) -> None:
    for cut in range(3):
        eventually(lambda: lane.uplink.is_connected)
        lane.put(cut)
        session = lane.uplink._road.session
        assert session is not None
        sock = session._client.socket()
        if sock is not None:
            socket.socket.shutdown(cast("socket.socket", sock), socket.SHUT_RDWR)
        eventually(lambda: lane.count("connections_total") >= 2 + cut, 20)  # noqa: B023 - run now
    eventually(lambda: lane.outbox.status().depth == 0)
    assert {event.asset for event in platform.events()} == {"D-0", "D-1", "D-2"}


def test_a_callback_that_fails_costs_a_connection_and_no_message(
    lane: RunningLane, platform: Platform
) -> None:
    eventually(lambda: lane.uplink.is_connected)
    platform.client.publish(f"tw/1/{platform.gateway}/receipt/alarm", b"\xff no receipt", qos=1)
    lane.put(1)
    eventually(lambda: lane.outbox.status().depth == 0)


def test_a_command_is_carried_out_and_an_expired_one_refused(
    lane: RunningLane, platform: Platform
) -> None:
    eventually(lambda: lane.uplink.is_connected)
    now = round(time.time() * 1000)  # noqa: TID251 - the test is a shell
    platform.command(wire.Command(id="late", command="duty_check", until=now - 1, minutes=5))
    platform.command(wire.Command(id="good", command="duty_check", until=now + 60_000, minutes=5))
    eventually(lambda: len(lane.commands) > 0)
    assert [command.id for command in lane.commands] == ["good"]


def test_a_resend_is_done_at_once(
    broker: TestBroker, credentials: GatewayCredentials, platform: Platform, tmp_path: Path
) -> None:
    with alarm_lane(credentials, broker.gateway_port, tmp_path, Patience()) as lane:
        platform.gives_receipts = False
        lane.put(1, 2, 3)
        eventually(lambda: len(platform.alarms) == 3)
        lane.uplink.request(
            wire.Command(id="r", command="resend", until=0, stream=lane.outbox.stream, seq=2)
        )
        eventually(lambda: len(platform.alarms) == 5, 3)
        assert [wire.decode_alarm(payload).seq for payload in platform.alarms] == [1, 2, 3, 2, 3]


def test_a_rebirth_brings_a_state_at_once(
    broker: TestBroker, credentials: GatewayCredentials, platform: Platform, tmp_path: Path
) -> None:
    with alarm_lane(credentials, broker.gateway_port, tmp_path, Patience()) as lane:
        eventually(lambda: len(platform.states) == 1)
        lane.uplink.request(wire.Command(id="r", command="rebirth", until=0))
        eventually(lambda: len(platform.states) == 2, 3)


def test_without_a_receipt_the_second_path_is_asked_before_the_sounder(
    lane: RunningLane, platform: Platform
) -> None:
    platform.gives_receipts = False
    began = time.monotonic()
    lane.put(1)
    eventually(lambda: len(lane.sounded) > 0)
    assert 0.9 <= lane.asked[0] - began < 1.9
    assert 1.9 <= lane.sounded[0] - began < 3.5


def test_a_wrong_password_is_tried_again_and_nothing_is_lost(
    broker: TestBroker, credentials: GatewayCredentials, tmp_path: Path
) -> None:
    with alarm_lane(credentials, broker.gateway_port, tmp_path, password="wrong") as lane:
        lane.put(1)
        eventually(lambda: len(lane.asked) > 0)
        assert not lane.uplink.is_connected
        assert lane.outbox.status().depth == 1


def test_an_alarm_that_waits_does_not_sit_out_a_long_pause_between_connections(
    credentials: GatewayCredentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplink, "URGENT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as refusing:
        refusing.settimeout(60)
        with alarm_lane(credentials, refusing.getsockname()[1], tmp_path) as lane:
            tried_s = []
            for number in range(10):
                refusing.accept()[0].close()
                tried_s.append(time.monotonic())
                if number == 3:
                    lane.put(1)
            calm = [b - a for a, b in pairwise(tried_s[:4])]
            urgent = [b - a for a, b in pairwise(tried_s[4:])]
            assert calm[-1] > 2
            assert min(urgent) < 2
            assert sum(urgent) < 5 * calm[-1]


@contextmanager
def second_path(lane: RunningLane, url: str, ca_file: Path | None) -> Iterator[SecondPath]:
    access = IntakeAccess(url=url, gateway=GatewayId("gw-x"), secret="s3", ca_file=ca_file)
    path = SecondPath(access, lane.outbox, lane.metrics, lane.uplink.give_receipt)
    yield path
    path.stop()


def test_the_second_path_carries_the_very_same_bytes_and_its_answer_is_the_receipt(
    lane: RunningLane, tmp_path: Path
) -> None:
    with intake(tmp_path) as sink, second_path(lane, sink.url, sink.ca_file) as path:
        lane.put(1, 2)
        bodies = [stored.payload for stored in lane.outbox.fetch_after(0, 9)]
        path.ask()
        eventually(lambda: lane.outbox.status().depth == 0)
    assert [post[3] for post in sink.posts] == bodies
    where, who, kind, _ = sink.posts[0]
    assert where == "/v1/gw-x/alarm"
    assert who == "Basic " + base64.b64encode(b"gw-x.alarm:s3").decode()
    assert kind == "application/json"


@pytest.mark.parametrize("status", [500, 401, 302])
def test_an_answer_other_than_200_is_no_delivery(
    lane: RunningLane, tmp_path: Path, status: int
) -> None:
    with intake(tmp_path) as sink, second_path(lane, sink.url, sink.ca_file) as path:
        sink.status = status
        lane.put(1, 2)
        path.ask()
        eventually(lambda: len(sink.posts) == 1)
        time.sleep(0.3)  # Nothing more may come: the next try backs off.
        assert len(sink.posts) == 1
    assert lane.outbox.status().depth == 2


def test_one_refused_message_does_not_hold_up_the_next(lane: RunningLane, tmp_path: Path) -> None:
    with intake(tmp_path) as sink, second_path(lane, sink.url, sink.ca_file) as path:
        sink.status = 422
        lane.put(1, 2)
        path.ask()
        eventually(lambda: len(sink.posts) == 2)
    assert lane.outbox.status().depth == 2


def test_on_the_second_path_too_a_fresh_fire_goes_before_what_an_outage_left(
    lane: RunningLane, tmp_path: Path
) -> None:
    backlog = 180
    with intake(tmp_path) as sink, second_path(lane, sink.url, sink.ca_file) as path:
        fill_as_an_outage_does(lane, backlog)
        path.ask()
        eventually(lambda: bool(sink.posts))
        lane.put(1)
        eventually(lambda: lane.outbox.status().depth == 0, within_s=30)
    streams = [wire.decode_alarm(body).stream for *_, body in sink.posts]
    assert streams.index(lane.outbox.stream) < backlog / 2
    assert set(streams) == {7, lane.outbox.stream}


def test_an_intake_with_a_foreign_certificate_gets_nothing(
    lane: RunningLane, tmp_path: Path
) -> None:
    with intake(tmp_path) as sink, second_path(lane, sink.url, None) as path:
        lane.put(1)
        path.ask()
        eventually(
            lambda: (
                (
                    lane.metrics.registry.get_sample_value(
                        "towerwatch_gateway_second_path_total",
                        {"lane": "alarm", "result": "failed"},
                    )
                    or 0
                )
                >= 1
            )
        )
    assert sink.posts == []
    assert lane.outbox.status().depth == 1
