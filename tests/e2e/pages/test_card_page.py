"""The triage card comes by itself beneath an alarm, in the system's Chromium."""

import os

import pytest
from playwright.sync_api import expect

from tests.e2e.pages.conftest import Desk
from tests.integration.dashboards.console import ConsoleServer

pytestmark = pytest.mark.browser


def test_the_card_comes_by_itself_and_follows_the_alarm(console: ConsoleServer, duty: Desk) -> None:
    alarm_id = console.site.raise_alarm("D-1", "fire_alarm")
    page = duty.open(f"/alarms/{alarm_id}")
    card = page.locator("#card")
    expect(card).to_contain_text("可能原因", timeout=10_000)
    expect(card).to_contain_text("现有数据不足以判断原因")
    expect(card).to_contain_text("派人带灭火器和对讲机到场核实")
    if os.environ.get("TOWERWATCH_SCREENSHOT"):
        page.screenshot(path=os.environ["TOWERWATCH_SCREENSHOT"], full_page=True)
    console.site.raise_alarm("W-1", "water_release")
    console.site.change_alarm(alarm_id, "acknowledged", by="duty")
    expect(card).to_contain_text("现有其他报警", timeout=15_000)
    assert duty.troubles == []
