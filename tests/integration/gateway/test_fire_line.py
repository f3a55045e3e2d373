"""A gateway process between real fire panels and the real broker: in order, whole, through a kill."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from gateway import clock, wire
from gateway.drivers.gbt26875.dialogue import Patience
from simulators.panel.device import FAULT, FIRE, PanelDevice, PanelPlan
from simulators.panel.link import Over, PanelLink, in_background
from tests.integration.gateway.conftest import Platform, eventually
from towerwatch.process import free_port

POINTS = 600


def hear_panels(config: Path) -> int:
    """Let the gateway listen to panels instead of reading a recording; its port."""
    port = free_port()
    settings = yaml.safe_load(config.read_text())
    settings["assets"] = [
        {"code": "FACP-1", "class": "fire_panel", "driver": "fire", "address": "889"},
        {"code": "D-1-1", "class": "detector", "driver": "fire", "address": "889/1.1/1-1"},
    ]
    settings["drivers"] = [{"name": "fire", "driver": "gbt26875", "tcp": f"127.0.0.1:{port}"}]
    config.write_text(yaml.safe_dump(settings))
    return port


@contextmanager
def speaking(device: PanelDevice, port: int) -> Iterator[PanelLink]:
    link = PanelLink(device, "127.0.0.1", port, Over.TCP, seed=1)
    with in_background([link]):
        yield link


def start(config: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "gateway", "run", str(config)])


def end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0


def fires(platform: Platform) -> list[str]:
    return [event.asset for event in platform.events() if event.event == "fire_alarm"]


def test_no_point_is_lost_although_the_gateway_is_killed(config: Path, platform: Platform) -> None:
    port = hear_panels(config)
    panel = PanelDevice(PanelPlan(address=889, points=POINTS, patience=Patience(resend_after_s=1)))
    panel.report(range(1, POINTS + 1), FIRE, clock.now_ms(), at_once=5)
    process = start(config)
    try:
        with speaking(panel, port):
            eventually(lambda: len(fires(platform)) > 20, 60)
            process.kill()
            process.wait(10)
            process = start(config)
            eventually(lambda: panel.is_done, 60)
            # What was confirmed to the panel is on the disk, and comes.
            eventually(lambda: len(set(fires(platform))) == POINTS, 60)
    finally:
        end(process)
    told = list(dict.fromkeys(fires(platform)))
    assert told[0] == "D-1-1"
    assert told[1:] == [f"889/1.1/{n // 200 + 1}-{n % 200 + 1}" for n in range(1, POINTS)]


def test_a_duty_check_of_the_platform_comes_back_as_an_event(
    config: Path, platform: Platform
) -> None:
    port = hear_panels(config)
    panel = PanelDevice(PanelPlan(address=889, answers_check_after_s=0.2))
    panel.report([7], FAULT, clock.now_ms())
    process = start(config)
    try:
        with speaking(panel, port):
            eventually(lambda: panel.is_done and bool(platform.alarms), 60)
            until = clock.now_ms() + 60_000
            platform.command(wire.Command(id="c", command="duty_check", until=until, minutes=2))
            eventually(
                lambda: (
                    ("FACP-1", "duty_check_answer")
                    in {(event.asset, event.event) for event in platform.events()}
                ),
                30,
            )
    finally:
        end(process)
