"""The Modbus driver and pymodbus's server: three lines, and what happens when one breaks."""

import socket
import struct
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from pymodbus import FramerType
from pymodbus.simulator import SimDevice

from gateway.driver import Counted, Driver, DriverSettings
from gateway.drivers.modbus.link import open_driver
from tests.contract.drivers.notebook import Notebook, running
from tests.integration.gateway.conftest import eventually
from tests.integration.gateway.modbus_peer import device, serial_server, tcp_server
from towerwatch.process import free_port


def monitor(unit: int, alarms: int = 0) -> SimDevice:
    words = dict(enumerate([450, 246, 248, 770, 0x7FFF, alarms]))
    return device(unit, bits={}, holding={}, inputs=words)


def cabinet(unit: int, *, is_automatic: bool = True) -> SimDevice:
    floats = b"".join(
        struct.pack(">HH", *reversed(struct.unpack(">HH", struct.pack(">f", value))))
        for value in (32.5, 398.0, 0.75)
    )
    words = [*struct.unpack(">6H", floats), 0x1170, 0x0001]
    bits = dict(enumerate([1, int(is_automatic), 0, 1]))
    return device(unit, bits=bits, holding=dict(enumerate(words)), inputs={})


DEVICES = [monitor(3, alarms=0b1000), cabinet(4)]


def driver(url: str, **line: object) -> Driver:
    options = {
        "line": {"url": url, "timeout_s": 0.5, "baud": 19200, **line},
        "poll_s": 0.1,
        "units": [
            {"asset": "E-1", "unit": 3, "map": "residual_current_monitor"},
            {"asset": "P-1", "unit": 4, "map": "pump_cabinet"},
        ],
    }
    return open_driver(DriverSettings(name="room", driver="modbus", options=options))


def expect_both(sink: Notebook) -> None:
    eventually(lambda: {one.asset for one, _ in sink.samples} == {"E-1", "P-1"})
    assert sink.last("E-1") == pytest.approx(
        {"residual_current": 450, "temp_1": 24.6, "temp_2": 24.8, "temp_3": 77.0, "temp_4": None}
    )
    assert sink.last("P-1") == pytest.approx(
        {
            "running": 1,
            "automatic": 1,
            "current": 32.5,
            "voltage": 398.0,
            "pressure": 7.5,
            "starts": 70000,
        }
    )
    assert set(sink.said()) == {
        ("E-1", "cable_temp_high", "raise"),
        ("P-1", "pump_started", "raise"),
    }
    assert sink.counted[Counted.REFUSED] == 0


@pytest.mark.parametrize(
    ("scheme", "framer"), [("tcp", FramerType.SOCKET), ("rtu+tcp", FramerType.RTU)]
)
def test_units_are_read_over_a_network(scheme: str, framer: FramerType) -> None:
    port = free_port()
    sink = Notebook()
    with (
        tcp_server(port, DEVICES, framer),
        running(driver(f"{scheme}://127.0.0.1:{port}"), sink),
    ):
        expect_both(sink)


def test_units_are_read_over_a_serial_line(tmp_path: Path) -> None:
    sink = Notebook()
    with (
        serial_server(tmp_path, DEVICES) as port,
        running(driver(f"serial://{port}"), sink),
    ):
        expect_both(sink)


def test_a_unit_that_falls_silent_is_absent_once_and_its_alarm_stays() -> None:
    port = free_port()
    sink = Notebook()
    line = ExitStack()
    line.enter_context(tcp_server(port, [monitor(3, alarms=1)], FramerType.SOCKET))
    with line, running(driver(f"tcp://127.0.0.1:{port}"), sink) as failures:
        eventually(lambda: _is_live(sink) and sink.last("P-1") is not None)
        line.close()
        eventually(lambda: bool(failures) and set((sink.last("E-1") or {}).values()) == {None})
        nulls = [one.asset for one, _ in sink.samples if set(one.values.values()) == {None}]
        assert sorted(nulls) == ["E-1", "P-1"]
        assert sink.said() == [("E-1", "residual_current_high", "raise")]
        with tcp_server(port, [monitor(3, alarms=0)], FramerType.SOCKET):
            eventually(lambda: ("E-1", "residual_current_high", "clear") in sink.said())
            assert _is_live(sink)
    assert sink.counted[Counted.REFUSED] > 0  # The server says that it has no unit 4.


def test_a_line_that_takes_questions_and_answers_none_is_absent() -> None:
    sink = Notebook()
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"rtu+tcp://127.0.0.1:{deaf.getsockname()[1]}"
        with running(driver(url, timeout_s=0.1), sink):
            eventually(lambda: set((sink.last("P-1") or {"": 1.0}).values()) == {None})
    assert sink.counted[Counted.UNANSWERED] >= 4
    assert sink.said() == []


def test_a_converter_that_ends_each_connection_is_no_broken_line() -> None:
    sink, words = Notebook(), [450, 246, 248, 770, 0x7FFF, 0]
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    with server.accept()[0] as line:
                        asked = line.recv(260)
                        first, count = struct.unpack(">HH", asked[8:12])
                        said = struct.pack(f">{count}H", *words[first : first + count])
                        size = len(said) + 3
                        head = asked[:4] + struct.pack(">H", size) + asked[6:8]
                        line.sendall(head + bytes((len(said),)) + said)

        answering = threading.Thread(target=serve, daemon=True)
        answering.start()
        url = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        options = {
            "line": {"url": url, "timeout_s": 0.5},
            "poll_s": 0.05,
            "units": [{"asset": "E-1", "unit": 3, "map": "residual_current_monitor"}],
        }
        one = open_driver(DriverSettings(name="room", driver="modbus", options=options))
        with running(one, sink) as failures:
            eventually(lambda: sink.counted[Counted.FRAMES] >= 5)
        assert failures == []
        assert _is_live(sink)
        server.shutdown(socket.SHUT_RDWR)
        answering.join(5)


def _is_live(sink: Notebook) -> bool:
    return (sink.last("E-1") or {}).get("residual_current") == 450


CONTACTS = """
name: contacts
title: t
source: s
class: fire_panel
flags: [{function: discrete, address: 0, event: fire_alarm}]
"""


def test_a_panel_that_has_no_values_is_told_to_be_silent(tmp_path: Path) -> None:
    (tmp_path / "contacts.yaml").write_text(CONTACTS)
    port, sink = free_port(), Notebook()
    options = {
        "line": {"url": f"tcp://127.0.0.1:{port}", "timeout_s": 0.2},
        "poll_s": 0.1,
        "units": [{"asset": "F-1", "unit": 4, "map": str(tmp_path / "contacts.yaml")}],
    }
    panel = open_driver(DriverSettings(name="panel", driver="modbus", options=options))
    line = ExitStack()
    line.enter_context(tcp_server(port, [cabinet(4)], FramerType.SOCKET))
    with line, running(panel, sink):
        eventually(lambda: sink.said() == [("F-1", "fire_alarm", "raise")])
        line.close()
        eventually(lambda: sink.said()[-1] == ("F-1", "asset_silent", "raise"), 20)
        with tcp_server(port, [cabinet(4)], FramerType.SOCKET):
            eventually(lambda: sink.said()[-1] == ("F-1", "asset_silent", "clear"), 20)
    assert sink.samples == []
    assert ("F-1", "fire_alarm", "clear") not in sink.said()
