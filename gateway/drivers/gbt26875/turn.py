"""What a piece of a stream leads to, and the moment at which it came."""

from dataclasses import dataclass, field

from gateway.driver import Counted
from gateway.drivers.gbt26875.naming import DeviceKey
from gateway.sample import Sample
from gateway.wire import WireEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """This moment on both clocks."""

    ms: int
    steady_s: float


@dataclass(slots=True)
class Turn:
    """What is to be done for one device.

    Attributes:
        answer: The bytes to send once the events are stored; empty: none.
        data: The bytes that were taken, to know them again when they come a second time.
        is_from: Whether the device itself was heard, which makes its connection the one to use.
        losses: How often something of the device had been lost when it was heard.
        notes: Words to be kept across restarts, or forgotten, once the events are stored.
    """

    device: DeviceKey
    answer: bytes = b""
    data: bytes = b""
    is_from: bool = False
    losses: int = 0
    events: list[WireEvent] = field(default_factory=list)
    samples: list[tuple[Sample, str]] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.answer or self.events or self.samples or self.counted or self.notes)
