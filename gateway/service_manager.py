"""Telling systemd how the process is: ready, alive, what it does (sd_notify(3))."""

import contextlib
import socket
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """The manager's socket.

    Attributes:
        address: `NOTIFY_SOCKET` of the environment; empty when nobody listens.
    """

    address: str = ""

    def say(self, *words: str) -> None:
        """Say assignments such as `READY=1`; a manager that does not listen is no trouble."""
        if not self.address:
            return
        where = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        ):
            manager.sendto("\n".join(words).encode(), where)
