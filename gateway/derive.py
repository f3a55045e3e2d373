"""Life-safety events of a lift, derived at the edge from several signals; core, no clock.

Rules: entrapment is person AND doors shut AND (off level OR (at level AND standing AND the doors
do not open)) for more than 30 s; a stop outside the door zone counts from 45 s; a door open while
running counts after 30 s, or at once when movement is confirmed and the door switch is known to
work. Sources: reference rules of public lift platforms (person + door closed + off level > 30 s;
45 s, since 30 s is too short in practice; about 30 s against badly fitted door switches; hold the
person sensor about 10 s, and people cannot appear or vanish behind shut doors): secondary,
unverified against GB/T 24476. Where we depart from them, the constant says why.

Time is a steady number of seconds given by the caller: the monotonic clock for live devices, the
recorded time for a recording. A step back counts as nothing, a leap counts at most STEP_LIMIT_S.
Between two samples the last signals stand, for at most SILENCE_S; after a longer silence nothing
half-measured is believed, but what is raised stays raised until it is seen to be over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Final

from gateway.sample import Sample

ENTRAPMENT: Final = "entrapment"
STOP_OUTSIDE: Final = "stop_outside_door_zone"
DOOR_OPEN_RUNNING: Final = "door_open_while_running"
DERIVED: Final = (ENTRAPMENT, STOP_OUTSIDE, DOOR_OPEN_RUNNING)

ENTRAPMENT_S = 30.0
IDLE_AT_LEVEL_S = 120.0
"""At level without a run since the doors shut: someone may just stand in an idle car, whose door
button works; doors that fail to open are known from an arrival only. So this wait is longer."""
STOP_OUTSIDE_S = 45.0
DOOR_OPEN_S = 30.0
DOOR_OPEN_CONFIRMED_S = 2.0
PERSON_HOLD_S = 10.0
PERSON_SURE_S = 2.0
GRACE_S = 3.0
"""A signal that is contrary for less than this has flickered (levelling magnets, door switch)."""
RUN_LIMIT_S = 60.0
"""A speed signal that no floor or zone change confirms for this long is stuck: the run-time limiter
would have acted (GB/T 7588.1: smaller of 45 s and full travel time + 10 s; unverified)."""
FLOOR_HOLD_S = 2.0
FLOOR_HOLD_WITHOUT_SPEED_S = 10.0
MOVED_ON_S = 10.0
STANDING_M_S = 0.05
STEP_LIMIT_S = 20.0
SILENCE_S = 60.0
INSPECTION = 2
"""Service mode 2: a technician drives the car from its roof; nothing new is raised, and nothing
is cleared either (rescuers switch to inspection to move the car)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A derived condition that begins or ends; `code` tells which branch of the rule it was."""

    event: str
    is_raised: bool
    code: str
    text: str


@dataclass(slots=True)
class _Lasting:
    """How long something is true; contrary moments shorter than the grace do not end it."""

    grace_s: float = GRACE_S
    held_s: float = 0.0
    contrary_s: float = 0.0

    def advance(self, is_true: bool | None, dt: float) -> None:
        if is_true is None:
            return
        if is_true:
            self.held_s += dt
            self.contrary_s = 0.0
            return
        self.contrary_s += dt
        if self.contrary_s >= self.grace_s:
            self.held_s = 0.0

    def reset(self) -> None:
        self.held_s = self.contrary_s = 0.0


@dataclass(slots=True)
class _Signals:
    """The last word of each signal; None is unknown."""

    person: bool | None = None
    is_closed: bool | None = None
    is_level: bool | None = None
    speed: float | None = None
    floor: float | None = None
    mode: float | None = None

    def take(self, read: dict[str, float | None]) -> None:
        # A broken sensor may say NaN: that is unknown, neither an open door nor an empty car.
        values = {name: _finite(value) for name, value in read.items()}
        if "person" in values:
            self.person = _truth(values["person"])
        if "door_closed" in values:
            self.is_closed = _truth(values["door_closed"])
        if "door_zone" in values:
            self.is_level = _truth(values["door_zone"])
        self.speed = values.get("speed", self.speed)
        self.floor = values.get("floor", self.floor)
        self.mode = values.get("mode", self.mode)


def _finite(value: float | None) -> float | None:
    return value if value is None or isfinite(value) else None


def _truth(value: float | None) -> bool | None:
    return None if value is None else value >= 0.5


@dataclass(slots=True)
class _Occupancy:
    """Whether people are in the car, from a sensor that flickers.

    Likely: seen within the hold of the doors' closing. Sure: seen again well after it, or, when
    the car seemed empty, for ten seconds in sum. Neither ends before the doors open: people
    cannot vanish behind shut doors, and do not appear there by one reading.
    """

    since_seen_s: float = PERSON_HOLD_S
    is_likely: bool = False
    sure_s: float = 0.0

    @property
    def is_sure(self) -> bool:
        return self.sure_s >= (PERSON_SURE_S if self.is_likely else PERSON_HOLD_S)

    def advance(self, person: bool | None, shut_s: float, dt: float) -> None:
        self.since_seen_s = 0.0 if person else self.since_seen_s + dt
        if shut_s < PERSON_HOLD_S:
            self.is_likely |= self.since_seen_s < PERSON_HOLD_S and person is not None
        elif person:
            self.sure_s += dt
        elif not self.is_sure:
            self.sure_s = max(self.sure_s - dt / 3, 0.0)

    def empty(self) -> None:
        self.is_likely, self.sure_s = False, 0.0


@dataclass(slots=True)
class _Door:
    """The door as its switch says, without its flicker."""

    open_s: float = GRACE_S
    shut_s: float = 0.0
    is_open: bool | None = None

    def advance(self, is_closed: bool | None, dt: float) -> None:
        if is_closed is None:
            return
        if is_closed:
            self.open_s, self.is_open = 0.0, False
            self.shut_s += dt
            return
        self.open_s += dt
        if self.open_s >= GRACE_S or self.is_open is None:
            self.is_open, self.shut_s = True, 0.0


@dataclass(slots=True)
class _Run:
    """Whether the car moves, and what the door switch was worth in the last run."""

    confirmed_ago_s: float = RUN_LIMIT_S
    floor_changed_ago_s: float = RUN_LIMIT_S
    is_moving: bool = False
    standing_s: float = 0.0
    run_s: float = 0.0
    shut_in_run_s: float = 0.0
    is_switch_trusted: bool = False
    ran_since_shut: bool = False

    def advance(self, signals: _Signals, dt: float) -> None:
        self.confirmed_ago_s += dt
        self.floor_changed_ago_s += dt
        self.is_moving = self._moves(signals)
        if self.is_moving:
            self.standing_s = 0.0
            self.run_s += dt
            self.shut_in_run_s += dt if signals.is_closed else 0.0
            self.ran_since_shut = True
            return
        self.standing_s += dt
        if self.standing_s >= GRACE_S and self.run_s > 0:
            self.is_switch_trusted = self.shut_in_run_s > 0
            self.run_s = self.shut_in_run_s = 0.0

    def _moves(self, signals: _Signals) -> bool:
        hold_s = FLOOR_HOLD_WITHOUT_SPEED_S if signals.speed is None else FLOOR_HOLD_S
        if self.floor_changed_ago_s < hold_s:
            return True
        return _claims_speed(signals) and self.confirmed_ago_s < RUN_LIMIT_S

    def saw(self, before: _Signals, now: _Signals) -> None:
        if None not in (before.floor, now.floor) and before.floor != now.floor:
            self.floor_changed_ago_s = self.confirmed_ago_s = 0.0
        if before.is_level is not now.is_level or not _claims_speed(before):
            self.confirmed_ago_s = 0.0


@dataclass(slots=True)
class LiftWatch:
    """The three derived conditions of one lift. `raised` may come from before a restart."""

    raised: set[str] = field(default_factory=set)
    _signals: _Signals = field(default_factory=_Signals)
    _door: _Door = field(default_factory=_Door)
    _run: _Run = field(default_factory=_Run)
    _people: _Occupancy = field(default_factory=_Occupancy)
    _off_level: _Lasting = field(default_factory=_Lasting)
    _at_level: _Lasting = field(default_factory=_Lasting)
    _outside: _Lasting = field(default_factory=_Lasting)
    _open_run: _Lasting = field(default_factory=_Lasting)
    _back_at_level: _Lasting = field(default_factory=lambda: _Lasting(grace_s=0.0))
    _moved_on: _Lasting = field(default_factory=lambda: _Lasting(grace_s=0.0))
    _open_samples: int = 0
    _now_s: float | None = None
    _sampled_s: float = 0.0

    def observe(self, sample: Sample, steady_s: float) -> list[Change]:
        """Take a sample; answers what began or ended."""
        self._advance(steady_s)
        if steady_s - self._sampled_s > SILENCE_S:
            self._forget()
        self._sampled_s = steady_s
        before = replace(self._signals)
        self._signals.take(sample.values)
        self._run.saw(before, self._signals)
        is_open_run = self._signals.is_closed is False and self._run.is_moving
        self._open_samples = self._open_samples + 1 if is_open_run else 0
        self._advance(steady_s)
        return self._judge()

    def tick(self, steady_s: float) -> list[Change]:
        """Let time pass without a sample: what stands still also lasts."""
        self._advance(min(steady_s, self._sampled_s + SILENCE_S))
        return self._judge()

    def take_back(self, changes: Sequence[Change]) -> None:
        """Changes that could not be stored: they are judged, and said, again."""
        for change in changes:
            if change.is_raised:
                self.raised.discard(change.event)
            else:
                self.raised.add(change.event)

    def _advance(self, steady_s: float) -> None:
        last_s = steady_s if self._now_s is None else self._now_s
        self._now_s = steady_s
        dt = min(max(steady_s - last_s, 0.0), STEP_LIMIT_S)
        signals, run, door = self._signals, self._run, self._door
        door.advance(signals.is_closed, dt)
        run.advance(signals, dt)
        if door.is_open:
            self._people.empty()
            run.ran_since_shut = run.is_moving
        self._people.advance(signals.person, door.shut_s, dt)
        is_standing = not run.is_moving
        is_shut = None if door.is_open is None else not door.is_open
        is_off, is_at = _negation(signals.is_level), signals.is_level
        self._off_level.advance(_all(is_standing, is_shut, is_off), dt)
        self._at_level.advance(_all(is_standing, is_shut, is_at), dt)
        self._outside.advance(_all(is_standing, is_off), dt)
        self._open_run.advance(_all(run.is_moving, _negation(signals.is_closed)), dt)
        self._back_at_level.advance(is_at, dt)
        self._moved_on.advance(run.is_moving, dt)

    def _forget(self) -> None:
        """A long silence: begin again, except for what is raised."""
        self._signals, self._door, self._run = _Signals(), _Door(), _Run()
        if ENTRAPMENT not in self.raised:
            self._people = _Occupancy()
        for lasting in (self._off_level, self._at_level, self._outside, self._open_run):
            lasting.reset()
        self._back_at_level.reset()
        self._moved_on.reset()
        self._open_samples = 0

    def _judge(self) -> list[Change]:
        changes = [self._judge_entrapment(), self._judge_outside(), self._judge_open_run()]
        found = [change for change in changes if change is not None]
        for change in found:
            if change.is_raised:
                self.raised.add(change.event)
            else:
                self.raised.discard(change.event)
        return found

    def _judge_entrapment(self) -> Change | None:
        if ENTRAPMENT in self.raised:
            return self._entrapment_over()
        if self._signals.mode == INSPECTION or self._signals.person is None:
            return None
        people = self._people
        if self._off_level.held_s > ENTRAPMENT_S and (people.is_likely or people.is_sure):
            return _raise(ENTRAPMENT, "off_level", "非平层困人:有人、门关、停在门区外超过30秒")
        wait_s = ENTRAPMENT_S if self._run.ran_since_shut else IDLE_AT_LEVEL_S
        if self._at_level.held_s > wait_s and people.is_sure:
            return _raise(ENTRAPMENT, "at_level", "平层困人:有人、停在平层、门打不开")
        return None

    def _entrapment_over(self) -> Change | None:
        if not self._door.is_open:
            return None
        if self._signals.is_level:
            return _clear(ENTRAPMENT, "平层且门已打开")
        is_left = self._signals.person is False and self._people.since_seen_s >= PERSON_HOLD_S
        return _clear(ENTRAPMENT, "门已打开,轿厢无人") if is_left else None

    def _judge_outside(self) -> Change | None:
        if STOP_OUTSIDE in self.raised:
            is_over = self._back_at_level.held_s >= GRACE_S or self._moved_on.held_s >= MOVED_ON_S
            return _clear(STOP_OUTSIDE, "已回到门区或继续运行") if is_over else None
        if self._signals.mode == INSPECTION or self._outside.held_s < STOP_OUTSIDE_S:
            return None
        return _raise(STOP_OUTSIDE, "standing", "停在门区外45秒以上")

    def _judge_open_run(self) -> Change | None:
        signals, run = self._signals, self._run
        if DOOR_OPEN_RUNNING in self.raised:
            is_over = run.standing_s >= GRACE_S or self._door.shut_s >= GRACE_S
            return _clear(DOOR_OPEN_RUNNING, "门已关闭或已停止") if is_over else None
        if signals.mode == INSPECTION or not run.is_moving or signals.is_closed is not False:
            return None
        if self._open_run.held_s >= DOOR_OPEN_S:
            return _raise(DOOR_OPEN_RUNNING, "lasting", "开门运行超过30秒")
        is_confirmed = (
            run.is_switch_trusted
            and self._open_samples >= 2
            and self._open_run.held_s >= DOOR_OPEN_CONFIRMED_S
        )
        if is_confirmed:
            return _raise(DOOR_OPEN_RUNNING, "confirmed", "开门运行,楼层或速度变化已证实")
        return None


def _claims_speed(signals: _Signals) -> bool:
    return signals.speed is not None and abs(signals.speed) > STANDING_M_S


def _negation(value: bool | None) -> bool | None:
    return None if value is None else not value


def _all(*values: bool | None) -> bool | None:
    """True when all are; False when one is false; None when it cannot be known."""
    if any(value is False for value in values):
        return False
    return None if None in values else True


def _raise(event: str, code: str, text: str) -> Change:
    return Change(event=event, is_raised=True, code=code, text=text)


def _clear(event: str, text: str) -> Change:
    return Change(event=event, is_raised=False, code="over", text=text)
