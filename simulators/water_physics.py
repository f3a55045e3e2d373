"""The formulas of the fire water, for one second or for years of hours at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.growth import Array

START_BAR: Final = 6.9
STOP_BAR: Final = 7.3
"""The jockey pump keeps the header between these."""
SEEPAGE_BAR_S: Final = 0.4 / 900
"""What valves let through in sound pipes: four starts an hour (GB 50974 5.3.4 allows 15)."""
FILL_BAR_S: Final = 0.4 / 20
"""What the jockey pump adds while it runs."""
PUMP_PERIOD_S: Final = 5
"""A pump's controller is read so often [s]."""
MOTOR_TAU_S: Final = 1080.0
TEST_DAY: Final = 2
"""The weekly churn test is on Wednesdays at ten, as a rule of the house."""
TEST_HOUR: Final = 10
TEST_S: Final = 600.0
HEAT_BAND_K: Final = 150.0
"""Rise of a pump's motor if it ran without a pause [K]: it is built for short runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpTraits:
    """What makes one pump differ from the next; drawn once for its life.

    Attributes:
        seepage: Multiplies what the valves of its pipes let through.
        delivery: Multiplies what it delivers.
        shake_g: Vibration at the drive end while it runs [g].
    """

    seepage: float
    delivery: float
    shake_g: float


def draw_pump_traits(rng: np.random.Generator) -> PumpTraits:
    """The traits of one pump."""
    return PumpTraits(
        seepage=float(np.exp(rng.normal(0, 0.25))),
        delivery=float(rng.normal(1, 0.05)),
        shake_g=float(0.05 * np.exp(rng.normal(0, 0.2))),
    )


def jockey_cycle(seepage_bar_s: Array, fill_bar_s: Array) -> tuple[Array, Array]:
    """Rest and running time of one cycle of the jockey pump [s].

    While it runs, seepage goes on; a pump that cannot win against it runs for hours.
    """
    band = STOP_BAR - START_BAR
    rest_s = band / np.maximum(seepage_bar_s, 1e-9)
    fill_s = band / np.maximum(fill_bar_s - seepage_bar_s, band / (6 * 3600))
    return rest_s, np.asarray(fill_s)


def pipe_temperature(local_hour: Array, season_k: Array) -> Array:
    """Of the water in a riser [degC]: it follows the season by half and the day a little."""
    wave = np.cos((local_hour - 15) / 24 * 2 * np.pi)
    return np.asarray(16 + 2 * wave + 0.5 * season_k)
