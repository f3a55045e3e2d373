"""Strangers in any number keep nobody else out, and what they make us remember is bounded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from gateway.descriptors import OWN, affordable
from gateway.driver import Sink
from gateway.drivers import telling
from gateway.drivers.gbt26875 import station as fire
from gateway.drivers.gbt26875.exchange import Exchange, Line
from gateway.drivers.gbt26875.frame import Address
from gateway.drivers.gbt26875.splitter import Piece
from gateway.drivers.gbt26875.station import Station
from gateway.drivers.sparkplug import host as sparkplug
from gateway.drivers.sparkplug.payload import Payload
from gateway.drivers.sparkplug.topic import Kind, Node, Where
from gateway.wire import WireEvent
from tests.unit.gateway.gbt26875.builders import (
    FAULT,
    FIRE,
    HOST,
    KEY,
    NORMAL,
    at,
    heard,
    part,
    parts,
    said,
)
from tests.unit.gateway.gbt26875.builders import station as fire_station


class Connected:
    """A connection that notes its end."""

    def __init__(self, host: str, heard_s: float) -> None:
        self.host, self.heard_s = host, heard_s
        self.is_dropped = False

    def drop(self) -> None:
        self.is_dropped = True


def test_a_host_that_opens_many_connections_loses_one_of_its_own() -> None:
    exchange = Exchange("fire", cast("Station", None), cast("Sink", None))
    panel = Connected("10.0.0.1", heard_s=1.0)
    greedy = [Connected("10.0.0.66", heard_s=10.0 + number) for number in range(3)]
    for one in (panel, *greedy):
        exchange.open(cast("Line", one))
    exchange.part_with_one()
    assert [one.is_dropped for one in (panel, *greedy)] == [False, True, False, False]


def test_nodes_that_nobody_knows_crowd_out_no_node_that_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sparkplug, "_MOST_NODES", 3)
    one = sparkplug.Host()
    birth = Payload(at_ms=1, seq=0, metrics=())
    living = Where(Node("site", "living"), "")
    one.take(Kind.NBIRTH, living, birth, 1, 1.0)
    for number in range(10):
        one.take(Kind.NDATA, Where(Node("site", f"stranger-{number}"), ""), birth, 1, 1.0)
    said = one.take(Kind.NDATA, living, Payload(at_ms=1, seq=1, metrics=()), 1, 2.0)
    assert not [found for found in said if isinstance(found, sparkplug.AskRebirth)]


def test_what_terminals_make_us_remember_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "_MOST_ASSETS", 5)
    teller: Any = telling.Teller("cars")
    for number in range(50):
        teller._remember(WireEvent(asset=f"L-{number}", at=1, event="fault", state="raise"))
    assert list(teller._raised) == [f"L-{number}" for number in range(45, 50)]


def test_codes_that_nobody_knows_are_remembered_in_a_bounded_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telling, "_MOST_STRANGE", 2)
    teller: Any = telling.Teller("cars")
    teller._remember(WireEvent(asset="L", at=1, event="fault", state="raise"))
    for code in "1233":
        teller._remember(
            WireEvent(asset="L", at=1, event="unknown_event", state="raise", code=code)
        )
    assert list(teller._raised["L"]) == ["fault", "unknown_event:2", "unknown_event:3"]


def names_without_end(devices: int, points: int, status: int = NORMAL) -> Iterator[bytes]:
    """States of ever new parts, in the names of so many devices."""
    for first in range(0, points, 20):
        states = [part(status, point) for point in range(first, first + 20)]
        for number in range(devices):
            yield parts(*states, source=Address(20_000 + number))


def test_parts_and_addresses_without_end_cost_a_listed_panel_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fire, "MOST_KEPT", 1000)
    where = fire_station(clock_tolerance_s=None)
    where.expect([KEY])
    heard(where, parts(part(NORMAL)))
    heard(where, parts(part(FAULT)), 1)
    for number, data in enumerate(names_without_end(devices=30, points=400)):
        where.hear(Piece(data), HOST, at(2 + number / 100))
        assert where.kept <= 1000
    # It would begin with all that may stand, had it been forgotten.
    assert said(heard(where, parts(part(NORMAL)), 50)) == [("fault", "clear")]


def test_a_panel_that_was_forgotten_says_again_what_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fire, "MOST_KEPT", 200)
    where = fire_station(clock_tolerance_s=None)
    for first in range(0, 60, 20):
        heard(where, parts(*(part(NORMAL, point) for point in range(first, first + 20))))
    heard(where, parts(part(FAULT, 1)), 1)
    assert said(heard(where, parts(part(FAULT, 1)), 2)) == []
    for data in names_without_end(devices=30, points=20):
        where.hear(Piece(data), HOST, at(3))
    assert KEY in where.devices
    assert ("fault", "raise") in said(heard(where, parts(part(FAULT, 1)), 50))


def resident_mib() -> float:
    """Memory of this process [MiB]."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(one for one in status.splitlines() if one.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


@pytest.mark.long
@pytest.mark.timeout(400)
def test_the_memory_of_a_crowd_has_an_end() -> None:
    where = fire_station(clock_tolerance_s=None)
    before, most = resident_mib(), 0.0
    for number, data in enumerate(names_without_end(devices=500, points=1000, status=FIRE)):
        where.hear(Piece(data), HOST, at(number / 1000))
        if number % 1000 == 0:
            most = max(most, resident_mib() - before)
    print(f"half a million parts of 500 devices: {where.kept} things kept, {most:.0f} MiB at most")
    assert where.kept <= fire.MOST_KEPT
    assert most < 250


@pytest.mark.parametrize(("soft", "most"), [(1024, 1024 - OWN), (-1, 5000), (65_536, 5000)])
def test_devices_never_take_the_descriptors_that_the_gateway_itself_needs(
    soft: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (soft, soft))
    assert affordable(5000) == most
