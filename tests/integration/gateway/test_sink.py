"""The sink with real outboxes: samples are thinned and batched, emergencies are derived."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from gateway import clock, wire
from gateway.driver import Counted
from gateway.errors import OutboxUnusable
from gateway.metrics import Metrics
from gateway.outbox import Limits, Outbox
from gateway.sample import Sample
from gateway.sink import DriverSink, EventRoad, Lanes
from gateway.topic import Lane

TRAPPED: dict[str, float | None] = {
    "person": 1,
    "door_closed": 1,
    "door_zone": 0,
    "speed": 0,
    "floor": 5,
}


class House:
    """Two outboxes, a sink, and how often the lanes were woken."""

    def __init__(self, folder: Path, data_bytes: int = 10**7) -> None:
        self.alarm = Outbox(folder / "alarm.sqlite", Lane.ALARM, Limits(max_bytes=10**7))
        self.data = Outbox(folder / "data.sqlite", Lane.DATA, Limits(max_bytes=data_bytes))
        self.alarm.open()
        self.data.open()
        self.woken: list[Lane] = []
        self.loud = 0
        self.stop = threading.Event()
        self.lanes = lanes = Lanes(
            alarm=self.alarm,
            data=self.data,
            alarm_stored=lambda: self.woken.append(Lane.ALARM),
            data_stored=lambda: self.woken.append(Lane.DATA),
        )
        self.spare = folder / "spare" / "alarm.sqlite"
        self.road = EventRoad(lanes, self.spare, self._cry)
        self.sink = DriverSink("d", lanes, self.road, Metrics(), self.stop)

    def _cry(self) -> None:
        self.loud += 1

    def events(self) -> list[wire.WireEvent]:
        stored = self.alarm.fetch_after(0, 1000)
        return [event for one in stored for event in wire.decode_alarm(one.payload).events]

    def samples(self) -> int:
        stored = self.data.fetch_after(0, 10_000)
        return sum(len(f.t) for one in stored for f in wire.decode_data(one.payload).frames)

    def close(self) -> None:
        self.alarm.close()
        self.data.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    one = House(tmp_path)
    yield one
    one.close()


def lift(at_s: float, **values: float | None) -> Sample:
    return Sample(asset="L-1", at_ms=round(at_s * 1000), values={**TRAPPED, **values})


def trap(house: House) -> None:
    for second in range(15):
        house.sink.sample(lift(1000 + second, door_zone=1, speed=1.0), "lift", exact=True)
    for second in range(15, 70):
        house.sink.sample(lift(1000 + second), "lift", exact=True)


def test_an_emergency_is_derived_from_samples_and_stored_at_once(house: House) -> None:
    trap(house)
    assert [event.event for event in house.events()] == ["entrapment", "stop_outside_door_zone"]
    first = house.events()[0]
    assert (first.asset, first.state, first.code_system) == ("L-1", "raise", "edge")
    assert 1_040_000 <= first.at <= 1_060_000
    assert Lane.ALARM in house.woken


def test_an_emergency_from_before_a_restart_is_cleared_after_it(
    house: House, tmp_path: Path
) -> None:
    trap(house)
    house.close()
    again = House(tmp_path)
    for second in range(10):
        again.sink.sample(
            lift(2000 + second, door_closed=0, door_zone=1, person=0), "lift", exact=True
        )
    cleared = [event.event for event in again.events() if event.state == "clear"]
    assert sorted(cleared) == ["entrapment", "stop_outside_door_zone"]
    again.close()


def main(at_s: float, kpa: float) -> Sample:
    return Sample(asset="S-1", at_ms=round(at_s * 1000), values={"pressure": kpa})


def test_a_dead_water_main_is_derived_from_its_gauge_and_cleared_after_a_restart(
    house: House,
) -> None:
    for minute in range(3):
        house.sink.sample(main(1000 + 60 * minute, 10.0), "supply_main", exact=True)
    again = DriverSink("d", house.sink._lanes, house.road, Metrics(), house.stop)
    for minute in range(3, 6):
        again.sample(main(1000 + 60 * minute, 300.0), "supply_main", exact=True)
    assert [(event.event, event.state, event.asset) for event in house.events()] == [
        ("supply_pressure_lost", "raise", "S-1"),
        ("supply_pressure_lost", "clear", "S-1"),
    ]


def test_live_samples_are_thinned_and_exact_ones_are_not(house: House) -> None:
    for second in range(50):
        sample = Sample(asset="P-1", at_ms=second * 1000, values={"current": 5.0})
        house.sink.sample(sample, "pump")
        house.sink.sample(sample, "pump", exact=True)
    house.sink.flush()
    assert house.samples() == 1 + 50


def test_half_a_character_in_a_name_does_not_hold_up_other_samples(house: House) -> None:
    house.sink.sample(Sample(asset="\ud800", at_ms=0, values={"current": 5.0}), "pump")
    house.sink.sample(Sample(asset="P-1", at_ms=0, values={"current": 5.0}), "pump")
    assert house.sink.flush()
    assert house.samples() == 2


def test_a_batch_goes_after_a_second(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(clock, "steady_s", lambda: now[0])
    house.sink.sample(Sample(asset="P-1", at_ms=0, values={"current": 5.0}), "pump")
    now[0] += 0.9
    house.sink.tick()
    assert house.samples() == 0
    now[0] += 0.2
    house.sink.tick()
    assert house.samples() == 1


def test_a_recording_waits_for_room_and_loses_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, data_bytes=150_000)

    def receive() -> None:
        while not house.stop.wait(0.02):
            stored = house.data.fetch_after(0, 1)
            for one in stored:
                taken.append(len(wire.decode_data(one.payload).frames[0].t))
                house.data.apply([wire.Receipt(stream=one.stream, through=one.seq)])

    taken: list[int] = []
    receiver = threading.Thread(target=receive)
    receiver.start()
    for i in range(20_000):
        sample = Sample(asset="P-1", at_ms=i, values={"current": 0.1234567 + i, "flow": 1 / 3})
        house.sink.sample(sample, "pump", exact=True)
    house.stop.set()
    receiver.join()
    while not house.sink.flush():
        for one in house.data.fetch_after(0, 100):
            taken.append(len(wire.decode_data(one.payload).frames[0].t))
            house.data.apply([wire.Receipt(stream=one.stream, through=one.seq)])
    assert sum(taken) + house.samples() == 20_000
    assert house.data.shed_count == 0
    house.close()


def test_what_no_unicode_can_say_does_not_stop_an_alarm(house: House) -> None:
    text: str = json.loads('"\\udcff"') * 5000
    house.sink.event(wire.WireEvent(asset=text, at=2**80, event="x", state="raise", text=text))
    assert len(house.events()) == 1


def test_a_body_that_cannot_be_encoded_costs_the_others_nothing(house: House) -> None:
    bad = wire.WireEvent(asset=json.loads('"\\udcff"'), at=1, event="x", state="raise")
    with pytest.raises(ValueError, match="surrogates"):
        house.alarm.put([bad])
    house.sink.event(wire.WireEvent(asset="D", at=1, event="fire_alarm", state="raise"))
    assert [one.seq for one in house.alarm.fetch_after(0, 9)] == [1]


def test_a_data_folder_that_is_gone_costs_no_alarm(house: House, tmp_path: Path) -> None:
    assert house.alarm._file is not None
    house.alarm._file.database.execute("PRAGMA query_only = ON")
    house.sink.event(wire.WireEvent(asset="D-1", at=1, event="fire_alarm", state="raise"))
    assert house.loud == 1
    assert [event.asset for event in house.events()] == ["D-1"]


def test_when_the_disk_does_not_take_alarms_the_spare_one_does(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = house.alarm._path
    whole_put = Outbox.put

    def put(self: Outbox, *args: object) -> object:
        if self._path == usual:
            raise OutboxUnusable("disk I/O error")
        return whole_put(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Outbox, "put", put)
    house.sink.event(wire.WireEvent(asset="D-1", at=1, event="fire_alarm", state="raise"))
    house.sink.event(wire.WireEvent(asset="D-2", at=2, event="fire_alarm", state="raise"))
    assert house.spare.exists()
    assert [event.asset for event in house.events()] == ["D-1", "D-2"]


def fire(asset: str, at: int) -> wire.WireEvent:
    return wire.WireEvent(asset=asset, at=at, event="fire_alarm", state="raise")


def refuse_writes(house: House) -> None:
    assert house.alarm._file is not None
    house.alarm._file.database.execute("PRAGMA query_only = ON")


def test_what_came_together_is_stored_in_few_messages_and_in_order(house: House) -> None:
    house.sink.store([fire(f"D-{number}", number) for number in range(450)])
    assert [one.seq for one in house.alarm.fetch_after(0, 9)] == [1, 2, 3]
    assert [event.at for event in house.events()] == list(range(450))
    house.sink.store([])
    assert len(house.events()) == 450


def test_after_the_end_nothing_is_stored_where_nobody_reads(house: House) -> None:
    house.road.close()
    house.alarm.close()
    with pytest.raises(OutboxUnusable):
        house.sink.event(wire.WireEvent(asset="A", at=1, event="fault", state="raise"))
    assert not house.spare.exists()
    assert house.loud == 0


def test_what_came_together_goes_to_the_spare_file_whole(house: House) -> None:
    refuse_writes(house)
    house.sink.store([fire(f"D-{number}", number) for number in range(300)])
    assert [event.at for event in house.events()] == list(range(300))


def test_what_waits_is_taken_along_to_the_spare_file_and_home_again(house: House) -> None:
    house.sink.event(fire("D-1", 1))
    first = house.alarm.fetch_after(0, 1)[0]
    refuse_writes(house)
    house.sink.event(fire("D-2", 2))
    assert house.alarm.is_away
    assert [event.asset for event in house.events()] == ["D-1", "D-2"]
    assert house.alarm.fetch_after(0, 1)[0].payload == first.payload

    house.road.go_home()
    assert house.alarm._path == house.alarm.home
    house.sink.event(fire("D-3", 3))
    assert [event.asset for event in house.events()] == ["D-1", "D-2", "D-3"]
    assert not house.spare.exists()
    streams = [one.stream for one in house.alarm.fetch_after(0, 9)]
    assert streams == sorted(set(streams))


def test_a_disk_that_stays_full_keeps_the_events_in_the_spare_file(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_writes(house)
    house.sink.event(fire("D-1", 1))
    usual_open = Outbox.open

    def is_full(self: Outbox, path: Path | None = None, adopted: Path | None = None) -> Path | None:
        if path == self.home:
            raise OutboxUnusable("database or disk is full")
        return usual_open(self, path, adopted)

    monkeypatch.setattr(Outbox, "open", is_full)
    house.road.go_home()
    assert house.alarm.is_away
    house.sink.event(fire("D-2", 2))
    assert [event.asset for event in house.events()] == ["D-1", "D-2"]


def test_events_of_a_spare_file_are_taken_over_by_the_next_process(
    house: House, tmp_path: Path
) -> None:
    house.sink.event(fire("D-1", 1))
    refuse_writes(house)
    house.sink.event(fire("D-2", 2))
    house.close()
    again = Outbox(tmp_path / "alarm.sqlite", Lane.ALARM, Limits(max_bytes=10**7))
    again.open(adopted=house.spare)
    stored = again.fetch_after(0, 9)
    assets = [wire.decode_alarm(one.payload).events[0].asset for one in stored]
    assert assets == ["D-1", "D-2"]
    assert again.stream > max(one.stream for one in stored)
    again.close()


def test_a_former_file_that_cannot_be_read_does_not_stop_new_alarms(house: House) -> None:
    house.sink.event(fire("D-1", 1))
    assert house.alarm._file is not None
    house.alarm._file.database.execute("DROP TABLE messages")
    house.sink.event(fire("D-2", 2))
    assert [event.asset for event in house.events()] == ["D-2"]


def test_an_emergency_that_no_disk_takes_is_said_as_soon_as_one_does(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = [1000.0]
    monkeypatch.setattr(clock, "steady_s", lambda: now_s[0])

    def be_trapped(seconds: int) -> None:
        for second in range(seconds):
            now_s[0] += 1
            house.sink.sample(Sample(asset="L-1", at_ms=second, values=TRAPPED), "lift")

    with monkeypatch.context() as broken:

        def refuse(*_: object) -> None:
            raise OutboxUnusable("no space left on any device")

        broken.setattr(house.alarm, "put", refuse)
        broken.setattr(house.alarm, "open", refuse)
        with pytest.raises(OutboxUnusable):
            be_trapped(40)
    house.sink.tick()
    assert [event.event for event in house.events()] == ["entrapment"]


def shown(event: str, state: Literal["raise", "clear"], code: str = "7") -> wire.WireEvent:
    return wire.WireEvent(asset="P-1", at=1000, event=event, state=state, code=code)


def test_a_condition_that_is_read_again_and_again_is_one_event(house: House) -> None:
    for state in ("clear", "raise", "raise", "clear", "clear", "raise"):
        house.sink.conditions([shown("pump_fault", state)])
    assert [one.state for one in house.events()] == ["raise", "clear", "raise"]


def test_a_condition_is_remembered_across_a_restart(house: House) -> None:
    house.sink.conditions([shown("pump_fault", "raise"), shown("pump_power_lost", "raise")])
    again = DriverSink("d", house.lanes, house.road, Metrics(), house.stop)
    again.conditions([shown("pump_fault", "raise"), shown("pump_power_lost", "clear")])
    assert [(one.event, one.state) for one in house.events()] == [
        ("pump_fault", "raise"),
        ("pump_power_lost", "raise"),
        ("pump_power_lost", "clear"),
    ]


def test_a_condition_that_could_not_be_stored_is_told_at_the_next_look(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_events: object) -> None:
        raise OutboxUnusable("disk full")

    with monkeypatch.context() as broken_disk:
        broken_disk.setattr(house.road, "put", broken)
        with pytest.raises(OutboxUnusable):
            house.sink.conditions([shown("pump_fault", "raise")])
    house.sink.conditions([shown("pump_fault", "raise")])
    assert [one.state for one in house.events()] == ["raise"]


def test_what_was_last_heard_is_kept_for_the_page(house: House) -> None:
    house.sink.sample(Sample(asset="P-1", at_ms=2000, values={"flow": 1.0, "current": 2.0}), "pump")
    house.sink.sample(Sample(asset="P-1", at_ms=3000, values={"flow": None}), "pump")
    house.sink.sample(Sample(asset="P-1", at_ms=1000, values={"flow": 9.0}), "pump")
    house.sink.event(shown("pump_fault", "raise"))
    house.sink.count(Counted.FRAMES, 3)
    (last,) = house.sink.last_heard()
    assert (last.values, last.at_ms) == ({"flow": None, "current": 2.0}, 3000)
    assert last.event is not None
    assert last.event.event == "pump_fault"
    assert house.sink.counts() == {Counted.FRAMES: 3}


def test_samples_wait_for_the_lane_to_open_and_hold_up_no_driver(house: House) -> None:
    house.data.close()
    for number in range(12_000):
        sample = Sample(
            asset=f"W-{number % 40}", at_ms=1_000_000 + number, values={"pressure": number + 0.5}
        )
        house.sink.sample(sample, "fire_water")
    house.sink.event(wire.WireEvent(asset="D-1", at=1, event="fire_alarm", state="raise"))
    assert [one.asset for one in house.events()] == ["D-1"]
    assert not house.sink.flush()
    house.data.open()
    assert house.sink.flush()
    kept = len(house.data.fetch_after(0, 99))
    assert 2 <= kept <= 9
    assert 0 < house.samples() <= 12_000
    last = Sample(asset="W-1", at_ms=9_000_000, values={"pressure": 1.0})
    house.sink.sample(last, "fire_water")
    assert house.sink.flush()
    assert len(house.data.fetch_after(0, 99)) == kept + 1
