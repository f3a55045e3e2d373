"""The drivers at work: each in a thread of its own, watched, and changed one by one."""

import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Final

import structlog

from gateway import clock
from gateway.driver import Driver, DriverSettings
from gateway.errors import DriverFailed
from gateway.metrics import Metrics
from gateway.patience import backoff
from gateway.sink import DriverSink
from gateway.trouble import FAILURES, Seen

STUCK_S: Final = 120.0
"""A driver that has not asked for so long whether to stop will never do anything again [s]."""
_STOP_S = 5.0
_STOP_LOOK_S = 0.02
_STEADY_RUN_S = 60.0
_NOISE = random.SystemRandom()
_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDriver:
    """A driver that was opened, under its name in the file; with the part that made it."""

    name: str
    driver: Driver
    settings: DriverSettings | None = None


class Work(StrEnum):
    """What a driver does."""

    RUNNING = "running"
    FAILING = "failing"
    FINISHED = "finished"


class Progress(threading.Event):
    """A driver's flag to stop, which notes when the driver last looked at it.

    Every driver looks at its flag each turn of its loop, so that progress needs no word of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._promised_s = clock.steady_s()

    def is_set(self) -> bool:
        """Whether to stop."""
        self._promised_s = clock.steady_s()
        return super().is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait to be stopped; a longer wait is progress until its end."""
        self._promised_s = math.inf if timeout is None else clock.steady_s() + timeout
        return super().wait(timeout)

    def quiet_s(self, now_s: float) -> float:
        """How long ago the driver should have looked again [s]."""
        return max(now_s - self._promised_s, 0.0)


@dataclass(slots=True)
class Member:
    """A driver in its thread.

    Attributes:
        reason: Why it last failed; empty when it never did.
        since_s: When it took up what it does, by the steady clock [s].
        failed_s: When it failed lately, by the steady clock [s].
    """

    one: NamedDriver
    sink: DriverSink
    stop: Progress = field(default_factory=Progress)
    work: Work = Work.RUNNING
    reason: str = ""
    failures: int = 0
    since_s: float = field(default_factory=clock.steady_s)
    failed_s: deque[float] = field(default_factory=lambda: deque(maxlen=FAILURES))
    thread: threading.Thread | None = None

    @property
    def is_stuck(self) -> bool:
        """Whether it should have looked at its flag long ago."""
        if self.work is Work.FINISHED:
            return False
        return self.stop.quiet_s(clock.steady_s()) > STUCK_S

    def seen(self, now_s: float) -> Seen:
        """How it does; a recording that was read to its end is well."""
        running_s = math.inf if self.work is Work.FINISHED else now_s - self.since_s
        return Seen(
            name=self.one.name,
            failed_s=tuple(self.failed_s),
            running_s=None if self.work is Work.FAILING else running_s,
            reason=self.reason,
        )


class Crew:
    """All drivers of a gateway. Changed by one thread; looked at by any."""

    def __init__(
        self, make_sink: Callable[[str, threading.Event], DriverSink], metrics: Metrics
    ) -> None:
        self._make_sink = make_sink
        self._metrics = metrics
        self._members: dict[str, Member] = {}
        self._troubled: set[str] = set()

    def members(self) -> list[Member]:
        """The drivers at work, by name."""
        members = self._members
        return [members[name] for name in sorted(members)]

    def change(self, drivers: Sequence[NamedDriver], *, all_anew: bool = False) -> list[str]:
        """Let exactly these drivers work; those whose part of the file is the same go on.

        Args:
            all_anew: Begin those anew too: files that they name may have changed.

        Returns:
            Names of drivers that do not stop: the process must end to be rid of them.
        """
        wanted = {one.name: one for one in drivers}
        gone = [
            one
            for name, one in self._members.items()
            if all_anew or not _same(one.one, wanted.get(name))
        ]
        stuck = self._end(gone)
        kept = {name: one for name, one in self._members.items() if one not in gone}
        self._members = kept
        if stuck:
            return stuck
        new = {name: self._member(one) for name, one in wanted.items() if name not in kept}
        self._members = kept | new
        for member in new.values():
            self._start(member)
        return []

    def stop(self) -> list[str]:
        """Stop every driver and store what is batched; names of those that do not stop."""
        return self._end(list(self._members.values()))

    def tick(self) -> None:
        """Let time pass for the sinks, each by itself: one driver's trouble is nobody else's."""
        for name, member in list(self._members.items()):
            try:
                member.sink.tick()
            except Exception:  # noqa: BLE001 - edge of one driver's tick
                if name not in self._troubled:
                    _LOG.exception("tick of a driver failed, going on", driver=name)
                self._troubled.add(name)
            else:
                self._troubled.discard(name)

    def _member(self, one: NamedDriver) -> Member:
        stop = Progress()
        return Member(one=one, sink=self._make_sink(one.name, stop), stop=stop)

    def _start(self, member: Member) -> None:
        name = f"driver {member.one.name}"
        member.thread = threading.Thread(
            target=partial(self._drive, member), name=name, daemon=True
        )
        member.thread.start()

    def _end(self, members: Sequence[Member]) -> list[str]:
        for member in members:
            member.stop.set()
        waiting = list(members)
        deadline_s = clock.steady_s() + _STOP_S
        while waiting and clock.steady_s() < deadline_s:  # nobody's samples wait for another's end
            running = []
            for member in waiting:
                if member.thread is not None and member.thread.is_alive():
                    running.append(member)
                else:
                    self._flush(member)
            waiting = running
            if waiting:
                time.sleep(_STOP_LOOK_S)
        for member in waiting:
            _LOG.warning("driver does not stop", driver=member.one.name)
            self._flush(member)
        return [member.one.name for member in waiting]

    @staticmethod
    def _flush(member: Member) -> None:
        if not member.sink.flush():
            _LOG.error("samples lost at the stop: the outbox takes none", driver=member.one.name)

    def _drive(self, member: Member) -> None:
        failures = 0
        while not member.stop.is_set():
            began_s = clock.steady_s()
            member.work, member.since_s = Work.RUNNING, began_s
            try:
                member.one.driver.run(member.sink, member.stop)
            except DriverFailed as error:
                reason = str(error)
            except Exception as error:  # noqa: BLE001 - edge of the driver's loop
                reason = repr(error)
            else:
                member.work, member.since_s = Work.FINISHED, clock.steady_s()
                if not member.stop.is_set():
                    _LOG.info("driver has read everything", driver=member.one.name)
                return
            failures = 0 if clock.steady_s() - began_s > _STEADY_RUN_S else failures
            self._note_failure(member, failures, reason)
            member.stop.wait(backoff(failures, _NOISE.random(), first_s=1.0))
            failures += 1

    def _note_failure(self, member: Member, failures: int, reason: str) -> None:
        name = member.one.name
        self._metrics.driver_failures.labels(name).inc()
        member.failed_s.append(clock.steady_s())
        member.work, member.reason, member.since_s = Work.FAILING, reason, clock.steady_s()
        member.failures += 1
        if failures == 0:
            _LOG.error("driver failed, opening it again", driver=name, reason=reason)


def _same(old: NamedDriver, new: NamedDriver | None) -> bool:
    """Whether a driver may go on: its part of the file is known and did not change."""
    return new is not None and old.settings is not None and old.settings == new.settings
