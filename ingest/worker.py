"""Work in a thread of its own, as every part of a process of ingest has it."""

import threading
from abc import ABC, abstractmethod

_JOIN_S = 5.0


class Worker(ABC):
    """Works from `start` to `stop`.

    Args:
        name: What the thread does, as debuggers show it.
    """

    def __init__(self, name: str) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the work in hand; what waits for somebody who is away is given up."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=_JOIN_S)

    @abstractmethod
    def _run(self) -> None:
        """Work until told to stop."""
