"""What an operator reads on a page against what stands in the database, and the keys that lead there."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboards.console.keys import PAGES
from dashboards.console.role import ABILITIES, Role
from tests.e2e.pages.conftest import Desk, sitting
from tests.e2e.pages.seat import console, desk, garden, seat
from tests.integration.dashboards.console import ConsoleServer

__all__ = ["console", "desk", "garden", "seat"]
pytestmark = pytest.mark.browser
_STOCK = """
SELECT count(*), count(*) FILTER (WHERE commissioned_at IS NOT NULL)
FROM assets JOIN places ON places.id = assets.place_id
WHERE places.path <@ 'city' AND assets.retired_at IS NULL AND assets.class <> 'gateway'
"""
_STANDS = """
SELECT
    count(*) FILTER (WHERE is_life_safety), count(*) FILTER (WHERE NOT is_life_safety),
    count(*) FILTER (WHERE state LIKE '%unacknowledged'), 0,
    (SELECT count(*) FROM work_orders WHERE closed_at IS NULL),
    (SELECT count(*) FROM asset_contacts WHERE silent_since IS NOT NULL)
FROM alarms WHERE closed_at IS NULL
"""
_LANES = "SELECT state, count(*) FROM work_orders WHERE closed_at IS NULL GROUP BY state"
_LEDGER = """
SELECT sum(stored), sum(missing), sum(samples) FROM ledgers WHERE gateway = 'gw-1'
"""
_RAISED = """
SELECT count(*) FROM alarms WHERE NOT is_drill AND opened_at > now() - interval '1 day'
"""


@pytest.fixture(autouse=True)
def nothing_stays_open(console: ConsoleServer) -> Iterator[None]:
    """One seat for the file: what a test raised ends with it."""
    yield
    with console.site.writing(console.site.urls.owner_url) as connection:
        for table, state in (("work_orders", "closed"), ("alarms", "normal")):
            connection.execute(
                f"UPDATE {table} SET state = '{state}', closed_at = now() WHERE closed_at IS NULL"
            )


def facts(console: ConsoleServer, question: str) -> list[tuple[Any, ...]]:
    with console.site.writing(console.site.urls.owner_url) as connection:
        found = connection.execute(question.encode()).fetchall()
    return [tuple(row) for row in found]


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", text)]


def test_the_coverage_page_counts_what_stands_in_the_register(
    console: ConsoleServer, desk: Desk
) -> None:
    site = console.site
    site.hear_gateway()
    with site.writing(site.urls.owner_url) as connection:
        connection.execute("UPDATE assets SET commissioned_at = NULL WHERE code = 'W-1'")
    registered, commissioned = facts(console, _STOCK)[0]
    page = desk.open("/coverage")
    row = page.locator("tbody tr", has_text="花园小区").first
    cells = row.locator("td").all_inner_texts()
    assert numbers(cells[2]) == [registered]
    assert numbers(cells[3]) == [commissioned, 100 * commissioned // registered]
    page.goto(f"{desk.address}/coverage?place=garden")
    gap = page.locator("tr.unseen", has_text="W-1")
    expect(gap.locator("td").nth(2)).to_contain_text("缺")
    # What nobody watches is hatched, never grey as what is normal.
    assert "repeating-linear-gradient" in gap.locator("td").first.evaluate(
        "cell => getComputedStyle(cell).backgroundImage"
    )
    with site.writing(site.urls.owner_url) as connection:
        connection.execute("UPDATE assets SET commissioned_at = now() WHERE code = 'W-1'")


def test_a_handover_fixes_what_stood_then_and_needs_a_second_person(
    console: ConsoleServer, desk: Desk, chromium: Browser
) -> None:
    console.site.raise_alarm("L-1", "brake_fault")
    stood = facts(console, _STANDS)[0]
    page = desk.open("/shift")
    assert numbers(page.locator("#stands .figures").inner_text()) == list(stood)
    page.fill("#notes", "1号梯等维保，门禁卡在前台")
    page.click("text=交班签字")
    waiting = page.locator(".handover.is-waiting").first
    expect(waiting).to_contain_text("等待接班人签字")
    expect(waiting.locator("button")).to_have_count(0)
    console.site.raise_alarm("D-1", "fault")
    with sitting(chromium, console.address, "xiaoli") as other:
        other.open("/shift").click("text=接班签字")
        record = other.page.locator(".handover").first
        expect(record).to_contain_text("接班")
        expect(record).to_contain_text("门禁卡在前台")
        assert numbers(record.locator("p").nth(1).inner_text()) == list(stood), "as it stood then"
        now = numbers(other.page.locator("#stands .figures").inner_text())
        assert now == list(facts(console, _STANDS)[0]) != list(stood)
    signed = (
        "SELECT count(*) FROM shift_handovers WHERE given_by = 'zhiban' AND taken_by = 'xiaoli'"
    )
    assert facts(console, signed) == [(1,)]


def test_the_load_page_counts_a_flood(console: ConsoleServer, desk: Desk) -> None:
    for number in range(11):
        console.site.raise_alarm("L-1", f"door_blocked:{number}")
    page = desk.open("/load")
    (raised,) = facts(console, _RAISED)[0]
    assert numbers(page.locator("p.note").inner_text())[0] == raised
    expect(page.locator(".load-chart .bar-flood")).to_have_count(1)
    expect(page.locator("main")).to_contain_text("近一天泛滥次数 1")
    worst = page.locator("tbody tr").first.locator("td")
    assert numbers(worst.nth(2).inner_text()) == [raised]


def test_the_platform_page_shows_what_the_ledger_holds(
    console: ConsoleServer, chromium: Browser
) -> None:
    site = console.site
    site.add_user("zhuguan", "supervisor")
    site.hear_gateway()
    site.write_ledger()
    stored, missing, samples = facts(console, _LEDGER)[0]
    with sitting(chromium, console.address, "zhuguan") as chief:
        page = chief.open("/platform")
        row = page.locator("#gateways tbody tr", has_text="gw-1").first
        heads = page.locator("#gateways thead").first.locator("th").all_inner_texts()
        said = dict(zip(heads, row.locator("td").all_inner_texts(), strict=True))
        assert (said["入库"], said["缺失"], said["采样"]) == (
            str(stored),
            str(missing),
            str(samples),
        )
        assert said["差额"] == str(missing), "what is missing is lost, and said so"
        expect(row.locator("td").nth(heads.index("缺失"))).to_have_class("odd")
        assert chief.troubles == []


def test_the_board_of_orders_follows_their_states(console: ConsoleServer, desk: Desk) -> None:
    site = console.site
    alarms = [site.raise_alarm("L-1", "overspeed"), site.raise_alarm("D-1", "fault")]
    orders = [site.open_order(alarm, "lift_firm", "检查", f"B-{alarm}") for alarm in alarms]
    page = desk.open("/orders/board")
    assert lanes(page) == dict(facts(console, _LANES))
    with site.writing(site.urls.analytics_url) as connection:
        connection.execute(
            "UPDATE work_orders SET state = 'accepted', version = version + 1 WHERE id = %s",
            (orders[0],),
        )
    site.number("order", orders[0])
    ticket = page.locator(f"a.ticket[href='/orders/{orders[0]}']")
    expect(
        page.locator("section", has=page.locator("#lane-accepted")).locator(ticket)
    ).to_have_count(1)
    assert lanes(page) == dict(facts(console, _LANES))
    page.keyboard.press("Tab")
    ticket.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{orders[0]}")


def lanes(page: Page) -> dict[str, int]:
    """How many orders each lane of the board says that it has, the empty ones left out."""
    named = page.locator(".lane h2").evaluate_all(
        "heads => heads.map(one => [one.id.slice(5), Number(one.querySelector('.count').textContent)])"
    )
    return {str(state): int(count) for state, count in named if count}


def test_every_key_of_the_list_does_what_it_says(console: ConsoleServer, desk: Desk) -> None:
    older = console.site.raise_alarm("L-1", "overspeed")
    newer = console.site.raise_alarm("D-1", "fault")
    page = desk.open()
    press, at = page.keyboard.press, "document.activeElement.closest('li')?.dataset.alarm"
    press("j")
    first = page.evaluate(at)
    press("j")
    second = page.evaluate(at)
    assert {first, second} == {str(older), str(newer)}
    press("k")
    assert page.evaluate(at) == first
    press("Escape")
    assert page.evaluate(at) is None, "nothing is chosen any more"
    press("2")
    page.wait_for_url("**severity=major*")
    page.wait_for_selector("body.live")
    press("Control+k")
    expect(page.locator("#question")).to_be_focused()
    press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.goto(f"{desk.address}/")
    page.wait_for_selector("body.live")
    press("j")
    press("Enter")
    page.wait_for_url(f"**/alarms/{first}")
    page.wait_for_selector("body.live")
    press("f")
    expect(page.locator("#cause-false")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    press("c")
    expect(page.locator("#comment")).to_be_focused()
    page.keyboard.type("jk已通知物业")
    assert page.input_value("#comment") == "jk已通知物业", "a key in a field is a letter"
    press("Enter")
    expect(page.locator(".timeline")).to_contain_text("jk已通知物业")
    press("Escape")
    press("Escape")
    page.wait_for_url(f"{desk.address}/")


def test_the_keys_after_g_lead_to_every_page_of_the_list(desk: Desk) -> None:
    page = desk.open("/load")
    mine = ABILITIES[Role.OPERATOR]
    listed = page.locator("#keys [data-go]").evaluate_all(
        "keys => keys.map(one => [one.textContent, one.dataset.go])"
    )
    assert [(key, url) for key, url in listed] == [
        (one.key, one.url) for one in PAGES if one.key and one.ability in mine
    ]
    for key, url in (listed[0], listed[-1]):
        page.keyboard.press("g")
        page.keyboard.press(str(key).lower())
        page.wait_for_url(f"{desk.address}{url}")
        page.wait_for_selector("body.live")
