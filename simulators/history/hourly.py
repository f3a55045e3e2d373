"""Statistics of hours on their way into a block: one asset's columns, and what sensors make of them."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gateway.catalogue import asset_class
from simulators.calendar_cn import LocalTime, local_time
from simulators.growth import Array
from simulators.history.course import Course
from simulators.history.plan import HOUR_MS, HOURLY_METRICS, hour_columns
from simulators.history.spell import LYING, Spell, SpellKind
from simulators.wear import Condition, condition

Columns = NDArray[np.float32]
_MEAN, _LOW, _HIGH = 0, 1, 2
_ALTERING: Final = (*LYING, SpellKind.SENSOR_REPLACED)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Mean, lowest and highest of a metric, an hour each; all of one shape."""

    mean: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Setting:
    """What the columns of an asset are made from; arrays have shape (n_hours,).

    Attributes:
        hours: Begin of each hour [ms UTC].
        when: The local time at the middle of each hour.
        wear: The effects of the defects in each hour.
        down: Hours in which it stands still.
        visited: Hours in which a technician is there.
    """

    course: Course
    hours: NDArray[np.int64]
    when: LocalTime
    wear: Condition
    down: NDArray[np.bool_]
    visited: NDArray[np.bool_]
    rng: np.random.Generator

    @property
    def n(self) -> int:
        """How many hours."""
        return len(self.hours)

    def noise(self, spread: float = 1.0) -> Array:
        """White noise of that spread."""
        return np.asarray(spread * self.rng.standard_normal(self.n))

    def uniform(self, low: float, high: float) -> Array:
        """Evenly spread values."""
        return np.asarray(self.rng.uniform(low, high, self.n))

    def drift(self) -> Array:
        """A slow walk of its own, with a spread of 1."""
        return wander(self.hours, self.rng)

    def wave(self, peak_hour: float = 15) -> Array:
        """A wave over the day: 1 at the peak hour, -1 twelve hours away."""
        return np.asarray(np.cos((self.when.hour - peak_hour) / 24 * 2 * np.pi))

    def factor(self, kind: SpellKind) -> Array:
        """What changes do to use or weather, 1 without any."""
        return self.course.factor(kind, self.hours)


def setting(course: Course, hours: NDArray[np.int64], rng: np.random.Generator) -> Setting:
    """The setting of an asset through those hours."""
    middle = hours + HOUR_MS // 2
    return Setting(
        course=course,
        hours=hours,
        when=local_time(middle),
        wear=condition(course.wears, middle),
        down=course.is_down(hours),
        visited=course.is_visited(hours),
        rng=rng,
    )


def steady(mean: Array, spread: Array | float) -> Statistics:
    """A quantity that stays about its mean through the hour, within the spread either way."""
    return Statistics(mean, mean - spread, mean + spread)


class HourTable:
    """The columns of one asset while they are made, shape (n_columns, n_hours)."""

    def __init__(self, class_name: str, n_hours: int) -> None:
        """A table without any sample."""
        self._class_name, self._names = class_name, hour_columns(class_name)
        self.values = np.full((len(self._names), n_hours), np.nan, dtype=np.float32)
        self.values[0] = 0

    def put(self, metric: str, statistics: Statistics) -> None:
        """Write a metric's three columns."""
        first = self._names.index(f"{metric}_mean")
        self.values[first] = statistics.mean
        self.values[first + 1] = statistics.low
        self.values[first + 2] = statistics.high

    def count(self, samples: NDArray[np.floating[Any]]) -> None:
        """Write how many frames each hour has."""
        self.values[0] = np.rint(samples)

    def rows(self, metric: str) -> Columns:
        """A metric's three columns; a view."""
        first = self._names.index(f"{metric}_mean")
        return self.values[first : first + 3]

    def sense(self, place: Setting) -> None:
        """Let sensors and lines lie as the course says."""
        for spell in place.course.spells:
            if spell.kind in _ALTERING:
                self._alter(spell, place.hours, place.rng)
        for metric in HOURLY_METRICS[self._class_name]:
            self._keep_legal(metric)

    def _keep_legal(self, metric: str) -> None:
        """Ingest refuses a value out of the catalogue's range, so no hour can hold one."""
        kind = asset_class(self._class_name).metric(metric)
        if kind is not None:
            np.clip(self.rows(metric), kind.low, kind.high, out=self.rows(metric))

    def _alter(self, spell: Spell, hours: NDArray[np.int64], rng: np.random.Generator) -> None:
        where = np.flatnonzero(spell.covers(hours))
        if not len(where):
            return
        span = slice(int(where[0]), int(where[-1]) + 1)
        match spell.kind:
            case SpellKind.CUT:
                self.values[:, span] = np.nan
                self.values[0, span] = 0
            case SpellKind.CLOCK_ERROR:
                self.values[:, span] = np.roll(self.values[:, span], round(spell.size), axis=1)
            case SpellKind.SWAPPED:
                one, two = self.rows(spell.metric), self.rows(spell.other)
                one[:, span], two[:, span] = two[:, span].copy(), one[:, span].copy()
            case _:
                self._alter_metric(spell, span, hours[span], rng)

    def _alter_metric(
        self, spell: Spell, span: slice, hours: NDArray[np.int64], rng: np.random.Generator
    ) -> None:
        rows = self.rows(spell.metric)
        before = rows[_MEAN, max(0, span.start - 24 * 7) : span.start + 1]
        usual = float(np.nanstd(before)) if np.isfinite(before).any() else 0.0
        match spell.kind:
            case SpellKind.STUCK:
                rows[:, span] = rows[_MEAN, span.start]
            case SpellKind.DRIFT:
                share = (hours - spell.start_ms) / (spell.ends_ms - spell.start_ms)
                rows[:, span] += spell.size * usual * np.clip(share, 0, 1)
            case SpellKind.SPIKES:
                wild = rng.random(len(hours)) < 0.15
                size = abs(spell.size) * (usual + 0.05 * abs(float(np.nanmean(before))))
                rows[_HIGH, span] += wild * size * 4
                rows[_MEAN, span] += wild * size * rng.random(len(hours)) / 20
            case SpellKind.DROP_OUT:
                rows[:, span][:, rng.random(len(hours)) < 0.7] = np.nan
            case _:
                rows[:, span] *= spell.size


def wander(hours: NDArray[np.int64], rng: np.random.Generator, days: float = 6.0) -> Array:
    """A slow random walk that returns to 0, with a spread of 1: weather, grease, dirt, habits.

    Its memory is about `days`; it is drawn by the day and joined by straight lines.
    """
    n_days = len(hours) * HOUR_MS // (24 * HOUR_MS) + 2
    keep = float(np.exp(-1 / days))
    noise = rng.standard_normal(n_days)
    walk = np.empty(n_days)
    level = noise[0]
    for day in range(n_days):
        walk[day] = level
        level = keep * level + (1 - keep**2) ** 0.5 * noise[day]
    return np.asarray(np.interp((hours - hours[0]) / (24 * HOUR_MS), np.arange(n_days), walk))


def lagged(goal: Array, tau_h: float) -> Array:
    """What follows its goal with a delay of first order, hour by hour; begins at its goal."""
    keep = float(np.exp(-1 / tau_h))
    n_taps = min(len(goal), max(2, int(np.ceil(7 * tau_h))))
    taps = (1 - keep) * keep ** np.arange(n_taps)
    padded = np.concatenate((np.full(n_taps - 1, goal[0]), goal))
    return np.asarray(np.convolve(padded, taps / taps.sum(), mode="valid"))
