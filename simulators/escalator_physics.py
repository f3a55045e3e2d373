"""The formulas of an escalator, for one second or for years of hours at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.growth import Array

MOTOR_TAU_S: Final = 2400.0
_EMPTY_A: Final = 9.0
"""Current of an empty escalator [A]: chains and steps alone."""
_PEOPLE_A: Final = 3.0
"""More current at one group of people a minute [A]."""
_RISE_K_PER_A: Final = 2.2


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalatorTraits:
    """What makes one escalator differ from the next; drawn once for its life.

    Attributes:
        use: Multiplies the people.
        current_gain: Of its motor and drive.
        shake: Vibration while it runs [m/s2].
        handrail: Speed of the handrail against the steps: 0 to 2 % faster (GB 16899 5.6.1,
            unverified).
    """

    use: float
    current_gain: float
    shake: float
    handrail: float


def draw_escalator_traits(rng: np.random.Generator) -> EscalatorTraits:
    """The traits of one escalator."""
    return EscalatorTraits(
        use=float(np.exp(rng.normal(0, 0.3))),
        current_gain=float(rng.normal(1, 0.05)),
        shake=float(0.25 * np.exp(rng.normal(0, 0.2))),
        handrail=float(rng.uniform(1.001, 1.012)),
    )


def escalator_current(people: Array | float, drag: Array | float, traits: EscalatorTraits) -> Array:
    """Of the motor while it runs [A]; `people` are groups a minute, `drag` is of the chains."""
    empty = _EMPTY_A * (1 + drag)
    return np.asarray(traits.current_gain * (empty + _PEOPLE_A * people))


def motor_rise(ampere: Array | float) -> Array:
    """Rise of the motor's temperature in the end [K]."""
    return np.asarray(_RISE_K_PER_A * ampere)


def hall_temperature(local_hour: Array, season_k: Array) -> Array:
    """Of the hall around it [degC]."""
    return np.asarray(20 + 3 * np.cos((local_hour - 15) / 24 * 2 * np.pi) + 0.6 * season_k)
