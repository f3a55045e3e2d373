"""The page of the gateway itself, and when a driver makes no progress."""

from io import StringIO

import pytest
from msgspec.structs import replace
from rich.console import Console

from gateway import clock
from gateway.crew import Progress
from gateway.local_page import page
from gateway.view import ShownAsset, ShownDriver, ShownLane, View
from towerwatch.commands.gateway_device import walk_table


def view(**change: object) -> View:
    asset = ShownAsset(
        asset="W-<1>",
        asset_class="fire_water",
        label="消防水压/水位监测点",
        age_s=3.2,
        at=1,
        values={"pressure": 605.0, "level": None},
        units={"pressure": "kPa", "level": "m"},
        event="pressure_low",
        event_label="消火栓压力偏低",
        event_state="raise",
    )
    driver = ShownDriver(
        name="room",
        driver="modbus",
        work="failing",
        since_s=12.0,
        failures=2,
        reason="<script>",
        counted={"frames": 7},
        assets=[asset],
        unheard=["W-<2>"],
    )
    lane = ShownLane(lane="alarm", is_connected=False, waiting=3, oldest_s=4.5)
    return View(
        gateway="gw-1",
        software="towerwatch 0",
        configuration="abc",
        at=1,
        lanes=[lane],
        drivers=[driver],
    )


def test_the_page_says_values_ages_and_troubles_and_escapes_what_devices_say() -> None:
    text = page(view())
    for words in ("605 kPa", "level 无 absent", "发生", "断开 no", "故障重试", "frames 7", "gw-1"):
        assert words in text
    assert "W-&lt;1&gt;" in text
    assert "尚未听到 not heard yet (1): W-&lt;2&gt;" in text
    assert "<script>" not in text


def test_whoever_walks_with_a_laptop_sees_the_newest_words_on_top() -> None:
    shown = view()
    (driver,) = shown.drivers
    words = [replace(driver.assets[0], asset=f"W-{age}", age_s=age) for age in (9.0, 1.0, 700.0)]
    shown = replace(shown, drivers=[replace(driver, assets=words)])
    paper = StringIO()
    Console(file=paper, width=120).print(walk_table(shown, most=2))
    text = paper.getvalue()
    assert text.index("W-1.0") < text.index("W-9.0")
    assert "W-700.0" not in text
    assert "已听到 heard 3, 尚未听到 not yet 1, 驱动故障 failing: room" in text


def test_a_driver_is_quiet_from_the_end_of_its_promised_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(clock, "steady_s", lambda: now[0])
    stop = Progress()
    now[0] = 130.0
    assert stop.quiet_s(now[0]) == 30.0
    assert not stop.is_set()
    assert stop.quiet_s(now[0]) == 0.0
    assert not stop.wait(0.001)
    now[0] = 140.0
    assert stop.quiet_s(now[0]) == pytest.approx(9.999)
    stop.set()
    assert stop.is_set()
    assert stop.wait(5)
