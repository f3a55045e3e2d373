"""The scenario of life safety, from the simulated sensors to the bureau, while nobody does anything."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analytics.safety.plan import default_plan_source, parse_plan
from analytics.safety.store import load_plan
from ingest.database import connect, in_transaction, trusted_sql
from simulators.bureau import Bureau, secret_key
from tests.e2e.line import PASSWORD, Line
from tests.e2e.test_line import GATEWAY, REGISTRY
from tests.e2e.visitor import Visitor, until
from tests.services import TestBroker
from towerwatch.process import free_port
from towerwatch.services.database import DatabaseUrls
from towerwatch.services.secrets import write_private

SECRET = "whsec_" + "dGhlIGJ1cmVhdSBvZiB0ZXN0cyBoYXMgYSBrZXk="
QUICK = (
    ("valid_from: 2020-01-01T00:00:00Z", "valid_from: 2021-01-01T00:00:00Z"),
    ("confirm_s: 60", "confirm_s: 8"),
    ("by: call, after_s: 20", "by: call, after_s: 4"),
    ("by: bureau, after_s: 20", "by: bureau, after_s: 4"),
    ("confirm_s: 120", "confirm_s: 8"),
    ("maintenance_firm, accept_s: 180", "maintenance_firm, accept_s: 6"),
    ("fire_service, accept_s: 120", "fire_service, accept_s: 6"),
)
"""The plan that comes with the product in seconds instead of minutes: its numbers are data."""
RUNGS = """
    SELECT target, notices.kind, coalesce(organisations.kind, ''), created_at
    FROM notices LEFT JOIN organisations ON organisations.id = organisation_id
    WHERE alarm_id = (SELECT min(id) FROM alarms WHERE event = 'fire_alarm')
        AND notices.kind IN ('alarm.unanswered', 'alarm.corroborated')
    ORDER BY created_at, target
"""
RESCUE = """
    SELECT rescue_facts.kind, coalesce(organisations.kind, '')
    FROM rescue_facts LEFT JOIN organisations ON organisations.id = organisation_id
    ORDER BY rescue_facts.id
"""


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[tuple[Bureau, str]]:
    write_private(tmp_path / "bureau-secret", SECRET)
    port = free_port()
    with Bureau(secret_key(SECRET), port) as receiver:
        yield receiver, f"http://127.0.0.1:{port}/alarms"


@pytest.fixture
def line(
    tmp_path: Path,
    database: DatabaseUrls,
    own_broker: TestBroker,
    bureau: tuple[Bureau, str],
) -> Iterator[Line]:
    running = Line(
        folder=tmp_path,
        database=database,
        broker=own_broker,
        gateway=GATEWAY,
        bureau_url=bureau[1],
        driver={
            "name": "building",
            "driver": "simulated",
            "scenario": "life_safety",
            "seed": 7,
            "since": datetime.now(UTC).isoformat(),
        },
    )
    running.prepare(REGISTRY)
    source = default_plan_source()
    for slow, quick in QUICK:
        assert slow in source, slow
        source = source.replace(slow, quick, 1)
    with closing(connect(database.analytics_url, application="test plan")) as connection:
        in_transaction(connection, lambda held: load_plan(held, parse_plan(source), source))
    try:
        running.start_all()
        yield running
    finally:
        running.stop_all()


def _rows(database: DatabaseUrls, statement: str) -> list[tuple[Any, ...]]:
    with closing(connect(database.owner_url, application="test look")) as connection:
        return connection.execute(trusted_sql(statement)).fetchall()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_fire_and_trapped_people_go_on_by_themselves_when_nobody_answers(
    line: Line, database: DatabaseUrls, bureau: tuple[Bureau, str]
) -> None:
    receiver = bureau[0]

    def told() -> dict[tuple[str, str], int]:
        """(kind, event) of what the bureau holds, and when it came [ms UTC]."""
        found: dict[tuple[str, str], int] = {}
        for one in receiver.received():
            body = json.loads(one.body)
            found.setdefault((body["type"], body["data"]["event"]), one.received_at_ms)
        return found

    fire, trapped = ("alarm.opened", "fire_alarm"), ("alarm.opened", "entrapment")
    assert until(lambda: {fire, trapped} <= set(told()), within_s=90), line.logs()
    opened = dict(
        _rows(
            database,
            "SELECT event, (extract(epoch FROM min(opened_at)) * 1000)::bigint FROM alarms"
            " WHERE is_life_safety GROUP BY event",
        )
    )
    for kind in (fire, trapped):
        assert told()[kind] - opened[kind[1]] <= 3000, "the bureau hears within 3 s"

    # The second desk, the manager's telephone, then the bureau: each rung once, in order.
    climbed = until(lambda: ("alarm.unanswered", "fire_alarm") in told(), within_s=60)
    assert climbed, line.logs()
    rungs = [row[:3] for row in _rows(database, RUNGS) if row[1] == "alarm.unanswered"]
    assert rungs == [
        ("desk", "alarm.unanswered", "community"),
        ("call", "alarm.unanswered", "property_company"),
        ("bureau", "alarm.unanswered", "bureau"),
    ]

    # A second detector of the loop and a call point speak too: each borne out, none behind another.
    assert until(lambda: [one[1] for one in _fires(database)][1:] == [True, True], within_s=90), (
        _fires(database)
    )
    assert not any(is_folded for _, _, is_folded in _fires(database))

    # The firm is sent, is silent, and the next who rescues takes over by itself.
    assert until(lambda: ("take_over", "fire_service") in _rows(database, RESCUE), within_s=60), (
        _rows(database, RESCUE)
    )
    assert _rows(database, RESCUE)[:3] == [
        ("open", "property_company"),
        ("dispatch", "maintenance_firm"),
        ("take_over", "fire_service"),
    ]
    assert ("rescue.taken_over", "entrapment") in told() or until(
        lambda: ("rescue.taken_over", "entrapment") in told(), within_s=20
    )

    operator = Visitor(line.address, "operator", PASSWORD)
    page = operator.page("/")
    operator.close()
    assert "无人应答" in page
    assert "困人" in page


def _fires(database: DatabaseUrls) -> list[tuple[Any, ...]]:
    return _rows(
        database,
        "SELECT event, corroborated_at IS NOT NULL, is_folded FROM alarms"
        " WHERE alarm_group = 'fire' AND closed_at IS NULL ORDER BY id",
    )
