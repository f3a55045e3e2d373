"""Hours of an escalator: it runs through its hours of service and stands at night."""

from typing import Final

import numpy as np

from simulators.building import EscalatorPlant
from simulators.escalator_physics import (
    MOTOR_TAU_S,
    draw_escalator_traits,
    escalator_current,
    hall_temperature,
    motor_rise,
)
from simulators.history.hourly import HourTable, Setting, Statistics, lagged, steady
from simulators.history.spell import SpellKind
from simulators.lift_physics import journeys_per_minute
from simulators.wear import Effect

_FRAMES: Final = 360.0
"""The class's interval: a frame in ten seconds."""


def escalator_hours(plant: EscalatorPlant, place: Setting) -> HourTable:
    """The columns of one escalator."""
    traits, when = draw_escalator_traits(place.rng), place.when
    is_open = (when.hour >= plant.opens_hour) & (when.hour < plant.closes_hour) & ~place.down
    runs = is_open.astype(float)
    table = HourTable("escalator", place.n)
    table.count(_FRAMES + place.rng.poisson(2, place.n))
    speed = plant.rated_speed_m_s * runs
    table.put("speed", steady(speed + runs * place.noise(0.0001), 0.006 * runs))
    slip = place.wear.of(Effect.HANDRAIL_SLIP) * (1 + 0.2 * place.drift()).clip(0.2)
    handrail = speed * traits.handrail * (1 - slip)
    table.put("handrail_speed", steady(handrail + runs * place.noise(0.0002), 0.006 * runs))
    people = journeys_per_minute(when.hour, when.weekday, when.holiday) * traits.use
    people = people * place.factor(SpellKind.USE_CHANGED) * np.exp(0.08 * place.drift())
    ampere = runs * escalator_current(people, place.wear.of(Effect.CHAIN_DRAG), traits)
    spread = runs * (0.25 + 0.3 * people)
    table.put("motor_current", Statistics(ampere, (ampere - spread).clip(0), ampere + spread))
    room = hall_temperature(when.hour, when.season_k * place.factor(SpellKind.RAINY))
    warm = room + place.drift() + lagged(motor_rise(ampere), MOTOR_TAU_S / 3600)
    table.put("motor_temp", steady(warm + place.noise(0.03), 0.4))
    shake = traits.shake * (1 + 0.05 * place.drift()) + place.wear.of(Effect.STEP_SHAKE)
    mean = np.where(is_open, shake, 0.005) + place.noise(0.0003)
    table.put("vibration", Statistics(mean, (mean - 0.008).clip(0), mean + 0.01))
    table.sense(place)
    return table
