"""A play: a compound, a scenario and a seed, stepped second by second into what devices say.

The core of the simulators: no clock, no file, no randomness but the seed. The same compound,
scenario, seed and moments give the same bytes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import assert_never

from gateway.sample import Sample
from gateway.wire import WireEvent
from simulators.building import (
    Asset,
    AssetCode,
    Compound,
    ElectricalPlant,
    EscalatorPlant,
    GasPlant,
    GaugePlant,
    LiftPlant,
    MainPlant,
    PanelPlant,
    PointPlant,
    PumpPlant,
)
from simulators.detector import Line, Panel, Point
from simulators.electrical import Circuit
from simulators.escalator import Escalator
from simulators.faults import Fact, Fault, Stage
from simulators.fire_water import WaterGauge, leak_fails_s
from simulators.gas import GasPoint
from simulators.lift import Lift
from simulators.model import SILENT, Model, Moment, fact, generator
from simulators.pump import Pump
from simulators.scenario import Scenario
from simulators.sensing import Sensing
from simulators.supply_main import SupplyMain


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassedSample:
    """A sample and the class of its asset, as a driver hands it on."""

    sample: Sample
    class_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """Everything that one second of a compound gave, in the order of its assets."""

    moment: Moment
    samples: tuple[ClassedSample, ...]
    events: tuple[WireEvent, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    asset: Asset
    model: Model
    sensing: Sensing
    acting: Callable[[int], tuple[Fault, ...]]


class Play:
    """A compound that is being played."""

    def __init__(self, compound: Compound, scenario: Scenario, seed: int) -> None:
        """A compound at rest, before its first second."""
        self._scenario = scenario
        source = _source_address(compound)
        self._parts = tuple(
            _Part(
                asset,
                model_of(asset, Line(text=asset.text, source_address=source), scenario, seed),
                Sensing(generator(seed, AssetCode(f"{asset.code}/sensing"))),
                scenario.acting_on(asset.code),
            )
            for asset in compound.assets
        )
        self._compound = compound
        self._acting: tuple[Fault, ...] = ()

    def planned(self, start_ms: int) -> tuple[Fact, ...]:
        """What will go wrong, told before the start: one line a fault, failure time where known."""
        return tuple(
            Fact(
                fault=fault,
                stage=Stage.PLANNED,
                elapsed_s=fault.onset_s,
                at_ms=start_ms + 1000 * fault.onset_s,
                note=self._forecast(fault),
            )
            for fault in self._scenario.faults
        )

    def step(self, moment: Moment) -> Second:
        """The next second. Moments come in order, one for each second of the play."""
        samples: list[ClassedSample] = []
        events: list[WireEvent] = []
        facts = list(self._turns(moment))
        for part in self._parts:
            faults = part.acting(moment.elapsed_s)
            output = part.model.step(moment, faults)
            if output is SILENT and part.sensing.is_in_order:
                continue
            for said in part.sensing.pass_on(moment, output, faults):
                values = said.output.values
                if values is not None:
                    sample = Sample(asset=part.asset.code, at_ms=said.at_ms, values=values)
                    samples.append(ClassedSample(sample=sample, class_name=part.asset.class_name))
                events.extend(said.output.events)
                facts.extend(said.output.facts)
        return Second(
            moment=moment, samples=tuple(samples), events=tuple(events), facts=tuple(facts)
        )

    def _turns(self, moment: Moment) -> Iterator[Fact]:
        now = tuple(f for f in self._scenario.faults if f.is_acting(moment.elapsed_s))
        yield from (fact(f, Stage.ONSET, moment) for f in now if f not in self._acting)
        yield from (fact(f, Stage.ENDED, moment) for f in self._acting if f not in now)
        yield from (fact(f, Stage.FAILED, moment) for f in now if f.fails_s == moment.elapsed_s)
        self._acting = now

    def _forecast(self, fault: Fault) -> str:
        if fault.fails_s is not None:
            return f"fails at {fault.fails_s} s, {fault.growth}, severity {fault.severity:g}"
        asset = self._compound.asset(fault.asset)
        if asset is None or not isinstance(asset.plant, GaugePlant):
            return ""
        fails_s = leak_fails_s(asset.plant, fault)
        return "" if fails_s is None else f"fails at about {fails_s} s"


def _source_address(compound: Compound) -> int:
    plants = (asset.plant for asset in compound.assets)
    return next((p.source_address for p in plants if isinstance(p, PanelPlant)), 0)


def model_of(asset: Asset, line: Line, scenario: Scenario, seed: int) -> Model:
    """The model that plays the asset; `line` is how the centre knows it."""
    rng, code = generator(seed, asset.code), asset.code
    model: Model
    match asset.plant:
        case LiftPlant() as plant:
            model = Lift(code, plant, rng, scenario.traffic)
        case EscalatorPlant() as plant:
            model = Escalator(plant, rng)
        case PanelPlant():
            model = Panel(code, line)
        case PointPlant() as plant:
            model = Point(code, plant, rng, line)
        case GaugePlant() as plant:
            model = WaterGauge(code, plant, rng, asset.text)
        case GasPlant() as plant:
            model = GasPoint(code, plant, rng, asset.text)
        case MainPlant() as plant:
            model = SupplyMain(code, plant, rng)
        case PumpPlant() as plant:
            model = Pump(code, plant, rng)
        case ElectricalPlant() as plant:
            model = Circuit(code, plant, rng)
        case _ as other:
            assert_never(other)
    return model
