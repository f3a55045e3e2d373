"""What a pushed message says, core: by the rules that are for its kind.

A message of a kind that no rule is for may be an alarm nobody told us of: it becomes an event of
its own, now and then for each kind and asset, unless the site says that the kind is harmless.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gateway import clock
from gateway.code_systems import UNKNOWN
from gateway.drivers.once import OnceInAWhile
from gateway.drivers.tcp_push.cutter import Cut
from gateway.drivers.terminal_message import Json, Reader, Reading, at_path, text
from gateway.wire import WireEvent

TOPIC = "push"
_MOST_RAW = 2000


@dataclass(slots=True)
class Interpreter:
    """Reads the messages of all connections of a driver.

    Attributes:
        kind_path: Where a message says of which kind it is; None when it does not.
        harmless: Kinds that say nothing worth keeping, such as heartbeats.
    """

    readers: Sequence[Reader]
    kind_path: str | None
    harmless: frozenset[str]
    _told: OnceInAWhile[tuple[str, str]] = field(default_factory=OnceInAWhile)

    def read(self, cut: Cut, now_ms: int) -> Iterator[tuple[Reader, Reading]]:
        """What the message says, by each rule that is for it; never raises."""
        first = next((one for one in self.readers if one.rule.events), self.readers[0])
        if cut.problem:
            yield first, first.unreadable(first.fallback, cut.content, now_ms, cut.problem)
            return
        try:
            content: Json = json.loads(cut.content)
        except (ValueError, RecursionError) as error:
            reason = f"not JSON: {error}"
            yield first, first.unreadable(first.fallback, cut.content, now_ms, reason)
            return
        is_known = False
        for reader in self.readers:
            if reader.is_for(content):
                is_known = True
                yield reader, reader.read(TOPIC, cut.content, now_ms)
        if not is_known:
            yield first, self._strange(first, content, cut.content, now_ms)

    def _strange(self, first: Reader, content: Json, raw: bytes, now_ms: int) -> Reading:
        kind = text(at_path(content, self.kind_path))[:80] if self.kind_path else ""
        if kind in self.harmless:
            return Reading()
        asset = first.asset_of(content)
        reading = Reading(problems=[f"no rule is for messages of kind {kind!r}"])
        if self._told.is_due((asset, kind), clock.steady_s()):
            reading.events.append(
                WireEvent(
                    asset=asset,
                    at=now_ms,
                    event=UNKNOWN,
                    state="raise",
                    code=kind,
                    text=f"没有规则的报文类型: {kind}",
                    raw=raw[:_MOST_RAW].hex(),
                )
            )
        return reading

    def told(self, reading: Reading) -> None:
        """Note that a reading is stored: its kind is not told again for a while."""
        for one in reading.events:
            if one.event == UNKNOWN:
                self._told.told((one.asset, one.code), clock.steady_s())
