"""The main path of each: a technician without a signal, the bureau's desk, a resident at a board."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from dashboards.console.auth import COOKIE
from tests.e2e.pages.conftest import sitting
from tests.integration.dashboards.console import ConsoleServer, until
from tests.integration.dashboards.site import Site

pytestmark = pytest.mark.browser
PHONE: ViewportSize = {"width": 360, "height": 740}
PIN = "402913"
AN_HOUR_AGO = """() => new Promise((done, fail) => {
  const opened = indexedDB.open("towerwatch-phone", 1);
  opened.onerror = () => fail(opened.error);
  opened.onsuccess = () => {
    const change = opened.result.transaction("steps", "readwrite");
    const steps = change.objectStore("steps");
    steps.getAll().onsuccess = ({ target }) => {
      for (const one of target.result) {
        const fields = one.fields.map(([name, value]) => [name, name === "done_at" ? value - 3_600_000 : value]);
        steps.put({ ...one, fields });
      }
    };
    change.oncomplete = () => done();
  };
})"""
"""What waits on the telephone was done an hour before."""


@contextmanager
def telephone(chromium: Browser) -> Iterator[tuple[BrowserContext, Page]]:
    context = chromium.new_context(viewport=PHONE, locale="zh-CN", is_mobile=True, has_touch=True)
    context.set_default_timeout(10_000)
    try:
        yield context, context.new_page()
    finally:
        context.close()


def steps_of(site: Site, order: int) -> list[str]:
    with site.writing(site.urls.analytics_url) as connection:
        found = connection.execute(
            "SELECT trigger FROM work_order_transitions WHERE order_id = %(id)s ORDER BY id",
            {"id": order},
        ).fetchall()
    return [str(row[0]) for row in found]


def notes_of(site: Site, order: int) -> str:
    with site.writing(site.urls.analytics_url) as connection:
        found = connection.execute(
            "SELECT note FROM work_order_transitions WHERE order_id = %(id)s ORDER BY id",
            {"id": order},
        ).fetchall()
    return " ".join(str(row[0]) for row in found)


def test_a_technician_works_through_a_basement_without_a_signal(
    console: ConsoleServer, chromium: Browser, alarm_process: None
) -> None:
    site = console.site
    site.add_user("diaodu", "maintenance_dispatcher", organisation="lift_firm")
    site.add_user("weibao", "technician", organisation="lift_firm")
    with site.writing(site.urls.owner_url) as connection:
        connection.execute(
            "INSERT INTO technicians (name, organisation_id, display_name, capacity)"
            " SELECT 'weibao', id, '维保', 5 FROM organisations WHERE code = 'lift_firm'"
        )
    alarm = site.raise_alarm("L-1", "door_open_fault")
    order = site.open_order(alarm, "lift_firm", "1号楼1号梯 开门故障")
    with sitting(chromium, console.address, "diaodu") as desk:
        page = desk.open(f"/orders/{order}")
        page.click("summary:has-text('发送手机链接')")
        page.click("form[action$='/phone'] button")
        link = page.locator("p.address a").inner_text()
    with telephone(chromium) as (context, phone):
        phone.goto(link)
        phone.fill("[name=pin]", PIN)
        phone.fill("[name=again]", PIN)
        phone.click("button.primary")
        phone.wait_for_selector("body.live")
        phone.wait_for_function("() => navigator.serviceWorker.controller !== null")
        phone.reload()
        phone.wait_for_selector("body.live")
        context.set_offline(True)
        phone.click("form[data-phone-step=order_accept] button")
        queue = phone.locator("[data-phone-queue] li")
        expect(queue).to_have_count(1)
        expect(queue.first).to_contain_text("待上传")
        expect(phone.locator("[data-phone-offline]")).to_be_visible()
        phone.click("form[data-phone-step=order_arrive] button")
        expect(queue).to_have_count(2)
        phone.reload()
        expect(queue).to_have_count(2)
        expect(phone.locator("form[data-phone-step=order_accept]")).to_be_hidden()
        phone.fill("form[data-phone-step=order_restore] [name=text]", "更换门机皮带")
        phone.click("form[data-phone-step=order_restore] button")
        expect(queue).to_have_count(3)
        assert steps_of(site, order) == []
        phone.evaluate(AN_HOUR_AGO)
        context.set_offline(False)
        assert until(lambda: len(steps_of(site, order)) == 3, within_s=25)
        assert steps_of(site, order) == ["accept", "arrive", "restore"], "none lost, in order"
        assert "更换门机皮带" in notes_of(site, order)
        expect(queue).to_have_count(0)
        both = phone.locator(".timeline li", has_text="现场操作于")
        expect(both).to_have_count(3)
        expect(both.last).to_contain_text("上传于")


@contextmanager
def technician(console: ConsoleServer, chromium: Browser) -> Iterator[tuple[int, Page]]:
    """A technician with an order on the screen of his telephone."""
    site = console.site
    site.add_user("weibao", "technician", organisation="lift_firm")
    order = site.open_order(site.raise_alarm("L-1", "door_open_fault"), "lift_firm", "开门故障")
    with telephone(chromium) as (_, phone):
        let_in(console, phone)
        phone.goto(f"{console.address}/t/{order}")
        phone.wait_for_selector("body.live")
        yield order, phone


def let_in(console: ConsoleServer, phone: Page) -> None:
    """A session that the telephone has from now on."""
    token = console.log_in("weibao").token
    phone.context.clear_cookies()
    phone.context.add_cookies([{"name": COOKIE, "value": token, "url": console.address}])


def test_steps_after_a_refused_one_are_not_taken_on_what_stands_now(
    console: ConsoleServer, chromium: Browser, alarm_process: None
) -> None:
    with technician(console, chromium) as (order, phone):
        phone.context.set_offline(True)
        phone.click("form[data-phone-step=order_accept] button")
        phone.click("form[data-phone-step=order_arrive] button")
        with console.site.writing(console.site.urls.analytics_url) as connection:
            connection.execute(
                "UPDATE work_orders SET state = 'accepted', version = version + 1 WHERE id = %(id)s",
                {"id": order},
            )
        phone.context.set_offline(False)
        queue = phone.locator("[data-phone-queue] li")
        expect(queue.first).to_contain_text("未被接受", timeout=20_000)
        expect(queue).to_have_count(2)
        queue.first.locator("button").click()
        expect(queue).to_have_count(0)
        phone.wait_for_selector("body.live")
        assert steps_of(console.site, order) == []


def test_a_step_outlasts_the_session_of_the_page_it_was_taken_on(
    console: ConsoleServer, chromium: Browser, alarm_process: None
) -> None:
    with technician(console, chromium) as (order, phone):
        phone.context.set_offline(True)
        phone.click("form[data-phone-step=order_accept] button")
        expect(phone.locator("[data-phone-queue] li")).to_have_count(1)
        let_in(console, phone)
        phone.context.set_offline(False)
        assert until(lambda: steps_of(console.site, order) == ["accept"], within_s=30)


_RESCUE = """
INSERT INTO rescues (alarm_id, asset_id, place_path, stage, tier, owner_id, due_at, opened_at, began_at)
SELECT alarms.id, alarms.asset_id, alarms.place_path, 'dispatched', 1, organisations.id,
    now() + interval '1 hour', now() - interval '1 minute', now() - interval '1 minute'
FROM alarms, organisations
WHERE alarms.condition = 'entrapment' AND organisations.code = 'lift_firm'
"""


def test_a_rescue_in_a_pit_without_a_signal_is_sent_in_its_order_past_a_refused_step(
    console: ConsoleServer, chromium: Browser, alarm_process: None
) -> None:
    site = console.site
    site.add_user("weibao", "technician", organisation="lift_firm")
    order = site.open_order(site.raise_alarm("L-1", "entrapment"), "lift_firm", "困人救援")
    with site.writing(site.urls.analytics_url) as connection:
        connection.execute(_RESCUE)
    with telephone(chromium) as (context, phone):
        let_in(console, phone)
        phone.goto(f"{console.address}/t/{order}")
        phone.wait_for_selector("body.live")
        context.set_offline(True)
        phone.click("form[data-act=rescue_arrive] button")
        queue = phone.locator("[data-phone-queue] li")
        expect(queue).to_have_count(1)
        expect(queue.first).to_contain_text("救援到场")
        expect(queue.first).to_contain_text("待上传")
        expect(phone.locator("form[data-act=rescue_accept]")).to_be_hidden()
        expect(phone.locator("form[data-act=rescue_arrive]")).to_be_hidden()
        phone.fill("#freed", "1")
        phone.fill("#hurt", "2")
        phone.click("form[data-act=rescue_release] button")
        expect(phone.locator("#toast")).to_have_text("受伤人数不能多于救出人数")
        phone.fill("#freed", "2")
        phone.click("form[data-act=rescue_release] button")
        expect(phone.locator("#toast")).to_have_text("有人受伤，请写明伤情")
        phone.fill("#freed-words", "两人轻微擦伤")
        phone.click("form[data-act=rescue_release] button")
        expect(queue).to_have_count(2)
        # Somebody has already written down that they are there: what waits is refused, people are out.
        with site.writing(site.urls.analytics_url) as connection:
            connection.execute("UPDATE rescues SET stage = 'on_site', arrived_at = now()")
        context.set_offline(False)
        said = "SELECT stage, people, injured, condition FROM rescues"
        assert until(lambda: rescue_of(site, said)[:3] == ("released", 2, 2), within_s=30)
        assert str(rescue_of(site, said)[3]).startswith("两人轻微擦伤")
        expect(queue).to_have_count(1)
        expect(queue.first).to_contain_text("未被接受")
        queue.first.locator("button").click()
        expect(queue).to_have_count(0)


def rescue_of(site: Site, question: str) -> tuple[object, ...]:
    with site.writing(site.urls.analytics_url) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row


def test_the_bureau_hears_a_fire_takes_it_and_the_company_sees_it(
    console: ConsoleServer, chromium: Browser, alarm_process: None
) -> None:
    site = console.site
    site.add_user("yingji", "bureau", places=("city",), organisation="bureau")
    site.add_user("zhiban")
    with (
        sitting(chromium, console.address, "yingji") as bureau,
        sitting(chromium, console.address, "zhiban") as company,
    ):
        bureau.open("/bureau")
        alarm = site.raise_alarm("D-1", "fire_alarm", text="2层 走廊")
        card = bureau.page.locator(f"#alarm-card-{alarm}")
        expect(card).to_contain_text("2层走廊烟感")
        body = bureau.page.locator("body")
        expect(body).to_have_attribute("data-sounding", "fire")
        card.locator("button").click()
        expect(card).to_contain_text("应急局已收到")
        expect(body).to_have_attribute("data-sounding", "")
        company.open(f"/alarms/{alarm}")
        expect(company.page.locator(".timeline")).to_contain_text("应急局已收到")
        for desk in (bureau, company):
            assert desk.troubles == []


def test_silence_of_the_feed_shows_the_telephones(
    console: ConsoleServer, chromium: Browser, alarm_process: None
) -> None:
    console.site.add_user("yingji", "bureau", places=("city",), organisation="bureau")
    with sitting(chromium, console.address, "yingji") as bureau:
        page = bureau.page
        page.clock.install()
        bureau.open("/bureau")
        console.server.should_exit = True
        assert until(lambda: not console.server.server_state.connections, within_s=10)
        expect(page.locator("#stale")).to_be_visible()
        page.clock.run_for(30_000)
        expect(page.locator("#feed-silence")).to_be_hidden()
        page.clock.run_for(40_000)
        expect(page.locator("#feed-silence")).to_be_visible()


def test_a_resident_reads_the_board_on_a_telephone(
    console: ConsoleServer, chromium: Browser
) -> None:
    with telephone(chromium) as (_, page):
        page.goto(f"{console.address}/board/garden")
        expect(page.locator("h1")).to_contain_text("花园小区")
        wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0
        text = page.locator("main").inner_text()
        assert "1号楼1号梯" in text
        assert re.search(r"烟感|消火栓", text) is None, "of lifts only"
        with console.site.writing(console.site.urls.owner_url) as connection:
            connection.execute(
                "INSERT INTO survey_slips (token_hash, place_path, giver, household, made_by, made_at)"
                " VALUES (sha256('slip-of-a-resident'), 'city.dist.street.comm.garden', 'owner', '9-2',"
                " 'x', now())"
            )
        page.goto(f"{console.address}/vote/slip-of-a-resident")
        page.check("[name=stars][value='4']")
        assert page.locator("button.primary").is_enabled()
