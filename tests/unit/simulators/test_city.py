"""A generated city has the size of a real one, holds together, and can be played."""

import dataclasses
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from gateway.catalogue import asset_class
from gateway.sample import refused_metrics
from ingest.registry.checker import check
from simulators.building import Compound, ManagementKind, PointPlant
from simulators.city import CityPlan, Era, Sketch, city_compound, sketch
from simulators.city.file import write_city
from simulators.city.happen import CityRates, happenings
from simulators.demo import compound_named
from simulators.errors import UnknownCompound
from simulators.faults import FaultKind
from simulators.play import Play
from simulators.scenario import parse_scenario, scenario_text
from tests.unit.simulators.stage import moments

SMALL = CityPlan(seed=3, compounds=12, points_percent=2)


@lru_cache
def sketches() -> tuple[Sketch, ...]:
    plan = CityPlan(seed=1)
    return tuple(sketch(plan, number) for number in range(1, plan.compounds + 1))


@lru_cache
def tower() -> Compound:
    number = next(s.number for s in sketches() if s.era is Era.TOWER and s.points)
    return city_compound(CityPlan(seed=1, points_percent=5), number)


def total(name: str) -> int:
    return sum(getattr(one, name) for one in sketches())


def test_a_city_is_as_large_as_reasoned() -> None:
    assert len(sketches()) == 2632
    assert 2.4e6 < total("flats") < 3.2e6
    assert 36_000 < total("lifts") < 46_000
    assert 2.1e6 < total("points") < 2.9e6
    assert 20_000 < total("hydrants") < 60_000
    assert 90_000 < total("circuits") < 160_000
    assert 0.5 < sum(s.points > 0 for s in sketches()) / 2632 < 0.7


def test_many_old_compounds_have_nobody_and_new_ones_have_companies() -> None:
    by_era = {
        era: Counter(s.run_by for s in sketches() if s.era is era)
        for era in (Era.WALK_UP, Era.TOWER)
    }
    assert set(by_era[Era.WALK_UP]) == set(ManagementKind)
    old = by_era[Era.WALK_UP]
    assert 0.15 < old[ManagementKind.NOBODY] / old.total() < 0.3
    new = by_era[Era.TOWER]
    assert new[ManagementKind.COMPANY] / new.total() > 0.9


def test_old_walk_ups_have_hardly_a_lift_and_no_tanks() -> None:
    old = [s for s in sketches() if s.era is Era.WALK_UP]
    assert sum(s.lifts for s in old) < 0.1 * total("lifts")
    assert sum(s.tanks for s in old) == 0


def test_the_same_seed_gives_the_same_compound_whoever_stands_beside_it() -> None:
    plan = CityPlan(seed=5, points_percent=3)
    assert city_compound(plan, 77) == city_compound(plan, 77)
    assert city_compound(plan, 77) != city_compound(CityPlan(seed=6, points_percent=3), 77)


def test_a_loop_holds_no_more_points_than_it_may() -> None:
    loops = Counter(a.plant.loop for a in tower().assets if isinstance(a.plant, PointPlant))
    assert max(loops.values()) <= 200


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_every_asset_stands_at_a_place_of_its_compound(number: int) -> None:
    compound = city_compound(SMALL, number)
    places = {place.code for place in compound.places}
    assert {asset.place for asset in compound.assets} <= places
    codes = [asset.code for asset in compound.assets]
    assert len(codes) == len(set(codes))
    assert compound.gateway_place in places


def test_the_registry_of_a_city_passes_the_checker(tmp_path: Path) -> None:
    told: list[int] = []
    count = write_city(SMALL, tmp_path, 0, lambda done, _: told.append(done))
    report = check(tmp_path / "registry")
    assert report.problems == ()
    assert report.registry is not None
    assert len(report.registry.assets) == count.assets
    assert told == list(range(1, 13))
    assert not (tmp_path / "scenarios").exists()


def test_a_city_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_city(SMALL, tmp_path / name, 5, lambda _done, _all: None)
    files = [sorted(p for p in (tmp_path / n).rglob("*") if p.is_file()) for n in ("one", "two")]
    assert len(files[0]) == 6 + 12
    assert [f.read_bytes() for f in files[0]] == [f.read_bytes() for f in files[1]]


def test_a_scenario_of_a_city_is_read_back_as_it_was() -> None:
    scenario = happenings(tower(), seed=1, days=30)
    assert scenario.faults
    again = parse_scenario(scenario.name, scenario_text(scenario), tower())
    assert again == scenario
    assert yaml.safe_load(scenario_text(scenario))["faults"][0]["id"] == scenario.faults[0].id


def test_people_are_trapped_as_often_as_the_public_figures_say() -> None:
    lifts = dataclasses.replace(
        tower(), assets=tuple(a for a in tower().assets if a.class_name == "lift")
    )
    years = 100
    drawn = happenings(
        lifts, seed=1, days=365 * years, rates=CityRates(slow=0, sensors=0, visits=0, line_cuts=0)
    )
    trapped = sum(fault.kind is FaultKind.ENTRAPMENT for fault in drawn.faults)
    per_hundred_and_month = trapped / len(lifts.assets) / years / 12 * 100
    assert per_hundred_and_month == pytest.approx(0.55, rel=0.2)
    lengths = [
        fault.ends_s - fault.onset_s
        for fault in drawn.faults
        if fault.kind is FaultKind.ENTRAPMENT and fault.ends_s is not None
    ]
    assert 14 * 60 < sorted(lengths)[len(lengths) // 2] < 22 * 60


def test_a_compound_of_a_city_can_be_played_by_its_name() -> None:
    compound = compound_named(tower().name)
    assert compound == tower()
    play = Play(compound, happenings(compound, seed=1, days=1), seed=1)
    heard = set()
    for moment in moments(12):
        for classed in play.step(moment).samples:
            assert refused_metrics(classed.sample, asset_class(classed.class_name)) == []
            heard.add(classed.class_name)
    assert heard == {"lift", "fire_water", "pump", "electrical_monitor", "detector"}


@pytest.mark.parametrize("name", ["city-1-0", "city-1-2633", "city-x-1", "city-1"])
def test_a_compound_outside_of_the_city_is_unknown(name: str) -> None:
    with pytest.raises(UnknownCompound):
        compound_named(name)


@pytest.mark.parametrize("wrong", [{"compounds": 0}, {"points_percent": 101}])
def test_a_city_that_cannot_be_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="not between"):
        CityPlan(seed=1, **wrong)
