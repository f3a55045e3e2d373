"""A fire panel of 5,000 points in a fire, from its frames to the console, and a check of its desk."""

import csv
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from analytics.act import Person
from gateway import clock
from gateway.drivers.gbt26875.dialogue import Patience
from ingest.database import connect
from simulators.panel.device import FIRE, PanelDevice, PanelPlan
from simulators.panel.link import Over, PanelLink, in_background
from tests.e2e.line import PASSWORD, Line
from tests.e2e.test_line import GATEWAY, REGISTRY
from tests.e2e.visitor import Heard, Visitor, until
from tests.services import TestBroker
from towerwatch.panel_check import ask_panels, fetch_panel_checks
from towerwatch.process import free_port
from towerwatch.services.database import DatabaseUrls

POINTS = 5000
PANELS = 500
PORT = free_port()
FIRST_WITHIN_S = 1.0
"""From the panel's first frame on the wire to the console's stream: a budget of the product."""
RECOVERED_WITHIN_S = 60.0


def code_of(number: int) -> str:
    return f"889/1.1/{number // 200 + 1}-{number % 200 + 1}"


def registry_with_points(folder: Path) -> Path:
    """The demonstration's registry, and a detector for each point."""
    shutil.copytree(REGISTRY, folder)
    assets = folder / "assets.csv"
    # The panel's own device is known by its address.
    text = assets.read_text().replace(f"{GATEWAY},FP-1,", f"{GATEWAY},889,")
    assets.write_text(text)
    with assets.open("a", newline="") as file:
        rows = csv.DictWriter(file, text.splitlines()[0].split(","), restval="")
        for number in range(POINTS):
            rows.writerow(
                {
                    "code": f"P{number:04d}",
                    "class": "detector",
                    "place": "garden_b1_f01",
                    "name_zh": f"感烟{number}",
                    "gateway": GATEWAY,
                    "gateway_code": code_of(number),
                    "maintainer": "fire_firm",
                }
            )
    return folder


@pytest.fixture
def line(tmp_path: Path, database: DatabaseUrls, own_broker: TestBroker) -> Iterator[Line]:
    running = Line(
        folder=tmp_path,
        database=database,
        broker=own_broker,
        gateway=GATEWAY,
        driver={"name": "fire", "driver": "gbt26875", "tcp": f"127.0.0.1:{PORT}"},
    )
    running.prepare(registry_with_points(tmp_path / "registry"))
    try:
        running.start_all()
        yield running
    finally:
        running.stop_all()


class TimedLink(PanelLink):
    """A panel's connection that notes when frames went out [s, steady clock]."""

    sent_s: list[float]

    def _send(self, data: bytes) -> None:
        if data:
            self.sent_s.append(clock.steady_s())
        super()._send(data)


def assets_of(heard: list[Heard]) -> list[str]:
    """The assets of alarms, each once, in order."""
    return list(dict.fromkeys(str(one.body["alarm"]["asset"]) for one in heard))


@contextmanager
def speaking(device: PanelDevice) -> Iterator[TimedLink]:
    link = TimedLink(device, "127.0.0.1", PORT, Over.TCP, seed=1)
    link.sent_s = []
    with in_background([link]):
        yield link


def fires(heard: list[Heard]) -> list[Heard]:
    """The fire alarms that came over the stream, in order."""
    return [
        event
        for event in list(heard)
        if event.body.get("alarm") and event.body["alarm"]["event"] == "fire_alarm"
    ]


@pytest.mark.long
@pytest.mark.timeout(290)
def test_a_panel_full_of_fire_reaches_the_console_whole_and_in_order(line: Line) -> None:
    operator = Visitor(line.address, "operator", PASSWORD)
    panel = PanelDevice(PanelPlan(address=889, points=POINTS, patience=Patience()))
    with speaking(panel) as link, operator.listening() as heard:
        assert until(lambda: link.connected > 0, within_s=60), line.logs()
        before = len(link.sent_s)
        panel.report(range(1, POINTS + 1), FIRE, clock.now_ms(), at_once=22)
        assert until(lambda: fires(heard), within_s=30), line.logs()
        began_s = link.sent_s[before]
        first_s = fires(heard)[0].at_s - began_s
        assert until(lambda: panel.is_done, within_s=120), line.logs()
        confirmed_s = clock.steady_s() - began_s
        assert until(lambda: _count(line) == POINTS, within_s=120), (_count(line), line.logs())
        all_s = clock.steady_s() - began_s
        assert until(lambda: len(assets_of(fires(heard))) == POINTS, within_s=60), len(heard)
        _check_desk(line)
    print(f"first {first_s:.2f} s, confirmed {confirmed_s:.1f} s, {POINTS} alarms {all_s:.1f} s")
    assert first_s <= FIRST_WITHIN_S
    operator.close()
    with closing(connect(line.database.owner_url, application="test")) as connection:
        rows = connection.execute(
            "SELECT assets.code FROM events JOIN assets ON assets.id = events.asset_id"
            " WHERE events.event = 'fire_alarm' AND events.state = 'raise' ORDER BY events.id"
        ).fetchall()
    order = list(dict.fromkeys(str(row[0]) for row in rows))
    assert order == [f"P{number:04d}" for number in range(POINTS)]
    assert assets_of(fires(heard)) == order


@pytest.mark.long
@pytest.mark.timeout(290)
def test_panels_that_come_back_to_a_killed_gateway_are_all_heard(line: Line) -> None:
    plans = [PanelPlan(address=2000 + number, points=1) for number in range(PANELS)]
    panels = [PanelDevice(plan) for plan in plans]
    links = [
        PanelLink(panel, "127.0.0.1", PORT, Over.TCP, seed) for seed, panel in enumerate(panels)
    ]
    with in_background(links):
        assert until(lambda: all(link.connected for link in links), within_s=60), line.logs()
        line.kill("gateway")
        for panel in panels:
            panel.report([1], FIRE, clock.now_ms())
        began_s = clock.steady_s()
        line.start("gateway")
        assert until(lambda: all(panel.is_done for panel in panels), within_s=120), line.logs()
        recovered_s = clock.steady_s() - began_s
        assert until(lambda: _count(line) == PANELS, within_s=60), (_count(line), line.logs())
        all_s = clock.steady_s() - began_s
    print(f"{PANELS} panels confirmed {recovered_s:.1f} s, in alarm {all_s:.1f} s after the start")
    assert recovered_s <= RECOVERED_WITHIN_S


def _check_desk(line: Line) -> None:
    """A duty check goes down through the commands, and the panel's key comes back as an event."""
    by = Person(name="operator", role="operator", scope=("demo_city",))
    with closing(connect(line.database.owner_url, application="test")) as connection:
        assert ask_panels(connection, GATEWAY, 5, by)

        def answered() -> list[str]:
            (check,) = fetch_panel_checks(connection, limit=9)
            connection.rollback()
            return check.answered

        assert until(lambda: answered() == ["FP-1"], within_s=60), line.logs()


def _count(line: Line) -> int:
    with closing(connect(line.database.owner_url, application="test")) as connection:
        row = connection.execute(
            "SELECT count(*) FROM alarms WHERE event = 'fire_alarm'"
        ).fetchone()
        assert row is not None
        return int(str(row[0]))
