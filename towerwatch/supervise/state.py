"""What runs in a home: written by the supervisor, read by `status` and by the next supervisor."""

import fcntl
import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic

from towerwatch.errors import AlreadyRunning, WrongSettings
from towerwatch.home import Home
from towerwatch.process import kill_session, start_time, wait_until
from towerwatch.services.secrets import write_private

_LEFTOVER_GRACE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningChild:
    """A process as it was started; the pid means it only together with the start time."""

    name: str
    pid: int
    start_time: int
    restarts: int
    stop_signal: int

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return start_time(self.pid) == self.start_time


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One run of a supervisor."""

    pid: int
    start_time: int
    started_at: str
    console_url: str
    ports: Mapping[str, int]
    children: tuple[RunningChild, ...] = ()
    outside: str = ""
    """Name or address by which other machines reach the platform; empty: they do not."""

    @property
    def is_alive(self) -> bool:
        """Whether the supervisor itself still runs."""
        return start_time(self.pid) == self.start_time


def state_path(home: Home) -> Path:
    """Return the state file of a home."""
    return home.root / "state.json"


def write_state(home: Home, state: State) -> None:
    """Write the state at once, so that a reader never sees half of it."""
    write_private(state_path(home), json.dumps(asdict(state), indent=1))


def read_state(home: Home) -> State | None:
    """Return the last state of a home; None when there is none or it cannot be read."""
    try:
        content = json.loads(state_path(home).read_text(encoding="utf-8"))
        children = tuple(RunningChild(**child) for child in content.pop("children"))
        return State(**content, children=children)
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def only_supervisor(home: Home) -> Iterator[None]:
    """Hold the lock of a home; the kernel gives it back however we end.

    Raises:
        AlreadyRunning: another supervisor holds it.
        WrongSettings: the home cannot be written.
    """
    path = home.root / "lock"
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise WrongSettings(
            f"{path} cannot be written ({error.strerror}): it belongs to another user, or choose"
            " another folder with TOWERWATCH_HOME."
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().split()
            pid = int(holder[0]) if holder and holder[0].isdigit() else 0
            raise AlreadyRunning(pid, home.root) from error
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()} {start_time(os.getpid())}\n")
        file.flush()
        yield


def stop_leftovers(home: Home) -> tuple[str, ...]:
    """Stop what a killed supervisor left behind, last started first; returns their names.

    A pid that was given to another process since is left alone: its start time differs.
    """
    state = read_state(home)
    if state is None:
        return ()
    alive = [child for child in reversed(state.children) if child.is_alive]
    for child in alive:
        _stop(child)
    return tuple(child.name for child in alive)


def _stop(child: RunningChild) -> None:
    if child.is_alive:
        try:
            os.kill(child.pid, signal.Signals(child.stop_signal))
        except ProcessLookupError:
            return
    begun = monotonic()
    wait_until(lambda: not child.is_alive, within_s=_LEFTOVER_GRACE_S)
    if child.is_alive and monotonic() - begun >= _LEFTOVER_GRACE_S:
        kill_session(child.pid)
        wait_until(lambda: not child.is_alive, within_s=_LEFTOVER_GRACE_S)
