"""What happens to one asset in a history: defects, failures, visits, lying sensors, changes.

Drawn before any signal is made, from the asset's own generator. So the truth is known without
looking at the data, and another asset more or less changes nothing.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.building import Asset, PumpPlant
from simulators.growth import draw_shape
from simulators.history.plan import (
    DAY_MS,
    HOUR_MS,
    HistoryPlan,
    Rates,
    Truth,
    TruthKind,
)
from simulators.history.spell import (
    LYING,
    Spell,
    SpellKind,
    draw_changes,
    draw_lies,
    draw_times,
    draw_visits,
    sensors,
)
from simulators.wear import DEFECTS, Cause, Wear, causes_of

SUDDEN_CAUSES: Final = {
    "lift": ("safety_circuit", "control_board", "door_lock", "outside_power"),
    "escalator": ("emergency_stop", "control_board"),
    "fire_water": ("valve_shut",),
    "pump": ("contactor", "outside_power"),
    "detector": ("loop_wire",),
    "electrical_monitor": ("outside_power",),
}


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
    visits = tuple(draw_visits(plan, rng))
    wears, down, truth = _defects(asset, plan, visits, rng)
    for at_ms in draw_times(plan.rates.sudden, plan, rng):
        if not any(begin - DAY_MS < at_ms < end + DAY_MS for begin, end in down):
            ends_ms = at_ms + _repair_ms(rng)
            down.append((at_ms, ends_ms))
            cause = str(rng.choice(SUDDEN_CAUSES[asset.class_name]))
            truth.append(_sudden(asset, cause, at_ms, ends_ms))
    spells = (*draw_lies(asset, plan, rng), *draw_changes(asset, plan, rng))
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
    for onset_ms in draw_times(plan.rates.slow if fitting_causes(asset) else 0.0, plan, rng):
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
    cause = draw_cause(asset, rng)
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


def draw_cause(asset: Asset, rng: np.random.Generator) -> Cause:
    """A slow cause for an asset that has any: often ones more often."""
    causes = fitting_causes(asset)
    often = np.asarray([DEFECTS[cause].often for cause in causes])
    return causes[int(rng.choice(len(causes), p=often / often.sum()))]


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
