"""How often one address may send a form that needs no account; bounded in time and memory."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

_ADDRESSES: Final = 4096


class Throttle:
    """Counts by address.

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
        with self._lock:
            times = self._seen.setdefault(address, deque(maxlen=self._most))
            self._seen.move_to_end(address)
            while times and times[0] <= now - self._window:
                times.popleft()
            if len(self._seen) > _ADDRESSES:
                self._seen.popitem(last=False)
            if len(times) >= self._most:
                return False
            times.append(now)
            return True
