"""The simulated driver into the gateway's real sink and outboxes."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event as StopFlag

import pytest

from gateway import wire
from gateway.driver import DriverSettings
from gateway.metrics import Metrics
from gateway.outbox import Limits, Outbox
from gateway.sink import DriverSink, EventRoad, Lanes
from gateway.topic import Lane
from simulators.demo import compound_named
from simulators.driver import open_driver

START_MS = 1_740_785_400_000
OPTIONS = {"speed": 0, "start": "2025-03-01T07:30:00+08:00", "duration_s": 90}


@pytest.fixture
def lanes(tmp_path: Path) -> Iterator[Lanes]:
    alarm, data = (
        Outbox(tmp_path / f"{lane}.db", lane, Limits(max_bytes=100_000_000)) for lane in Lane
    )
    alarm.open()
    data.open()
    yield Lanes(alarm=alarm, data=data, alarm_stored=lambda: None, data_stored=lambda: None)
    alarm.close()
    data.close()


def play_into(lanes: Lanes, spare: Path, **other: object) -> None:
    stop = StopFlag()
    road = EventRoad(lanes, spare, lambda: None)
    sink = DriverSink("garden", lanes, road, Metrics(), stop)
    options = {**OPTIONS, **other}
    settings = DriverSettings(name="garden", driver="simulated", options=options)
    open_driver(settings).run(sink, stop)
    assert sink.flush()


def test_the_gateway_makes_an_entrapment_of_the_signals(lanes: Lanes, tmp_path: Path) -> None:
    play_into(lanes, tmp_path)
    messages = [wire.decode_alarm(s.payload) for s in lanes.alarm.fetch_after(0, 1000)]
    events = [event for message in messages for event in message.events]
    raised = {(e.asset, e.event): e for e in events if e.state == "raise"}
    assert ("D-3-02", "fire_alarm") in raised
    entrapment = raised["L-2-1", "entrapment"]
    assert entrapment.code_system == "edge"
    assert 30_000 < entrapment.at - START_MS < 60_000


def test_every_asset_with_metrics_reaches_the_data_outbox(lanes: Lanes, tmp_path: Path) -> None:
    play_into(lanes, tmp_path)
    messages = [wire.decode_data(s.payload) for s in lanes.data.fetch_after(0, 1000)]
    sent = {frame.asset for message in messages for frame in message.frames}
    assert sent == {asset.code for asset in compound_named("demo").assets if asset.kind.metrics}


def frames_in(lanes: Lanes) -> list[wire.Frame]:
    messages = [wire.decode_data(s.payload) for s in lanes.data.fetch_after(0, 1000)]
    return [frame for message in messages for frame in message.frames]


def test_what_lies_comes_through_as_it_was_read(lanes: Lanes, tmp_path: Path) -> None:
    play_into(lanes, tmp_path, scenario="unruly", duration_s=150)
    lost = [value for f in frames_in(lanes) if f.asset == "L-2-2" for value in f.m["vibration"]]
    assert None in lost
    cut = [at for f in frames_in(lanes) if f.asset == "H-2" for at in f.t]
    assert cut
    assert max(cut) < START_MS + 90_000
    events = [
        event
        for stored in lanes.alarm.fetch_after(0, 1000)
        for event in wire.decode_alarm(stored.payload).events
    ]
    twice = [event for event in events if event.asset == "M-1-03" and event.state == "raise"]
    assert len(twice) == 2


def test_a_compound_of_a_city_speaks_through_the_gateway(lanes: Lanes, tmp_path: Path) -> None:
    name = "city-1-0002-5"
    play_into(lanes, tmp_path, compound=name, scenario="quiet", duration_s=20)
    sent = {frame.asset for frame in frames_in(lanes)}
    measured = {asset.code for asset in compound_named(name).assets if asset.kind.metrics}
    assert sent == measured
    assert len(sent) > 20
