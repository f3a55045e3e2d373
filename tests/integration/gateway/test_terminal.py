"""The terminal driver at a real broker: what was not stored comes again."""

import pytest

from gateway.driver import Driver, DriverSettings
from gateway.drivers.mqtt_terminal import open_driver
from gateway.errors import OutboxUnusable
from tests.contract.drivers.notebook import Notebook, running
from tests.integration.gateway.conftest import Site, eventually


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


def test_events_and_values_arrive(site: Site, driver: Driver) -> None:
    sink = Notebook()
    with running(driver, sink):
        eventually(lambda: _said(site, sink, "lift-1/live", b'{"v": 1.5}'))
        site.say("site/lift-1/fault", b'{"code": 5, "on": 1}')
        site.say("site/lift-1/fault", b'{"code": 5, "on": 0}')
        eventually(lambda: len(sink.events) == 2)
    assert sink.samples[0][0].values == {"speed": 1.5}
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
        eventually(lambda: ("lift-1", "door_close_fault", "clear") in sink.said())
        site.say("site/lift-1/fault", b'{"code":3,"on":1}')
        site.say("site/lift-1/fault", b'{"code":0,"on":1}')
        eventually(lambda: sink.said()[-1] == ("lift-1", "door_open_fault", "clear"))
    firsts = {one.event for one in sink.events if one.state == "clear"}
    assert {"unintended_movement", "door_close_fault", "safety_circuit_open"} <= firsts
    assert sink.said()[-2] == ("lift-1", "door_open_fault", "raise")


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
