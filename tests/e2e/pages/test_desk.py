"""The desk in a real browser: a compound in section, keys, two operators, shades of grey."""

import base64

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.pages.conftest import Desk, sitting
from tests.e2e.pages.seat import console, desk, end, garden, seat
from tests.integration.dashboards.console import ConsoleServer
from tests.integration.dashboards.site import PASSWORD

__all__ = ["console", "desk", "garden", "seat"]
pytestmark = pytest.mark.browser


def test_a_car_moves_in_its_shaft_and_a_fire_turns_its_storey(
    console: ConsoleServer, desk: Desk
) -> None:
    with console.site.writing(console.site.urls.owner_url) as connection:
        connection.execute(
            "UPDATE assets SET attributes = '{\"lowest\": -1, \"highest\": 6}' WHERE code = 'L-1'"
        )
    page = desk.open("/sites/garden")
    words = page.locator("[data-car-words]").first
    expect(words).to_have_text("没有数据")
    with console.site.writing(console.site.urls.ingest_url) as connection:
        connection.execute(
            "INSERT INTO lift_samples (at, asset_id, floor, speed, direction, door_closed, person)"
            " SELECT now(), id, 5, 1.5, 1, 1, 1 FROM assets WHERE code = 'L-1'"
        )
    expect(words).to_have_text("5 层 · 上行 · 有人", timeout=5000)
    expect(page.locator("g.car.stale")).to_have_count(0)
    expect(page.locator("g.car.person .arrow")).to_have_text("▲")
    alarm_id = console.site.raise_alarm()
    expect(page.locator(".b-fire .storey-words")).to_have_text("火警", timeout=5000)
    end(console, alarm_id)
    expect(page.locator(".b-fire")).to_have_count(0, timeout=5000)


def test_letters_find_a_place_and_the_keys_are_listed(console: ConsoleServer, desk: Desk) -> None:
    page = desk.open()
    page.keyboard.press("/")
    page.locator("#question").press_sequentially("1hl1ht")
    expect(page.locator("#found a").first).to_contain_text("1号楼1号梯")
    page.keyboard.press("Enter")
    page.wait_for_url("**/assets/*")
    page.wait_for_selector("body.live")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("本机消音 2 分钟")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/coverage")


_CONTROLS = "#detail :is(a, button, input:not([type=hidden]), select, summary, textarea)"
_SEEN = """selector => [...document.querySelectorAll(selector)].filter(
  (one) => one.checkVisibility() && !one.disabled).map((one) => (one.dataset.turn = one.outerHTML))"""
_HELD = """() => {
  const one = document.activeElement, line = getComputedStyle(one);
  return [one.dataset.turn ?? "", line.outlineStyle !== "none" && parseFloat(line.outlineWidth) >= 2];
}"""


def test_every_act_of_an_alarm_is_reached_in_order_by_tab_and_shows_where_one_is(
    console: ConsoleServer, desk: Desk
) -> None:
    alarm_id = console.site.raise_alarm("L-1", "entrapment")
    page = desk.open(f"/alarms/{alarm_id}")
    controls = page.evaluate(_SEEN, _CONTROLS)
    assert len(controls) > 8
    page.locator(_CONTROLS).first.focus()
    page.keyboard.press("Shift+Tab")
    for control in controls:
        page.keyboard.press("Tab")
        held, is_marked = page.evaluate(_HELD)
        assert held == control
        assert is_marked, control
    end(console, alarm_id)


def test_what_goes_outward_is_held_and_never_clicked(console: ConsoleServer, desk: Desk) -> None:
    alarm_id = console.site.raise_alarm("L-1", "entrapment")
    page = desk.open(f"/alarms/{alarm_id}")
    page.locator("button.real").click()
    expect(page.locator("#toast")).to_have_text("请按住 1 秒")
    expect(page.locator(".head")).to_contain_text("待核实")
    page.keyboard.down("b")
    expect(page.locator(".head")).to_contain_text("属实", timeout=8000)
    page.keyboard.up("b")
    end(console, alarm_id)


def test_a_tick_of_the_playbook_stands_in_the_timeline(console: ConsoleServer, desk: Desk) -> None:
    alarm_id = console.site.raise_alarm("L-1", "entrapment")
    page = desk.open(f"/alarms/{alarm_id}")
    page.locator(".steps button.step").first.click()
    expect(page.locator(".timeline")).to_contain_text("☑", timeout=8000)
    expect(page.locator(".step-done").first).to_contain_text("zhiban", timeout=8000)
    end(console, alarm_id)


def test_a_slip_is_taken_back_and_work_given_out_by_keys(
    console: ConsoleServer, desk: Desk
) -> None:
    alarm_id = console.site.raise_alarm("L-1", "overspeed")
    page = desk.open(f"/alarms/{alarm_id}")
    page.keyboard.press("a")
    expect(page.locator("form[data-act=take_back]")).to_be_visible()
    page.keyboard.press("z")
    expect(page.locator(".timeline")).to_contain_text("撤销确认")
    expect(page.locator("form[data-act=acknowledge]")).to_be_visible()
    page.keyboard.press("p")
    expect(page.locator("#dispatch-to")).to_be_focused()
    page.select_option("#dispatch-to", "lift_firm")
    page.fill("#why-dispatch", "值班员指派")
    # What happens meanwhile neither closes the form nor takes what was typed.
    console.site.number("alarm", alarm_id)
    page.wait_for_timeout(1000)
    expect(page.locator("#why-dispatch")).to_have_value("值班员指派")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("值班员指派")
    # The field that somebody is in goes with the alarm; the page stays.
    expect(page.locator("#why-dispatch")).to_be_focused()
    end(console, alarm_id)
    expect(page.locator("#why-dispatch")).to_have_count(0)
    assert page.evaluate("document.activeElement === document.body")


def test_of_two_operators_the_second_sees_the_first_live_and_nothing_is_doubled(
    console: ConsoleServer, desk: Desk, chromium: Browser
) -> None:
    alarm_id = console.site.raise_alarm("L-1", "entrapment")
    with sitting(chromium, console.address, "xiaoli") as other:
        row = other.open().locator(f"#alarm-{alarm_id}")
        expect(row.locator("button.ack")).to_be_visible()
        stuck = other.another_tab(f"/alarms/{alarm_id}")
        form = stuck.locator("form[data-act=acknowledge]")
        expect(form).to_have_count(1)
        # This tab keeps what it showed before the first one acted.
        stuck.route(f"**/alarms/{alarm_id}", lambda route: route.abort())
        desk.open()
        desk.page.locator(f"#alarm-{alarm_id} button.ack").click()
        expect(row).to_contain_text("zhiban", timeout=3000)
        expect(row.locator("button.ack")).to_have_count(0)
        form.locator("button").click()
        expect(stuck.locator("#toast")).to_contain_text("zhiban")
        expect(stuck.locator("#toast")).to_have_class("bad")
    with console.site.writing(console.site.urls.analytics_url) as connection:
        kept = connection.execute(
            "SELECT alarms.acknowledged_by, count(*) FROM alarms JOIN alarm_transitions AS steps"
            " ON steps.alarm_id = alarms.id AND steps.trigger = 'acknowledge'"
            " WHERE alarms.id = %s GROUP BY alarms.acknowledged_by",
            (alarm_id,),
        ).fetchall()
    assert kept == [("zhiban", 1)]
    end(console, alarm_id)


def test_shades_of_grey_still_rank_the_alarms(console: ConsoleServer, desk: Desk) -> None:
    ids = [
        console.site.raise_alarm(),
        console.site.raise_alarm("L-1", "overspeed"),
        console.site.raise_alarm("D-1", "fault"),
    ]
    page = desk.open()
    page.emulate_media(reduced_motion="reduce")
    shapes = [page.locator(f"#alarm-{one} .shape").get_attribute("data-shape") for one in ids]
    words = [page.locator(f"#alarm-{one} .state-words b").text_content() for one in ids]
    assert shapes[0] == "octagon"
    assert len(set(zip(shapes, words, strict=True))) == 3
    dark = [_darkness(page, f"#alarm-{one} .state") for one in ids]
    assert dark[0] > 0
    tops = [page.locator(f"#alarm-{one}").bounding_box()["y"] for one in ids]  # type: ignore[index]
    assert tops == sorted(tops)
    page.emulate_media(reduced_motion=None)
    end(console, *ids)


_DARK = """async (picture) => {
  const image = new Image();
  image.src = picture;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext("2d");
  pen.filter = "grayscale(1)";
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i] < 130) dark += 1;
  return dark / (data.length / 4);
}"""


def _darkness(page: Page, selector: str) -> float:
    """Share of dark pixels of a part of the page, without its colours."""
    shot = page.locator(selector).screenshot()
    blank = page.context.new_page()
    share = float(blank.evaluate(_DARK, "data:image/png;base64," + base64.b64encode(shot).decode()))
    blank.close()
    return share


def test_a_session_that_ends_under_an_act_says_so_and_leads_back(
    console: ConsoleServer, chromium: Browser
) -> None:
    alarm_id = console.site.raise_alarm("L-1", "overspeed")
    with sitting(chromium, console.address, "xiaoli") as other:
        page = other.open(f"/alarms/{alarm_id}")
        other.context.clear_cookies()
        page.fill("#comment", "已通知物业")
        page.keyboard.press("Enter")
        expect(page.locator("#toast")).to_be_visible()
        expect(page.locator("#stale")).to_contain_text("登录已失效")
        assert page.input_value("#comment") == "已通知物业", "what was written still stands there"
        page.click("#stale a")
        page.fill("[name=name]", "xiaoli")
        page.fill("[name=password]", PASSWORD)
        page.click("button.primary")
        page.wait_for_url(f"**/alarms/{alarm_id}")
    end(console, alarm_id)
