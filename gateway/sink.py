"""Where a driver's samples and events go: normalised, thinned, derived from, and stored."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import structlog

from gateway import clock, wire
from gateway.catalogue import asset_class
from gateway.derive import DERIVED, Change, LiftWatch
from gateway.derive_supply import DERIVED_SUPPLY, SupplyWatch
from gateway.driver import Counted
from gateway.errors import OutboxFull, OutboxUnusable
from gateway.metrics import Metrics
from gateway.outbox import Outbox, WhenFull
from gateway.outbox_file import leave_file
from gateway.patience import backoff
from gateway.report import BATCH_S, Batch, FrameGate, cleaned
from gateway.sample import Sample
from gateway.standing import Standing, key_of

_LOG = structlog.get_logger(__name__)
_FULL_PAUSE_S = 0.1
_HOME_S = 5.0
"""Pause before the first try to return from the spare outbox [s]."""
_HOME_LONGEST_S = 300.0
_HOME_SOUND_S = 3600.0
"""A disk that took every write for so long is trusted again [s]."""
_WAITING = 8
"""Most batches of a driver that wait for the data lane to open, some 4 MiB of memory."""
MOST_SHOWN = 20_000
"""Most assets of a driver whose last values are kept for the local page."""
LIFT = "lift"
SUPPLY_MAIN = "supply_main"
WATCHED = (LIFT, SUPPLY_MAIN)
"""Classes whose events are derived from their values."""
_SHOWN = "shown:"
"""Stands before the event of a condition that a device shows, beside the derived ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """The two outboxes and how to say that something was stored."""

    alarm: Outbox
    data: Outbox
    alarm_stored: Callable[[], None]
    data_stored: Callable[[], None]


class EventRoad:
    """Stores events in the alarm outbox; a failing disk is said loudly and got round.

    When the file cannot be written, events go to a file of the spare folder, which should be
    another disk, and what waits is taken along; the usual file is returned to when it can be.
    """

    def __init__(self, lanes: Lanes, spare: Path, on_unusable: Callable[[], None]) -> None:
        self._lanes = lanes
        self._spare = spare
        self._on_unusable = on_unusable
        self._lock = threading.Lock()
        self._is_closed = False
        self._home_tries = 0
        self._home_due_s = 0.0

    def close(self) -> None:
        """Take no way round any more: a spare file begun now would be read by nobody."""
        self._is_closed = True

    def put(self, events: Sequence[wire.WireEvent]) -> None:
        """Store events in their order, in few messages; they are on disk when this returns.

        Raises:
            OutboxUnusable: It could not be written, also not after a new file was begun.
        """
        for message in wire.messages_of(events):
            try:
                self._lanes.alarm.put(message)
            except OutboxUnusable as error:
                if self._is_closed:
                    raise
                _LOG.critical("alarm outbox cannot be written", reason=str(error))
                self._on_unusable()
                with self._lock:
                    self._put_elsewhere(message)
            self._lanes.alarm_stored()

    def go_home(self) -> None:
        """Return to the usual file once it takes writes again; asked now and then.

        Each return copies what waits, so a disk that fails again and again is tried ever later.
        """
        outbox = self._lanes.alarm
        if self._is_closed or not outbox.is_away or clock.steady_s() < self._home_due_s:
            return
        with self._lock:
            self._put_off_home()
            try:
                outbox.open(outbox.home)
            except OutboxUnusable:
                return
            leave_file(self._spare, is_whole=outbox.took_all)
        _LOG.warning("alarm outbox is in its usual place again")
        self._lanes.alarm_stored()

    def _put_off_home(self) -> None:
        now_s = clock.steady_s()
        if now_s - self._home_due_s > _HOME_SOUND_S:
            self._home_tries = 0
        self._home_due_s = now_s + backoff(self._home_tries, 0.5, _HOME_S, _HOME_LONGEST_S)
        self._home_tries += 1

    def _put_elsewhere(self, message: Sequence[wire.WireEvent]) -> None:
        outbox = self._lanes.alarm
        for path in (self._spare, outbox.home):
            try:
                aside = outbox.open(path)
                outbox.put(message)
            except OutboxUnusable as error:
                _LOG.critical("alarm outbox cannot be written", reason=str(error))
                continue
            _LOG.critical("alarm outbox begun anew", file=str(path), kept=str(aside))
            return
        raise OutboxUnusable("events can be stored neither in the data folder nor in the spare one")


@dataclass(slots=True, kw_only=True)
class LastHeard:
    """What was last heard of an asset, for the local page.

    Attributes:
        heard_s: When, by the steady clock [s].
        at_ms: Time of the values [ms UTC]; None when none came.
        event: The last event of the asset.
    """

    asset: str
    heard_s: float
    asset_class: str = ""
    at_ms: int | None = None
    values: dict[str, float | None] = field(default_factory=dict)
    event: wire.WireEvent | None = None


class DriverSink:
    """The sink of one driver. Safe to call from any thread."""

    def __init__(
        self, driver: str, lanes: Lanes, road: EventRoad, metrics: Metrics, stop: threading.Event
    ) -> None:
        self._driver = driver
        self._lanes = lanes
        self._road = road
        self._metrics = metrics
        self._stop = stop
        self._lock = threading.RLock()
        self._gates: dict[str, FrameGate] = {}
        self._watched: dict[str, _Watched] = {}
        self._live = _Open()
        self._exact = _Open()
        self._standing: Standing | None = None
        self._last: dict[str, LastHeard] = {}
        self._counted: Counter[Counted] = Counter()
        self._noted = f"note:{driver}:"

    def sample(self, sample: Sample, asset_class: str, *, exact: bool = False) -> None:
        """Take one sample; an exact one waits while the outbox is full."""
        self._metrics.samples.labels(self._driver).inc()
        if abs(sample.at_ms) > wire.MAX_MS:
            _LOG.error("sample with an impossible time is not sent", asset=sample.asset)
            return
        asset = wire.fitted_asset(sample.asset)
        if asset != sample.asset:
            sample = replace(sample, asset=asset)
        self._note_values(sample, asset_class)
        if asset_class in WATCHED:
            self._observe(sample, asset_class, exact=exact)
        with self._lock:
            kept = self._kept(sample, asset_class, exact=exact)
            if kept is None:
                self._metrics.frames_held.labels(self._driver).inc()
                return
            into = self._exact if exact else self._live
            if not into.batch.count:
                into.since_s = clock.steady_s()
            into.batch.add(kept)
        while into.batch.is_full and not self._flush(into, exact=exact):
            if self._stop.wait(_FULL_PAUSE_S):
                return

    def event(self, event: wire.WireEvent) -> None:
        """Take one event; it is on disk when this returns."""
        self.store((event,))

    def store(self, events: Sequence[wire.WireEvent]) -> None:
        """Take events in their order; all are on disk when this returns."""
        self._road.put(events)
        for event in events:
            # The page shows no evidence, and 20,000 assets with theirs would be 80 MB.
            last = self._of(event.asset)
            last.event, last.heard_s = msgspec.structs.replace(event, raw=""), clock.steady_s()
        self._metrics.events.labels(self._driver).inc(len(events))

    def conditions(self, read: Sequence[wire.WireEvent]) -> None:
        """Take one look at a device; only what changed is stored."""
        with self._lock:
            if self._standing is None:
                self._standing = Standing.remembered(
                    (asset, event.removeprefix(_SHOWN))
                    for asset, event in self._lanes.alarm.raised_conditions()
                    if event.startswith(_SHOWN)
                )
            for change in self._standing.changes(read):
                self.event(change)
                if self._standing.store(change):
                    asset, condition = key_of(change)
                    self._remember(asset, _SHOWN + condition, change.state == "raise")

    def note(self, asset: str, word: str, *, stands: bool) -> None:
        """Keep a driver's word about an asset across restarts, or forget it."""
        self.note_all([(asset, word, stands)])

    def note_all(self, notes: Sequence[tuple[str, str, bool]]) -> None:
        """Keep many words, or forget them, in one write."""
        self._remember_all([(asset, self._noted + word, stands) for asset, word, stands in notes])

    def notes(self) -> list[tuple[str, str]]:
        """The words that the driver keeps."""
        return [
            (asset, word.removeprefix(self._noted))
            for asset, word in sorted(self._lanes.alarm.raised_conditions())
            if word.startswith(self._noted)
        ]

    def count(self, what: Counted, number: int = 1) -> None:
        """Count something about the driver's devices."""
        self._metrics.device_frames.labels(self._driver, what).inc(number)
        self._counted[what] += number

    def counts(self) -> dict[Counted, int]:
        """What was counted since the driver began."""
        return dict(self._counted)

    def last_heard(self) -> list[LastHeard]:
        """What was last heard of each asset, by its code."""
        return [self._last[asset] for asset in sorted(self._last)]

    def _note_values(self, sample: Sample, asset_class: str) -> None:
        last = self._of(sample.asset)
        last.asset_class, last.heard_s = asset_class, clock.steady_s()
        if last.at_ms is None or sample.at_ms >= last.at_ms:
            last.at_ms = sample.at_ms
            last.values = last.values | sample.values

    def _of(self, asset: str) -> LastHeard:
        """The asset's last words; beyond MOST_SHOWN assets they are noted nowhere."""
        found = self._last.get(asset)
        if found is None:
            found = LastHeard(asset=asset, heard_s=clock.steady_s())
            if len(self._last) < MOST_SHOWN:
                self._last[asset] = found
        return found

    def tick(self) -> None:
        """Let time pass: old batches go, lifts and mains that stand still are judged."""
        now_s = clock.steady_s()
        for into, exact in ((self._live, False), (self._exact, True)):
            if (into.batch.count or into.waiting) and now_s - into.since_s >= BATCH_S:
                self._flush(into, exact=exact)
        with self._lock:
            live = [one for one in self._watched.values() if not one.is_recording]
        for one in live:
            # Reported under the lock, so that a raise and a clear keep their order.
            with self._lock:
                self._report(one, clock.now_ms(), one.watch.tick(now_s))

    def flush(self) -> bool:
        """Store what is batched; False when an outbox is full, or not open."""
        if not self._lanes.data.is_open:
            return not any(one.batch.count or one.waiting for one in (self._live, self._exact))
        return self._flush(self._live, exact=False) and self._flush(self._exact, exact=True)

    def _kept(self, sample: Sample, kind: str, *, exact: bool) -> Sample | None:
        if exact:
            values = cleaned(sample.values)
            return replace(sample, values=values) if values else None
        gate = self._gates.get(sample.asset)
        if gate is None:
            if len(self._gates) >= MOST_SHOWN:
                self._gates.clear()  # Each asset is sent whole once more, and that is all.
            gate = self._gates[sample.asset] = FrameGate(asset_class(kind))
        return gate.take(sample)

    def _flush(self, into: "_Open", *, exact: bool) -> bool:
        with self._lock:
            if not self._lanes.data.is_open:
                return False if exact else self._wait_for_lane(into)
            if not into.batch.count and not into.waiting:
                return True
            when_full = WhenFull.REFUSE if exact else WhenFull.SHED
            try:
                while into.waiting:
                    self._lanes.data.put(into.waiting.popleft(), when_full)
                if into.batch.count:
                    self._lanes.data.put(into.batch.frames(), when_full)
            except OutboxFull:
                return False
            except OutboxUnusable as error:
                # Samples of a broken disk are lost, and said so; alarms go on by themselves.
                _LOG.error("samples lost", driver=self._driver, reason=str(error))
            except (ValueError, TypeError, OverflowError) as error:
                # What cannot be encoded never can be: kept, it would hold up everything behind it.
                _LOG.error("samples lost", driver=self._driver, reason=repr(error))
            into.batch = Batch()
        self._lanes.data_stored()
        return True

    def _wait_for_lane(self, into: "_Open") -> bool:
        """Live samples of a start wait until the lane's file is open: the driver must go on hearing."""
        if into.batch.is_full:
            if len(into.waiting) == _WAITING:
                _LOG.error(
                    "samples lost", driver=self._driver, reason="the data outbox is not open"
                )
                into.waiting.popleft()
            into.waiting.append(into.batch.frames())
            into.batch = Batch()
        return True

    def _observe(self, sample: Sample, asset_class: str, *, exact: bool) -> None:
        with self._lock:
            one = self._watched.get(sample.asset)
            if one is None:
                watch = self._new_watch(sample.asset, asset_class)
                one = _Watched(asset=sample.asset, watch=watch, is_recording=exact)
                self._watched[sample.asset] = one
            steady_s = sample.at_ms / 1000 if exact else clock.steady_s()
            self._report(one, sample.at_ms, one.watch.observe(sample, steady_s))

    def _new_watch(self, asset: str, asset_class: str) -> "LiftWatch | SupplyWatch":
        conditions = self._lanes.alarm.raised_conditions()
        names = DERIVED_SUPPLY if asset_class == SUPPLY_MAIN else DERIVED
        raised = {event for event in names if (asset, event) in conditions}
        return (
            SupplyWatch(raised=raised) if asset_class == SUPPLY_MAIN else LiftWatch(raised=raised)
        )

    def _report(self, one: "_Watched", at_ms: int, changes: list[Change]) -> None:
        for place, change in enumerate(changes):
            try:
                self._say(one.asset, at_ms, change)
            except OutboxUnusable:
                # Believed said and stored nowhere, it would never be said again.
                one.watch.take_back(changes[place:])
                raise

    def _say(self, asset: str, at_ms: int, change: Change) -> None:
        self.event(
            wire.WireEvent(
                asset=asset,
                at=at_ms,
                event=change.event,
                state="raise" if change.is_raised else "clear",
                code_system="edge",
                code=change.code,
                text=change.text,
            )
        )
        self._remember(asset, change.event, change.is_raised)

    def _remember(self, asset: str, event: str, is_raised: bool) -> None:
        self._remember_all([(asset, event, is_raised)])

    def _remember_all(self, changes: Sequence[tuple[str, str, bool]]) -> None:
        try:
            self._lanes.alarm.remember_conditions(changes)
        except OutboxUnusable as error:
            _LOG.error("condition not remembered across a restart", reason=str(error))


@dataclass(slots=True)
class _Watched:
    asset: str
    watch: LiftWatch | SupplyWatch
    is_recording: bool


class _Open:
    """A batch that is being filled, and since when; before it those that wait for the lane to open."""

    def __init__(self) -> None:
        self.waiting: deque[list[wire.Frame]] = deque()
        self.batch = Batch()
        self.since_s = 0.0
