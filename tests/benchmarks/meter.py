"""What processes cost, from /proc: CPU with their children, memory, and what is foreign.

References:
    proc_pid_stat(5), proc_stat(5), proc_pid_status(5).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

_TICK_S: Final = 1.0 / os.sysconf("SC_CLK_TCK")
_MIB: Final = 1024.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The machine at a moment.

    Attributes:
        at_s: Monotonic clock [s].
        cpu_s: CPU of each named process and its children since their start [s].
        machine_s: CPU that all of the machine's work has used since it booted [s].
    """

    at_s: float
    cpu_s: Mapping[str, float]
    machine_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Between two readings.

    Attributes:
        cpu_s: CPU of each process [s].
        foreign_s: CPU of everything that has no name here [s].
        seconds: Time between the readings [s].
        cores: Of the machine.
    """

    cpu_s: Mapping[str, float]
    foreign_s: float
    seconds: float
    cores: int

    def share(self, *, without: frozenset[str] = frozenset()) -> float:
        """Share of all cores that the named processes used, 0 to 1."""
        used = sum(cpu for name, cpu in self.cpu_s.items() if name not in without)
        return used / (self.seconds * self.cores)

    @property
    def foreign_share(self) -> float:
        """Share of all cores that others used, 0 to 1."""
        return self.foreign_s / (self.seconds * self.cores)

    def core(self, name: str) -> float:
        """Share of one core that a process used; above 1 with several threads."""
        return self.cpu_s.get(name, 0.0) / self.seconds


def read(pids: Mapping[str, int]) -> Reading:
    """Read the counters of named processes, children included."""
    parents = _parents()
    return Reading(
        at_s=monotonic(),
        cpu_s={name: _cpu_of_tree(pid, parents) for name, pid in pids.items()},
        machine_s=_machine(),
    )


def usage(before: Reading, after: Reading) -> Usage:
    """What was used between two readings."""
    cpu = {name: used - before.cpu_s.get(name, 0.0) for name, used in after.cpu_s.items()}
    return Usage(
        cpu_s=cpu,
        foreign_s=max(0.0, after.machine_s - before.machine_s - sum(cpu.values())),
        seconds=after.at_s - before.at_s,
        cores=os.cpu_count() or 1,
    )


def memory_mib(pids: Mapping[str, int]) -> dict[str, float]:
    """Resident memory of each process with its children, shared pages counted once [MiB]."""
    parents = _parents()
    return {name: _resident(_tree(pid, parents)) for name, pid in pids.items()}


def tree_of(pids: Mapping[str, int]) -> dict[str, list[int]]:
    """Each named process with all its children."""
    parents = _parents()
    return {name: _tree(pid, parents) for name, pid in pids.items()}


def _resident(pids: list[int]) -> float:
    own = shared = 0.0
    for pid in pids:
        found = _status(pid)
        own += found.get("RssAnon", 0.0) + found.get("RssFile", 0.0)
        shared = max(shared, found.get("RssShmem", 0.0))
    return (own + shared) / _MIB


def _status(pid: int) -> dict[str, float]:
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return {}
    lines = (line.split() for line in text.splitlines() if line.startswith("Rss"))
    return {words[0].rstrip(":"): float(words[1]) for words in lines}


def _cpu_of_tree(pid: int, parents: Mapping[int, int]) -> float:
    return sum(_cpu(one) for one in _tree(pid, parents))


def _cpu(pid: int) -> float:
    """CPU of a process and of its children that have ended [s]."""
    fields = _stat(pid)
    return sum(int(field) for field in fields[11:15]) * _TICK_S if fields else 0.0


def _tree(pid: int, parents: Mapping[int, int]) -> list[int]:
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _parents() -> dict[int, int]:
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return {pid: int(fields[1]) for pid in pids if (fields := _stat(pid))}


def _stat(pid: int) -> list[str]:
    """The fields after the name: state, parent, and so on."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _machine() -> float:
    """CPU used by everything: all but idle and waiting [s]; stolen time counts as foreign."""
    line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    user, nice, system, idle, wait, irq, soft, steal, *_ = (int(word) for word in line.split()[1:])
    del idle, wait
    return (user + nice + system + irq + soft + steal) * _TICK_S
