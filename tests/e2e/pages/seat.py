"""One compound, one console with the alarm process behind it and one seat, for a whole file of tests."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from playwright.sync_api import Browser

from analytics.alarms.loop import AlarmProcess
from ingest.database import connect
from tests.e2e.pages.conftest import Desk, sitting
from tests.integration.dashboards.console import ConsoleServer, serving
from tests.integration.dashboards.site import Site, build_site
from tests.services import TestDatabase


@pytest.fixture(scope="module")
def garden(database_server: TestDatabase, template: str) -> Iterator[Site]:
    urls = database_server.make(template)
    try:
        yield build_site(urls)
    finally:
        database_server.drop(urls)


@pytest.fixture(scope="module")
def console(garden: Site) -> Iterator[ConsoleServer]:
    for name in ("zhiban", "xiaoli"):
        garden.add_user(name)
    stop = Event()
    process = AlarmProcess(lambda: connect(garden.urls.analytics_url, application="test alarms"))
    thread = Thread(target=process.run, args=(stop,), name="alarms")
    thread.start()
    with serving(garden) as server:
        yield server
    stop.set()
    thread.join(10)


@pytest.fixture(scope="module")
def seat(console: ConsoleServer, chromium: Browser) -> Iterator[Desk]:
    with sitting(chromium, console.address, "zhiban", (1920, 1080)) as desk:
        yield desk


@pytest.fixture
def desk(seat: Desk) -> Iterator[Desk]:
    """One seat for the file; what one test leaves open or cut is mended before the next."""
    seat.troubles.clear()
    yield seat
    seat.context.set_offline(False)
    assert [said for said in seat.troubles if "net::ERR_" not in said] == []


def end(console: ConsoleServer, *alarm_ids: int) -> None:
    for alarm_id in alarm_ids:
        console.site.change_alarm(alarm_id, "normal", "zhiban")
