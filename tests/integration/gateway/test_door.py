"""A reload that gives a driver an address it cannot have changes nothing."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from gateway.configuration import load_whole
from gateway.crew import NamedDriver
from gateway.door import doors_of, taken
from gateway.driver import Door
from gateway.errors import BadSettings
from gateway.keeper import Keeper, Wish
from gateway.service_manager import ServiceManager
from gateway.settings import Loaded
from towerwatch.process import free_port


@pytest.fixture
def held() -> Iterator[int]:
    """A port that somebody else listens on, TCP and UDP."""
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        port = int(tcp.getsockname()[1])
        udp.bind(("127.0.0.1", port))
        yield port


def change(path: Path, old: str, new: str) -> None:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_door_that_is_taken_is_named_with_its_reason(held: int) -> None:
    doors = [
        Door(kind="tcp", host="127.0.0.1", port=held),
        Door(kind="udp", host="127.0.0.1", port=held),
        Door(kind="tcp", host="192.0.2.1", port=free_port()),
        Door(kind="tcp", host="127.0.0.1", port=free_port()),
        Door(kind="tcp", host="127.0.0.1", port=0),
    ]
    found = list(taken(doors, []))
    assert [one.split(": ")[0] for one in found] == [str(door) for door in doors[:3]]
    assert "in use" in found[0]
    assert list(taken(doors[:2], doors[:2])) == []


def test_every_driver_that_listens_says_where(lonely: Path) -> None:
    port = free_port()
    change(
        lonely,
        "tcp: '127.0.0.1:0'}",
        f"tcp: '127.0.0.1:{port}', udp: '[::1]:{port}'}}\n"
        f"  - {{name: push, driver: tcp_push, listen: '127.0.0.1:{port + 1}', rule_sets: [gbt24476]}}\n"
        f"  - {{name: water, driver: nbiot_pressure, udp: '127.0.0.1:{port + 2}'}}",
    )
    _, drivers = load_whole(lonely)
    assert [str(door) for door in doors_of(one.driver for one in drivers)] == [
        f"tcp 127.0.0.1:{port}",
        f"udp ::1:{port}",
        f"tcp 127.0.0.1:{port + 1}",
        f"udp 127.0.0.1:{port + 2}",
    ]


def test_two_drivers_at_one_door_are_refused(lonely: Path) -> None:
    change(
        lonely,
        "tcp: '127.0.0.1:0'}",
        "tcp: '127.0.0.1:5100'}\n  - {name: annexe, driver: gbt26875, tcp: '127.0.0.1:5100'}",
    )
    with pytest.raises(BadSettings, match=r":9: driver 'annexe': 'room' listens on tcp 127"):
        load_whole(lonely)


def test_a_reload_onto_a_taken_port_goes_on_as_before(lonely: Path, held: int) -> None:
    opened = 0

    def opening(path: Path) -> tuple[Loaded, list[NamedDriver]]:
        nonlocal opened
        opened += 1
        if opened == 2:
            change(path, "127.0.0.1:0", f"127.0.0.1:{held}")
        return load_whole(path)

    one = Keeper(lonely, opening, ServiceManager())
    one.ask(Wish.RELOAD)
    one.ask(Wish.STOP)
    with structlog.testing.capture_logs() as logs:
        assert one.run() is True
    assert opened == 2
    (refused,) = [line for line in logs if line["event"] == "reload refused, going on as before"]
    assert f"tcp 127.0.0.1:{held}" in refused["reason"]
