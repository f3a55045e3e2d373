"""Hours of the fire water: hydrant gauges, tanks, the jockey pump and the fire pump."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.building import GaugePlant, PumpPlant
from simulators.growth import Array
from simulators.history.hourly import HourTable, Setting, Statistics, lagged, steady
from simulators.history.spell import SpellKind
from simulators.water_physics import (
    FILL_BAR_S,
    HEAT_BAND_K,
    MOTOR_TAU_S,
    PUMP_PERIOD_S,
    SEEPAGE_BAR_S,
    START_BAR,
    STOP_BAR,
    TEST_DAY,
    TEST_HOUR,
    TEST_S,
    PumpTraits,
    draw_pump_traits,
    jockey_cycle,
    pipe_temperature,
)
from simulators.wear import Effect

_FRAMES: Final = 60.0
"""The class's interval: a frame a minute when nothing changes."""


def gauge_hours(plant: GaugePlant, place: Setting) -> HourTable:
    """The columns of one gauge: a pressure or a level, and the water's temperature."""
    table = HourTable("fire_water", place.n)
    table.count(_FRAMES + place.rng.poisson(0.05, place.n))
    pipe = pipe_temperature(place.when.hour, place.when.season_k + 1.5 * place.drift())
    table.put("temperature", steady(pipe, 0.3))
    if plant.usual_level_m is None:
        usual = (plant.usual_kpa or 0.0) * float(place.rng.normal(1, 0.03))
        table.put("pressure", _pressure(usual, place))
    else:
        usual = plant.usual_level_m * float(place.rng.normal(1, 0.02))
        table.put("level", _level(usual, place))
    table.sense(place)
    return table


def _pressure(usual: float, place: Setting) -> Statistics:
    lost = np.where(place.down, 0.9, place.wear.of(Effect.PRESSURE_LOST).clip(0, 0.95))
    # The demand of the network, which use changes, moves it by some kPa.
    calm = usual * (1 - lost) + 2 * place.wave() + 2.5 * place.drift()
    mean = calm + place.noise(0.4)
    spread = place.uniform(0.8, 0.9)
    low, high = mean - spread, mean + spread
    # A visit opens the test hydrant for some minutes; the churn test lifts the pressure.
    opened = place.visited & ~place.down
    low = np.where(opened, low - usual * place.uniform(0.15, 0.4), low)
    mean = np.where(opened, mean - usual * place.uniform(0.005, 0.02), mean)
    high = np.where(_is_churn(place), high + place.uniform(30, 60), high)
    return Statistics(mean.clip(0), low.clip(-1), high.clip(0))


def _level(usual: float, place: Setting) -> Statistics:
    lost = np.where(place.down, 0.8, place.wear.of(Effect.LEVEL_LOST).clip(0, 0.95))
    calm = usual * (1 - lost) + 0.01 * place.wave() + 0.012 * place.drift() + place.noise(0.002)
    drawn = np.where(place.visited, place.uniform(0.02, 0.1), 0.0)
    return steady((calm - drawn).clip(0), 0.006)


def _is_churn(place: Setting) -> NDArray[np.bool_]:
    begun = place.when.hour.astype(int) == TEST_HOUR
    return np.asarray((place.when.weekday == TEST_DAY) & begun)


@dataclass(frozen=True, slots=True)
class _Running:
    """How a pump runs in each hour: starts, seconds, frames, and the share that shows it run."""

    starts: Array
    run_s: Array
    frames: Array

    @property
    def share(self) -> Array:
        return self.run_s / PUMP_PERIOD_S / self.frames

    @property
    def is_seen(self) -> NDArray[np.bool_]:
        return self.run_s > 0


def pump_hours(plant: PumpPlant, place: Setting) -> HourTable:
    """The columns of one pump: the jockey pump by its cycles, the fire pump by its tests."""
    traits, drift = draw_pump_traits(place.rng), place.drift()
    if plant.is_jockey:
        starts, run_s = _jockey(traits, place, np.exp(0.06 * drift))
    else:
        starts = np.where((_is_churn(place) | place.visited) & ~place.down, 1.0, 0.0)
        run_s = starts * TEST_S * place.uniform(0.8, 1.2)
    frames = np.maximum(_FRAMES, (3600 - run_s) / 60 + run_s / PUMP_PERIOD_S + starts)
    running = _Running(starts, run_s, frames)
    table = HourTable("pump", place.n)
    table.count(frames)
    _put_running(table, plant, running, place)
    _put_pump_heat(table, running, place)
    _put_pump_shake(table, traits.shake_g * (1 + 0.06 * drift), running, place)
    table.sense(place)
    return table


def _jockey(traits: PumpTraits, place: Setting, weather: Array) -> tuple[Array, Array]:
    """Starts and running time of each hour [s]."""
    changed = weather * place.factor(SpellKind.USE_CHANGED)
    seepage = traits.seepage * changed * (1 + place.wear.of(Effect.SEEPAGE))
    strength = traits.delivery * (1 - place.wear.of(Effect.PUMP_WEAKNESS))
    rest_s, fill_s = jockey_cycle(SEEPAGE_BAR_S * seepage, FILL_BAR_S * strength)
    starts = np.where(place.down, 0.0, 3600 / (rest_s + fill_s))
    return starts, np.asarray(starts * fill_s)


def _put_running(table: HourTable, plant: PumpPlant, running: _Running, place: Setting) -> None:
    zero, share, seen = np.zeros(place.n), running.share, running.is_seen
    table.put("running", Statistics(share, zero, seen.astype(float)))
    # Whoever works at a pump takes it out of automatic mode for that time.
    automatic = np.where(place.visited, 0.6, 1.0)
    table.put("automatic", Statistics(automatic, np.where(place.visited, 0.0, 1.0), zero + 1))
    ampere, flow = plant.rated_current_a * 0.9, plant.rated_flow_l_per_min
    table.put("current", Statistics(ampere * share, zero, np.where(seen, ampere + 0.06, 0.0)))
    table.put("flow", Statistics(flow * share, zero, np.where(seen, flow + 0.6, 0.0)))
    volt = 388 + place.noise(0.05) - share
    is_dead = place.down
    table.put("voltage", steady(np.where(is_dead, 0.0, volt), np.where(is_dead, 0.0, 0.9)))
    is_unkept = is_dead & plant.is_jockey
    middle = np.where(is_unkept, 0.6 * START_BAR, (START_BAR + STOP_BAR) / 2)
    band = (STOP_BAR - START_BAR) / 2 if plant.is_jockey else 0.02
    table.put("pressure", steady(middle + place.noise(0.01), band))


def _put_pump_heat(table: HourTable, running: _Running, place: Setting) -> None:
    season, drift = place.when.season_k, place.drift()
    room = 16 + 2 * place.wave() + 0.35 * season + drift
    weakness = place.wear.of(Effect.PUMP_WEAKNESS)
    rise = HEAT_BAND_K * running.run_s / 3600 * (1 + 0.5 * weakness)
    warm = room + lagged(rise, MOTOR_TAU_S / 3600) + place.noise(0.02)
    table.put("motor_temp", Statistics(warm, warm - 0.3, warm + 0.3 + 0.4 * rise))
    table.put("fluid_temp", steady(pipe_temperature(place.when.hour, season + drift), 0.15))


def _put_pump_shake(table: HourTable, usual: Array, running: _Running, place: Setting) -> None:
    grown = place.wear.of(Effect.PUMP_SHAKE)
    for metric, part, passed in (("vibration_drive", 1.0, 1.0), ("vibration_free", 0.8, 0.6)):
        runs = part * usual + passed * grown
        high = runs + 0.0016 + 0.05 * runs * place.uniform(0, 1)
        mean = 0.002 + (runs - 0.002) * running.share
        low = np.full(place.n, 0.0005)
        table.put(metric, Statistics(mean, low, np.where(running.is_seen, high, 0.005)))
