"""The messages of the load: made beforehand by the product's own encoder, patched when sent.

All gateways share the frames (a code is unique within its gateway); only stream, number, `low`
and the moment of sending stand in a head of fixed width, padded with blanks as JSON allows.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.wire import DataMessage, Frame, decode_data, encode

LIFT_METRICS: Final = (
    "floor",
    "speed",
    "direction",
    "mode",
    "door_closed",
    "load",
    "motor_current",
    "motor_temp",
    "door_current",
    "vibration",
    "vibration_horizontal",
    "person",
)
"""The twelve that a lift gateway reports every second."""
WATER_METRICS: Final = ("pressure", "temperature", "battery")
ELECTRICAL_METRICS: Final = ("residual_current", "temp_1", "current_1", "voltage_1")
_HEAD: Final = b'{"stream":%16d,"seq":%10d,"low":%10d,"sent":%13d'


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The frames of one message, encoded.

    Attributes:
        tail: From the comma after `sent` to the end.
        samples: Values in it.
        rows: Table rows that it becomes.
    """

    tail: bytes
    samples: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a message of the load holds.

    Attributes:
        lifts: Lifts of a gateway.
        reporting: Lifts in a message, in turns.
        seconds: Rows of each lift, one a second.
        others: Gauges and electrical monitors in a message, one row each.
    """

    lifts: int
    reporting: int
    seconds: int = 1
    others: int = 0


def head(stream: int, seq: int, low: int, sent_ms: int) -> bytes:
    """The changing part of a message, always of the same length."""
    return _HEAD % (stream, seq, low, sent_ms)


HEAD_BYTES: Final = len(head(0, 1, 1, 0))


def lift_code(number: int) -> str:
    """Code of a gateway's lift, from 0."""
    return f"L-{number:04d}"


def other_code(number: int) -> str:
    """Code of a gateway's gauge (even) or electrical monitor (odd), from 0."""
    return f"W-{number:04d}" if number % 2 == 0 else f"E-{number:04d}"


def bodies(shape: Shape, *, first_ms: int, many: int, seed: int = 1) -> list[Body]:
    """Messages in order of time, each `seconds` after the former.

    Args:
        first_ms: Time of the first row [ms UTC].
    """
    chance = random.Random(seed)
    return [_body(shape, first_ms + n * shape.seconds * 1000, n, chance) for n in range(many)]


def _body(shape: Shape, at_ms: int, turn: int, chance: random.Random) -> Body:
    times = [at_ms + second * 1000 for second in range(shape.seconds)]
    frames = [
        _lift((turn * shape.reporting + n) % shape.lifts, times, chance)
        for n in range(shape.reporting)
    ]
    frames += [_other(n, at_ms, chance) for n in range(shape.others)]
    encoded = encode(DataMessage(stream=1, seq=1, low=1, sent=1, frames=frames))
    tail = encoded[encoded.index(b',"frames"') :]
    decode_data(head(1, 1, 1, 1) + tail)
    return Body(
        tail=tail,
        samples=sum(len(f.t) * len(f.m) for f in frames),
        rows=sum(len(f.t) for f in frames),
    )


def _lift(number: int, times: Sequence[int], chance: random.Random) -> Frame:
    def some(low: float, high: float, digits: int) -> list[float | None]:
        return [round(chance.uniform(low, high), digits) for _ in times]

    def whole(*choices: float) -> list[float | None]:
        return [float(chance.choice(choices)) for _ in times]

    values = (
        whole(*range(1, 33)),
        some(-2.5, 2.5, 2),
        whole(-1, 0, 1),
        whole(1),
        whole(0, 1),
        some(0, 1000, 0),
        some(2, 40, 1),
        some(30, 70, 1),
        some(0, 3, 2),
        some(0, 0.4, 3),
        some(0, 0.4, 3),
        whole(0, 1),
    )
    metrics = dict(zip(LIFT_METRICS, values, strict=True))
    return Frame(asset=lift_code(number), t=list(times), m=metrics)


def _other(number: int, at_ms: int, chance: random.Random) -> Frame:
    names = WATER_METRICS if number % 2 == 0 else ELECTRICAL_METRICS
    values: dict[str, list[float | None]] = {
        name: [round(chance.uniform(5, 95), 1)] for name in names
    }
    return Frame(asset=other_code(number), t=[at_ms], m=values)
