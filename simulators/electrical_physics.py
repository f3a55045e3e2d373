"""The formulas of a monitored circuit, for one second or for years of hours at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.building import ElectricalPlant
from simulators.calendar_cn import LocalTime
from simulators.growth import Array

CABLE_TAU_S: Final = 900.0
FULL_HEAT_K: Final = 40.0
"""Rise of a cable's temperature at rated current [K]."""
VOLT: Final = 233.0
_SAG_V: Final = 6.0
"""The supply falls by this at rated current [V]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitTraits:
    """What makes one circuit differ from the next; drawn once for its life.

    Attributes:
        leakage_ma: Natural leakage at full load: 100 to 200 mA for a building's main
            (GB 50116-2013 9.2.3 sets the alarm above twice that).
        shares: How the flats are spread over the phases, shape (3,).
        use: Multiplies the load.
        cooling: Share of the flats' season, cooled or heated by electricity.
    """

    leakage_ma: float
    shares: NDArray[np.float64]
    use: float
    cooling: float


def draw_circuit_traits(rng: np.random.Generator) -> CircuitTraits:
    """The traits of one circuit."""
    return CircuitTraits(
        leakage_ma=float(rng.uniform(100, 200)),
        shares=rng.normal(1, 0.06, 3).clip(0.8, 1.2),
        use=float(np.exp(rng.normal(0, 0.12))),
        cooling=float(rng.uniform(0.2, 0.6)),
    )


def load_share(when: LocalTime, traits: CircuitTraits) -> Array:
    """Share of the rated current that flats draw, all phases together, 0 to 1.

    Two peaks a day, the evening's the higher; more in the heat of summer and the cold of winter.
    """
    morning = 0.15 * np.exp(-(((when.hour - 7.5) / 1.5) ** 2))
    evening = 0.35 * np.exp(-(((when.hour - 20.0) / 2.5) ** 2))
    noon = np.where(when.weekday >= 5, 0.08, 0.0) * np.exp(-(((when.hour - 12.0) / 3.0) ** 2))
    season = 1 + traits.cooling * (when.season_k / 11) ** 2 * np.where(when.season_k > 0, 1, 0.6)
    away = np.where(when.holiday, 0.75, 1.0)
    return np.asarray(((0.2 + morning + evening + noon) * traits.use * season * away).clip(0, 1))


def residual_current(load: Array, damp: Array, traits: CircuitTraits, aged_ma: Array) -> Array:
    """What leaks to earth [mA]: sound leakage, and what damp air draws through aged insulation."""
    sound = traits.leakage_ma * (0.5 + load / 2) * (1 + 0.15 * (damp - 0.5))
    return np.asarray(sound + aged_ma * (0.4 + 0.3 * load + 0.6 * damp))


def board_temperature(when: LocalTime, weather_k: Array | float = 0.0) -> Array:
    """Of the switch room [degC]; `weather_k` is weather beyond the season."""
    wave = np.cos((when.hour - 16) / 24 * 2 * np.pi)
    return np.asarray(20 + 2 * wave + 0.6 * when.season_k + weather_k)


def rated_ampere(plant: ElectricalPlant, load: Array, traits: CircuitTraits) -> Array:
    """Current of the three phases [A], shape (3, ...)."""
    shares = traits.shares.reshape(3, *(1 for _ in np.shape(load)))
    return np.asarray(plant.rated_current_a * shares * load)


def voltage(phase_load: Array) -> Array:
    """Of a phase under its load, a share of the rated current [V]."""
    return np.asarray(VOLT - _SAG_V * phase_load)
