"""Features of single trips of a lift, from its readings of every second.

The daily features of `table.py` are made from hourly statistics. These look at one trip: how long
it took for its way, what the motor drew at the start, where the car stopped, how long the doors
took. They serve whoever wants to see which trips made a warning, and any detector that is given
one row a trip (`Trips.table`).
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.catalogue import Text

Series = NDArray[np.float64]
Places = NDArray[np.int64]

MOVING_M_S: Final = 0.05
"""A car that is slower stands."""
GAP_S: Final = 15.0
"""A gateway reports a change at once and else every ten seconds: readings farther apart than this
do not tell what was between them."""
READ_S: Final = 1.0
"""A lift is read so often: what it did before the first reading of a movement is no older."""
START_S: Final = 3.0
"""The current at the start is the highest of so many first seconds."""
SETTLED_S: Final = 2.0
"""A levelling error is told at the latest so long after the stop."""
LONGEST_STAND_S: Final = 900.0
"""A door that is open longer is blocked or held, and says nothing about its drive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Readings of one lift in the order of their times; shape (n_readings,), NaN: unknown.

    Attributes:
        at: [s since 1970 UTC], not falling.
        speed: [m/s].
        motor_current: [A].
        vibration: [m/s2].
        levelling_error: At the newest stop [mm].
        door_closed: 1 closed, 0 not.
        load: [kg].
    """

    at: Series
    speed: Series
    motor_current: Series
    vibration: Series
    levelling_error: Series
    door_closed: Series
    load: Series

    def __post_init__(self) -> None:
        if len({getattr(self, field.name).shape for field in fields(self)}) != 1:
            raise ValueError("all readings need one shape")
        if np.any(np.diff(self.at) < 0):
            raise ValueError("readings must be in the order of their times")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trips:
    """One number a trip, shape (n_trips,); NaN where a gap or a missing sensor hides it.

    Attributes:
        at: When the car stopped [s since 1970 UTC].
        distance_m: Way of the car [m].
        duration_s: From standstill to standstill [s].
        lost_s: More than the way takes at the trip's top speed: what its ramps cost [s]. A sound
            lift that reaches its rated speed always loses the same.
        start_a: Highest current of the first three seconds [A].
        current_a: Mean current while moving [A].
        shake_per_speed: Mean vibration over mean speed [1/s].
        level_mm: Where the car stopped against its floor [mm].
        opening_s: From the stop until the doors are no longer closed [s].
        open_s: How long they were not closed, for each time that they opened [s].
        reopenings: How often they opened again before the next trip.
        load_kg: Highest load while moving [kg].
    """

    at: Series
    distance_m: Series
    duration_s: Series
    lost_s: Series
    start_a: Series
    current_a: Series
    shake_per_speed: Series
    level_mm: Series
    opening_s: Series
    open_s: Series
    reopenings: Series
    load_kg: Series

    def table(self) -> Series:
        """What a detector looks at, in the order of `FEATURES`; shape (n_trips, n_features)."""
        return np.stack([getattr(self, name) for name in FEATURES], axis=1)


FEATURES: Final[dict[str, tuple[Text, str]]] = {
    "lost_s": (Text(zh="起停损失时间", en="time lost in starting and stopping"), "s"),
    "start_a": (Text(zh="起动电流", en="current at the start"), "A"),
    "shake_per_speed": (Text(zh="单位速度振动", en="vibration per speed"), "1/s"),
    "level_mm": (Text(zh="平层误差", en="levelling error"), "mm"),
    "opening_s": (Text(zh="开门延迟", en="time until the doors open"), "s"),
    "open_s": (Text(zh="每次开门时间", en="time that the doors stay open"), "s"),
}
"""Features of a trip that do not depend on who rides where: label and unit."""


def trips_of(trace: Trace) -> Trips:
    """Every whole trip of a trace, oldest first.

    A trip begins and ends at a standstill that was read; one that a gap cuts is left out. What the
    doors did is told of the stand after the trip, up to the next one or the end of the trace.
    """
    first, last = _bounds(trace)
    speed, steps = np.abs(trace.speed), np.diff(trace.at)
    steps = np.where(speed[:-1] > MOVING_M_S, steps, np.minimum(steps, READ_S))
    ways = np.nan_to_num((speed[1:] + speed[:-1]) / 2 * steps)
    way, ran = (np.concatenate([[0.0], np.cumsum(one)]) for one in (ways, steps))
    distance, duration = way[last] - way[first], ran[last] - ran[first]
    top = _each(np.fmax, speed, first + 1, last)
    doors = _doors(trace, last, np.append(first, trace.at.size - 1)[1:])
    started = np.searchsorted(trace.at, trace.at[first + 1] + START_S, side="left")
    settled = np.searchsorted(trace.at, trace.at[last] + SETTLED_S, side="right") - 1
    mean_speed = distance / duration
    return Trips(
        at=trace.at[last],
        distance_m=distance,
        duration_s=duration,
        lost_s=duration - distance / top,
        start_a=_each(np.fmax, trace.motor_current, first + 1, np.minimum(started, last)),
        current_a=_mean(trace.motor_current, first + 1, last),
        shake_per_speed=_mean(trace.vibration, first + 1, last) / mean_speed,
        level_mm=trace.levelling_error[settled],
        opening_s=doors[0],
        open_s=doors[1],
        reopenings=doors[2],
        load_kg=_each(np.fmax, trace.load, first + 1, last),
    )


def _bounds(trace: Trace) -> tuple[Places, Places]:
    """The readings at rest before and after each whole trip."""
    moving = np.abs(trace.speed) > MOVING_M_S
    turns = np.flatnonzero(np.diff(moving.astype(np.int8)))
    starts = turns[~moving[turns]]
    stops = turns[moving[turns]] + 1
    if starts.size and stops.size:
        stops = stops[stops > starts[0]]
    many = min(starts.size, stops.size)
    first, last = starts[:many], stops[:many]
    is_cut = np.diff(trace.at) > GAP_S
    is_cut |= np.isnan(trace.speed[1:]) | np.isnan(trace.speed[:-1])
    cuts = np.concatenate([[0], np.cumsum(is_cut)])
    whole = cuts[last] == cuts[first]
    return first[whole], last[whole]


def _each(operation: np.ufunc, values: Series, first: Places, until: Places) -> Series:
    """An operation over values[first:until] of each trip; NaN where there is none."""
    found = [operation.reduce(values[a : max(b, a + 1)]) for a, b in zip(first, until, strict=True)]
    return np.array(found, dtype=np.float64)


def _mean(values: Series, first: Places, until: Places) -> Series:
    known = ~np.isnan(values)
    total = _each(np.add, np.where(known, values, 0.0), first, until)
    many = _each(np.add, known.astype(np.float64), first, until)
    mean: Series = np.divide(total, many, out=np.full(total.shape, np.nan), where=many > 0)
    return mean


def _doors(trace: Trace, stop: Places, until: Places) -> tuple[Series, Series, Series]:
    """Seconds until they open, seconds open each time, and times that they opened again."""
    found = np.full((3, stop.size), np.nan)
    for place, (begin, end) in enumerate(zip(stop, until, strict=True)):
        closed = trace.door_closed[begin : end + 1]
        at = trace.at[begin : end + 1]
        is_open = closed < 0.5
        steps = np.diff(at)
        hidden = np.isnan(closed[:-1]) | (is_open[:-1] & (steps > GAP_S))
        if hidden.any() or not is_open.any():
            continue
        times = int(is_open[0]) + int((is_open[1:] & ~is_open[:-1]).sum())
        length = float(steps[is_open[:-1]].sum())
        if is_open[-1] or length > LONGEST_STAND_S:
            continue
        found[:, place] = at[is_open.argmax()] - at[0], length / times, times - 1
    return found[0], found[1], found[2]
