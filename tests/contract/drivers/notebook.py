"""A sink that writes down what a driver says, with the conditions judged as the gateway does."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from gateway.driver import Counted, Driver
from gateway.errors import DriverFailed, OutboxUnusable
from gateway.sample import Sample
from gateway.standing import Standing
from gateway.wire import WireEvent


@dataclass
class Notebook:
    """Keeps everything; fails to store events as often as told."""

    samples: list[tuple[Sample, str]] = field(default_factory=list)
    events: list[WireEvent] = field(default_factory=list)
    counted: "Counter[Counted]" = field(default_factory=Counter)
    standing: Standing = field(default_factory=Standing)
    exact: set[bool] = field(default_factory=set)
    noted: set[tuple[str, str]] = field(default_factory=set)
    failures: int = 0
    on_sample: Callable[[], None] = lambda: None
    error: Exception = field(default_factory=lambda: OutboxUnusable("disk full"))

    def sample(self, sample: Sample, asset_class: str, *, exact: bool = False) -> None:
        self.samples.append((sample, asset_class))
        self.exact.add(exact)
        self.on_sample()

    def flush(self) -> bool:
        return True

    def event(self, event: WireEvent) -> None:
        if self.failures:
            self.failures -= 1
            raise self.error
        self.events.append(event)

    def store(self, events: Sequence[WireEvent]) -> None:
        for event in events:
            self.event(event)

    def conditions(self, read: Sequence[WireEvent]) -> None:
        for change in self.standing.changes(read):
            self.event(change)
            self.standing.store(change)

    def note(self, asset: str, word: str, *, stands: bool) -> None:
        (self.noted.add if stands else self.noted.discard)((asset, word))

    def note_all(self, notes: Sequence[tuple[str, str, bool]]) -> None:
        for asset, word, stands in notes:
            self.note(asset, word, stands=stands)

    def notes(self) -> list[tuple[str, str]]:
        return sorted(self.noted)

    def count(self, what: Counted, number: int = 1) -> None:
        self.counted[what] += number

    def said(self) -> list[tuple[str, str, str]]:
        """Asset, event and state of every event."""
        return [(one.asset, one.event, one.state) for one in self.events]

    def last(self, asset: str) -> dict[str, float | None] | None:
        """The newest values of an asset."""
        found = [one for one, _ in self.samples if one.asset == asset]
        return found[-1].values if found else None


@contextmanager
def running(driver: Driver, sink: Notebook) -> Iterator[list[Exception]]:
    """The driver in a thread that opens it again when it fails, as the agent does."""
    stop, failures = threading.Event(), list[Exception]()

    def run() -> None:
        while not stop.is_set():
            try:
                driver.run(sink, stop)
            except (DriverFailed, OutboxUnusable, RuntimeError) as error:
                failures.append(error)
                stop.wait(0.1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield failures
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()
