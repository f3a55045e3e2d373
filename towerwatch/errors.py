"""What can go wrong when Towerwatch is set up, started or looked at.

TowerwatchError
├── RuntimeUnavailable      the private broker and database cannot be installed or used
├── ServiceFailed           a program did not start, or stopped by itself
├── AlreadyRunning          another supervisor holds this home
├── NotRunning              nothing runs in this home
└── WrongSettings           a setting that cannot be used
"""

from pathlib import Path


class TowerwatchError(Exception):
    """A failure with a message that a person can act on."""


class RuntimeUnavailable(TowerwatchError):
    """The private broker and database cannot be installed or used on this machine."""


class ServiceFailed(TowerwatchError):
    """A program did not start, or stopped by itself.

    Args:
        name: The process, as the log stream names it.
        reason: What happened, in one sentence.
        log: The file that says more, when there is one.
    """

    def __init__(self, name: str, reason: str, log: Path | None = None) -> None:
        self.name = name
        self.reason = reason
        self.log = log
        tail = f" (see {log})" if log else ""
        super().__init__(f"{name}: {reason}{tail}")


class AlreadyRunning(TowerwatchError):
    """Another supervisor holds this home."""

    def __init__(self, pid: int, home: Path) -> None:
        self.pid = pid
        super().__init__(
            f"Towerwatch already runs in {home} (process {pid}); stop it with Ctrl-C or"
            f" `kill {pid}`, or choose another folder with TOWERWATCH_HOME."
        )


class NotRunning(TowerwatchError):
    """Nothing runs in this home."""


class WrongSettings(TowerwatchError):
    """A setting that cannot be used; the process refuses to start."""
