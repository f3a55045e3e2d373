"""One run of the platform, from the lock to the last stopped process."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event

from gateway.descriptors import allow_many
from gateway.stopping import hear
from towerwatch.platform import Platform
from towerwatch.process import start_time
from towerwatch.supervise.child import ChildSpec, Stage
from towerwatch.supervise.logs import LogStream, Show
from towerwatch.supervise.state import RunningChild, State, write_state
from towerwatch.supervise.supervisor import Supervisor

_TICK_S = 0.2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended."""

    restarts: int
    killed: tuple[str, ...]


def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What a caller does at the turns of a run.

    Args:
        after_schema: Called when the database is there and migrated, before anything else runs.
        when_up: Called once when everything has been started.
        each_tick: Called several times a second while running.
        before_stop: Called while everything still runs, before the ordered stop.
    """

    after_schema: Callable[[], None] = nothing
    when_up: Callable[[], None] = nothing
    each_tick: Callable[[], None] = nothing
    before_stop: Callable[[Supervisor], None] = lambda _: None


def run(
    platform: Platform,
    *,
    show: Show,
    stopping: Event,
    extra: Sequence[ChildSpec] = (),
    hooks: Hooks,
) -> Ended:
    """Start everything in order, look after it until `stopping` is set, stop in order.

    The home's lock is held by the caller.

    Args:
        platform: What is run.
        show: Takes each line of the log stream.
        stopping: Ends the run; set by Ctrl-C, SIGTERM and SIGHUP.
        extra: Processes beside the platform's own.
        hooks: What the caller does at the turns of the run.
    """
    allow_many()  # The broker takes 20,000 connections.
    with LogStream(platform.home.logs / "towerwatch.log", show) as logs, _stopped_by(stopping):
        supervisor = Supervisor([*platform.specs(), *extra], logs, stopping, _recorder(platform))
        try:
            supervisor.start(upto=Stage.DATABASE)
            if not stopping.is_set():
                platform.install_schema()
                hooks.after_schema()
                supervisor.start()
            if not stopping.is_set():
                supervisor.watch()
                hooks.when_up()
            while not stopping.wait(_TICK_S):
                supervisor.tick()
                hooks.each_tick()
            hooks.before_stop(supervisor)
        finally:
            stopping.set()
            killed = supervisor.stop()
    return Ended(restarts=supervisor.restarts, killed=killed)


def _recorder(platform: Platform) -> Callable[[tuple[RunningChild, ...]], None]:
    pid = os.getpid()
    begun = start_time(pid) or 0
    started_at = datetime.now(UTC).isoformat()

    def record(children: tuple[RunningChild, ...]) -> None:
        state = State(
            pid=pid,
            start_time=begun,
            started_at=started_at,
            console_url=platform.console_url,
            ports=platform.ports,
            children=children,
            outside=platform.outside_host,
        )
        write_state(platform.home, state)

    return record


@contextmanager
def _stopped_by(stopping: Event) -> Iterator[None]:
    """Let signals end the run instead of tearing it down in the middle of a step."""
    end = hear(_SIGNALS, stopping.set)
    try:
        yield
    finally:
        end()
