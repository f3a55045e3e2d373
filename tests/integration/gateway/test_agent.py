"""The gateway as a process: started for real, fed by a recording, stopped by a signal."""

import csv
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gateway import wire
from gateway.agent import open_driver
from gateway.settings import load
from gateway.topic import Lane
from tests.integration.gateway.conftest import Platform, Site, connect_platform, eventually
from tests.services import TestBroker
from towerwatch.services.access import GatewayCredentials

HEADER = (
    "datetime;Accelerometer1RMS;Accelerometer2RMS;Current;Pressure;Temperature;"
    "Thermocouple;Voltage;Volume Flow RateRMS;anomaly;changepoint\n"
)


def recording(path: Path, rows: int) -> None:
    lines = [
        f"2020-03-09 10:{i // 60 % 60:02d}:{i % 60:02d};0.02{i};0.03;1.3;0.05;75.{i};25.8;224.1;32.0;0.0;0.0\n"
        for i in range(rows)
    ]
    path.write_text(HEADER + "".join(lines))


def start(config: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "gateway", "run", str(config)])


def test_a_recording_reaches_the_platform_row_by_row(config: Path, platform: Platform) -> None:
    recording(config.parent / "pump.csv", 700)
    process = start(config)
    try:
        eventually(
            lambda: sum(len(f.t) for p in platform.data for f in wire.decode_data(p).frames) >= 700
        )
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    frames = [frame for payload in platform.data for frame in wire.decode_data(payload).frames]
    sent = [value for frame in frames for value in frame.m["vibration_drive"]]
    with (config.parent / "pump.csv").open() as lines:
        written = [float(row["Accelerometer1RMS"]) for row in csv.DictReader(lines, delimiter=";")]
    assert sent == written


def read_terminals(config: Path, port: int) -> None:
    """Let the gateway read lift terminals at the site's broker instead of a recording."""
    text = config.read_text()
    driver = {
        "name": "terminals",
        "driver": "mqtt_terminal",
        "url": f"mqtt://127.0.0.1:{port}",
        "client_id": "terminals",
        "rules": [
            {
                "topic": "site/{asset}/fault",
                "class": "lift",
                "events": {"system": "gbt24476", "code_path": "code", "state": "raise"},
            }
        ],
    }
    config.write_text(text[: text.index("drivers:")] + yaml.safe_dump({"drivers": [driver]}))


def test_every_alarm_arrives_although_the_gateway_is_killed_again_and_again(
    config: Path, platform: Platform, site: Site
) -> None:
    read_terminals(config, site.port)
    process = start(config)
    try:
        eventually(lambda: _is_heard(site, platform), 30)
        for number in range(30):
            site.say(f"site/lift-{number}/fault", b'{"code": 5}')
            if number % 10 == 9:
                process.kill()
                process.wait(10)
                process = start(config)
        wanted = {f"lift-{number}" for number in range(30)}
        eventually(lambda: wanted <= {event.asset for event in platform.events()}, 40)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    by_identity: dict[tuple[int, int], set[bytes]] = {}
    for payload in platform.alarms:
        message = wire.decode_alarm(payload)
        by_identity.setdefault((message.stream, message.seq), set()).add(payload)
    assert all(len(payloads) == 1 for payloads in by_identity.values())


def _is_heard(site: Site, platform: Platform) -> bool:
    site.say("site/first/fault", b'{"code": 5}')
    return bool(platform.alarms)


def test_a_recording_waits_for_a_platform_that_is_away(
    config: Path, broker: TestBroker, credentials: GatewayCredentials
) -> None:
    recording(config.parent / "pump.csv", 3000)
    text = config.read_text()
    config.write_text(
        text.replace("disk_reserve_bytes: 0", "disk_reserve_bytes: 0, data_bytes: 1048576")
    )
    process = start(config)
    platform = connect_platform(broker, credentials.gateway)
    platform.gives_receipts = False
    try:
        eventually(lambda: len(platform.data) > 0, 30)
        platform.gives_receipts = True
        eventually(lambda: len(samples(platform)) >= 3000, 30)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        platform.client.disconnect()
        platform.client.loop_stop()
    assert all(state.shed == [] for _, state, _ in platform.states)


def test_a_stopped_gateway_says_goodbye(config: Path, platform: Platform) -> None:
    recording(config.parent / "pump.csv", 1)
    process = start(config)
    eventually(
        lambda: {lane for lane, state, _ in platform.states if state.online} == set(Lane), 30
    )
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    eventually(
        lambda: {lane for lane, state, _ in platform.states if not state.online} == set(Lane)
    )
    last = [state for _, state, _ in platform.states if not state.online][-1]
    assert last.sent > 0


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("gateway: ", "gateway: UPPER-", "gateway.yaml:1: gateway: "),
        ("outbox:", "outbocks:", "gateway.yaml:7: outbocks: there is no such key"),
        ("mqtt://", "http://", "gateway.yaml:4: broker.urls.0: "),
        ("driver: replay", "driver: telepathy", "'telepathy' is not installed"),
        ("mapping: skab", "mapping: skob", "mapping skob"),
        ("alarm.secret", "nowhere", "the secret cannot be read"),
    ],
)
def test_a_wrong_file_is_one_clear_sentence_and_status_2(
    config: Path, old: str, new: str, complaint: str
) -> None:
    config.write_text(config.read_text().replace(old, new, 1))
    command = [sys.executable, "-m", "gateway", "check", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_are_shown_with_their_defaults(config: Path) -> None:
    command = [sys.executable, "-m", "gateway", "settings", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert yaml.safe_load(done.stdout)["outbox"]["alarm_bytes"] == 256 * 1024**2


def test_the_example_of_the_deployment_is_a_right_configuration() -> None:
    example = Path(__file__).parents[3] / "deploy" / "gateway" / "gateway.yaml"
    settings = load(example).settings
    readers = settings.driver_settings()
    assert [one.driver for one in readers] == ["mqtt_terminal"]
    for one in readers:
        open_driver(one)


def samples(platform: Platform) -> list[tuple[int, dict[str, float | None]]]:
    return [
        (at_ms, {name: column[i] for name, column in frame.m.items()})
        for payload in dict.fromkeys(platform.data)
        for frame in wire.decode_data(payload).frames
        for i, at_ms in enumerate(frame.t)
    ]
