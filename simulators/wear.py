"""Defects that grow until something fails, and what they do to the physics of an asset.

A cause has effects (a bearing shakes and rubs); the models turn effects into signals. So a symptom
depends on load and traffic as it does in a building, and both models of an asset, the one of
seconds and the one of hours, show the same defect.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum, auto
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.growth import Array, Growth, grown


class Effect(IntEnum):
    """What a defect changes in an asset; the unit is that of the models' formulas."""

    FRICTION = auto()
    """Drag on the lift's machine [share of the rated torque]."""
    DOOR_DRAG = auto()
    """More current and time of the door operator [share]."""
    SHAKE = auto()
    """More vertical vibration at rated speed [m/s2]."""
    SWAY = auto()
    """More horizontal vibration at rated speed [m/s2]."""
    WINDING_HEAT = auto()
    """Cooling of the motor that is lost [share of its rise]."""
    LEVEL_BIAS = auto()
    """Every stop is off by this [mm]."""
    LEVEL_SPREAD = auto()
    """Stops scatter by this more [mm]."""
    ROPE_STRETCH = auto()
    """Sag of the car under its rated load [mm]."""
    ROOM_HEAT = auto()
    """The machine room is warmer by this in summer, by a part of it in winter [K]."""
    CHAIN_DRAG = auto()
    """More current of an escalator's motor [share]."""
    HANDRAIL_SLIP = auto()
    """The handrail falls behind the steps [share]."""
    STEP_SHAKE = auto()
    """More vibration of an escalator [m/s2]."""
    PRESSURE_LOST = auto()
    """Pressure that a riser has lost against the network [share of its usual pressure]."""
    LEVEL_LOST = auto()
    """Water that a tank has lost [share of its usual level]."""
    SEEPAGE = auto()
    """What valves let through, as a multiple of sound pipes [share more]."""
    PUMP_WEAKNESS = auto()
    """Delivery that a pump has lost [share]."""
    PUMP_SHAKE = auto()
    """More vibration of a pump at its drive end [g]."""
    DUST = auto()
    """Contamination of a smoke detector's chamber [% of the range]."""
    CELL_LOST = auto()
    """Charge that a battery has lost beyond its usual ageing [%]."""
    LEAKAGE = auto()
    """Current that leaks through aged insulation [mA in dry air at full load]."""
    CONTACT_HEAT = auto()
    """Rise at a loose terminal at rated current [K]."""


class Cause(StrEnum):
    """Why something fails slowly."""

    BEARING_WEAR = "bearing_wear"
    DOOR_TRACK_DIRT = "door_track_dirt"
    BRAKE_DRAG = "brake_drag"
    BRAKE_LINING_WEAR = "brake_lining_wear"
    ROPE_WEAR = "rope_wear"
    GUIDE_SHOE_WEAR = "guide_shoe_wear"
    MOTOR_COOLING_LOST = "motor_cooling_lost"
    ROOM_COOLING_LOST = "room_cooling_lost"
    CHAIN_WEAR = "chain_wear"
    HANDRAIL_WEAR = "handrail_wear"
    STEP_ROLLER_WEAR = "step_roller_wear"
    RISER_LEAK = "riser_leak"
    TANK_LEAK = "tank_leak"
    CHECK_VALVE_LEAK = "check_valve_leak"
    IMPELLER_WEAR = "impeller_wear"
    PUMP_BEARING_WEAR = "pump_bearing_wear"
    DUSTY_CHAMBER = "dusty_chamber"
    CELL_DEFECT = "cell_defect"
    INSULATION_AGEING = "insulation_ageing"
    LOOSE_TERMINAL = "loose_terminal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """What a cause is: whom it fits, what it does at the failure of a usual case, where it shows.

    Attributes:
        often: How often among the causes of its class, relative to the others.
        effects: Effect and its size at the failure, for a severity of 1.
        symptoms: Metrics of the catalogue in which it can be seen.
    """

    class_name: str
    often: float
    effects: tuple[tuple[Effect, float], ...]
    symptoms: tuple[str, ...]


def _defect(class_name: str, often: float, symptoms: str, *effects: tuple[Effect, float]) -> Defect:
    return Defect(
        class_name=class_name, often=often, effects=effects, symptoms=tuple(symptoms.split())
    )


# The sizes are the project's own: a failure that a person notices, where norms and handbooks give
# limits only for healthy equipment. The door system leads the mechanical causes of entrapments
# (features d.3, Huai'an 2023).
DEFECTS: Final = {
    Cause.BEARING_WEAR: _defect(
        "lift", 1.0, "vibration motor_temp", (Effect.SHAKE, 0.12), (Effect.FRICTION, 0.06)
    ),
    Cause.DOOR_TRACK_DIRT: _defect(
        "lift", 3.0, "door_current door_closed", (Effect.DOOR_DRAG, 0.6)
    ),
    Cause.BRAKE_DRAG: _defect(
        "lift",
        0.7,
        "motor_current motor_temp",
        (Effect.FRICTION, 0.28),
        (Effect.WINDING_HEAT, 0.25),
    ),
    Cause.BRAKE_LINING_WEAR: _defect(
        "lift", 0.8, "levelling_error", (Effect.LEVEL_SPREAD, 6.0), (Effect.LEVEL_BIAS, 3.0)
    ),
    Cause.ROPE_WEAR: _defect(
        "lift",
        0.6,
        "levelling_error vibration",
        (Effect.ROPE_STRETCH, 25.0),
        (Effect.LEVEL_BIAS, 5.0),
        (Effect.SHAKE, 0.03),
    ),
    Cause.GUIDE_SHOE_WEAR: _defect(
        "lift", 0.8, "vibration_horizontal", (Effect.SWAY, 0.08), (Effect.FRICTION, 0.04)
    ),
    Cause.MOTOR_COOLING_LOST: _defect("lift", 0.6, "motor_temp", (Effect.WINDING_HEAT, 1.6)),
    Cause.ROOM_COOLING_LOST: _defect(
        "lift", 0.5, "machine_room_temp motor_temp", (Effect.ROOM_HEAT, 12.0)
    ),
    Cause.CHAIN_WEAR: _defect(
        "escalator",
        1.0,
        "motor_current motor_temp vibration",
        (Effect.CHAIN_DRAG, 0.3),
        (Effect.STEP_SHAKE, 0.04),
    ),
    Cause.HANDRAIL_WEAR: _defect("escalator", 1.0, "handrail_speed", (Effect.HANDRAIL_SLIP, 0.12)),
    Cause.STEP_ROLLER_WEAR: _defect(
        "escalator", 1.0, "vibration motor_current", (Effect.STEP_SHAKE, 0.15)
    ),
    Cause.RISER_LEAK: _defect("fire_water", 1.0, "pressure", (Effect.PRESSURE_LOST, 0.75)),
    Cause.TANK_LEAK: _defect("fire_water", 1.0, "level", (Effect.LEVEL_LOST, 0.5)),
    Cause.CHECK_VALVE_LEAK: _defect("pump", 1.0, "running starts", (Effect.SEEPAGE, 4.0)),
    Cause.IMPELLER_WEAR: _defect("pump", 0.6, "running motor_temp", (Effect.PUMP_WEAKNESS, 0.5)),
    Cause.PUMP_BEARING_WEAR: _defect(
        "pump", 0.8, "vibration_drive vibration_free", (Effect.PUMP_SHAKE, 0.12)
    ),
    Cause.DUSTY_CHAMBER: _defect("detector", 2.0, "contamination smoke", (Effect.DUST, 65.0)),
    Cause.CELL_DEFECT: _defect("detector", 1.0, "battery", (Effect.CELL_LOST, 75.0)),
    Cause.INSULATION_AGEING: _defect(
        "electrical_monitor", 1.0, "residual_current", (Effect.LEAKAGE, 280.0)
    ),
    Cause.LOOSE_TERMINAL: _defect(
        "electrical_monitor", 1.0, "temp_1", (Effect.CONTACT_HEAT, 140.0)
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """One defect of one asset.

    Attributes:
        onset_ms: When it begins to grow [ms UTC].
        failure_ms: When it has grown to the failure [ms UTC], unless it is healed before.
        ends_ms: When it is repaired, by a visit or after the failure [ms UTC]; None is never.
        shape: Parameter of the family of growth.
        severity: How strong its symptoms are at the failure; 1 is usual, below 1 is faint.
    """

    cause: Cause
    onset_ms: int
    failure_ms: int
    ends_ms: int | None
    growth: Growth
    shape: float
    severity: float

    def __post_init__(self) -> None:
        if self.failure_ms <= self.onset_ms:
            raise ValueError(f"failure_ms {self.failure_ms} is not after onset_ms {self.onset_ms}")

    def level(self, at_ms: NDArray[np.int64]) -> Array:
        """How far it has grown at those times: 0 to 1, 0 again after the repair."""
        share = (at_ms - self.onset_ms) / (self.failure_ms - self.onset_ms)
        level = grown(self.growth, share, self.shape)
        return level if self.ends_ms is None else np.where(at_ms < self.ends_ms, level, 0.0)


class Condition:
    """The effects of all defects of an asset at some times; without defects all are 0."""

    __slots__ = ("_effects", "_shape")

    def __init__(self, shape: tuple[int, ...] = ()) -> None:
        """A sound asset at so many times."""
        self._shape = shape
        self._effects: dict[Effect, Array] = {}

    def of(self, effect: Effect) -> Array:
        """The size of an effect, in its unit, one value a time."""
        return self._effects.get(effect, np.zeros(self._shape))

    def size(self, effect: Effect) -> float:
        """The size of an effect at the only time."""
        return float(self._effects[effect]) if effect in self._effects else 0.0

    def add(self, effect: Effect, size: Array) -> None:
        """Let one more defect act."""
        self._effects[effect] = self.of(effect) + size


def condition(wears: Iterable[Wear], at_ms: NDArray[np.int64]) -> Condition:
    """What all the defects do together at those times [ms UTC]."""
    whole = Condition(at_ms.shape)
    for wear in wears:
        level = wear.level(at_ms) * wear.severity
        for effect, size in DEFECTS[wear.cause].effects:
            whole.add(effect, size * level)
    return whole


def causes_of(class_name: str) -> tuple[Cause, ...]:
    """The slow causes that can happen to an asset of the class."""
    return tuple(cause for cause, defect in DEFECTS.items() if defect.class_name == class_name)
