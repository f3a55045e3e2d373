"""The terminal driver at a real broker: what was not stored comes again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from gateway.driver import Driver, DriverSettings
from gateway.drivers.mqtt_terminal import open_driver
from gateway.errors import DriverFailed, OutboxUnusable
from gateway.sample import Sample
from gateway.wire import WireEvent
from tests.integration.gateway.conftest import Site, eventually


@dataclass
class Notebook:
    """A sink that writes down, and fails as often as told."""

    samples: list[Sample] = field(default_factory=list)
    events: list[WireEvent] = field(default_factory=list)
    failures: int = 0
    error: Exception = field(default_factory=lambda: OutboxUnusable("disk full"))

    def sample(self, sample: Sample, asset_class: str, *, exact: bool = False) -> None:
        self.samples.append(sample)

    def event(self, event: WireEvent) -> None:
        if self.failures:
            self.failures -= 1
            raise self.error
        self.events.append(event)


@pytest.fixture
def driver(site_port: int) -> Driver:
    options = {
        "url": f"mqtt://127.0.0.1:{site_port}",
        "client_id": "terminals",
        "rules": [
            {
                "topic": "site/{asset}/fault",
                "class": "lift",
                "events": {"system": "gbt24476", "code_path": "code", "state_path": "on"},
            },
            {
                "topic": "site/{asset}/live",
                "class": "lift",
                "metrics": {"speed": {"path": "v"}},
            },
        ],
    }
    return open_driver(DriverSettings(name="terminals", driver="mqtt_terminal", options=options))


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


def test_events_and_values_arrive(site: Site, driver: Driver) -> None:
    sink = Notebook()
    with running(driver, sink):
        eventually(lambda: _said(site, sink, "lift-1/live", b'{"v": 1.5}'))
        site.say("site/lift-1/fault", b'{"code": 5, "on": 1}')
        site.say("site/lift-1/fault", b'{"code": 5, "on": 0}')
        eventually(lambda: len(sink.events) == 2)
    assert sink.samples[0].values == {"speed": 1.5}
    assert [(one.event, one.state) for one in sink.events] == [
        ("unintended_movement", "raise"),
        ("unintended_movement", "clear"),
    ]


def test_nothing_wrong_any_more_clears_what_was_raised(site: Site, driver: Driver) -> None:
    sink = Notebook()
    with running(driver, sink):
        eventually(lambda: _said(site, sink, "lift-1/live", b'{"v": 0}'))
        for payload in (b'{"code":5,"on":1}', b'{"code":2,"on":1}', b'{"code":0,"on":1}'):
            site.say("site/lift-1/fault", payload)
        eventually(lambda: len(sink.events) == 4)
    cleared = {one.event for one in sink.events if one.state == "clear"}
    assert cleared == {"unintended_movement", "door_close_fault"}


@pytest.mark.parametrize("error", [OutboxUnusable("disk full"), RuntimeError("in the callback")])
def test_an_event_that_could_not_be_stored_comes_again(
    site: Site, driver: Driver, error: Exception
) -> None:
    sink = Notebook(failures=2, error=error)
    with running(driver, sink) as failures:
        eventually(lambda: _said(site, sink, "lift-1/live", b'{"v": 0}'))
        site.say("site/lift-1/fault", b'{"code": 5, "on": 1}')
        eventually(lambda: len(sink.events) >= 1)
        assert len(failures) == 2
    assert sink.events[0].event == "unintended_movement"


def test_an_event_from_while_the_gateway_was_down_is_read_after_it(
    site: Site, driver: Driver
) -> None:
    with running(driver, first := Notebook()):
        eventually(lambda: _said(site, first, "lift-1/live", b'{"v": 0}'))
    site.say("site/lift-1/fault", b'{"code": 5, "on": 1}')
    with running(driver, second := Notebook()):
        eventually(lambda: len(second.events) == 1)


def _said(site: Site, sink: Notebook, what: str, payload: bytes) -> bool:
    if not sink.samples:
        site.say(f"site/{what}", payload)
    return bool(sink.samples)
