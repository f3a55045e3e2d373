"""What the messages of terminals say, told to the sink: for every driver that reads JSON.

"Nothing is wrong any more" clears what the asset had raised. After a restart nobody remembers what
that was, so the first such word of an asset clears every condition of the code system.
"""

from typing import Final

import structlog

from gateway import clock
from gateway.catalogue import Ending, event_kind
from gateway.code_systems import ALL_CLEAR, UNKNOWN
from gateway.driver import Counted, Sink
from gateway.drivers.terminal_message import Reader, Reading
from gateway.wire import WireEvent

_MOST_ASSETS: Final = 20_000
"""Assets that are remembered; one that is forgotten is like one before its first word."""
_MOST_STRANGE: Final = 100
"""Codes that nobody knows, of one asset, that are remembered: a code may hold a counter."""
_LOG = structlog.get_logger(__name__)


class Teller:
    """Tells one driver's readings, in order; for one thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._raised: dict[str, dict[str, WireEvent]] = {}
        self._known: set[str] = set()
        self._told: set[str] = set()

    def tell(self, reader: Reader, reading: Reading, sink: Sink) -> None:
        """Put a reading into the sink; what is remembered was stored before."""
        for event in reading.events:
            sink.event(event)
            self._remember(event)
        for asset in reading.clears_all:
            self._clear(asset, reader, sink)
        if reading.conditions:
            sink.conditions(reading.conditions)
        for sample in reading.samples:
            sink.sample(sample, reader.rule.asset_class)
        sink.count(Counted.REFUSED if reading.problems else Counted.FRAMES)
        for problem in reading.problems:
            self.complain(reader.rule.topic, problem)

    def complain(self, where: str, problem: str) -> None:
        """Log a problem, once for each place where it may arise."""
        if where not in self._told:
            _LOG.warning("device's message", driver=self._name, problem=problem)
            self._told.add(where)

    def _remember(self, event: WireEvent) -> None:
        if event_kind(event.event).ending is Ending.MOMENT:
            return
        while len(self._raised) >= _MOST_ASSETS and event.asset not in self._raised:
            forgotten = next(iter(self._raised))
            del self._raised[forgotten]
            self._known.discard(forgotten)  # Its next "nothing is wrong" ends all that may stand.
        standing = self._raised.setdefault(event.asset, {})
        # Codes that nobody knows are conditions of their own.
        name = f"{UNKNOWN}:{event.code}" if event.event == UNKNOWN else event.event
        if event.state == "raise":
            if event.event == UNKNOWN and name not in standing:
                strange = [one for one in standing if one.startswith(UNKNOWN)]
                if len(strange) >= _MOST_STRANGE:
                    del standing[strange[0]]  # Its end is a person's to say.
            standing[name] = event
        else:
            standing.pop(name, None)

    def _clear(self, asset: str, reader: Reader, sink: Sink) -> None:
        now_ms = clock.now_ms()
        standing = self._raised.get(asset, {})
        over = {name: (one.event, one.code) for name, one in standing.items()}
        if asset not in self._known and reader.codes is not None:
            ends = {*reader.codes.events.values()} - {ALL_CLEAR}
            over = {
                event: (event, "")
                for event in sorted(ends)
                if event_kind(event).ending is not Ending.MOMENT
            } | over
        for event, code in over.values():
            sink.event(
                WireEvent(
                    asset=asset,
                    at=now_ms,
                    event=event,
                    state="clear",
                    code_system=reader.system,
                    code=code,
                )
            )
        self._forget_some()
        self._known.add(asset)
        self._raised.pop(asset, None)

    def _forget_some(self) -> None:
        """Keep what terminals make us remember bounded, whatever names they use."""
        if len(self._known) >= _MOST_ASSETS:
            self._known.clear()
