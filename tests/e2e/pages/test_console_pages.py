"""What a person sees: the console in the system's Chromium."""

import base64
import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.pages.conftest import Desk, sitting
from tests.integration.dashboards.console import ConsoleServer, serving, until
from tests.integration.dashboards.site import Site, now
from towerwatch.process import free_port

pytestmark = pytest.mark.browser
_SATURATED = """async (picture) => {
  const image = new Image();
  image.src = picture;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    const high = Math.max(data[i], data[i + 1], data[i + 2]);
    const low = Math.min(data[i], data[i + 1], data[i + 2]);
    if (high && (high - low) / high > 0.35) count += 1;
  }
  return count / (data.length / 4);
}"""


def saturated_share(page: Page) -> float:
    """Share of pixels with a saturation above 0.35."""
    picture = "data:image/png;base64," + base64.b64encode(page.screenshot()).decode()
    blank = page.context.new_page()
    share = float(blank.evaluate(_SATURATED, picture))
    blank.close()
    return share


def test_a_fire_appears_without_a_reload_and_is_marked_seen(
    console: ConsoleServer, duty: Desk
) -> None:
    alarm_id = console.site.raise_alarm(text="1号楼 2层 走廊")
    row = duty.page.locator(f"#fire #alarm-{alarm_id}")
    expect(row).to_be_visible(timeout=2000)
    expect(row).to_contain_text("2层走廊烟感 火警")
    expect(row).to_contain_text("花园小区 · 1号楼 · 2层")
    expect(row).to_contain_text("立即派人到现场核实")
    expect(row.locator("[data-tick-seen]")).to_have_class("tick on")
    assert until(lambda: "火警 1" in duty.page.title())
    expect(duty.page.locator("#announce-fire")).to_contain_text("火警")
    assert duty.troubles == []


@pytest.mark.usefixtures("alarm_process")
def test_an_acknowledgement_reaches_every_screen(
    console: ConsoleServer, duty: Desk, chromium: Browser
) -> None:
    console.site.add_user("xiaoli")
    alarm_id = console.site.raise_alarm("L-1", "entrapment")
    with sitting(chromium, console.address, "xiaoli") as other:
        duty.page.click(f"#alarm-{alarm_id} button.ack")
        for page in (duty.page, other.page):
            row = page.locator(f"#alarm-{alarm_id}")
            expect(row).to_contain_text("已确认")
            expect(row).to_contain_text("zhiban")
            expect(row.locator("button.ack")).to_have_count(0)


@pytest.mark.usefixtures("alarm_process")
def test_the_keyboard_alone_finds_and_acknowledges_a_fire(
    console: ConsoleServer, duty: Desk
) -> None:
    alarm_id = console.site.raise_alarm("L-1", "entrapment")
    expect(duty.page.locator(f"#alarm-{alarm_id}")).to_be_visible()
    duty.page.keyboard.press("j")
    duty.page.keyboard.press("a")
    expect(duty.page.locator(f"#alarm-{alarm_id}")).to_contain_text("已确认")


def test_a_cut_stream_shows_at_once_and_nothing_is_missed(site: Site, chromium: Browser) -> None:
    site.add_user("zhiban")
    port = free_port()
    with serving(site, port) as console:
        before = site.raise_alarm("L-1", "overspeed")
        opened = sitting(chromium, console.address, "zhiban")
        desk = opened.__enter__()
    try:
        page = desk.page
        expect(page.locator("#stale")).to_be_visible(timeout=4000)
        expect(page.locator("#stale")).to_contain_text("数据停止于")
        expect(page.locator("body")).to_have_class("live stale")
        missed = site.raise_alarm()
        site.change_alarm(before, "acknowledged", "bieren")
        with serving(site, port):
            expect(page.locator(f"#fire #alarm-{missed}")).to_be_visible(timeout=9000)
            expect(page.locator(f"#alarm-{before}")).to_contain_text("bieren")
            expect(page.locator("#stale")).to_be_hidden()
            assert page.locator(f"#alarm-{missed}").count() == 1
    finally:
        opened.__exit__(None, None, None)


def test_a_reader_who_comes_back_too_late_gets_a_snapshot(site: Site, chromium: Browser) -> None:
    site.add_user("zhiban")
    gone = site.raise_alarm("L-1", "overspeed")
    port = free_port()
    with serving(site, port) as console:
        opened = sitting(chromium, console.address, "zhiban")
        desk = opened.__enter__()
    try:
        site.change_alarm(gone, "normal", "bieren")
        missed = site.raise_alarm("L-1", "brake_fault")
        with site.writing(site.urls.analytics_url) as connection:
            connection.execute("DELETE FROM live_events")
        site.number("platform", 1)
        with serving(site, port):
            expect(desk.page.locator(f"#open #alarm-{missed}")).to_be_visible(timeout=9000)
            expect(desk.page.locator(f"#alarm-{gone}")).to_have_count(0)
    finally:
        opened.__exit__(None, None, None)


def test_several_tabs_share_one_stream(console: ConsoleServer, duty: Desk) -> None:
    tabs = [duty.page, duty.another_tab(), duty.another_tab("/orders")]
    hub = console.server.config.app.state.services.hub  # type: ignore[union-attr]
    assert until(lambda: hub.subscribers == 1)
    alarm_id = console.site.raise_alarm()
    for page in tabs[:2]:
        expect(page.locator(f"#alarm-{alarm_id}")).to_be_visible(timeout=2000)
    tabs[0].close()
    late = console.site.raise_alarm("L-1", "entrapment")
    expect(tabs[1].locator(f"#alarm-{late}")).to_be_visible(timeout=6000)
    assert until(lambda: hub.subscribers == 1)


def test_rows_do_not_jump_under_the_pointer(console: ConsoleServer, duty: Desk) -> None:
    first = console.site.raise_alarm("L-1", "overspeed")
    expect(duty.page.locator(f"#alarm-{first}")).to_be_visible()
    duty.page.locator(f"#alarm-{first} .todo").hover()
    second = console.site.raise_alarm("L-1", "brake_fault")
    expect(duty.page.locator("#thaw")).to_have_text("1 条新报警 ↑")
    ids = "rows => rows.map(row => Number(row.dataset.alarm))"
    assert duty.page.locator("#open > li").evaluate_all(ids) == [first, second]
    duty.page.mouse.move(640, 60)
    expect(duty.page.locator("#thaw")).to_be_hidden()
    assert duty.page.locator("#open > li").evaluate_all(ids) == [second, first]
    # Who walks by keys stands in the list as a pointer does.
    duty.page.keyboard.press("j")
    third = console.site.raise_alarm("L-1", "door_open_fault")
    expect(duty.page.locator("#thaw")).to_have_text("1 条新报警 ↑")
    assert duty.page.locator("#open > li").evaluate_all(ids) == [second, first, third]
    assert duty.page.evaluate("document.activeElement.closest('li').dataset.alarm") == str(second)


def test_what_somebody_has_gives_way_to_an_older_fire_that_nobody_has(
    console: ConsoleServer, duty: Desk
) -> None:
    trapped = console.site.raise_alarm("L-1", "entrapment")
    fire = console.site.raise_alarm(at=now() - timedelta(minutes=5))
    expect(duty.page.locator(f"#fire #alarm-{fire}")).to_be_visible()
    both = "rows => rows.map(row => Number(row.dataset.alarm))"
    rows = duty.page.locator(f"#alarm-{trapped}, #alarm-{fire}")
    assert rows.evaluate_all(both) == [trapped, fire]
    duty.page.locator(f"#alarm-{trapped} .todo").hover()
    console.site.change_alarm(trapped, "acknowledged", "duty")
    expect(duty.page.locator(f"#alarm-{trapped}.unacked")).to_have_count(0)
    assert rows.evaluate_all(both) == [trapped, fire], "not under the pointer"
    duty.page.mouse.move(640, 60)
    expect(duty.page.locator(f"#alarm-{fire} ~ #alarm-{trapped}")).to_have_count(1)


def test_what_is_over_goes_when_the_pointer_does(console: ConsoleServer, duty: Desk) -> None:
    below = console.site.raise_alarm("L-1", "overspeed")
    above = console.site.raise_alarm("L-1", "brake_fault")
    page = duty.open("/?tab=unacknowledged")
    expect(page.locator("#open > li")).to_have_count(2)
    page.locator(f"#alarm-{below} .todo").hover()
    console.site.change_alarm(above, "acknowledged", "bieren")
    expect(page.locator(f"#alarm-{above}")).to_contain_text("bieren")
    page.wait_for_timeout(1000)
    expect(page.locator(f"#alarm-{above}")).to_be_visible()
    page.mouse.move(640, 60)
    expect(page.locator(f"#alarm-{above}")).to_have_count(0)


@pytest.mark.usefixtures("alarm_process")
def test_a_click_that_a_moving_row_caught_acknowledges_nothing(
    console: ConsoleServer, duty: Desk
) -> None:
    stands = console.site.raise_alarm("L-1", "overspeed")
    expect(duty.page.locator(f"#alarm-{stands} button.ack")).to_be_visible()
    duty.page.wait_for_timeout(500)
    sent: list[str] = []
    duty.page.on("request", lambda request: sent.append(request.url))
    duty.page.evaluate(
        """id => new MutationObserver((_, watch) => {
          watch.disconnect();
          queueMicrotask(() => document.querySelector(`#alarm-${id} button.ack`).click());
        }).observe(document.getElementById("open"), { childList: true })""",
        stands,
    )
    moved = console.site.raise_alarm("L-1", "brake_fault")
    expect(duty.page.locator(f"#alarm-{moved}")).to_be_visible()
    duty.page.wait_for_timeout(500)
    assert [url for url in sent if url.endswith("/acknowledge")] == []
    duty.page.locator(f"#alarm-{stands} button.ack").click()
    expect(duty.page.locator(f"#alarm-{stands}")).to_contain_text("zhiban")


def test_a_quiet_overview_is_grey(console: ConsoleServer, duty: Desk) -> None:
    console.site.hear_gateway()
    console.site.write_ledger()
    duty.page.click("#sound")
    duty.open()
    duty.page.click("#sound")
    expect(duty.page.locator("#sound")).to_be_hidden()
    expect(duty.page.locator(".strip .odd, .strip .danger")).to_have_count(0, timeout=8000)
    assert saturated_share(duty.page) < 0.01


def test_sound_needs_consent_and_says_so(console: ConsoleServer, duty: Desk) -> None:
    state = duty.page.locator("[data-sound-state]")
    expect(state).to_have_text("静音")
    expect(duty.page.locator("#sound-cell")).to_have_class("cell danger")
    duty.page.click("#sound")
    expect(state).to_have_text("声音已开")
    console.site.raise_alarm("L-1", "entrapment")
    assert until(lambda: duty.page.evaluate("document.body.dataset.played") == "entrapment")
    console.site.raise_alarm()
    assert until(lambda: duty.page.evaluate("document.body.dataset.played") == "fire")
    duty.page.keyboard.press("m")
    expect(state).to_have_text(re.compile(r"^静音 (2 分 00|1 分 5\d) 秒$"))


@pytest.mark.usefixtures("alarm_process")
def test_a_technician_closes_the_loop_with_one_button_a_step(
    console: ConsoleServer, chromium: Browser
) -> None:
    site = console.site
    site.add_user("jishu", "technician", organisation="lift_firm")
    alarm_id = site.raise_alarm("L-1", "entrapment")
    order_id = site.open_order(alarm_id, "lift_firm", "困人救援")
    with sitting(chromium, console.address, "jishu", (360, 740)) as desk:
        page = desk.open(f"/t/{order_id}")
        for words, state in (("接单", "已接单"), ("我已到场", "已到场")):
            button = page.locator("button.huge:visible")
            expect(button).to_have_text(words)
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 48
            button.click()
            expect(page.locator("#order")).to_contain_text(f"· {state}")
        page.fill("[name=text]", "更换门锁触点")
        page.locator("button.huge:visible").click()
        expect(page.locator("#order")).to_contain_text("· 已修复")
        expect(page.locator("button.huge:visible")).to_have_count(0)
        expect(page.locator(".timeline")).to_contain_text("更换门锁触点")


def test_what_is_being_typed_survives_a_live_change(console: ConsoleServer, duty: Desk) -> None:
    alarm_id = console.site.raise_alarm()
    page = duty.open(f"/alarms/{alarm_id}")
    page.fill("#why-false", "厨房油烟")
    console.site.change_alarm(alarm_id, "acknowledged", "bieren")
    expect(page.locator(".head")).to_contain_text("已确认")
    assert page.input_value("#why-false") == "厨房油烟"
    assert page.locator("#why-false").evaluate("field => field === document.activeElement")
    versions = page.locator("form[data-act=confirm_false] [name=version]")
    assert versions.input_value() == "2"
    assert duty.troubles == []


def test_the_trend_is_drawn_under_the_strict_policy(console: ConsoleServer, duty: Desk) -> None:
    console.site.measure_lift()
    alarm_id = console.site.raise_alarm("L-1", "entrapment")
    page = duty.open(f"/alarms/{alarm_id}")
    expect(page.locator(".trend canvas")).to_have_count(3)
    expect(page.locator(".trend figcaption").first).to_have_text("速度 [m/s]")
    assert duty.troubles == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [(1280, 720), (360, 740)])
def test_no_page_overflows_or_breaks_its_policy(
    console: ConsoleServer,
    chromium: Browser,
    language: str,
    size: tuple[int, int],
    tmp_path: Path,
) -> None:
    site = console.site
    site.add_user("chief", "supervisor", language=language)
    alarm_id = site.raise_alarm("L-1", "entrapment", text="轿厢")
    order_id = site.open_order(alarm_id, "lift_firm", "困人救援")
    site.tell_bureau(alarm_id, "SF-2026-000123")
    site.raise_alarm("D-1", "fault")
    site.warn()
    site.measure_lift()
    site.write_ledger()
    with sitting(chromium, console.address, "chief", size) as desk:
        paths = ["/", f"/alarms/{alarm_id}", "/orders", f"/orders/{order_id}", "/warnings"]
        paths += ["/sites", "/sites/garden", "/coverage?place=garden", "/wall", "/shift"]
        paths += ["/orders/board", "/load"]
        for path in [*paths, "/bureau", "/platform", "/assets/1"]:
            page = desk.open(path)
            width = page.evaluate("document.documentElement.scrollWidth")
            page.screenshot(path=tmp_path / f"{path.replace('/', '_')}.png", full_page=True)
            assert width <= size[0], path
        assert desk.troubles == []
