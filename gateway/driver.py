"""What a driver is: one module that turns a device's words into samples and events.

A driver runs in the gateway agent's own thread for it. It calls the sink for everything it
reads, in order; the sink writes events through to disk before it returns.
"""

from dataclasses import dataclass
from threading import Event as StopFlag
from typing import Any, Protocol

from gateway.sample import Sample
from gateway.wire import WireEvent


class Sink(Protocol):
    """Where a driver puts what it reads. Safe to call from any thread."""

    def sample(self, sample: Sample, asset_class: str, *, exact: bool = False) -> None:
        """Take one sample; report by exception decides whether it is sent.

        Args:
            sample: What was read.
            asset_class: Class of the catalogue.
            exact: Send it whatever the last one was, and wait while the outbox is full instead
                of giving up older messages. For recordings, which can wait.
        """

    def event(self, event: WireEvent) -> None:
        """Take one event; it is on disk when this returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverSettings:
    """A driver's part of the gateway's configuration file.

    Attributes:
        name: Name of this instance, unique in the file; it stands in logs and metrics.
        driver: Name in the entry-point group `towerwatch.drivers`.
        options: The rest of the driver's section; the driver checks it on opening.
    """

    name: str
    driver: str
    options: dict[str, Any]


class Driver(Protocol):
    """One source of samples and events.

    Found by the entry-point group `towerwatch.drivers`, whose entries are functions
    `open_driver(settings: DriverSettings) -> Driver`, which check the options and raise
    BadSettings, and touch nothing outside.
    """

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Read until `stop` is set, or the source ends (a recording); then return.

        Raises:
            DriverFailed: The source cannot be read; the agent logs it once and opens the
                driver again after a back-off.
        """
