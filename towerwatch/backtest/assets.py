"""Assets of one class that do not exist, with the sizes that a residential district has."""

from collections.abc import Callable
from datetime import date
from typing import Final

import numpy as np

from simulators.building import (
    Asset,
    AssetCode,
    ElectricalPlant,
    EscalatorPlant,
    GaugePlant,
    LiftPlant,
    PlaceCode,
    Plant,
    PointPlant,
    PumpPlant,
)

Random = np.random.Generator


def assets_of(of_class: str, count: int, seed: int) -> tuple[Asset, ...]:
    """So many assets of a class; the same seed and count give the same ones.

    Raises:
        KeyError: Nothing is simulated for this class.
    """
    draw, rng = PLANTS[of_class], np.random.default_rng([seed, count])
    return tuple(_asset(of_class, number, draw(rng, number)) for number in range(count))


def _asset(of_class: str, number: int, plant: Plant) -> Asset:
    return Asset(
        code=AssetCode(f"{of_class[0].upper()}-{number:05d}"),
        class_name=of_class,
        place=PlaceCode("backtest"),
        name_zh=f"{of_class}{number}",
        name_en=f"{of_class} {number}",
        text="",
        maintainer=None,
        contract_until=None,
        zone="",
        commissioned_at=date(2025, 3, 1),
        plant=plant,
    )


def _lift(rng: Random, _number: int) -> LiftPlant:
    """7 to 33 floors, 1.0 to 2.5 m/s, 630 to 1,050 kg."""
    highest = int(rng.integers(7, 34))
    return LiftPlant(
        lowest=-int(rng.integers(1, 3)),
        highest=highest,
        rated_speed_m_s=1.0 if highest < 12 else 1.75 if highest < 25 else 2.5,
        rated_load_kg=int(rng.choice([630, 800, 1000, 1050])),
    )


def _escalator(rng: Random, _number: int) -> EscalatorPlant:
    return EscalatorPlant(
        rated_speed_m_s=0.5,
        rise_m=round(float(rng.uniform(3.0, 6.0)), 1),
        opens_hour=float(rng.integers(5, 8)),
        closes_hour=float(rng.integers(21, 24)),
    )


def _gauge(rng: Random, number: int) -> GaugePlant:
    """Three hydrants to a tank; limits after GB 50974-2014 5.2.2 and 5.3.3."""
    if number % 4 == 3:
        usual_m = round(float(rng.uniform(2.2, 3.4)), 2)
        return GaugePlant(usual_level_m=usual_m, low=round(0.75 * usual_m, 2))
    return GaugePlant(usual_kpa=round(float(rng.uniform(180, 320)), 1), low=150.0, critical=70.0)


def _pump(_rng: Random, number: int) -> PumpPlant:
    """Two fire pumps to a jockey pump, as on a roof."""
    is_jockey = number % 3 == 2
    return PumpPlant(
        is_jockey=is_jockey,
        rated_current_a=3.5 if is_jockey else 86.0,
        rated_pressure_bar=7.5 if is_jockey else 8.0,
        rated_flow_l_per_min=60.0 if is_jockey else 1800.0,
    )


def _point(_rng: Random, number: int) -> PointPlant:
    """Optical smoke, a heat detector in ten (GB/T 26875.3 table 5), a wireless one in three."""
    return PointPlant(
        loop=1 + number // 200,
        point=1 + number % 200,
        component=31 if number % 10 == 9 else 42,
        is_wireless=number % 3 == 1,
    )


def _circuit(rng: Random, _number: int) -> ElectricalPlant:
    return ElectricalPlant(
        rated_current_a=float(rng.choice([160.0, 250.0, 400.0])), set_residual_ma=300.0
    )


PLANTS: Final[dict[str, Callable[[Random, int], Plant]]] = {
    "lift": _lift,
    "escalator": _escalator,
    "fire_water": _gauge,
    "pump": _pump,
    "detector": _point,
    "electrical_monitor": _circuit,
}
"""The classes that are simulated for backtests and first models."""
