"""What gateways' codes mean, kept in memory until the registry announces a change."""

from collections.abc import Iterable
from typing import Final

from gateway.clock import steady_s
from gateway.topic import GatewayId
from ingest.binding import Bindings, Codes
from ingest.commit import Session
from ingest.sample_store import fetch_codes, fetch_foreign, has_news, listen

LIFETIME_S: Final = 300.0
"""A lost announcement is made good after this [s]."""
RELOAD_S: Final = 1.0
"""Announcements are followed this often at most [s]."""
_MOST_FOREIGN: Final = 100_000


class RegistryCache:
    """Codes by gateway, loaded when first needed; for one thread.

    Args:
        session: A connection of this thread; it also hears the announcements.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._codes: dict[GatewayId, tuple[Codes, float]] = {}
        self._foreign: dict[str, bool] = {}
        self._listening_on: object = None
        self._forgotten_s = -RELOAD_S
        self._is_stale = False

    def bindings(self, gateways: Iterable[GatewayId]) -> Bindings:
        """What the codes of some gateways mean. Raises StoreUnavailable."""
        self._hear()
        now = steady_s()
        wanted = set(gateways)
        missing = sorted(
            gateway
            for gateway in wanted
            if gateway not in self._codes or self._codes[gateway][1] < now - LIFETIME_S
        )
        if missing:
            for gateway, codes in fetch_codes(self._session(), missing).items():
                self._codes[gateway] = (codes, now)
        return Bindings(
            by_gateway={gateway: self._codes[gateway][0] for gateway in wanted},
            foreign=frozenset(code for code, is_foreign in self._foreign.items() if is_foreign),
        )

    def learn(self, codes: Iterable[str]) -> bool:
        """Ask whether unknown codes mean something elsewhere; whether that changes anything."""
        new = sorted(set(codes) - self._foreign.keys())
        if not new or len(self._foreign) > _MOST_FOREIGN:
            return False
        found = fetch_foreign(self._session(), new)
        self._foreign |= {code: code in found for code in new}
        return bool(found)

    def _hear(self) -> None:
        connection = self._session()
        if self._listening_on is not connection:
            listen(connection)
            self._listening_on = connection
            self._is_stale = True
        self._is_stale |= has_news(connection)
        if self._is_stale and steady_s() - self._forgotten_s >= RELOAD_S:
            self._codes.clear()
            self._foreign.clear()
            self._forgotten_s = steady_s()
            self._is_stale = False
