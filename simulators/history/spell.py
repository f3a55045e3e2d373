"""Times in which something is so that is no fault of the asset: visits, lying sensors, changes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.building import Asset, GaugePlant, PointPlant
from simulators.history.plan import DAY_MS, HOUR_MS, HOURLY_METRICS, HistoryPlan

_YEAR_DAYS: Final = 365.25
_LOCAL_MS: Final = 8 * HOUR_MS
_HEAT_COMPONENT: Final = 31
_CONTACTS: Final = ("door_closed", "door_zone", "person", "run_hours", "running", "automatic")


class SpellKind(StrEnum):
    """What can be for a time without any fault of the asset."""

    STUCK = "stuck"
    """A sensor repeats its last value."""
    DRIFT = "drift"
    """A sensor walks away from the truth, up to `size` usual spreads."""
    SPIKES = "spikes"
    """A loose plug: single wild values."""
    DROP_OUT = "drop_out"
    """A sensor is silent for parts of the time."""
    SWAPPED = "swapped"
    """Two sensors' plugs are swapped."""
    CUT = "cut"
    """The network is cut: nothing comes at all."""
    CLOCK_ERROR = "clock_error"
    """The gateway's clock is off: values stand at the wrong hours, by `size` hours."""
    SENSOR_REPLACED = "sensor_replaced"
    """A new sensor reads a little higher or lower for good, by `size` [share]."""
    USE_CHANGED = "use_changed"
    """People move in or out, flats are rebuilt: use times `size`."""
    VISIT = "visit"
    """A technician: test rides, open doors, a pump run; nothing was broken."""
    RAINY = "rainy"
    """Weeks of damp or hot weather beyond the season, by `size` [share of the season]."""


LYING: Final = (
    SpellKind.STUCK,
    SpellKind.DRIFT,
    SpellKind.SPIKES,
    SpellKind.DROP_OUT,
    SpellKind.SWAPPED,
    SpellKind.CUT,
    SpellKind.CLOCK_ERROR,
)
CHANGES: Final = (SpellKind.SENSOR_REPLACED, SpellKind.USE_CHANGED, SpellKind.RAINY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A time in which something is so; `metric` is the sensor concerned, empty for all."""

    kind: SpellKind
    start_ms: int
    ends_ms: int
    metric: str = ""
    other: str = ""
    size: float = 0.0

    def covers(self, at_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether it is so in the hour that begins at those times."""
        return (at_ms + HOUR_MS > self.start_ms) & (at_ms < self.ends_ms)


def draw_times(per_year: float, plan: HistoryPlan, rng: np.random.Generator) -> Iterator[int]:
    """Instants of a Poisson process behind the quiet days, on full minutes [ms UTC]."""
    at_ms = plan.start_ms + plan.quiet_days * DAY_MS
    while per_year > 0:
        at_ms += rng.exponential(_YEAR_DAYS / per_year) * DAY_MS
        if at_ms >= plan.end_ms:
            return
        yield int(at_ms) // 60_000 * 60_000


def draw_visits(plan: HistoryPlan, rng: np.random.Generator) -> Iterator[Spell]:
    """A technician's visits, in working hours."""
    day = rng.uniform(0, plan.rates.visit_days)
    while plan.rates.visit_days > 0 and day < plan.days:
        midnight = (plan.start_ms + _LOCAL_MS) // DAY_MS * DAY_MS - _LOCAL_MS
        start_ms = midnight + int(day) * DAY_MS + int(rng.uniform(8.5, 16.5) * HOUR_MS)
        length_ms = int(rng.uniform(0.5, 1.5) * HOUR_MS)
        yield Spell(kind=SpellKind.VISIT, start_ms=start_ms, ends_ms=start_ms + length_ms)
        day += max(1.0, rng.normal(plan.rates.visit_days, 1.5))


def sensors(asset: Asset) -> tuple[str, ...]:
    """The hourly metrics of a quantity that the asset has a sensor for; contacts left out."""
    match asset.plant:
        case GaugePlant() as plant:
            return ("pressure" if plant.usual_level_m is None else "level", "temperature")
        case PointPlant() as plant:
            smoke = ("smoke", "contamination") if plant.component != _HEAT_COMPONENT else ()
            radio = ("battery", "signal") if plant.is_wireless else ()
            return ("temperature", "humidity", *smoke, *radio)
        case _:
            return tuple(m for m in HOURLY_METRICS[asset.class_name] if m not in _CONTACTS)


def draw_lies(asset: Asset, plan: HistoryPlan, rng: np.random.Generator) -> Iterator[Spell]:
    """Spells of a lying sensor or line."""
    metrics = sensors(asset)
    for start_ms in draw_times(plan.rates.sensor, plan, rng):
        kind = LYING[int(rng.integers(len(LYING)))]
        one = metrics[int(rng.integers(len(metrics)))]
        two = _exchangeable(asset, one, metrics)
        if kind is SpellKind.SWAPPED and not two:
            kind = SpellKind.STUCK
        hours = float(np.exp(rng.uniform(math.log(2), math.log(24 * 14))))
        if kind is SpellKind.CUT:
            hours = min(hours, 36.0)
        size = float(rng.uniform(3, 12)) * (1 if rng.random() < 0.5 else -1)
        yield Spell(
            kind=kind,
            start_ms=start_ms,
            ends_ms=start_ms + int(hours * HOUR_MS),
            metric="" if kind in (SpellKind.CUT, SpellKind.CLOCK_ERROR) else one,
            other=two if kind is SpellKind.SWAPPED else "",
            size=size,
        )


def _exchangeable(asset: Asset, metric: str, metrics: tuple[str, ...]) -> str:
    """A sensor of the same kind, whose plug fits; empty when there is none."""
    units = {one.name: one.unit for one in asset.kind.metrics}
    others = [m for m in metrics if m != metric and units[m] == units[metric]]
    return others[0] if others else ""


def draw_changes(asset: Asset, plan: HistoryPlan, rng: np.random.Generator) -> Iterator[Spell]:
    """Changes that are no fault."""
    metrics = sensors(asset)
    for start_ms in draw_times(plan.rates.disturbance, plan, rng):
        kind = CHANGES[int(rng.integers(len(CHANGES)))]
        days = float(rng.uniform(7, 60))
        ends_ms = plan.end_ms if kind is SpellKind.SENSOR_REPLACED else None
        yield Spell(
            kind=kind,
            start_ms=start_ms,
            ends_ms=ends_ms or start_ms + int(days * DAY_MS),
            metric=metrics[int(rng.integers(len(metrics)))]
            if kind is SpellKind.SENSOR_REPLACED
            else "",
            size=_change_size(kind, rng),
        )


def _change_size(kind: SpellKind, rng: np.random.Generator) -> float:
    match kind:
        case SpellKind.SENSOR_REPLACED:
            return float(rng.normal(1, 0.04))
        case SpellKind.USE_CHANGED:
            return float(np.exp(rng.normal(0.15, 0.35)))
        case _:
            return float(rng.uniform(1.1, 1.5))
