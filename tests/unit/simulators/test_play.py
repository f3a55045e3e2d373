"""A play is the same for the same seed, legal in every value, and its truth fits its symptoms."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import wire
from gateway.catalogue import asset_class, event_kind
from gateway.derive import LiftWatch
from gateway.sample import refused_metrics
from simulators.building import Compound
from simulators.demo import compound_named
from simulators.faults import EXPECTED_EVENTS, FITTING_CLASSES, FaultKind, Stage
from simulators.play import Play, Second
from simulators.scenario import fetch_scenario, scenario_names
from tests.unit.simulators.stage import (
    MORNING_MS,
    as_bytes,
    compound_of,
    moments,
    played,
    samples_of,
    series,
    told,
)

DEMO = played(480)


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert as_bytes(played(300, seed=7)) == as_bytes(played(300, seed=7))


def test_another_seed_gives_another_day() -> None:
    assert as_bytes(played(300, seed=7)) != as_bytes(played(300, seed=8))


def test_an_asset_more_or_less_changes_nothing_for_the_others() -> None:
    whole = compound_named("demo")
    scenario = fetch_scenario("quiet", whole)
    part = Compound(
        name=whole.name,
        gateway=whole.gateway,
        gateway_place=whole.gateway_place,
        gateway_note="",
        places=whole.places,
        organisations=whole.organisations,
        managements=(),
        persons=(),
        assets=whole.assets[3:5],
    )
    alone, among = Play(part, scenario, 1), Play(whole, scenario, 1)
    for moment in moments(120):
        few = alone.step(moment).samples
        assert few == among.step(moment).samples[3:5]


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_value_of_a_day_is_legal(seed: int) -> None:
    compound = compound_named("demo")
    play = Play(compound, fetch_scenario("demo", compound), seed)
    # One second in 181 of the day: every hour of every daily curve, and all of the scenario.
    for moment in moments(86_400 // 181, step_ms=181_000):
        for classed in play.step(moment).samples:
            assert refused_metrics(classed.sample, asset_class(classed.class_name)) == []


def test_every_class_of_the_demo_with_metrics_reports_within_ten_seconds() -> None:
    heard = {c.sample.asset for s in DEMO[:10] for c in s.samples}
    expected = {a.code for a in compound_named("demo").assets if a.kind.metrics}
    assert heard == expected


def test_a_sample_carries_the_same_metrics_each_time() -> None:
    shapes: dict[str, set[tuple[str, ...]]] = {}
    for second in DEMO:
        for classed in second.samples:
            shapes.setdefault(classed.sample.asset, set()).add(tuple(classed.sample.values))
    assert all(len(shape) == 1 for shape in shapes.values())


def test_slow_devices_report_at_least_once_per_class_interval() -> None:
    for asset in compound_named("demo").assets:
        if not asset.kind.metrics or asset.code == "D-1-05":
            continue
        times = [sample.at_ms for sample in samples_of(DEMO, asset.code)]
        gaps = [b - a for a, b in pairwise(times)]
        assert max(gaps) <= 1000 * asset.kind.interval_s


def test_every_event_goes_over_the_wire_and_is_known_to_its_class() -> None:
    kinds = {str(asset.code): asset.kind for asset in compound_named("demo").assets}
    events = [event for second in DEMO for event in second.events]
    for event in events:
        assert event_kind(event.event) in kinds[event.asset].events
    message = wire.AlarmMessage(stream=1, seq=1, low=1, sent=MORNING_MS, events=events)
    assert wire.decode_alarm(wire.encode(message)).events == events


@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_scenario_says_what_is_legal_to_its_end(name: str) -> None:
    compound = compound_named("services" if name == "services" else "demo")
    scenario = fetch_scenario(name, compound)
    if name != "services":
        compound = compound_of(*{fault.asset for fault in scenario.faults}, "L-1-1")
    play = Play(compound, scenario, 1)
    assert len(play.planned(MORNING_MS)) == len(scenario.faults)
    kinds = {str(asset.code): asset.kind for asset in compound.assets}
    stages = set()
    for moment in moments(1600):
        second = play.step(moment)
        stages |= {(fact.fault.id, fact.stage) for fact in second.facts}
        for event in second.events:
            assert event_kind(event.event) in kinds[event.asset].events
        if moment.elapsed_s % 20 == 0:
            for classed in second.samples:
                refused = refused_metrics(classed.sample, asset_class(classed.class_name))
                assert name == "unruly" or refused == []
    for fault in scenario.faults:
        assert (fault.id, Stage.ONSET) in stages
        assert fault.ends_s is None or (fault.id, Stage.ENDED) in stages
        assert fault.fails_s is None or (fault.id, Stage.FAILED) in stages


def test_the_demo_raises_its_fire_alarm_within_fifteen_seconds() -> None:
    fire = next(e for s in DEMO[:15] for e in s.events if e.event == "fire_alarm")
    assert (fire.asset, fire.state, fire.text) == ("D-3-02", "raise", "3号楼 2层 走廊")
    assert (fire.code_system, fire.code) == ("gbt26875", "2:42:1")


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_demo_traps_somebody_within_twenty_seconds_for_any_seed(seed: int) -> None:
    facts = [fact for second in played(20, seed=seed) for fact in second.facts]
    assert FaultKind.ENTRAPMENT in {f.fault.kind for f in facts if f.stage is Stage.FAILED}


def test_the_demo_never_says_entrapment_itself() -> None:
    assert "entrapment" not in {name for _, _, name, _ in told(DEMO)}


def test_the_leak_of_the_demo_can_be_seen_before_its_limit() -> None:
    pressure = series(DEMO[:70], "H-1", "pressure")
    assert pressure[0] > 250
    assert 190 < pressure[-1] < 230
    assert min(series(DEMO[:70], "H-2", "pressure")) > 260


def test_an_ordinary_day_says_nothing() -> None:
    assert told(played(600, scenario="quiet")) == []


def test_what_the_truth_says_shows_in_the_signals() -> None:
    for second in DEMO:
        for fact in second.facts:
            if fact.stage not in (Stage.SHOWN, Stage.FAILED):
                continue
            if fact.fault.kind is FaultKind.ENTRAPMENT:
                continue
            names = {e.event for e in second.events if e.asset == fact.fault.asset}
            assert names & set(EXPECTED_EVENTS[fact.fault.kind])


def test_every_event_has_its_fault_in_the_truth() -> None:
    faulty = {fact.fault.asset for second in DEMO for fact in second.facts}
    assert {asset for _, asset, _, _ in told(DEMO)} <= faulty


def test_every_fault_of_the_demo_begins_and_ends_in_the_truth() -> None:
    compound = compound_named("demo")
    scenario = fetch_scenario("demo", compound)
    stages = [(f.fault.id, f.stage, f.elapsed_s) for s in played(1000) for f in s.facts]
    for fault in scenario.faults:
        assert (fault.id, Stage.ONSET, fault.onset_s) in stages
        assert (fault.id, Stage.ENDED, fault.ends_s) in stages


def test_the_plan_tells_when_the_leak_fails_and_is_right() -> None:
    compound = compound_named("demo")
    play = Play(compound, fetch_scenario("demo", compound), 1)
    leak = next(f for f in play.planned(MORNING_MS) if f.fault.kind is FaultKind.LEAK)
    assert (leak.stage, leak.at_ms) == (Stage.PLANNED, MORNING_MS + 10_000)
    failed = [f for s in DEMO for f in s.facts if f.stage is Stage.FAILED]
    at_s = next(f.elapsed_s for f in failed if f.fault.kind is FaultKind.LEAK)
    said_s = int(leak.note.removeprefix("fails at about ").removesuffix(" s"))
    assert abs(said_s - at_s) <= 8


def test_every_kind_of_fault_says_whom_it_fits_and_what_to_expect() -> None:
    assert set(FITTING_CLASSES) == set(EXPECTED_EVENTS) == set(FaultKind)
    for kind, names in EXPECTED_EVENTS.items():
        assert all(event_kind(name).name == name for name in names), kind


def derived(seconds: list[Second]) -> list[tuple[int, str, str, bool]]:
    """What the gateway makes of the lifts' signals: second, asset, event, raised."""
    watches: dict[str, LiftWatch] = {}
    found = []
    for second in seconds:
        for classed in second.samples:
            if classed.class_name != "lift":
                continue
            watch = watches.setdefault(classed.sample.asset, LiftWatch())
            changes = watch.observe(classed.sample, second.moment.elapsed_s)
            found += [
                (second.moment.elapsed_s, classed.sample.asset, c.event, c.is_raised)
                for c in changes
            ]
    return found


def test_the_gateway_derives_the_entrapment_of_the_demo_and_nothing_else() -> None:
    found = derived(DEMO)
    raised = [(asset, event) for _, asset, event, is_raised in found if is_raised]
    cleared = [(asset, event) for _, asset, event, is_raised in found if not is_raised]
    expected = [("L-2-1", "entrapment"), ("L-2-1", "stop_outside_door_zone")]
    assert raised == expected
    assert sorted(cleared) == expected
    assert found[0][0] < 60


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_ordinary_traffic_never_looks_like_an_entrapment(seed: int) -> None:
    compound = compound_named("demo")
    scenario = fetch_scenario("quiet", compound)
    lifts = Compound(
        name="lifts",
        gateway=compound.gateway,
        gateway_place=compound.gateway_place,
        gateway_note="",
        places=(),
        organisations=(),
        managements=(),
        persons=(),
        assets=tuple(asset for asset in compound.assets if asset.class_name == "lift"),
    )
    play = Play(lifts, scenario, seed)
    assert derived([play.step(moment) for moment in moments(2400)]) == []
