"""Hours of a detector: what its chamber reads in clean air, its dust, its cell, its air."""

from typing import Final

import numpy as np

from simulators.building import PointPlant
from simulators.detector_physics import (
    air_humidity,
    air_temperature,
    battery,
    clean_air_reading,
    contamination,
    draw_point_traits,
)
from simulators.history.hourly import HourTable, Setting, Statistics, steady
from simulators.history.spell import SpellKind
from simulators.wear import Effect

_FRAMES: Final = 6.0
"""Polled every minute; a frame in ten minutes, and some that differ."""
_HEAT_COMPONENT: Final = 31


def point_hours(plant: PointPlant, place: Setting) -> HourTable:
    """The columns of one detector; a heat detector has no chamber, a wired one no cell."""
    traits, when, table = draw_point_traits(place.rng), place.when, HourTable("detector", place.n)
    hot = place.factor(SpellKind.RAINY)
    air = air_temperature(when.hour, when.season_k * hot + 2 * place.drift(), traits)
    damp = (when.damp * hot + 0.15 * place.drift()).clip(0, 1.6)
    humidity = air_humidity(when.hour, damp) + place.noise(0.1)
    gone_ms = (place.hours - place.hours[0]).astype(np.float64)
    table.count(_FRAMES + place.rng.poisson(0.15, place.n))
    table.put("temperature", steady(air + place.noise(0.05), 0.35))
    table.put("humidity", steady(humidity, 1.5))
    if plant.component != _HEAT_COMPONENT:
        dirt = contamination(gone_ms, traits, place.wear.of(Effect.DUST))
        table.put("contamination", steady(dirt + place.noise(0.15), 0.1))
        smoke = clean_air_reading(dirt, humidity) * place.factor(SpellKind.USE_CHANGED) ** 0.3
        # Someone smokes or cooks with the door open: a short rise in a few hours of a month.
        puff = np.where(place.uniform(0, 1) < 0.004, place.rng.exponential(0.5, place.n), 0.0)
        mean = (smoke + place.noise(0.004) + puff / 8).clip(0)
        table.put("smoke", Statistics(mean, (smoke - 0.02).clip(0), mean + 0.02 + puff.clip(0, 3)))
    if plant.is_wireless:
        cell = battery(gone_ms, traits, place.wear.of(Effect.CELL_LOST), air)
        table.put("battery", steady(np.rint(cell), 0.5))
        table.put("signal", steady(traits.signal_dbm + place.drift() + place.noise(0.3), 1.2))
    table.values[:, place.down] = np.nan
    table.values[0, place.down] = 0
    table.sense(place)
    return table
