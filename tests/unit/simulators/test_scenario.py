"""A scenario that cannot be played is refused with a sentence that says why."""

import pytest

from simulators.building import PointPlant
from simulators.demo import compound_named
from simulators.errors import BadScenario, UnknownCompound
from simulators.faults import FaultKind
from simulators.scenario import fetch_scenario, parse_scenario, scenario_names

DEMO = compound_named("demo")
ROW = "{id: a, kind: leak, asset: H-1, cause: c, onset_s: 5, rate: 1.0}"


def test_the_shipped_scenarios_fit_the_demo_compound() -> None:
    names = ("ageing", "demo", "life_safety", "quiet", "services", "unruly")
    assert scenario_names() == names
    for name in names:
        compound = compound_named("services") if name == "services" else DEMO
        assert fetch_scenario(name, compound).note


def test_the_fires_of_the_life_safety_scenario_bear_each_other_out() -> None:
    scenario = fetch_scenario("life_safety", DEMO)
    loops = set()
    for fault in scenario.faults:
        asset = DEMO.asset(fault.asset)
        if fault.kind in (FaultKind.FIRE, FaultKind.PRESSED):
            assert asset is not None
            assert isinstance(asset.plant, PointPlant)
            loops.add(asset.plant.loop)
    assert len(loops) == 1
    assert [fault.kind for fault in scenario.faults].count(FaultKind.ENTRAPMENT) == 1


def test_faults_stand_in_the_order_of_their_onset() -> None:
    later = ROW.replace("onset_s: 5", "onset_s: 9").replace("id: a", "id: b")
    scenario = parse_scenario("x", f"note: n\nfaults: [{later}, {ROW}]", DEMO)
    assert [fault.id for fault in scenario.faults] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("faults: [", "while parsing"),
        ("[]", "Expected `object`"),
        ("note: n\nspeed: 3", "unknown field `speed`"),
        ("note: n\ntraffic: -1", "traffic -1.0 is negative"),
        (f"note: n\nfaults: [{ROW}, {ROW}]", "fault a stands there twice"),
        (f"note: n\nfaults: [{ROW.replace('H-1', 'H-9')}]", "has no asset H-9"),
        (f"note: n\nfaults: [{ROW.replace('H-1', 'L-1-1')}]", "leak cannot happen to L-1-1"),
        (f"note: n\nfaults: [{ROW.replace('leak', 'lek')}]", "Invalid enum value 'lek'"),
        (f"note: n\nfaults: [{ROW.replace('onset_s: 5', 'onset_s: -5')}]", "before the start"),
        (f"note: n\nfaults: [{ROW.replace('rate: 1.0', 'ends_s: 3')}]", "not after onset_s"),
        (f"note: n\nfaults: [{ROW.replace(', rate: 1.0', '')}]", "fault a: a leak needs a rate"),
    ],
)
def test_a_scenario_that_cannot_be_played_says_why(text: str, why: str) -> None:
    with pytest.raises(BadScenario) as refused:
        parse_scenario("x", text, DEMO)
    assert "scenario x" in str(refused.value)
    assert why in str(refused.value)


def test_a_scenario_that_is_nowhere_lists_those_that_are() -> None:
    with pytest.raises(BadScenario, match="neither one of ageing, demo, life_safety, quiet"):
        fetch_scenario("nowhere.yaml", DEMO)


def test_a_compound_that_is_not_declared_lists_those_that_are() -> None:
    with pytest.raises(UnknownCompound, match="demo, replay"):
        compound_named("elsewhere")
