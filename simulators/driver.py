"""The driver `simulated`: plays a compound into the gateway, in real or fast time.

In real time every sample is stamped with the gateway's clock and paced by the steady one. In fast
time the samples are stamped with the scenario's own time, which begins at `start`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event as StopFlag
from typing import Final

import msgspec

from gateway.clock import now_ms, steady_s
from gateway.driver import DriverSettings, Sink
from gateway.errors import BadSettings, DriverFailed
from gateway.wire import WireEvent
from simulators.building import Compound
from simulators.demo import compound_named
from simulators.errors import SimulatorError, TruthUnwritable
from simulators.model import Moment
from simulators.play import Play, Second
from simulators.scenario import Scenario, fetch_scenario
from simulators.truth import TruthFile

REJOIN_LIMIT_S: Final = 6 * 3600
"""A driver that rejoins plays at most so much of what it missed [s]; about a millisecond of
computing a second."""
LATE_S: Final = 10.0
"""A play that is later than this (a machine that slept) goes on from now, without a burst [s]."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The driver's section of the gateway's configuration.

    Attributes:
        seed: Same seed, compound, scenario and start: same bytes.
        speed: Seconds played in a second; 1 is real time, 0 is without waiting.
        scenario: Name of a scenario that comes with the simulators, or a YAML file.
        compound: Name of a declared compound.
        truth: File that the truth is written to; empty keeps none.
        start: Begin of scenario time with its zone, as ISO 8601; needed in fast time unless
            `duration_s` is given, which then ends now. At speed 1 it may be left out: samples
            are then stamped by the gateway's clock.
        since: When a play in real time began, as ISO 8601 with zone. A driver that is opened
            later, after a crash or a restart, rejoins there: it plays silently what it missed
            and tells the last state of each condition, as a panel does that is asked for its
            state. Without it, each opening begins the scenario anew.
        duration_s: Ends after so many seconds of the scenario [s]; without it, never.
    """

    seed: int = 1
    speed: float = 1.0
    scenario: str = "demo"
    compound: str = "demo"
    truth: str = ""
    start: str = ""
    since: str = ""
    duration_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a play goes and how its samples are stamped.

    Attributes:
        speed: Seconds played in a second; 0 is without waiting.
        start_ms: Begin of scenario time [ms UTC]; None asks the clock for it.
        since_ms: When a play in real time began, for one that rejoins [ms UTC].
        duration_s: Length of the play [s]; None never ends.
    """

    speed: float
    start_ms: int | None
    since_ms: int | None
    duration_s: int | None

    @property
    def is_real(self) -> bool:
        """Whether a second takes a second; samples are then stamped by the gateway's clock."""
        return self.speed == 1 and self.start_ms is None

    def begin_ms(self, clock_ms: int) -> int:
        """Begin of scenario time [ms UTC], when the clock says `clock_ms`."""
        if self.start_ms is not None:
            return self.start_ms
        if self.is_real:
            return clock_ms if self.since_ms is None else min(self.since_ms, clock_ms)
        return clock_ms - 1000 * (self.duration_s or 0)

    def due_s(self, elapsed_s: int) -> float:
        """When a second is due after the start, by the steady clock [s]."""
        return elapsed_s / self.speed if self.speed else 0.0


def open_driver(settings: DriverSettings) -> "SimulatedDriver":
    """The driver, its options checked.

    Raises:
        BadSettings: An option is unknown or cannot be played.
    """
    try:
        options = msgspec.convert(settings.options, Options)
        compound = compound_named(options.compound)
        scenario = fetch_scenario(options.scenario, compound)
    except (msgspec.ValidationError, SimulatorError) as error:
        raise BadSettings(f"driver {settings.name} (simulated): {error}") from error
    try:
        pace = pace_of(options)
    except ValueError as error:
        raise BadSettings(f"driver {settings.name} (simulated): {error}") from error
    truth = Path(options.truth) if options.truth else None
    return SimulatedDriver(compound, scenario, options.seed, pace, truth)


def pace_of(options: Options) -> Pace:
    """The pace that the options ask for.

    Raises:
        ValueError: They contradict each other, or samples would be stamped with the future.
    """
    if options.seed < 0:
        raise ValueError(f"seed {options.seed} is negative")
    if not 0 <= options.speed <= 1e6:
        raise ValueError(f"speed {options.speed} is not between 0 and 1000000")
    if options.duration_s is not None and options.duration_s < 1:
        raise ValueError(f"duration_s {options.duration_s} is below 1")
    start_ms = _time_ms("start", options.start)
    since_ms = _time_ms("since", options.since)
    if since_ms is not None and (options.speed != 1 or start_ms is not None):
        raise ValueError("`since` is for real time: speed 1 and no `start`")
    if options.speed != 1 and start_ms is None and options.duration_s is None:
        raise ValueError("fast time needs `start` or `duration_s`: it would run into the future")
    return Pace(
        speed=options.speed,
        start_ms=start_ms,
        since_ms=since_ms,
        duration_s=options.duration_s,
    )


def _time_ms(option: str, text: str) -> int | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{option} {text!r} is not a time: {error}") from error
    if time.tzinfo is None:
        raise ValueError(
            f"{option} {text!r} has no zone; write for example 2025-03-01T07:00:00+08:00"
        )
    return round(time.timestamp() * 1000)


class SimulatedDriver:
    """Plays one compound into a sink."""

    def __init__(
        self, compound: Compound, scenario: Scenario, seed: int, pace: Pace, truth: Path | None
    ) -> None:
        """A driver that has not begun; each run plays from the start."""
        self._compound, self._scenario, self._seed = compound, scenario, seed
        self._pace, self._truth = pace, truth

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Play until `stop` is set or the duration is over.

        Raises:
            DriverFailed: The truth file cannot be written.
        """
        is_continued = self._pace.since_ms is not None
        try:
            with TruthFile(self._truth, is_continued=is_continued) as truth:
                self._play(sink, stop, truth)
        except TruthUnwritable as error:
            raise DriverFailed(str(error)) from error

    def _play(self, sink: Sink, stop: StopFlag, truth: TruthFile) -> None:
        play, pace = Play(self._compound, self._scenario, self._seed), self._pace
        begin_ms = pace.begin_ms(now_ms())
        truth.tell(*play.planned(begin_ms))
        elapsed_s = self._rejoin(play, sink, truth) if pace.since_ms is not None else 0
        begin_s, at_ms = steady_s() - pace.due_s(elapsed_s), begin_ms - 1
        while pace.duration_s is None or elapsed_s < pace.duration_s:
            wait_s = begin_s + pace.due_s(elapsed_s) - steady_s()
            if wait_s < -LATE_S:
                begin_s = steady_s() - pace.due_s(elapsed_s)
            if stop.is_set() or (wait_s > 0 and stop.wait(wait_s)):
                return
            scheduled_ms = now_ms() if pace.is_real else begin_ms + 1000 * elapsed_s
            at_ms = max(at_ms + 1, scheduled_ms)
            second = play.step(Moment(elapsed_s=elapsed_s, at_ms=at_ms))
            self._hand_on(second, sink, truth)
            elapsed_s += 1

    def _hand_on(self, second: Second, sink: Sink, truth: TruthFile) -> None:
        truth.tell(*second.facts)
        for event in second.events:
            sink.event(event)
        for classed in second.samples:
            # What runs in its own time can wait for room, and is judged by its own time.
            sink.sample(classed.sample, classed.class_name, exact=not self._pace.is_real)

    def _rejoin(self, play: Play, sink: Sink, truth: TruthFile) -> int:
        """Play silently what was missed; answers the second to go on with [s]."""
        clock_ms = now_ms()
        begin_ms = self._pace.begin_ms(clock_ms)
        missed_s = (clock_ms - begin_ms) // 1000
        last: dict[tuple[str, str], WireEvent] = {}
        for elapsed_s in range(max(0, missed_s - REJOIN_LIMIT_S), missed_s):
            moment = Moment(elapsed_s=elapsed_s, at_ms=begin_ms + 1000 * elapsed_s)
            second = play.step(moment)
            truth.tell(*second.facts)
            last |= {(event.asset, event.event): event for event in second.events}
        for event in last.values():
            sink.event(event)
        return missed_s
