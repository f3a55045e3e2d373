"""What sensors, clocks and lines make of the truth on its way to the gateway."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec
import numpy as np

from gateway.wire import WireEvent
from simulators.faults import SENSOR_KINDS, Fault, FaultKind
from simulators.model import Moment, Output

_WILD: Final = 0.05
"""Share of the readings of a loose plug that are wild."""
Values = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Said:
    """What an asset's devices say, with the time that they stamp it with [ms UTC]."""

    at_ms: int
    output: Output


class Sensing:
    """The sensors, clock and line of one asset."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Everything in order."""
        self._rng = rng
        self._stuck: dict[str, float | None] = {}
        self._kept: list[WireEvent] = []

    @property
    def is_in_order(self) -> bool:
        """Whether nothing of an earlier fault is left to be said or forgotten."""
        return not self._stuck and not self._kept

    def pass_on(self, moment: Moment, output: Output, faults: Sequence[Fault]) -> Iterator[Said]:
        """What is heard of the output; the facts of the truth come along once, untouched."""
        if not faults and self.is_in_order:
            yield Said(moment.at_ms, output)
            return
        values = self._read(moment, output.values, faults)
        kinds = {fault.kind for fault in faults}
        off_ms = round(1000 * sum(f.rate for f in faults if f.kind is FaultKind.CLOCK_ERROR))
        events = tuple(_stamped(event, off_ms) for event in output.events)
        if FaultKind.LINE_CUT in kinds:
            self._kept.extend(events)
            yield Said(moment.at_ms, replace(output, values=None, events=()))
            return
        heard = replace(output, values=values, events=(*self._kept, *events))
        self._kept = []
        yield Said(moment.at_ms + off_ms, heard)
        if FaultKind.DUPLICATES in kinds and (values is not None or heard.events):
            yield Said(moment.at_ms + off_ms, replace(heard, facts=()))

    def _read(
        self, moment: Moment, values: Values | None, faults: Sequence[Fault]
    ) -> Values | None:
        lying = [fault for fault in faults if fault.kind in SENSOR_KINDS]
        stuck = {f.metric for f in lying if f.kind is FaultKind.SENSOR_STUCK}
        self._stuck = {name: value for name, value in self._stuck.items() if name in stuck}
        if values is None or not lying:
            return values
        read = dict(values)
        for fault in lying:
            if fault.metric in read:
                self._lie(fault, read, moment)
        return read

    def _lie(self, fault: Fault, read: Values, moment: Moment) -> None:
        metric = fault.metric
        match fault.kind:
            case FaultKind.SENSOR_STUCK:
                read[metric] = self._stuck.setdefault(metric, read[metric])
            case FaultKind.SENSOR_LOST:
                read[metric] = None
            case FaultKind.SENSORS_SWAPPED:
                read[metric], read[fault.other] = read.get(fault.other), read[metric]
            case FaultKind.SENSOR_DRIFT:
                _alter(read, metric, 1.0, fault.rate * (moment.elapsed_s - fault.onset_s) / 3600)
            case FaultKind.SENSOR_REPLACED:
                _alter(read, metric, fault.rate, 0.0)
            case _:
                _alter(read, metric, 1.0, fault.rate * (self._rng.random() < _WILD))


def _alter(read: Values, metric: str, factor: float, more: float) -> None:
    value = read[metric]
    if value is not None:
        read[metric] = round(value * factor + more, 4)


def _stamped(event: WireEvent, off_ms: int) -> WireEvent:
    return msgspec.structs.replace(event, at=event.at + off_ms) if off_ms else event
