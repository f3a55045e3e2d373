"""What happens in a compound of a city through some days: a scenario drawn from public rates."""

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.building import Asset, Compound, GaugePlant
from simulators.faults import Fault, FaultId, FaultKind
from simulators.growth import Growth
from simulators.history.course import draw_cause, fitting_causes
from simulators.history.spell import sensors
from simulators.scenario import Scenario

_DAY_S: Final = 86_400
_YEAR_DAYS: Final = 365.25
RELEASE_MIN: Final = 17.9
"""Entrapment to release: 13.1 min to arrive and 4.8 min to release (Jiangsu 2020, features d.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CityRates:
    """How often things happen, per asset and year, where nothing else is said.

    Attributes:
        entrapments: 0.55 per 100 lifts and month (Jiangsu 2020, features d.3).
        smoke: Smoke or steam at a detector; about one in a hundred such alarms is a fire
            (0.4 to 1.1 % in Western sources, features d.3). One alarm per 400 points is usual.
        pressed: Call points pressed.
        point_faults, shielded: Points that do not answer, or are left disabled.
        power: Mains of a panel or a building lost.
        leaks: Risers shut and leaking.
        visits: Maintenance of a lift, every 15 days (TSG T5002-2017).
        slow: Defects that grow.
        line_cuts, sensors: Lines that are cut, sensors that lie.
        point_share: Share of the last three that a detector has beside other assets.
    """

    entrapments: float = 12 * 0.55 / 100
    smoke: float = 1 / 400
    pressed: float = 1 / 1000
    point_faults: float = 1 / 60
    shielded: float = 1 / 40
    power: float = 0.5
    leaks: float = 0.2
    visits: float = _YEAR_DAYS / 15
    slow: float = 1.0
    line_cuts: float = 0.3
    sensors: float = 0.2
    point_share: float = 0.03


def happenings(
    compound: Compound, seed: int, days: int, rates: CityRates | None = None
) -> Scenario:
    """The scenario of a compound; another compound or another day of the plan changes nothing."""
    rng = np.random.default_rng([seed, zlib.crc32(compound.gateway.encode()), days, 4])
    drawn = _Draw(rng, days * _DAY_S, rates or CityRates())
    members: dict[str, list[Asset]] = {}
    for asset in compound.assets:
        members.setdefault(asset.class_name, []).append(asset)
    faults = [fault for name in members for fault in drawn.faults(name, members[name])]
    ordered = tuple(sorted(faults, key=lambda fault: (fault.onset_s, fault.id)))
    note = f"{days} 天,{len(compound.assets)} 台设备,{len(ordered)} 件事"
    return Scenario(name=compound.name, note=note, faults=ordered)


@dataclass(frozen=True, slots=True)
class _About:
    """Causes with their chances, median length [s], and the range of the rate."""

    causes: tuple[tuple[str, float], ...]
    median_s: float
    rates: tuple[float, float] = (0.0, 0.0)


_ABOUT: Final = {
    # Outside causes 36 %, people 35 %, doors 12 % (Huai'an 2023, features d.3).
    FaultKind.ENTRAPMENT: _About(
        (
            ("outside_power", 0.36),
            ("people", 0.35),
            ("door_system", 0.12),
            ("safety_circuit", 0.17),
        ),
        60 * RELEASE_MIN,
    ),
    FaultKind.FIRE: _About((("cooking_or_steam", 0.99), ("fire", 0.01)), 1200.0, (0.1, 1.0)),
    FaultKind.LEAK: _About((("riser_shut_and_leaking", 1.0),), 8 * 3600.0, (0.002, 0.02)),
    FaultKind.TECHNICIAN: _About((("fortnightly_maintenance", 1.0),), 2400.0),
    FaultKind.SHIELDED: _About((("left_disabled", 1.0),), 5 * _DAY_S),
    FaultKind.POINT_FAULT: _About((("loop_wire_loose", 1.0),), 1.5 * _DAY_S),
    FaultKind.PRESSED: _About((("pressed_by_hand", 1.0),), 1800.0),
    FaultKind.MAIN_POWER_LOST: _About((("mains_lost", 1.0),), 2 * 3600.0),
    FaultKind.POWER_LOST: _About((("mains_lost", 1.0),), 2 * 3600.0),
    FaultKind.LINE_CUT: _About((("line_cut", 1.0),), 2 * 3600.0),
    FaultKind.SENSOR_STUCK: _About((("sensor_stuck", 1.0),), 2 * _DAY_S),
}


class _Draw:
    """Draws what happens to the assets of a compound, class by class."""

    def __init__(self, rng: np.random.Generator, length_s: int, rates: CityRates) -> None:
        self._rng, self._length_s, self._rates = rng, length_s, rates

    def faults(self, class_name: str, assets: Sequence[Asset]) -> Iterator[Fault]:
        """All faults of the assets of one class."""
        years = self._length_s / _DAY_S / _YEAR_DAYS * len(assets)
        for kind, per_year in self._kinds(class_name):
            for n in range(int(self._rng.poisson(per_year * years))):
                asset = assets[int(self._rng.integers(len(assets)))]
                number = FaultId(f"{kind}-{asset.code}-{n}")
                onset_s = int(self._rng.integers(self._length_s))
                if kind is FaultKind.LEAK and not _is_riser(asset):
                    continue
                if kind is FaultKind.WEAR:
                    yield from self._wear(asset, number, onset_s)
                else:
                    yield self._fault(asset, kind, number, onset_s)

    def _kinds(self, class_name: str) -> Iterator[tuple[FaultKind, float]]:
        rates = self._rates
        match class_name:
            case "lift":
                yield FaultKind.ENTRAPMENT, rates.entrapments
                yield FaultKind.TECHNICIAN, rates.visits
            case "detector":
                yield FaultKind.FIRE, rates.smoke
                yield FaultKind.POINT_FAULT, rates.point_faults
                yield FaultKind.SHIELDED, rates.shielded
            case "manual_call_point":
                yield FaultKind.PRESSED, rates.pressed
                yield FaultKind.POINT_FAULT, rates.point_faults
            case "fire_panel":
                yield FaultKind.MAIN_POWER_LOST, rates.power
            case "fire_water":
                yield FaultKind.LEAK, rates.leaks
            case "electrical_monitor":
                yield FaultKind.POWER_LOST, rates.power / 10
            case _:
                pass
        if class_name not in ("manual_call_point", "fire_panel"):
            share = rates.point_share if class_name == "detector" else 1.0
            yield FaultKind.WEAR, rates.slow * share
            yield FaultKind.LINE_CUT, rates.line_cuts * share
            yield FaultKind.SENSOR_STUCK, rates.sensors * share

    def _fault(self, asset: Asset, kind: FaultKind, number: FaultId, onset_s: int) -> Fault:
        about = _ABOUT[kind]
        chances = [chance for _, chance in about.causes]
        cause = about.causes[int(self._rng.choice(len(chances), p=chances))][0]
        length_s = math.exp(self._rng.normal(math.log(about.median_s), 0.5))
        return Fault(
            id=number,
            kind=kind,
            asset=asset.code,
            cause=cause,
            onset_s=onset_s,
            ends_s=onset_s + max(60, int(length_s)),
            rate=round(float(self._rng.uniform(*about.rates)), 4),
            metric=sensors(asset)[0] if kind is FaultKind.SENSOR_STUCK else "",
        )

    def _wear(self, asset: Asset, number: FaultId, onset_s: int) -> Iterator[Fault]:
        if not fitting_causes(asset):
            # A heat detector on a wire has nothing that wears.
            return
        cause = draw_cause(asset, self._rng)
        growths = tuple(Growth)
        days = float(np.exp(self._rng.uniform(math.log(10), math.log(90))))
        fails_s = onset_s + int(days * _DAY_S)
        yield Fault(
            id=number,
            kind=FaultKind.WEAR,
            asset=asset.code,
            cause=str(cause),
            onset_s=onset_s,
            fails_s=fails_s,
            ends_s=fails_s + int(np.exp(self._rng.normal(math.log(6), 0.9)) * 3600),
            growth=growths[int(self._rng.integers(len(growths)))],
            severity=round(float(self._rng.uniform(0.5, 1.6)), 3),
        )


def _is_riser(asset: Asset) -> bool:
    """Whether the gauge shows a pressure; a tank's shows a level."""
    return isinstance(asset.plant, GaugePlant) and asset.plant.usual_kpa is not None
