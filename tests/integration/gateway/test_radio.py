"""Battery terminals over real roads: UDP, hex at a broker, and ChirpStack's events."""

import json
import socket
from pathlib import Path

from gateway.driver import Counted, DriverSettings
from gateway.drivers.chirpstack.link import open_driver as open_chirpstack
from gateway.drivers.nbiot_pressure.link import open_driver as open_pressure
from tests.contract.drivers.notebook import Notebook, running
from tests.integration.gateway.conftest import Site, eventually
from towerwatch.process import free_port

CASES = Path(__file__).parents[2] / "contract" / "drivers" / "cases"
ASSET = {"code": "W-7", "class": "fire_water", "address": "SHMK19060013"}
FRAME = bytes.fromhex(
    (CASES / "nbiot_pressure" / "published_high_alarm_with_ten_records" / "input.hex").read_text()
)
BROKEN = FRAME[:30] + b"\xff" + FRAME[31:]


def test_an_upload_over_udp_is_answered_when_it_is_stored() -> None:
    port = free_port()
    options = {"udp": f"127.0.0.1:{port}", "answer": "a55a01", "assets": [ASSET]}
    driver = open_pressure(DriverSettings(name="nb", driver="nbiot_pressure", options=options))
    sink = Notebook()
    with running(driver, sink), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as terminal:
        terminal.settimeout(0.2)
        answers: list[bytes] = []

        def is_answered() -> bool:
            terminal.sendto(FRAME, ("127.0.0.1", port))
            try:
                answers.append(terminal.recv(100))
            except OSError:
                return False
            return True

        eventually(is_answered)
        terminal.sendto(b"noise", ("127.0.0.1", port))
        eventually(lambda: sink.counted[Counted.REFUSED] == 1)
    assert answers == [bytes.fromhex("a55a01")]
    assert sink.said() == [("W-7", "pressure_high", "raise")]


def test_an_upload_at_a_broker_that_could_not_be_stored_comes_again(
    site: Site, site_port: int
) -> None:
    url = f"mqtt://127.0.0.1:{site_port}"
    options = {"mqtt": {"url": url, "client_id": "nb"}, "assets": [ASSET]}
    driver = open_pressure(DriverSettings(name="nb", driver="nbiot_pressure", options=options))
    sink = Notebook()
    with running(driver, sink) as failures:
        eventually(lambda: _is_heard(site, sink))
        sink.failures = 1
        site.say("GIOT-GW/UL/SHMK19060013", FRAME.hex().upper().encode())
        eventually(lambda: ("W-7", "pressure_high", "raise") in sink.said())
        assert len(failures) == 1
    assert sink.counted[Counted.FRAMES] == 1


def _is_heard(site: Site, sink: Notebook) -> bool:
    site.say("GIOT-GW/UL/SHMK19060013", BROKEN.hex().encode())
    return bool(sink.counted[Counted.REFUSED])


def test_chirpstack_events_arrive_once(site: Site, site_port: int) -> None:
    case = CASES / "chirpstack" / "a_flag_raises_and_clears"
    options = {
        "url": f"mqtt://127.0.0.1:{site_port}",
        "client_id": "lora",
        **json.loads((case / "options.json").read_text()),
    }
    driver = open_chirpstack(DriverSettings(name="lora", driver="chirpstack", options=options))
    sink = Notebook()
    lines = [line.split(" ", 1) for line in (case / "input.txt").read_text().splitlines()]
    with running(driver, sink):
        eventually(lambda: _say_first(site, sink, lines[0]))
        for topic, payload in lines[1:]:
            site.say(topic, payload.encode())
        eventually(lambda: len(sink.samples) == 3)
    assert [(event, state) for _, event, state in sink.said()] == [
        ("pressure_low", "raise"),
        ("pressure_low", "clear"),
    ]


def _say_first(site: Site, sink: Notebook, line: list[str]) -> bool:
    site.say(line[0], line[1].encode())
    return bool(sink.samples)
