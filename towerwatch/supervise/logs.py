"""What all processes print, as one stream of lines that begin with the process's name."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread
from typing import IO, Self

_WIDTH = 18
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
"""Colours are taken out: the file is read by people and by grep."""
_LONGEST_LINE = 16 * 1024
_LARGEST_FILE = 20 * 1024**2
"""The log file is turned over at this size [B]; one former file is kept."""

Show = Callable[[str], None]


def show_on_stdout(line: str) -> None:
    """Print a line of the stream."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def show_nothing(line: str) -> None:
    """Keep the stream in its file alone."""
    _ = line


class LogStream:
    """Writes lines of all processes to one file and shows them."""

    def __init__(self, path: Path, show: Show) -> None:
        self.path = path
        self._show = show
        self._lock = Lock()
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def follow(self, name: str, output: IO[bytes]) -> Thread:
        """Copy what a process prints until it ends."""
        pump = Thread(target=self._pump, args=(name, output), name=f"log {name}", daemon=True)
        pump.start()
        return pump

    def write(self, name: str, text: str) -> None:
        """Add one line."""
        line = f"{name:<{_WIDTH}} | {text}"
        with self._lock:
            if self._file.closed:
                return
            if self._file.tell() > _LARGEST_FILE:
                self._turn_over()
            self._file.write(line + "\n")
            self._show(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        with self._lock:
            self._file.close()

    def _pump(self, name: str, output: IO[bytes]) -> None:
        while line := output.readline(_LONGEST_LINE):
            text = line.decode("utf-8", errors="replace").rstrip()
            self.write(name, _COLOUR.sub("", text))

    def _turn_over(self) -> None:
        self._file.close()
        self.path.replace(self.path.with_suffix(".log.1"))
        self._file = self.path.open("a", encoding="utf-8", buffering=1)
