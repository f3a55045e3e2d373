"""A fire and a trapped person, from the simulated sensor to the page, through restarts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.line import PASSWORD, Line
from tests.e2e.visitor import Heard, Visitor, until
from tests.services import TestBroker
from towerwatch.services.database import DatabaseUrls

REGISTRY = Path(__file__).parents[2] / "simulators" / "demo" / "registry"
GATEWAY = "demo-gw-1"


@pytest.fixture
def line(tmp_path: Path, database: DatabaseUrls, own_broker: TestBroker) -> Iterator[Line]:
    running = Line(
        folder=tmp_path,
        database=database,
        broker=own_broker,
        gateway=GATEWAY,
        driver={
            "name": "building",
            "driver": "simulated",
            "scenario": "demo",
            "seed": 7,
            "since": datetime.now(UTC).isoformat(),
        },
    )
    running.prepare(REGISTRY)
    try:
        running.start_all()
        yield running
    finally:
        running.stop_all()


def _life_safety(alarms: list[dict[str, Any]]) -> dict[str, int]:
    return {alarm["event"]: alarm["id"] for alarm in alarms if alarm["is_life_safety"]}


def _told(heard: list[Heard]) -> set[str]:
    return {event.body["alarm"]["event"] for event in heard if event.body.get("alarm")}


@pytest.mark.timeout(300)
def test_a_fire_and_an_entrapment_reach_the_page_and_survive_every_restart(line: Line) -> None:
    operator = Visitor(line.address, "operator", PASSWORD)
    wanted = {"fire_alarm", "entrapment"}
    with operator.listening() as heard:
        told = until(lambda: wanted <= _told(heard), within_s=90)
    assert told, (_told(heard), line.logs())
    before = _life_safety(operator.alarms())
    page = operator.page("/")
    assert "火警" in page
    assert "困人" in page
    operator.close()

    line.restart_all(killed=True)

    again = Visitor(line.address, "operator", PASSWORD)
    after = _life_safety(again.alarms())
    assert {event: after.get(event) for event in before} == before
    with again.listening() as replayed:
        assert until(lambda: wanted <= _told(replayed), within_s=30), line.logs()
    ids = [event.id for event in replayed]
    assert ids == sorted(set(ids))
    again.close()

    line.restart_all(killed=False)

    last = Visitor(line.address, "operator", PASSWORD)
    assert before.items() <= _life_safety(last.alarms()).items()
    last.close()
