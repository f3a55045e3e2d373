"""A page that stays open for days: memory, elements and listeners stay where they were."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.e2e.pages.conftest import sitting
from tests.integration.dashboards.console import ConsoleServer, serving
from tests.integration.dashboards.site import Site, build_site
from tests.services import TestDatabase

pytestmark = pytest.mark.browser
_ALARMS = 20
_HOUR_MS = 60_000
"""An hour of the page, shortened: every timer of it turns dozens of times."""
_HOURS = 5
_WARM = 3
_MOST_HEAP = 3_000_000
"""Growth from the third hour to the last that is still noise [bytes]; a leak of a row an alarm is more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What the page holds after the garbage is gone."""

    heap: float
    nodes: float
    listeners: float


@pytest.fixture(scope="module")
def console(database_server: TestDatabase, template: str) -> Iterator[ConsoleServer]:
    urls = database_server.make(template)
    try:
        site = build_site(urls)
        site.add_user("zhiban")
        site.raise_many(_ALARMS)
        with serving(site) as server:
            yield server
    finally:
        database_server.drop(urls)


def _turn(site: Site, *, is_open: bool) -> None:
    """All alarms close, or open again under a new version; the stream is told of each."""
    with site.writing(site.urls.owner_url) as connection:
        rows = connection.execute(
            "UPDATE alarms SET version = version + 1, closed_at = CASE WHEN %s THEN NULL ELSE now() END,"
            " state = CASE WHEN %s THEN 'unacknowledged' ELSE 'normal' END RETURNING id",
            (is_open, is_open),
        ).fetchall()
    for row in rows:
        site.number("alarm", int(str(row[0])))


def _weigh(page: Page, probe: CDPSession) -> Weight:
    for _ in range(2):
        probe.send("HeapProfiler.collectGarbage")
    found = {one["name"]: one["value"] for one in probe.send("Performance.getMetrics")["metrics"]}
    assert page.locator("#fire > li[data-alarm]").count() == _ALARMS
    return Weight(
        heap=found["JSHeapUsedSize"], nodes=found["Nodes"], listeners=found["JSEventListeners"]
    )


@pytest.mark.long
def test_a_page_that_stays_open_does_not_grow(console: ConsoleServer, chromium: Browser) -> None:
    with sitting(chromium, console.address, "zhiban") as desk:
        page = desk.context.new_page()
        page.clock.install()
        page.goto(f"{console.address}/")
        page.wait_for_selector("body.live")
        probe = desk.context.new_cdp_session(page)
        probe.send("Performance.enable")
        weights: list[Weight] = []
        for _ in range(_HOURS):
            _turn(console.site, is_open=False)
            expect(page.locator("#fire > li[data-alarm]:not([data-closed])")).to_have_count(0)
            page.clock.run_for(_HOUR_MS // 2)
            expect(page.locator("#fire > li[data-alarm]")).to_have_count(0)
            _turn(console.site, is_open=True)
            expect(page.locator("#fire > li[data-alarm]")).to_have_count(_ALARMS)
            page.clock.run_for(_HOUR_MS // 2)
            weights.append(_weigh(page, probe))
        page.close()
    early, late = weights[_WARM - 1], weights[-1]
    assert late.heap - early.heap < _MOST_HEAP, weights
    assert late.nodes <= early.nodes * 1.1 + 200, weights
    assert late.listeners <= early.listeners * 1.1 + 20, weights
