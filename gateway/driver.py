"""What a driver is: one module that turns a device's words into samples and events.

A driver runs in the gateway agent's own thread for it. It calls the sink for everything it
reads, in order; the sink writes events through to disk before it returns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Event as StopFlag
from typing import Any, Literal, Protocol, runtime_checkable

from gateway.sample import Sample
from gateway.wire import Command, WireEvent


class Counted(StrEnum):
    """What a driver counts about its devices."""

    FRAMES = "frames"
    """Frames or messages that were read."""
    REFUSED = "refused"
    """Frames or messages that could not be read, in whole or in part."""
    UNANSWERED = "unanswered"
    """Questions to which a device gave no answer in time."""
    LOST = "lost"
    """Messages that a device's own numbering shows to be missing."""
    REPEATED = "repeated"
    """Messages that came again, and were not taken twice."""


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

    def flush(self) -> bool:
        """Store the samples taken so far; False while there is no room for exact ones."""

    def event(self, event: WireEvent) -> None:
        """Take one event; it is on disk when this returns."""

    def store(self, events: Sequence[WireEvent]) -> None:
        """Take events in their order; all are on disk when this returns.

        One write for many: a driver that confirms to its devices what is stored gathers what
        came at the same time.

        Raises:
            OutboxUnusable: Not all of them could be stored; those that were come twice when the
                devices send them again, which changes nothing.
        """

    def conditions(self, read: Sequence[WireEvent]) -> None:
        """Take how conditions stand, all as one look at a device found them.

        For devices that show a state instead of saying what changed. Only changes are stored,
        as events, and what stands is remembered across restarts. Conditions of one asset with
        the same event are one: it stands while any of them does.
        """

    def note(self, asset: str, word: str, *, stands: bool) -> None:
        """Keep a word about an asset across restarts, or forget it; for a driver's own use."""

    def note_all(self, notes: Sequence[tuple[str, str, bool]]) -> None:
        """The same for many in one write: asset, word, and whether it stands."""

    def notes(self) -> list[tuple[str, str]]:
        """The words that this driver keeps, each with its asset."""

    def count(self, what: Counted, number: int = 1) -> None:
        """Count something about the devices, for the metrics and the local page."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """An address that is listened on; port 0 is whichever is free."""

    kind: Literal["tcp", "udp"]
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.kind} {self.host}:{self.port}"


@runtime_checkable
class Listens(Protocol):
    """A driver that devices come to."""

    def doors(self) -> list[Door]:
        """Where it listens while it runs."""


@runtime_checkable
class TakesCommands(Protocol):
    """A driver that passes commands of the platform on to its devices."""

    def take_command(self, command: Command) -> None:
        """Take a command that is in force now; returns at once. Called from another thread."""
