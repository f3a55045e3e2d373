"""Connections of the second path: no crowd that only connects may keep a fire alarm out.

The web server refuses every request while there are too many connections, and waits for ever for a
first one: a thousand strangers who say nothing would shut the door to all gateways. Here whoever
has proved nothing gives way to the next who comes, and nobody takes long over one request.
"""

import asyncio
from collections import Counter
from typing import Final, cast

from fastapi import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS: Final = 1000
"""Connections at one time."""
REQUEST_S: Final = 30.0
"""A request is said and answered within this, from the first byte or the handshake [s]."""
_ADMITTED: Final = "is_admitted"


def note_admitted(request: Request) -> None:
    """Say that the request has proved which gateway it comes from."""
    setattr(request.state, _ADMITTED, True)


class IntakeConnection(H11Protocol):
    """One connection; told apart by what it has proved, and by how many its host has.

    Attributes:
        host: Where it comes from.
        is_admitted: Whether a request on it has proved which gateway it comes from.
        heard_s: When something last came on it, by the loop's clock [s].
    """

    host = ""
    is_admitted = False
    heard_s = 0.0
    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let it in; where there are too many, somebody gives way."""
        super().connection_made(transport)
        self.host = self.client[0] if self.client else ""
        self.heard_s = self.loop.time()
        self._begin()
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Hear it."""
        self.heard_s = self.loop.time()
        self._begin()
        super().data_received(data)

    def on_response_complete(self) -> None:
        """A request is answered; the next one has a time of its own."""
        self._end()
        self.is_admitted = self.is_admitted or _ADMITTED in self.scope["state"]
        super().on_response_complete()
        if not self.cycle.response_complete:
            self._begin()  # It was said already.

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        if self._limit is None:
            self._limit = self.loop.call_later(REQUEST_S, self.transport.abort)

    def _end(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _make_room(self) -> None:
        others = [cast("IntakeConnection", one) for one in self.connections if one is not self]
        of_host = Counter(one.host for one in others)
        gone = min(others, key=lambda one: (one.is_admitted, -of_host[one.host], one.heard_s))
        gone.transport.abort()
