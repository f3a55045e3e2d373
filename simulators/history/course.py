"""What happens to one asset in a history: defects, failures, visits, lying sensors, changes.

Drawn before any signal is made, from the asset's own generator. So the truth is known without
looking at the data, and another asset more or less changes nothing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.building import Asset, GaugePlant, PointPlant, PumpPlant
from simulators.growth import draw_shape
from simulators.history.plan import (
    DAY_MS,
    HOUR_MS,
    HOURLY_METRICS,
    HistoryPlan,
    Rates,
    Truth,
    TruthKind,
)
from simulators.wear import DEFECTS, Cause, Wear, causes_of

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

SUDDEN_CAUSES: Final = {
    "lift": ("safety_circuit", "control_board", "door_lock", "outside_power"),
    "escalator": ("emergency_stop", "control_board"),
    "fire_water": ("valve_shut",),
    "pump": ("contactor", "outside_power"),
    "detector": ("loop_wire",),
    "electrical_monitor": ("outside_power",),
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Everything that happens to one asset.

    Attributes:
        down: Times in which it stands still, from a failure to its repair [ms UTC].
        visits: Times of a technician, all of them; those without a defect are disturbances.
    """

    wears: tuple[Wear, ...]
    down: tuple[tuple[int, int], ...]
    visits: tuple[Spell, ...]
    spells: tuple[Spell, ...]
    truth: tuple[Truth, ...]

    def is_down(self, at_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether it stands still in the hour that begins at those times."""
        down = np.zeros(at_ms.shape, dtype=bool)
        for begin, end in self.down:
            down |= (at_ms + HOUR_MS > begin) & (at_ms < end)
        return down

    def is_visited(self, at_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether a technician is there in that hour."""
        visited = np.zeros(at_ms.shape, dtype=bool)
        for visit in self.visits:
            visited |= visit.covers(at_ms)
        return visited

    def factor(self, kind: SpellKind, at_ms: NDArray[np.int64]) -> NDArray[np.float64]:
        """The product of the sizes of all spells of a kind, 1 where there is none."""
        product = np.ones(at_ms.shape)
        for spell in self.spells:
            if spell.kind is kind:
                product[spell.covers(at_ms)] *= spell.size
        return product


def draw_course(asset: Asset, plan: HistoryPlan, rng: np.random.Generator) -> Course:
    """The course of an asset through the history of the plan."""
    visits = tuple(_visits(plan, rng))
    wears, down, truth = _defects(asset, plan, visits, rng)
    for at_ms in _times(plan.rates.sudden, plan, rng):
        if not any(begin - DAY_MS < at_ms < end + DAY_MS for begin, end in down):
            ends_ms = at_ms + _repair_ms(rng)
            down.append((at_ms, ends_ms))
            cause = str(rng.choice(SUDDEN_CAUSES[asset.class_name]))
            truth.append(_sudden(asset, cause, at_ms, ends_ms))
    spells = (*_lies(asset, plan, rng), *_changes(asset, plan, rng))
    truth += [_told(asset, spell, plan) for spell in spells]
    if not truth:
        truth = [
            Truth(
                asset=asset.code,
                class_name=asset.class_name,
                kind=TruthKind.HEALTHY,
                cause="",
                onset_at=plan.start_ms,
            )
        ]
    return Course(
        wears=tuple(wears),
        down=tuple(down),
        visits=visits,
        spells=spells,
        truth=tuple(sorted(truth, key=lambda one: (one.onset_at, one.kind, one.cause))),
    )


def _times(per_year: float, plan: HistoryPlan, rng: np.random.Generator) -> Iterator[int]:
    """Instants of a Poisson process behind the quiet days, on full minutes [ms UTC]."""
    at_ms = plan.start_ms + plan.quiet_days * DAY_MS
    while per_year > 0:
        at_ms += rng.exponential(_YEAR_DAYS / per_year) * DAY_MS
        if at_ms >= plan.end_ms:
            return
        yield int(at_ms) // 60_000 * 60_000


def _visits(plan: HistoryPlan, rng: np.random.Generator) -> Iterator[Spell]:
    day = rng.uniform(0, plan.rates.visit_days)
    while plan.rates.visit_days > 0 and day < plan.days:
        midnight = (plan.start_ms + _LOCAL_MS) // DAY_MS * DAY_MS - _LOCAL_MS
        start_ms = midnight + int(day) * DAY_MS + int(rng.uniform(8.5, 16.5) * HOUR_MS)
        length_ms = int(rng.uniform(0.5, 1.5) * HOUR_MS)
        yield Spell(kind=SpellKind.VISIT, start_ms=start_ms, ends_ms=start_ms + length_ms)
        day += max(1.0, rng.normal(plan.rates.visit_days, 1.5))


def _repair_ms(rng: np.random.Generator) -> int:
    """From a failure to its repair: half are done within six hours."""
    return int(np.clip(np.exp(rng.normal(math.log(6), 0.9)), 0.5, 96) * HOUR_MS)


def _defects(
    asset: Asset, plan: HistoryPlan, visits: tuple[Spell, ...], rng: np.random.Generator
) -> tuple[list[Wear], list[tuple[int, int]], list[Truth]]:
    """One defect at a time: the next can begin after the repair of the last."""
    wears: list[Wear] = []
    down: list[tuple[int, int]] = []
    truth: list[Truth] = []
    free_ms = plan.start_ms
    for onset_ms in _times(plan.rates.slow if fitting_causes(asset) else 0.0, plan, rng):
        wear = _wear(asset, onset_ms, plan, rng)
        found_ms = _found(wear, plan.rates, visits, rng)
        repaired_ms = wear.failure_ms + _repair_ms(rng)
        ends_ms = repaired_ms if found_ms is None else found_ms
        if onset_ms < free_ms:
            continue
        wear = Wear(
            cause=wear.cause,
            onset_ms=onset_ms,
            failure_ms=wear.failure_ms,
            ends_ms=ends_ms,
            growth=wear.growth,
            shape=wear.shape,
            severity=wear.severity,
        )
        wears.append(wear)
        if found_ms is None:
            down.append((wear.failure_ms, ends_ms))
        truth.append(_slow(asset, wear, is_found=found_ms is not None, end_ms=plan.end_ms))
        free_ms = ends_ms + 14 * DAY_MS
    return wears, down, truth


def _wear(asset: Asset, onset_ms: int, plan: HistoryPlan, rng: np.random.Generator) -> Wear:
    causes = fitting_causes(asset)
    often = np.asarray([DEFECTS[cause].often for cause in causes])
    cause = causes[int(rng.choice(len(causes), p=often / often.sum()))]
    growth = plan.growths[int(rng.integers(len(plan.growths)))]
    low, high = plan.growing_days
    days = float(np.exp(rng.uniform(math.log(low), math.log(high))))
    return Wear(
        cause=cause,
        onset_ms=onset_ms,
        failure_ms=onset_ms + int(days * DAY_MS),
        ends_ms=None,
        growth=growth,
        shape=draw_shape(growth, rng),
        severity=float(rng.uniform(*plan.severities)),
    )


def fitting_causes(asset: Asset) -> tuple[Cause, ...]:
    """The slow causes that can happen to this very asset: a tank's gauge shows no riser's leak."""
    causes = causes_of(asset.class_name)
    if isinstance(asset.plant, PumpPlant) and not asset.plant.is_jockey:
        # A fire pump that rests all week shows nothing but its bearings, and these in its test.
        return (Cause.PUMP_BEARING_WEAR,)
    metrics = set(sensors(asset))
    if isinstance(asset.plant, PumpPlant):
        metrics.add("running")
    return tuple(c for c in causes if metrics & set(DEFECTS[c].symptoms))


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


def _found(
    wear: Wear, rates: Rates, visits: tuple[Spell, ...], rng: np.random.Generator
) -> int | None:
    """The visit that finds it in time, if any: the more it has grown, the likelier."""
    chances = rng.random(len(visits))
    for visit, chance in zip(visits, chances, strict=True):
        if wear.onset_ms < visit.start_ms < wear.failure_ms:
            level = float(wear.level(np.asarray([visit.start_ms]))[0])
            if chance < 2 * rates.found_share * level:
                return visit.ends_ms
    return None


def _lies(asset: Asset, plan: HistoryPlan, rng: np.random.Generator) -> Iterator[Spell]:
    metrics = sensors(asset)
    for start_ms in _times(plan.rates.sensor, plan, rng):
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


def _changes(asset: Asset, plan: HistoryPlan, rng: np.random.Generator) -> Iterator[Spell]:
    metrics = sensors(asset)
    for start_ms in _times(plan.rates.disturbance, plan, rng):
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


def _slow(asset: Asset, wear: Wear, *, is_found: bool, end_ms: int) -> Truth:
    has_ended = wear.ends_ms is not None and wear.ends_ms < end_ms
    return Truth(
        asset=asset.code,
        class_name=asset.class_name,
        kind=TruthKind.SLOW,
        cause=str(wear.cause),
        onset_at=wear.onset_ms,
        failure_at=None if is_found else wear.failure_ms,
        ends_at=wear.ends_ms if has_ended else None,
        would_fail_at=wear.failure_ms,
        growth=wear.growth,
        severity=round(wear.severity, 3),
        symptoms=DEFECTS[wear.cause].symptoms,
    )


def _sudden(asset: Asset, cause: str, at_ms: int, ends_ms: int) -> Truth:
    return Truth(
        asset=asset.code,
        class_name=asset.class_name,
        kind=TruthKind.SUDDEN,
        cause=cause,
        onset_at=at_ms,
        failure_at=at_ms,
        ends_at=ends_ms,
        would_fail_at=at_ms,
    )


def _told(asset: Asset, spell: Spell, plan: HistoryPlan) -> Truth:
    kind = TruthKind.SENSOR if spell.kind in LYING else TruthKind.DISTURBANCE
    return Truth(
        asset=asset.code,
        class_name=asset.class_name,
        kind=kind,
        cause=str(spell.kind),
        onset_at=spell.start_ms,
        ends_at=spell.ends_ms if spell.ends_ms < plan.end_ms else None,
        symptoms=tuple(metric for metric in (spell.metric, spell.other) if metric),
    )
