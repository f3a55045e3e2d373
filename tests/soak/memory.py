"""Memory of processes over time, from /proc: the proportional set size, shared pages shared out.

References:
    proc_pid_smaps(5), smaps_rollup.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from tests.benchmarks.meter import tree_of
from tests.soak.judgement import Series

_MIB = 1024.0


def pss_mib(pid: int) -> float | None:
    """Proportional set size of one process [MiB]; None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found = [line.split()[1] for line in text.splitlines() if line.startswith("Pss:")]
    return float(found[0]) / _MIB if found else None


class MemoryWatch:
    """Reads the memory of named processes, children included, again and again.

    Args:
        pids: Process ids by name.
        every_s: Time between two looks [s].
    """

    def __init__(self, pids: Mapping[str, int], every_s: float) -> None:
        self._pids = dict(pids)
        self._every_s = every_s
        self._began_s = monotonic()
        self._at: dict[str, list[float]] = {name: [] for name in pids}
        self._mib: dict[str, list[float]] = {name: [] for name in pids}
        self._stopping = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look while the block runs."""
        thread = threading.Thread(target=self._run, daemon=True)
        self._began_s = monotonic()
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join()

    def seen(self, name: str) -> int:
        """How often a process was looked at so far."""
        return len(self._at[name])

    def series(self) -> list[Series]:
        """What was seen; a process that has ended has a shorter one."""
        return [
            Series(name=name, at_s=tuple(self._at[name]), mib=tuple(self._mib[name]))
            for name in self._pids
        ]

    def _run(self) -> None:
        while True:
            self._look()
            if self._stopping.wait(self._every_s):
                return

    def _look(self) -> None:
        at_s = monotonic() - self._began_s
        for name, pids in tree_of(self._pids).items():
            found = [size for pid in pids if (size := pss_mib(pid)) is not None]
            if found:
                self._at[name].append(at_s)
                self._mib[name].append(sum(found))
