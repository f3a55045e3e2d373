"""Gas and the water main: what a device says itself, and what the gateway must derive."""

from gateway.derive_supply import SUPPLY_LOST
from simulators.demo import compound_named
from simulators.faults import EXPECTED_EVENTS, FaultKind, Stage
from simulators.play import Play, Second
from simulators.scenario import fetch_scenario
from tests.unit.simulators.stage import moments


def played(seed: int = 1) -> list[Second]:
    compound = compound_named("services")
    play = Play(compound, fetch_scenario("services", compound), seed)
    return [play.step(moment) for moment in moments(900)]


SECONDS = played()


def values_of(asset: str, metric: str) -> list[tuple[int, float]]:
    return [
        (second.moment.elapsed_s, value)
        for second in SECONDS
        for one in second.samples
        if one.sample.asset == asset and (value := one.sample.values.get(metric)) is not None
    ]


def test_the_same_seed_gives_the_same_seconds() -> None:
    assert played() == SECONDS
    assert played(2) != SECONDS


def test_gas_is_said_at_both_limits_and_over_when_the_room_is_aired() -> None:
    said = [(one.event, one.state) for second in SECONDS for one in second.events]
    assert said == [
        ("gas_low_alarm", "raise"),
        ("gas_alarm", "raise"),
        ("gas_alarm", "clear"),
        ("gas_low_alarm", "clear"),
    ]
    assert EXPECTED_EVENTS[FaultKind.GAS_LEAK] == ("gas_low_alarm", "gas_alarm")


def test_a_lost_main_is_only_seen_in_its_values_and_comes_back() -> None:
    pressure = dict(values_of("SM-1", "pressure"))
    assert min(kpa for at, kpa in pressure.items() if at < 60) > 250
    assert max(kpa for at, kpa in pressure.items() if 130 < at < 600) < 50
    assert min(kpa for at, kpa in pressure.items() if at > 700) > 250
    assert EXPECTED_EVENTS[FaultKind.MAIN_LOST] == (SUPPLY_LOST,)
    facts = [one for second in SECONDS for one in second.facts if one.stage is Stage.FAILED]
    assert [str(one.fault.asset) for one in facts] == ["SM-1"]


def test_the_hydrant_behind_a_lost_main_is_sound() -> None:
    assert min(kpa for _, kpa in values_of("H-S", "pressure")) > 350


def test_a_stuck_gas_sensor_repeats_itself() -> None:
    stuck = {value for at, value in values_of("G-2", "gas") if at > 120}
    assert len(stuck) == 1
