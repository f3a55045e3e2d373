"""One supervised process."""

import random
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from threading import Thread
from time import monotonic

from towerwatch.process import Launch, kill_session, start, start_time
from towerwatch.supervise.backoff import delay, failures_after
from towerwatch.supervise.logs import LogStream

WRONG_SETTINGS = 2
"""Exit status of a process that refuses its settings: a restart would not help."""


class Stage(IntEnum):
    """In which order processes start; they stop in the opposite order.

    Ingest, analytics and console start side by side: each of them waits for what it needs.
    """

    DATABASE = 0
    BROKER = 1
    INGEST = 2
    ANALYTICS = 3
    CONSOLE = 4
    GATEWAY = 5


def nothing_to_prepare() -> None:
    """Do nothing before a start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """What is started, when it is ready, and how it is stopped.

    Args:
        name: As the log stream shows it.
        stage: Its place in the order.
        launch: Made anew before each start.
        is_ready: Whether it does its work; asked again and again after a start.
        is_moving: Whether it makes progress; asked while it runs. None: it is not watched.
        prepare: Called before each start.
        ready_within_s: After that a start counts as slow, and we go on.
        is_required: Whether the start as a whole fails when it is not ready in time.
    """

    name: str
    stage: Stage
    launch: Callable[[], Launch]
    is_ready: Callable[[], bool]
    is_moving: Callable[[], bool] | None = None
    prepare: Callable[[], None] = nothing_to_prepare
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 10.0
    ready_within_s: float = 30.0
    is_required: bool = False


@dataclass(slots=True, kw_only=True)
class Child:
    """A process with its history. Used by the main thread alone."""

    spec: ChildSpec
    logs: LogStream
    process: "subprocess.Popen[bytes] | None" = None
    begun: int | None = None
    restarts: int = 0
    last_status: int | None = None
    _failures: int = 0
    _started_at: float = 0.0
    _due_at: float = 0.0
    _pump: Thread | None = field(default=None, repr=False)

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process id, while it runs."""
        return self.process.pid if self.process is not None and self.is_running else None

    def start(self) -> None:
        """Start the process and follow what it prints."""
        self.spec.prepare()
        self.process = start(self.spec.launch(), output=subprocess.PIPE)
        self.begun = start_time(self.process.pid)
        self._started_at = monotonic()
        assert self.process.stdout is not None
        self._pump = self.logs.follow(self.spec.name, self.process.stdout)

    def ended(self) -> bool:
        """Note that the process has ended by itself, once; its next start is then due later."""
        if self.process is None or self.process.poll() is None:
            return False
        self.last_status = self.process.returncode
        self._failures = failures_after(self._failures, monotonic() - self._started_at)
        self._due_at = monotonic() + delay(self._failures, random.uniform)
        self._close()
        return True

    def why_it_ended(self) -> str:
        """The status of a process that has ended, with what it printed last."""
        status = None if self.process is None else self.process.poll()
        if self._pump is not None:
            self._pump.join(timeout=2.0)
        words = self.logs.last_words(self.spec.name)
        return f"ended with status {status}{f': {words}' if words else ''}"

    def put_off(self) -> None:
        """Note that the process could not even be started; the next try is then due later."""
        self._failures = failures_after(self._failures, 0.0)
        self._due_at = monotonic() + delay(self._failures, random.uniform)

    def age_s(self) -> float:
        """How long ago the process was started [s]."""
        return monotonic() - self._started_at

    def is_due(self) -> bool:
        """Whether an ended process is to be started again now."""
        return self.process is None and monotonic() >= self._due_at

    def wait_s(self) -> float:
        """How long until the next start [s]."""
        return max(0.0, self._due_at - monotonic())

    def ask_to_stop(self) -> None:
        """Send the stop signal, without waiting."""
        if self.process is not None and self.is_running:
            self.process.send_signal(self.spec.stop_signal)

    def kill(self) -> None:
        """Kill the process and what it started; its end is then noted like any other."""
        if self.process is not None and self.is_running:
            kill_session(self.process.pid)

    def finish(self, deadline: float) -> bool:
        """Wait for the end until a deadline, then kill. Returns whether it ended by itself."""
        if self.process is None:
            return True
        has_obeyed = True
        try:
            self.process.wait(timeout=max(0.0, deadline - monotonic()))
        except subprocess.TimeoutExpired:
            has_obeyed = False
            kill_session(self.process.pid)
            self.process.wait()
        self.last_status = self.process.returncode
        self._close()
        return has_obeyed

    def _close(self) -> None:
        process, self.process = self.process, None
        if self._pump is not None:
            self._pump.join(timeout=2.0)
            self._pump = None
        if process is not None and process.stdout is not None:
            process.stdout.close()
