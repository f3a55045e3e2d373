"""How often one address may send a form that needs no account; bounded in time and memory."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address
from threading import Lock
from typing import Final

_ADDRESSES: Final = 4096
_NETWORK_BITS: Final = 64
"""Of IPv6 addresses, which a guesser has by the million: his network counts as one (RFC 6177)."""


def counted_address(address: str) -> str:
    """What is counted for an address: itself, or the network of an IPv6 one; else what it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found), _NETWORK_BITS), strict=False).network_address)


class Throttle:
    """Counts by address, a network of IPv6 as one.

    Args:
        most: Requests of one address within the window.
        window: How far back is counted.
    """

    def __init__(self, most: int, window: timedelta) -> None:
        self._most = most
        self._window = window
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def permits(self, address: str, now: datetime) -> bool:
        """Whether one more is permitted; it is counted when it is."""
        counted = counted_address(address)
        with self._lock:
            times = self._seen.setdefault(counted, deque(maxlen=self._most))
            self._seen.move_to_end(counted)
            while times and times[0] <= now - self._window:
                times.popleft()
            if len(self._seen) > _ADDRESSES:
                self._seen.popitem(last=False)
            if len(times) >= self._most:
                return False
            times.append(now)
            return True
