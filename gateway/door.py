"""Whether addresses can be listened on, tried before a driver that works is stopped for one that cannot."""

import socket
from collections.abc import Iterable, Iterator

from gateway.driver import Door, Driver, Listens


def doors_of(drivers: Iterable[Driver]) -> list[Door]:
    """Where drivers listen."""
    return [door for one in drivers if isinstance(one, Listens) for door in one.doors()]


def taken(wanted: Iterable[Door], held: Iterable[Door]) -> Iterator[str]:
    """Why new doors cannot be opened; those that we hold ourselves are given up first.

    Args:
        held: Doors of the drivers at work.
    """
    ours = {(one.kind, one.port) for one in held}
    for door in wanted:
        if door.port and (door.kind, door.port) not in ours and (reason := _flaw(door)):
            yield f"{door}: {reason}"


def _flaw(door: Door) -> str:
    kind = socket.SOCK_STREAM if door.kind == "tcp" else socket.SOCK_DGRAM
    try:
        found = socket.getaddrinfo(door.host, door.port, type=kind, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, place = found[0]
        with socket.socket(family, kind, protocol) as one:
            if door.kind == "tcp":
                # As servers do: connections that ended a minute ago do not count.
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(place)
    except (OSError, OverflowError) as error:
        return str(error)
    return ""
