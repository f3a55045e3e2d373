"""Strangers in any number keep nobody else out, and what they make us remember is bounded."""

from typing import Any, cast

import pytest

from gateway.driver import Sink
from gateway.drivers import telling
from gateway.drivers.gbt26875.exchange import Exchange, Line
from gateway.drivers.gbt26875.station import Station
from gateway.drivers.sparkplug import host as sparkplug
from gateway.drivers.sparkplug.payload import Payload
from gateway.drivers.sparkplug.topic import Kind, Node, Where
from gateway.wire import WireEvent


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
