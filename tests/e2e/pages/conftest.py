"""The system's Chromium in front of a real console, with the real alarm process behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from analytics.alarms.loop import AlarmProcess
from dashboards.console import password
from ingest.database import connect
from tests.integration.dashboards.console import ConsoleServer, serving
from tests.integration.dashboards.site import PASSWORD, Site, build_site
from towerwatch.services.database import DatabaseUrls

_CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(slots=True, kw_only=True)
class Desk:
    """A person at a screen."""

    context: BrowserContext
    page: Page
    address: str
    troubles: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        self.page.goto(f"{self.address}{path}")
        self.page.wait_for_selector("body.live")
        return self.page

    def another_tab(self, path: str = "/") -> Page:
        page = self.context.new_page()
        page.goto(f"{self.address}{path}")
        page.wait_for_selector("body.live")
        return page


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of a module: while it is open its event loop runs in the test's own thread."""
    assert Path(_CHROMIUM).exists(), "install Chromium: apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        expect.set_options(timeout=20_000)  # a busy machine is no failure of a page
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    nobody = cheap.hash("the password of nobody")
    monkeypatch.setattr(password, "_HASHER", cheap)
    monkeypatch.setattr(password, "_nobody", lambda: nobody)


@pytest.fixture
def site(database: DatabaseUrls) -> Site:
    return build_site(database)


@pytest.fixture
def console(site: Site) -> Iterator[ConsoleServer]:
    with serving(site) as server:
        yield server


@pytest.fixture
def alarm_process(site: Site) -> Iterator[None]:
    """The alarm process, which carries out what people ask for."""
    stop = Event()
    process = AlarmProcess(lambda: connect(site.urls.analytics_url, application="test alarms"))
    thread = Thread(target=process.run, args=(stop,), name="alarms")
    thread.start()
    yield
    stop.set()
    thread.join(10)


@contextmanager
def sitting(
    chromium: Browser, address: str, name: str, size: tuple[int, int] = (1280, 720)
) -> Iterator[Desk]:
    """A person who has logged in, in a browser of their own."""
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Europe/Paris"
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    desk = Desk(context=context, page=page, address=address)
    page.on(
        "console",
        lambda said: desk.troubles.append(said.text) if said.type == "error" else None,
    )
    page.on("pageerror", lambda error: desk.troubles.append(str(error)))
    page.goto(f"{address}/login")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("body.live")
    try:
        yield desk
    finally:
        context.close()


@pytest.fixture
def duty(console: ConsoleServer, chromium: Browser) -> Iterator[Desk]:
    """The operator on duty, at the overview."""
    console.site.add_user("zhiban")
    with sitting(chromium, console.address, "zhiban") as desk:
        yield desk
