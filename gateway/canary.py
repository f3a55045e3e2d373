"""The platform's test of itself: an event every ten seconds that goes the whole way of an alarm.

The publisher is a gateway like any other, without a second path: what it says must come by the
broker. Its event has severity none, opens no alarm, and is forgotten after an hour.
"""

from threading import Event as StopFlag
from typing import Final

from gateway import clock
from gateway.catalogue.platform import CANARY
from gateway.driver import Sink
from gateway.topic import GatewayId
from gateway.wire import WireEvent

CANARY_GATEWAY: Final = GatewayId("tw-canary")
"""The gateway id that is kept for the publisher."""
CANARY_CODE: Final = "canary"
EVERY_S: Final = 10.0
LATE_S: Final = 2 * EVERY_S
"""A newest event older than this means that the path is broken somewhere [s]."""


class CanaryDriver:
    """Says every ten seconds that it is alive."""

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Speak at once, and then at every beat, until told to stop."""
        while True:
            sink.event(
                WireEvent(asset=CANARY_CODE, at=clock.now_ms(), event=CANARY.name, state="raise")
            )
            if stop.wait(EVERY_S):
                return
