"""A device made up for the fault tests: takes events and samples at a set pace, and records them.

It runs inside the real `python -m gateway` and is found by the entry-point mechanism like any
vendor's driver. What the outbox is asked to keep, and what it promised, is written down by
standing between the program and `Outbox.put`; nothing of the program is replaced.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event as StopFlag
from typing import Any

from gateway import clock, wire
from gateway.driver import Driver, DriverSettings, Sink
from gateway.drivers.options import Options, checked_options
from gateway.outbox import Body, Outbox, Stored, WhenFull
from gateway.patience import Patience
from gateway.sample import Sample
from tests.faults.record import Item, Recorder

_TURN_S = 0.02
_SAME_MS = 1000
"""A clock that is behind the last value by less than this stood still; it was not set back [ms]."""
_LIFTS = ("L-1-1", "L-1-2", "L-2-1", "L-2-2", "L-3-1", "L-3-2")
_DETECTORS = tuple(f"D-{block}-{n:02}" for block in (1, 2, 3) for n in range(1, 13))
_LIFT_EVENTS = ("entrapment", "door_close_fault")
_true_now_ms = clock.now_ms


_FIRST = "m"
"""Mark of the line's own gateway."""


class SourceOptions(Options):
    """Options of the driver: where its record and its orders are, and how patient the lanes are."""

    record: Path
    orders: Path
    patience: float = 1.0
    mark: str = _FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the test wants of the source at the moment; written to a file, read again and again.

    Attributes:
        alarms_per_s: Events taken in a second; 0 pauses them.
        frames_per_s: Frames of lifts taken in a second; 0 pauses them.
        clock_ms: How far the gateway's wall clock is from the machine's [ms].
        pace: How fast that clock runs; above 1 it begins where `clock_ms` says, and goes on as the
            machine's once it has caught up with it.
        padding: Letters added to the text of each event.
        is_lift_quiet: No event comes from a lift.
    """

    alarms_per_s: float = 0.0
    frames_per_s: float = 0.0
    clock_ms: int = 0
    pace: float = 1.0
    padding: int = 0
    is_lift_quiet: bool = False


def open_driver(settings: DriverSettings) -> Driver:
    """The source; from now on everything that any outbox keeps is recorded."""
    options = checked_options(SourceOptions, settings)
    recorder = Recorder(options.record)
    _watch_outboxes(recorder)
    _scale_patience(options.patience)
    source = Source(options)
    source.look()
    return source


class Source:
    """Takes events and samples as ordered, until told to stop."""

    def __init__(self, options: SourceOptions) -> None:
        self._options = options
        self._orders = Orders()
        self._seen_at = 0.0
        self._set_at = -1.0
        self._random = random.Random()
        self._raised: set[tuple[str, str]] = set()
        self._count = 0
        self._lift_at: dict[str, int] = {}

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Follow the orders."""
        due_alarms = due_frames = 0.0
        while not stop.wait(_TURN_S):
            self.look()
            due_alarms += self._orders.alarms_per_s * _TURN_S
            due_frames += self._orders.frames_per_s * _TURN_S
            while due_alarms >= 1:
                due_alarms -= 1
                sink.event(self._event())
            while due_frames >= 1:
                due_frames -= 1
                sink.sample(self._sample(), "lift")

    def look(self) -> None:
        """Read the orders, if they have changed, and set the gateway's clock by them."""
        try:
            changed_at = self._options.orders.stat().st_mtime
            if changed_at != self._seen_at:
                self._orders = Orders(**json.loads(self._options.orders.read_text()))
                self._seen_at = changed_at
        except (OSError, ValueError):
            return
        if changed_at != self._set_at:
            self._set_at = changed_at
            clock.now_ms = wall_clock(self._orders, _true_now_ms())

    def _event(self) -> wire.WireEvent:
        self._count += 1
        if self._orders.is_lift_quiet or self._random.random() < 0.7:
            asset, event = self._random.choice(_DETECTORS), "fire_alarm"
        else:
            asset, event = self._random.choice(_LIFTS), self._random.choice(_LIFT_EVENTS)
        is_raised = (asset, event) not in self._raised
        self._raised ^= {(asset, event)}
        return wire.WireEvent(
            asset=asset,
            at=clock.now_ms(),
            event=event,
            state="raise" if is_raised else "clear",
            code_system="test",
            code="1",
            text="故障演练" + "." * self._orders.padding,
            raw=f"{self._options.mark}-{_true_now_ms()}-{self._count}",
        )

    def _sample(self) -> Sample:
        self._count += 1
        asset = _LIFTS[self._count % len(_LIFTS)]
        # Two gateways that run side by side never take a value of one asset at one time.
        at_ms = 2 * (clock.now_ms() // 2) + (self._options.mark != _FIRST)
        last_ms = self._lift_at.get(asset, 0)
        if last_ms - _SAME_MS < at_ms <= last_ms:
            at_ms = last_ms + 2
        self._lift_at[asset] = at_ms
        values: dict[str, float | None] = {
            "floor": 1.0,
            "speed": 0.0,
            "door_closed": 1.0,
            "run_count": float(self._count % 1_000_000),
        }
        return Sample(asset=asset, at_ms=at_ms, values=values)


def wall_clock(orders: Orders, begin_ms: int) -> Callable[[], int]:
    """The gateway's wall clock from a moment on, as it is ordered."""
    first_ms = begin_ms + orders.clock_ms
    if orders.pace <= 1:
        return lambda: _true_now_ms() + orders.clock_ms

    def now_ms() -> int:
        true_ms = _true_now_ms()
        return min(true_ms, first_ms + round((true_ms - begin_ms) * orders.pace))

    return now_ms


def _watch_outboxes(recorder: Recorder) -> None:
    put: Callable[..., Stored | None] = Outbox.put

    def watched(box: Outbox, body: Body, when_full: WhenFull = WhenFull.SHED) -> Stored | None:
        number = recorder.intend(box._lane, items_of(body))
        try:
            stored = put(box, body, when_full)
        except Exception as error:
            recorder.refuse(number, repr(error))
            raise
        if stored is None:
            recorder.refuse(number, "no room")
        else:
            recorder.promise(number, stored.stream, stored.seq, stored.payload)
        return stored

    Outbox.put = watched  # type: ignore[method-assign,assignment]  # stands between


def _scale_patience(scale: float) -> None:
    defaults: dict[str, Any] = Patience.__init__.__kwdefaults__ or {}
    for name, value in defaults.items():
        defaults[name] = value * scale


def items_of(body: Sequence[wire.WireEvent] | Sequence[wire.Frame]) -> list[Item]:
    """The events and values in what an outbox is asked to keep."""
    items: list[Item] = []
    for part in body:
        if isinstance(part, wire.WireEvent):
            items.append(
                Item(
                    asset=part.asset, at_ms=part.at, key=part.event, state=part.state, mark=part.raw
                )
            )
        else:
            items.extend(
                Item(asset=part.asset, at_ms=at, key=metric, value=value)
                for metric, values in part.m.items()
                for at, value in zip(part.t, values, strict=True)
            )
    return items
