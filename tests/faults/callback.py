"""Callbacks that raise, and a platform whose clock is set: faults made inside real processes."""

from itertools import count
from random import Random

from tests.faults.inside import NEEDS_RECONNECT, NEEDS_SECOND_PATH, POINTS, Inside
from tests.faults.proxy import FAIR, Weather
from tests.faults.stage import Stage

STRIKE_S = 60.0
HOUR_MS = 3_600_000
_CUT_EVERY = 20
"""Looks between two cuts of a link: a connection takes a second or two to come back."""


def raise_inside(stage: Stage, process: str, point: str) -> bool:
    """Let a callback raise once, under load; whether it was entered at all."""
    stage.order_inside(Inside(process=process, point=point))
    looks = count()
    needs_cut = point.rpartition(".")[2] in NEEDS_RECONNECT
    if point == NEEDS_SECOND_PATH:
        stage.broker.gateways.set(Weather(is_black_hole=True))

    def is_struck() -> bool:
        if needs_cut and next(looks) % _CUT_EVERY == 0:
            (stage.broker.gateways if process == "gateway" else stage.broker.platform).cut()
        return stage.has_struck()

    has_struck = stage.wait_for(is_struck, STRIKE_S)
    if point == NEEDS_SECOND_PATH:
        stage.broker.gateways.cut()
        stage.broker.gateways.set(FAIR)
    if not has_struck:
        stage.complaints.append(f"{point} of {process} was not entered within {STRIKE_S:.0f} s")
    return has_struck


def failing_callback(stage: Stage, chance: Random) -> str:
    """A callback of a library, or a turn of a loop, raises once in any process."""
    process = chance.choice(sorted(POINTS))
    raise_inside(stage, process, chance.choice(POINTS[process]))
    return process


def step_platform(stage: Stage, chance: Random) -> str:
    """The clock of the platform's machine is set by an hour, and set right again."""
    offset_ms = chance.choice((-HOUR_MS, HOUR_MS))
    stage.order_inside(Inside(clock_ms=offset_ms))
    stage.wait(chance.uniform(1.5, 3))
    stage.order_inside(Inside())
    return "platform's clock"
