"""Whether processes move: asked in a thread of its own, judged by answers in a row.

A process that is frozen, or whose lane hangs, is still there and still listens; only what it says
of its own progress tells. Looks are counted instead of seconds, so that a supervisor that was
itself held up blames nobody.
"""

from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import Final

from gateway.clock import now_ms
from towerwatch.process import fetch_text

LOOK_S: Final = 5.0
TELL_AFTER: Final = 2
"""Looks in a row without movement after which it is told: two beats."""
KILL_AFTER: Final = 6
"""Looks in a row after which the process is killed, to be started anew."""
HANGS_S: Final = 20.0
"""A process that says of itself that it has not moved for this long does not move [s]."""


def gauge(text: str, name: str) -> float | None:
    """Return the value of a gauge without labels in Prometheus' text; None when absent."""
    for line in text.splitlines():
        found, _, value = line.partition(" ")
        if found == name:
            return float(value)
    return None


def is_young(port: int, age_name: str) -> bool:
    """Tell whether a process answers and the age that it gives for its progress is small."""
    text = fetch_text(port, "/metrics")
    age_s = None if text is None else gauge(text, age_name)
    return age_s is not None and age_s < HANGS_S


def is_recent(port: int, timestamp_name: str) -> bool:
    """Tell whether a process answers and the time that it gives for its progress is recent."""
    text = fetch_text(port, "/metrics")
    at_s = None if text is None else gauge(text, timestamp_name)
    # A time far ahead is as old as one far behind: our clock was set back since.
    return at_s is not None and abs(now_ms() / 1000 - at_s) < HANGS_S


class Movement:
    """Looks at every process again and again.

    Args:
        looks: Name of a process and whether it moves.
    """

    def __init__(self, looks: Mapping[str, Callable[[], bool]]) -> None:
        self._looks = looks
        self._still = dict.fromkeys(looks, 0)
        self._moved: set[str] = set()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="movement", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        if self._looks:
            self._thread.start()

    def stop(self) -> None:
        """End; a look that waits for an answer is not waited for."""
        self._stopping.set()

    def still(self, name: str) -> int:
        """Return how many looks in a row have found that a process does not move."""
        return self._still.get(name, 0)

    def has_moved(self, name: str) -> bool:
        """Tell whether a process has been seen to move since it was started."""
        return name in self._moved

    def note(self, name: str) -> None:
        """Remember that a process was seen to move by somebody else."""
        self._moved.add(name)

    def forget(self, name: str) -> None:
        """Begin anew with a process that was started."""
        self._moved.discard(name)
        if name in self._still:
            self._still[name] = 0

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            for name, moves in self._looks.items():
                if moves():
                    self._moved.add(name)
                    self._still[name] = 0
                else:
                    self._still[name] += 1
