"""A line that hangs: nothing comes any more and nothing breaks, as behind a box that forgot it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread
from urllib.parse import urlsplit

from playwright.sync_api import Browser, expect

from analytics.alarms.loop import AlarmProcess
from ingest.database import connect
from tests.e2e.pages.conftest import sitting
from tests.faults.proxy import Proxy
from tests.integration.dashboards.console import ConsoleServer, serving
from tests.integration.dashboards.site import Site

SHOWN_WITHIN_MS = 3000
SLACK_MS = 700
"""What a busy machine adds to a timer of the page."""
_WATCH = """() => {
  const box = document.getElementById("stale");
  const look = () => { if (!box.hidden) window.staleAt ??= Date.now(); };
  new MutationObserver(look).observe(box, { attributes: true });
  return Date.now();
}"""


@contextmanager
def link(console: ConsoleServer) -> Iterator[Proxy]:
    proxy = Proxy(lambda: urlsplit(console.address).port or 0)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


def test_a_stream_that_hangs_shows_within_three_seconds_and_comes_back_by_itself(
    site: Site, chromium: Browser
) -> None:
    site.add_user("zhiban")
    with serving(site) as console, link(console) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        with sitting(chromium, address, "zhiban") as desk:
            page = desk.page
            expect(page.locator("#stale")).to_be_hidden()
            began = page.evaluate(_WATCH)
            proxy.strand()
            missed = site.raise_alarm()
            page.wait_for_function("() => window.staleAt", timeout=10_000)
            shown_after_ms = page.evaluate("window.staleAt") - began
            assert shown_after_ms <= SHOWN_WITHIN_MS + SLACK_MS
            expect(page.locator("#stale")).to_contain_text("数据停止于")
            expect(page.locator(f"#fire #alarm-{missed}")).to_be_visible(timeout=20_000)
            expect(page.locator("#stale")).to_be_hidden()
            assert page.locator(f"#alarm-{missed}").count() == 1


def test_a_database_that_hangs_shows_within_the_same_three_seconds(
    console: ConsoleServer, chromium: Browser
) -> None:
    console.site.add_user("zhiban")
    with (
        sitting(chromium, console.address, "zhiban") as desk,
        closing(connect(console.site.urls.owner_url, application="hangs")) as owner,
    ):
        page = desk.page
        expect(page.locator("#stale")).to_be_hidden()
        with owner.transaction():
            owner.execute("LOCK TABLE live_events IN ACCESS EXCLUSIVE MODE")
            began = page.evaluate(_WATCH)
            page.wait_for_function("() => window.staleAt", timeout=15_000)
            shown_after_ms = page.evaluate("window.staleAt") - began
        assert shown_after_ms <= SHOWN_WITHIN_MS + SLACK_MS
        expect(page.locator("#stale")).to_be_hidden(timeout=20_000)


def test_an_act_that_is_not_yet_done_says_so_and_then_how_it_ended(
    console: ConsoleServer, chromium: Browser
) -> None:
    console.site.add_user("zhiban")
    # Before the page is there: a button is not pressed while the list moves under it.
    alarm_id = console.site.raise_alarm("L-1", "entrapment")
    with sitting(chromium, console.address, "zhiban") as desk:
        row, toast = desk.page.locator(f"#alarm-{alarm_id}"), desk.page.locator("#toast")
        row.locator("button.ack").click()
        expect(toast).to_contain_text("平台尚未处理", timeout=10_000)
        expect(row.locator("button.ack")).to_be_disabled()
        with late_alarm_process(console):
            expect(toast).to_have_text("已确认", timeout=15_000)
            expect(row).to_contain_text("zhiban")
    with console.site.writing(console.site.urls.owner_url) as connection:
        assert connection.execute("SELECT count(*) FROM acts").fetchone() == (1,)


@contextmanager
def late_alarm_process(console: ConsoleServer) -> Iterator[None]:
    stop = Event()
    url = console.site.urls.analytics_url
    process = AlarmProcess(lambda: connect(url, application="test alarms"))
    thread = Thread(target=process.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
