"""Panels and their centre on real sockets: stored before confirmed, whatever the network does."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event as StopFlag
from typing import Any

import pytest

from gateway import clock
from gateway.driver import DriverSettings
from gateway.drivers.gbt26875.centre import Centre
from gateway.drivers.gbt26875.dialogue import Patience
from gateway.drivers.gbt26875.frame import Command, Frame, read_frame
from gateway.drivers.gbt26875.options import checked_centre
from gateway.drivers.gbt26875.splitter import Splitter
from gateway.errors import BadSettings, DriverFailed, OutboxUnusable
from gateway.wire import Command as PlatformCommand
from gateway.wire import WireEvent
from simulators.panel.device import FAULT, FIRE, PanelDevice, PanelPlan
from simulators.panel.link import Over, PanelLink, in_background
from tests.contract.drivers.notebook import Notebook
from tests.unit.gateway.gbt26875.builders import FIRE as PART_FIRE
from tests.unit.gateway.gbt26875.builders import part, parts

WITHIN_S = 20.0


@dataclass
class Disk(Notebook):
    """Stores what came together in one write, and can be broken."""

    writes: int = 0
    is_broken: bool = False
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def store(self, events: Sequence[WireEvent]) -> None:
        self.gate.wait(WITHIN_S)
        if self.is_broken and events:
            raise OutboxUnusable("disk full")
        self.writes += bool(events)
        self.events += events


def eventually(holds: Any, within_s: float = WITHIN_S) -> None:
    deadline_s = clock.steady_s() + within_s
    while not holds():
        assert clock.steady_s() < deadline_s
        threading.Event().wait(0.02)


def opened(**options: Any) -> Centre:
    section = {"tcp": "127.0.0.1:0", "udp": "127.0.0.1:0", **options}
    settings = DriverSettings(name="fire", driver="gbt26875", options=section)
    return Centre("fire", checked_centre(settings))


@contextmanager
def listening(centre: Centre, disk: Disk) -> Iterator[Centre]:
    stop = StopFlag()
    thread = threading.Thread(target=centre.run, args=(disk, stop))
    thread.start()
    try:
        eventually(lambda: "tcp" in centre.ports and "udp" in centre.ports)
        yield centre
    finally:
        stop.set()
        thread.join(WITHIN_S)
    assert not thread.is_alive()


@contextmanager
def speaking(
    centre: Centre, devices: list[PanelDevice], over: Over = Over.TCP
) -> Iterator[list[PanelLink]]:
    links = [
        PanelLink(device, "127.0.0.1", centre.ports[over], over, seed)
        for seed, device in enumerate(devices)
    ]
    with in_background(links):
        yield links


def device(points: int = 100, **plan: Any) -> PanelDevice:
    usual: dict[str, Any] = {"address": 889, "patience": Patience(resend_after_s=0.4)}
    return PanelDevice(PanelPlan(points=points, **(usual | plan)))


def points_of(disk: Disk) -> list[str]:
    return [one.asset for one in disk.events if (one.event, one.state) == ("fire_alarm", "raise")]


def expected(points: int, address: int = 889) -> list[str]:
    return [f"{address}/1.1/{(n // 200) + 1}-{(n % 200) + 1}" for n in range(points)]


@pytest.mark.parametrize("over", Over)
def test_a_panel_full_of_fire_is_told_whole_and_in_order(over: Over) -> None:
    disk, panel = Disk(), device(5000)
    panel.report(range(1, 5001), FIRE, clock.now_ms(), at_once=22)
    with listening(opened(), disk) as centre, speaking(centre, [panel], over):
        eventually(lambda: panel.is_done)
    found = points_of(disk)
    assert list(dict.fromkeys(found)) == expected(5000)
    assert len(found) < 5500  # A frame that was slow to be confirmed comes again.


def test_nothing_is_confirmed_before_it_is_stored() -> None:
    disk, panel = Disk(), device()
    disk.gate.clear()
    panel.report([1], FIRE, clock.now_ms())
    with listening(opened(), disk) as centre, speaking(centre, [panel]):
        threading.Event().wait(1.0)
        assert not panel.is_done
        assert disk.events == []
        disk.gate.set()
        eventually(lambda: panel.is_done)
    assert set(points_of(disk)) == set(expected(1))


def test_a_disk_that_fails_leaves_frames_unconfirmed_until_it_is_back() -> None:
    disk, panel = Disk(is_broken=True), device()
    panel.report([1, 2], FIRE, clock.now_ms())
    panel.report([3], FAULT, clock.now_ms())
    with listening(opened(), disk) as centre, speaking(centre, [panel]):
        threading.Event().wait(1.0)
        assert not panel.is_done
        disk.is_broken = False
        eventually(lambda: panel.is_done)
    assert set(points_of(disk)) == set(expected(2))
    assert ("889/1.1/1-3", "fault", "raise") in disk.said()


def test_a_cut_connection_loses_nothing() -> None:
    disk, panel = Disk(), device(400)
    panel.report(range(1, 401), FIRE, clock.now_ms())
    with listening(opened(), disk) as centre, speaking(centre, [panel]) as (link,):
        for _ in range(3):
            seen = len(points_of(disk))
            eventually(lambda seen=seen: len(points_of(disk)) > seen or panel.is_done)
            link.cut()
        eventually(lambda: panel.is_done)
        assert link.connected > 1
    assert list(dict.fromkeys(points_of(disk))) == expected(400)


@pytest.mark.parametrize("count", [100, pytest.param(500, marks=pytest.mark.long)])
def test_panels_that_come_back_at_once_are_all_heard(count: int) -> None:
    disk = Disk()
    panels = [device(address=1000 + number, points=1) for number in range(count)]
    for panel in panels:
        panel.report([1], FIRE, clock.now_ms())
    with listening(opened(), disk) as centre, speaking(centre, panels) as links:
        eventually(lambda: all(panel.is_done for panel in panels), 60.0)
        assert disk.writes < count  # What came together was stored together.
        for link in links:
            link.cut()
        for panel in panels:
            panel.report([1], FIRE, clock.now_ms())
        began_s = clock.steady_s()
        eventually(lambda: all(panel.is_done for panel in panels), 60.0)
        print(
            f"{count} panels that came back at once: all heard after {clock.steady_s() - began_s:.1f} s"
        )
    assert set(points_of(disk)) == {f"{1000 + number}/1.1/1-1" for number in range(count)}


def test_a_duty_check_goes_down_and_its_answer_comes_up() -> None:
    disk, panel = Disk(), device(answers_check_after_s=0.1)
    panel.report([1], FAULT, clock.now_ms())
    with listening(opened(), disk) as centre, speaking(centre, [panel]):
        eventually(lambda: panel.is_done)
        centre.take_command(PlatformCommand(id="1", command="duty_check", until=0, minutes=1))
        eventually(lambda: ("889", "duty_check_answer", "raise") in disk.said())


def test_a_wrong_clock_is_set() -> None:
    disk, panel = Disk(), device(clock_off_ms=-3_600_000)
    panel.report([1], FAULT, clock.now_ms())
    with listening(opened(), disk) as centre, speaking(centre, [panel]):
        eventually(lambda: abs(panel.clock_off_ms) < 2000)
    fault = next(one for one in disk.events if one.event == "fault")
    assert abs(fault.at - clock.now_ms()) < 60_000


def test_broken_frames_are_denied_and_noise_is_passed_over() -> None:
    disk = Disk()
    data = parts(part(PART_FIRE), serial=42)
    with listening(opened(), disk) as centre, socket.socket() as line:
        line.settimeout(WITHIN_S)
        line.connect(("127.0.0.1", centre.ports["tcp"]))
        line.sendall(b"@@noise" + data[:-3] + b"\x00##" + b"\xff" * 100 + data)
        splitter, answers = Splitter(), list[Frame]()
        while len(answers) < 2:
            answers += [read_frame(piece.data) for piece in splitter.feed(line.recv(4096))]
    assert [(one.command, one.serial) for one in answers] == [
        (Command.DENY, 42),
        (Command.CONFIRM, 42),
    ]


def test_a_panel_that_comes_is_heard_though_a_silent_line_holds_the_last_place() -> None:
    disk, panel = Disk(), device()
    panel.report([1], FIRE, clock.now_ms())
    with listening(opened(most_connections=1), disk) as centre, socket.socket() as line:
        line.connect(("127.0.0.1", centre.ports["tcp"]))
        with speaking(centre, [panel]):
            eventually(lambda: panel.is_done)
    assert set(points_of(disk)) == set(expected(1))


def test_who_is_not_allowed_is_not_heard() -> None:
    disk, panel = Disk(), device()
    panel.report([1], FIRE, clock.now_ms())
    with listening(opened(allowed=["192.0.2.0/24"]), disk) as centre, socket.socket() as line:
        line.settimeout(WITHIN_S)
        line.connect(("127.0.0.1", centre.ports["tcp"]))
        assert line.recv(1) == b""
        with speaking(centre, [panel], Over.UDP):
            threading.Event().wait(0.5)
    assert disk.events == []


def test_a_place_that_is_taken_is_a_failure_of_the_driver() -> None:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen()
        centre = opened(tcp=f"127.0.0.1:{line.getsockname()[1]}")
        with pytest.raises(DriverFailed, match="cannot listen"):
            centre.run(Disk(), StopFlag())


def test_who_should_be_heard_is_silent_when_nobody_can_listen() -> None:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen()
        place = f"127.0.0.1:{line.getsockname()[1]}"
        centre = opened(tcp=place, devices=[{"address": 889}], silence_s=0.001)
        disk = Disk()
        for _ in range(3):
            with pytest.raises(DriverFailed):
                centre.run(disk, StopFlag())
            threading.Event().wait(0.01)
    assert disk.said() == [("889", "asset_silent", "raise")]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"tcp": None, "udp": None}, "where to listen"),
        ({"tcp": "localhost"}, "host:port"),
        ({"devices": [{"address": 0}]}, "six bytes"),
        ({"devices": [{"address": 5}, {"address": "5"}]}, "more than once"),
        ({"devices": [{"address": 5, "profile": "x"}]}, "there is no profile 'x'"),
        ({"profiles": {"x": {"checksum": "crc"}}}, "checksum"),
        ({"allowed": ["everybody"]}, "allowed"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadSettings, match=complaint):
        opened(**options)
