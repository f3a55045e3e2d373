"""The five responsible units of the county plan: each gets its notice and its clock.

From the event as ingest stores it, through the alarm process as it runs, to the rows that a desk
and the bureau are told from.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from gateway.catalogue.platform import GATEWAY_SILENT
from gateway.topic import GatewayId
from ingest.database import Connection, connect
from ingest.network_store import tell_networks
from ingest.platform_event import Finding
from ingest.state_store import store_findings
from tests.integration.analytics.site import Said, Site, rows, say
from tests.integration.analytics.test_alarm_process import running, wait_for

UNITS = """
    WITH added AS (
        INSERT INTO organisations (code, kind, name_zh, place_id)
        SELECT new.code, new.kind, new.name, places.id
        FROM (VALUES
            ('water', 'water_company', '供水公司'),
            ('power', 'power_company', '供电公司'),
            ('mobile', 'telecom_operator', '甲运营商'),
            ('unicom', 'telecom_operator', '乙运营商')
        ) AS new (code, kind, name) LEFT JOIN places ON places.code = 'city'
        RETURNING id
    )
    INSERT INTO assets (code, class, place_id, name_zh)
    SELECT new.code, new.class, places.id, new.name
    FROM (VALUES
        ('S-1', 'supply_main', '入户总管'),
        ('P-1', 'pump', '消防泵'),
        ('E-0', 'electrical_monitor', '楼栋进线')
    ) AS new (code, class, name) JOIN places ON places.code = 'g1'
    RETURNING id
"""
GATEWAYS = """
    WITH gateways AS (
        INSERT INTO gateways (id, place_id, operator_id)
        SELECT 'gw-' || n, places.id, organisations.id
        FROM generate_series(1, 12) AS n
        JOIN places ON places.code = 'g1'
        JOIN organisations ON organisations.code = CASE WHEN n <= 6 THEN 'unicom' ELSE 'mobile' END
        RETURNING id
    )
    INSERT INTO gateway_states (gateway, lane, is_online, heard_at)
    SELECT id, 'alarm', true, now() FROM gateways RETURNING gateway
"""
ANSWERS = """
    SELECT organisations.code, duties.key
    FROM alarms
    JOIN duties ON duties.id = alarms.duty_id
    LEFT JOIN organisations ON organisations.id = alarms.responsible_id
    WHERE alarms.event <> 'gateway_silent'
"""
TOLD = """
    SELECT organisations.code, notices.kind
    FROM notices
    JOIN organisations ON organisations.id = organisation_id
    JOIN alarms ON alarms.id = notices.alarm_id
    WHERE alarms.event <> 'gateway_silent' AND notices.kind LIKE 'alarm.%' OR notices.order_id IS NOT NULL
    ORDER BY notices.target, notices.kind, organisations.code
"""
CLOCKS = """
    SELECT clocks.kind, extract(epoch FROM due_at - started_at)::int
    FROM clocks
    LEFT JOIN work_orders ON work_orders.id = clocks.order_id
    JOIN alarms ON alarms.id = coalesce(clocks.alarm_id, work_orders.alarm_id)
    WHERE clocks.state = 'running' AND alarms.event <> 'gateway_silent'
    ORDER BY clocks.due_at
"""


@pytest.fixture
def town(site: Site) -> Iterator[Site]:
    """The site with the suppliers of the town; the alarm process runs."""
    with closing(connect(site.urls.owner_url, application="test town")) as owner:
        rows(owner, UNITS)
        rows(owner, GATEWAYS)
    with running(site):
        yield site


def decided(analytics: Connection) -> bool:
    return wait_for(lambda: bool(rows(analytics, ANSWERS + " LIMIT 1")), within_s=60)


@pytest.mark.parametrize(
    ("event", "asset", "answers", "told", "clocks"),
    [
        (
            "supply_pressure_lost",
            "S-1",
            ("water", "supply_main_lost"),
            [
                ("community", "alarm.joint"),
                ("property", "alarm.joint"),
                ("water", "alarm.opened"),
                ("water", "order.dispatched"),
            ],
            [("acknowledge", 300), ("accept", 900), ("arrive", 3600), ("restore", 43200)],
        ),
        (
            "building_power_lost",
            "E-0",
            ("power", "building_power"),
            [
                ("community", "alarm.joint"),
                ("property", "alarm.joint"),
                ("power", "alarm.opened"),
                ("power", "order.dispatched"),
            ],
            [("acknowledge", 300), ("accept", 900), ("arrive", 2700), ("restore", 43200)],
        ),
        (
            "fire_alarm",
            "D-1",
            ("property", "fire"),
            [
                ("bureau", "alarm.opened"),
                ("community", "alarm.joint"),
                ("fire_firm", "alarm.joint"),
                ("property", "alarm.opened"),
                ("property", "order.dispatched"),
            ],
            [("acknowledge", 60)],
        ),
        (
            "entrapment",
            "L-1",
            ("property", "entrapment"),
            [
                ("bureau", "alarm.opened"),
                ("community", "alarm.joint"),
                ("property", "alarm.opened"),
                ("lift_firm", "order.dispatched"),
            ],
            [("acknowledge", 60)],
        ),
    ],
)
def test_each_unit_gets_its_notice_and_its_clock(  # noqa: PLR0917 - one row of the table
    town: Site,
    ingest: Connection,
    analytics: Connection,
    event: str,
    asset: str,
    answers: tuple[str, str],
    told: list[tuple[str, str]],
    clocks: list[tuple[str, int]],
) -> None:
    say(ingest, Said(seq=1, asset=asset, event=event, at=datetime.now(UTC)))
    assert decided(analytics)
    assert rows(analytics, ANSWERS) == [answers]
    found = [
        one for one in rows(analytics, TOLD) if str(one[1]) in dict.fromkeys(k for _, k in told)
    ]
    assert sorted(map(str, found)) == sorted(map(str, told))
    running_clocks = rows(analytics, CLOCKS)
    assert [clock for clock in clocks if clock not in running_clocks] == []


def test_a_pump_that_fails_behind_a_sound_main_is_no_business_of_the_water_company(
    town: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="P-1", event="pump_fault", at=datetime.now(UTC)))
    assert decided(analytics)
    assert rows(analytics, ANSWERS) == [("property", "pump_fault")]
    assert ("water", "alarm.opened") not in rows(analytics, TOLD)


def silence(ingest: Connection, first: int, last: int, *, holds: bool) -> None:
    """As ingest finds it by their heartbeats."""
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    findings = [
        Finding(gateway=GatewayId(f"gw-{n}"), kind=GATEWAY_SILENT, holds=holds)
        for n in range(first, last + 1)
    ]
    store_findings(ingest, findings, now_ms)
    tell_networks(ingest, now_ms)


def test_silence_of_many_gateways_of_one_network_is_told_to_its_operator(
    town: Site, ingest: Connection, analytics: Connection
) -> None:
    silence(ingest, 1, 4, holds=True)
    assert rows(ingest, "SELECT count(*) FROM network_conditions") == [(0,)]
    silence(ingest, 5, 6, holds=True)
    assert decided(analytics)
    assert rows(analytics, ANSWERS) == [("unicom", "network")]
    assert rows(
        analytics,
        "SELECT assets.code, places.code, text FROM alarms"
        " JOIN assets ON assets.id = alarms.asset_id JOIN places ON places.id = assets.place_id"
        " WHERE event = 'network_silent'",
    ) == [("@net/unicom/dist", "dist", "6/6 个网关失联 gateways silent")]
    told = rows(analytics, TOLD)
    assert {("unicom", "alarm.opened"), ("unicom", "order.dispatched")} <= set(told)
    assert not [one for one in told if one[0] == "mobile"]
    assert ("arrive", 7200) in rows(analytics, CLOCKS)
    silence(ingest, 1, 6, holds=True)
    assert rows(ingest, "SELECT count(*) FROM events WHERE event = 'network_silent'") == [(1,)]
    silence(ingest, 2, 6, holds=False)
    assert rows(ingest, "SELECT state FROM events WHERE event = 'network_silent' ORDER BY id") == [
        ("raise",),
        ("clear",),
    ]
    assert rows(ingest, "SELECT count(*) FROM network_conditions") == [(0,)]
