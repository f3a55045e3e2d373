"""How often one address may send a form that needs no account; bounded in time and memory."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address
from threading import Lock
from typing import Final

_ADDRESSES: Final = 4096
_NETWORK_BITS: Final = 64
"""Of IPv6 addresses, which a guesser has by the million: his network counts as one (RFC 6177)."""
_SITE_BITS: Final = 48
"""Longest that a site may have to itself, with 65,536 such networks (RFC 6177)."""
_NETWORKS_OF_SITE: Final = 8
"""A site may ask as often as so many of its networks: a provider's customers may share one."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The addresses that a guesser may have to himself: an IPv4 address, or a site of IPv6."""

    first: str
    last: str


def site_of(address: str) -> Site:
    """The site of an address; of what is none, itself."""
    counted = counted_address(address)
    try:
        found = ip_address(counted)
    except ValueError:
        return Site(first=counted, last=counted)
    if isinstance(found, IPv4Address):
        return Site(first=counted, last=counted)
    network = IPv6Network((int(found), _SITE_BITS), strict=False)
    return Site(first=str(network.network_address), last=str(network.broadcast_address))


class Throttle:
    """Counts by address, a network of IPv6 as one, and a site of IPv6 too.

    Args:
        most: Requests of one address within the window; of a site of IPv6 eight times as many.
        window: How far back is counted.
    """

    def __init__(self, most: int, window: timedelta) -> None:
        self._most = most
        self._window = window
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def permits(self, address: str, now: datetime) -> bool:
        """Whether one more is permitted; it is counted when it is."""
        counted, site = counted_address(address), site_of(address)
        asked = [(counted, self._most)]
        if site.first != site.last:
            asked.append((f"{site.first}/{_SITE_BITS}", _NETWORKS_OF_SITE * self._most))
        with self._lock:
            found = [(self._times(key, most, now), most) for key, most in asked]
            if any(len(times) >= most for times, most in found):
                return False
            for times, _ in found:
                times.append(now)
            return True

    def _times(self, counted: str, most: int, now: datetime) -> deque[datetime]:
        times = self._seen.setdefault(counted, deque(maxlen=most))
        self._seen.move_to_end(counted)
        while times and times[0] <= now - self._window:
            times.popleft()
        if len(self._seen) > _ADDRESSES:
            self._seen.popitem(last=False)
        return times
