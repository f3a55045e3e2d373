"""What could hide an alarm from the person at the screen: slow lines, silence, an old answer."""

import pytest
from playwright.sync_api import APIResponse, Browser, Route, expect

from tests.e2e.pages.conftest import Desk, sitting
from tests.integration.dashboards.console import ConsoleServer, serving, until
from tests.integration.dashboards.site import Site
from towerwatch.process import free_port

pytestmark = pytest.mark.browser
_SLOW_LINE = {
    "offline": False,
    "latency": 700,
    "downloadThroughput": -1,
    "uploadThroughput": -1,
}
_SILENCED = """async () => {
  const { Sound } = await import("/static/sound.js");
  const sound = new Sound();
  sound.replace([{ id: 7, sound: "fire" }]);
  sound.mute();
  sound.replace([{ id: 7, sound: "fire" }, { id: 3, sound: "fire" }]);
  const before = sound.mutedUntil > Date.now();
  sound.replace([{ id: 7, sound: "fire" }, { id: 8, sound: "fire" }]);
  sound.change({ id: 8, sound: "fire", unacknowledged: true, open: true, drill: false });
  return [before, sound.mutedUntil > Date.now()];
}"""


def test_a_page_on_a_slow_line_comes_back_after_a_long_cut(site: Site, chromium: Browser) -> None:
    site.add_user("zhiban")
    port = free_port()
    with serving(site, port) as console:
        opened = sitting(chromium, console.address, "zhiban")
        desk = opened.__enter__()
    try:
        page = desk.page
        expect(page.locator("#stale")).to_be_visible(timeout=4000)
        page.wait_for_function(
            "since => performance.now() - since > 4000", arg=page.evaluate("performance.now()")
        )
        line = desk.context.new_cdp_session(page)
        line.send("Network.enable")
        line.send("Network.emulateNetworkConditions", _SLOW_LINE)
        missed = site.raise_alarm()
        with serving(site, port):
            expect(page.locator(f"#fire #alarm-{missed}")).to_be_visible(timeout=12000)
            expect(page.locator("#stale")).to_be_hidden()
    finally:
        opened.__exit__(None, None, None)


def test_silence_is_not_meant_for_an_alarm_that_comes_after_it(duty: Desk) -> None:
    assert duty.page.evaluate(_SILENCED) == [True, False]


def test_a_list_that_arrives_late_takes_no_new_alarm_away(
    console: ConsoleServer, duty: Desk
) -> None:
    held: list[tuple[Route, APIResponse]] = []
    duty.page.route(f"{duty.address}/", lambda route: held.append((route, route.fetch())))
    duty.page.evaluate("document.body.dispatchEvent(new CustomEvent('tw:resync'))")
    assert until(lambda: duty.page.evaluate("1") == 1 and len(held) == 1)
    alarm_id = console.site.raise_alarm()
    row = duty.page.locator(f"#fire #alarm-{alarm_id}")
    expect(row).to_be_visible()
    route, older = held[0]
    swapped = duty.page.evaluate_handle(
        "() => ({ done: new Promise(seen => document.addEventListener("
        "'htmx:after:swap', () => setTimeout(seen, 50), { once: true })) })"
    )
    route.fulfill(response=older)
    swapped.evaluate("watch => watch.done")
    expect(row).to_be_visible()
    assert row.count() == 1


def test_asking_again_after_a_refusal_is_a_new_act(console: ConsoleServer, duty: Desk) -> None:
    alarm_id = console.site.raise_alarm()
    keys: list[str] = []

    def refuse(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        said = '{"state": "refused", "message": "处理失败"}'
        route.fulfill(status=409, content_type="application/json", body=said)

    duty.open()
    duty.page.route("**/acknowledge*", refuse)
    for count in (1, 2):
        duty.page.click(f"#alarm-{alarm_id} button.ack")
        expect(duty.page.locator("#toast")).to_be_visible()
        duty.page.wait_for_function("() => !document.querySelector('form.sending')", timeout=5000)
        assert len(keys) == count
    assert keys[0] != keys[1]
