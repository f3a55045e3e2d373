"""The formulas of a detector's surroundings and ageing, for one second or for years of hours."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.growth import Array

CLEAN_AIR: Final = 0.05
"""What a clean chamber reads in clean air [%/m]."""
_DUST_SMOKE: Final = 0.004
"""A dusty chamber reads more in clean air [%/m per % of contamination]."""
_YEAR_MS: Final = 365.25 * 86_400_000
_COLD_CELL: Final = 0.25
"""A battery shows less in the cold [% per K below 20 degC]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointTraits:
    """What makes one detector differ from the next; drawn once for its life.

    Attributes:
        contamination: At the begin [%].
        dust_per_year: Grows by this [% a year]: a corridor gathers little, a garage much.
        battery: At the begin [%].
        cell_per_year: Loses this [% a year].
        signal_dbm: Of its radio.
        warm_k: Its place is warmer than others by this [K].
        season_share: Share of the outdoor season that reaches its place.
    """

    contamination: float
    dust_per_year: float
    battery: float
    cell_per_year: float
    signal_dbm: float
    warm_k: float
    season_share: float


def draw_point_traits(rng: np.random.Generator) -> PointTraits:
    """The traits of one detector."""
    return PointTraits(
        contamination=float(rng.uniform(5, 25)),
        dust_per_year=float(rng.uniform(2, 8)),
        battery=float(rng.uniform(75, 100)),
        cell_per_year=float(rng.uniform(5, 14)),
        signal_dbm=float(rng.uniform(-100, -70)),
        warm_k=float(rng.normal(0, 1.5)),
        season_share=float(rng.uniform(0.2, 0.6)),
    )


def air_temperature(local_hour: Array, season_k: Array, traits: PointTraits) -> Array:
    """At the ceiling [degC]."""
    wave = np.cos((local_hour - 15) / 24 * 2 * np.pi)
    return np.asarray(21 + traits.warm_k + 2 * wave + traits.season_share * season_k)


def air_humidity(local_hour: Array, damp: Array) -> Array:
    """Relative, at the ceiling [%]."""
    wave = np.cos((local_hour - 15) / 24 * 2 * np.pi)
    return np.asarray((40 + 30 * damp - 8 * wave).clip(5, 99))


def contamination(gone_ms: Array, traits: PointTraits, dust: Array) -> Array:
    """Of the chamber [%], after that time [ms] and with what a dusty place adds."""
    aged = traits.contamination + traits.dust_per_year * gone_ms / _YEAR_MS
    return np.asarray((aged + dust).clip(0, 100))


def clean_air_reading(dirt: Array, humidity: Array) -> Array:
    """What a chamber reads without any smoke [%/m]; very damp air is seen as a little smoke."""
    fog = 0.006 * (humidity - 80).clip(0)
    return np.asarray(CLEAN_AIR + _DUST_SMOKE * dirt + fog)


def battery(gone_ms: Array, traits: PointTraits, lost: Array, air_c: Array) -> Array:
    """Charge [%], after that time [ms], with what a defect has taken."""
    aged = traits.battery - traits.cell_per_year * gone_ms / _YEAR_MS
    cold = _COLD_CELL * (20 - air_c).clip(0)
    return np.asarray((aged - lost - cold).clip(0, 100))
