"""Files and connections that a process may have open at one time."""

import resource
from contextlib import suppress
from typing import Final

ENOUGH: Final = 65_536
"""Descriptors that no process of ours will ever need [descriptors]."""
OWN: Final = 200
"""Descriptors that a gateway keeps for itself: outboxes, connections to the platform, its pages."""


def allow_many() -> None:
    """Take as many as the machine allows: the usual 1,024 are fewer than a large site's devices."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def affordable(connections: int) -> int:
    """Connections that a door may have: what is asked for, as far as the gateway keeps its own."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return connections if soft == resource.RLIM_INFINITY else max(1, min(connections, soft - OWN))
