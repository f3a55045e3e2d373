"""A message that a driver fails on: kept as an event, so that the next ones are heard.

A broker that is told nothing sends it again, and everything behind it would wait for ever.
"""

from dataclasses import dataclass
from typing import Final

import structlog

from gateway import clock
from gateway.code_systems import UNKNOWN
from gateway.driver import Counted, Sink
from gateway.wire import WireEvent

TRIES: Final = 3
"""So often the same message may fail before it is kept as evidence."""
_MOST_RAW: Final = 2000
_LOG: Final = structlog.get_logger(__name__)


def keep_evidence(driver: str, payload: bytes, error: Exception, sink: Sink) -> None:
    """Store that a message could not be taken, with its bytes; call it while handling the error."""
    _LOG.exception("a message could not be taken", driver=driver, raw=payload[:_MOST_RAW].hex())
    reason = type(error).__name__
    sink.event(
        WireEvent(
            asset=driver,
            at=clock.now_ms(),
            event=UNKNOWN,
            state="raise",
            code_system="driver",
            code=f"not_taken:{reason}",
            text=f"设备报文未能处理: {reason}",
            raw=payload[:_MOST_RAW].hex(),
        )
    )
    sink.count(Counted.REFUSED)


@dataclass(slots=True)
class Stumbles:
    """How often a driver failed on one message, which comes again from its broker."""

    driver: str
    _payload: bytes = b""
    _times: int = 0

    def note(self, payload: bytes, error: Exception, sink: Sink) -> None:
        """Raise the error, so that the message comes again; at the third time keep it instead."""
        self._times = self._times + 1 if payload == self._payload else 1
        self._payload = payload
        if self._times < TRIES:
            raise error
        keep_evidence(self.driver, payload, error, sink)
