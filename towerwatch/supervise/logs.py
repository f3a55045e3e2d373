"""What all processes print, as one stream of lines that begin with the process's name."""

import re
import sys
from collections.abc import Callable
from contextlib import suppress
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
    """Writes lines of all processes to one file and shows them.

    A line that finds no room is dropped: a full disk must neither end us nor the threads that empty
    the processes' pipes, or those processes would stand still in the middle of a print.
    """

    def __init__(self, path: Path, show: Show) -> None:
        self.path = path
        self._show = show
        self._lock = Lock()
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._is_over = False
        self._last_words: dict[str, str] = {}

    def follow(self, name: str, output: IO[bytes]) -> Thread:
        """Copy what a process prints until it ends."""
        pump = Thread(target=self._pump, args=(name, output), name=f"log {name}", daemon=True)
        pump.start()
        return pump

    def write(self, name: str, text: str) -> None:
        """Add one line."""
        line = f"{name:<{_WIDTH}} | {text}"
        with self._lock:
            if self._is_over:
                return
            with suppress(OSError):
                self._keep(line)
            with suppress(OSError):
                self._show(line)

    def last_words(self, name: str) -> str:
        """What a process printed last; empty: nothing."""
        return self._last_words.get(name, "")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        with self._lock, suppress(OSError):
            self._is_over = True
            self._file.close()

    def _pump(self, name: str, output: IO[bytes]) -> None:
        while line := output.readline(_LONGEST_LINE):
            text = _COLOUR.sub("", line.decode("utf-8", errors="replace").rstrip())
            self._last_words[name] = text or self.last_words(name)
            self.write(name, text)

    def _keep(self, line: str) -> None:
        if self._file.closed or self._file.tell() > _LARGEST_FILE:
            self._turn_over()
        self._file.write(line + "\n")

    def _turn_over(self) -> None:
        with suppress(OSError):
            self._file.close()
        with suppress(FileNotFoundError):
            self.path.replace(self.path.with_suffix(".log.1"))
        self._file = self.path.open("a", encoding="utf-8", buffering=1)
