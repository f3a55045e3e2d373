"""Hours of a monitored circuit: residual current, cable temperatures, load and voltage."""

from typing import Final

import numpy as np

from simulators.building import ElectricalPlant
from simulators.electrical_physics import (
    CABLE_TAU_S,
    FULL_HEAT_K,
    board_temperature,
    draw_circuit_traits,
    load_share,
    rated_ampere,
    residual_current,
    voltage,
)
from simulators.growth import Array
from simulators.history.hourly import HourTable, Setting, Statistics, lagged, steady
from simulators.history.spell import SpellKind
from simulators.wear import Effect

_FRAMES: Final = 61.0
"""Read every 10 s; a frame a minute, and some readings that differ enough to be sent."""


def circuit_hours(plant: ElectricalPlant, place: Setting) -> HourTable:
    """The columns of one circuit."""
    traits, weather = draw_circuit_traits(place.rng), place.drift()
    table = HourTable("electrical_monitor", place.n)
    changed = place.factor(SpellKind.USE_CHANGED) * np.exp(0.06 * place.drift())
    load = load_share(place.when, traits) * changed * np.where(place.down, 0.0, 1.0)
    load = (load + place.noise(0.004)).clip(0, 1.2)
    slope = np.abs(np.gradient(load)) if place.n > 1 else np.zeros(place.n)
    table.count(_FRAMES + 150 * slope + place.rng.poisson(3, place.n))
    damp = (place.when.damp * place.factor(SpellKind.RAINY) + 0.08 * weather).clip(0, 1.3)
    leak = residual_current(load, damp, traits, place.wear.of(Effect.LEAKAGE))
    leak = np.where(place.down, 0.0, leak) + place.noise(0.2)
    table.put("residual_current", _within(leak, 3.0 + 60 * slope))
    room = board_temperature(place.when, 1.5 * weather * place.factor(SpellKind.RAINY))
    ampere, hottest = rated_ampere(plant, load, traits), np.zeros(place.n)
    for n in range(3):
        phase = load * traits.shares[n]
        contact = place.wear.of(Effect.CONTACT_HEAT) if n == 0 else 0.0
        heat = lagged((FULL_HEAT_K + contact) * phase**2, CABLE_TAU_S / 3600)
        hottest = np.maximum(hottest, heat)
        swing = 0.25 + 0.5 * np.abs(np.gradient(heat)) if place.n > 1 else np.full(place.n, 0.25)
        table.put(f"temp_{n + 1}", steady(room + heat + place.noise(0.02), swing))
        table.put(f"current_{n + 1}", _within(ampere[n], 0.7 + plant.rated_current_a * slope / 2))
        volt = np.where(place.down, 0.0, voltage(phase)) + place.noise(0.05)
        table.put(f"voltage_{n + 1}", steady(volt, 1.0 + 3 * slope))
    table.put("temp_4", steady(room + hottest / 4 + place.noise(0.02), 0.3))
    table.sense(place)
    return table


def _within(mean: Array, spread: Array) -> Statistics:
    return Statistics(mean.clip(0), (mean - spread).clip(0), mean + spread)
