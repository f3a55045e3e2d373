"""The triage card of real rows: in the page, in the API, in scope, and never in the page's way."""

from datetime import timedelta

import pytest

from analytics.triage.card import Card
from analytics.triage.gather import _alarm, _Reading, fetch_card
from dashboards.console.store.pool import WHOLE_TREE, Store
from ingest.database import connect, load_queries, trusted_sql
from tests.integration.dashboards.console import ConsoleServer
from tests.integration.dashboards.site import Site, now

_QUERIES = load_queries("analytics", "triage.sql")


def test_a_card_tells_what_it_is_why_and_what_to_do(console: ConsoleServer) -> None:
    site = console.site
    site.add_user("desk")
    site.raise_alarm("L-1", "entrapment", at=now() - timedelta(days=3))
    site.change_alarm(1, "normal")
    alarm_id = site.raise_alarm("L-1", "entrapment")
    site.raise_alarm("L-1", "door_lock_circuit_open")
    with site.writing(site.urls.owner_url) as connection:
        connection.execute(
            "INSERT INTO conditions SELECT id, 'door_lock_circuit_open', true, 'gw-1', 1, 1, 0, now()"
            " FROM assets WHERE code = 'L-1'"
        )
    person = console.log_in("desk")
    card = person.api(f"/alarms/{alarm_id}/card")
    assert card["title"]["zh"] == "电梯困人"
    assert card["causes"][0]["cause"]["en"] == "A landing or car door lock makes no contact"
    assert card["causes"][0]["confidence"] == "medium"
    assert any("近30天1次" in line["zh"] for line in card["surroundings"])
    assert card["first"][0]["zh"]
    page = person.get(f"/alarms/{alarm_id}").text or ""
    assert f'hx-get="/alarms/{alarm_id}/card"' in page
    part = person.get(f"/alarms/{alarm_id}/card").text or ""
    assert "可能原因" in part
    assert "门锁接触不良" in part


def test_a_card_is_english_for_who_reads_english(console: ConsoleServer) -> None:
    console.site.add_user("reader", language="en")
    alarm_id = console.site.raise_alarm()
    part = console.log_in("reader").get(f"/alarms/{alarm_id}/card").text or ""
    assert "Possible causes" in part
    assert "The cause cannot be told" in part


def test_the_page_of_the_alarm_stands_when_its_card_cannot_be_gathered(
    console: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> Card:
        raise RuntimeError("made by the test")

    monkeypatch.setattr("dashboards.console.routes.card._card", breaks)
    console.site.add_user("desk")
    alarm_id = console.site.raise_alarm()
    person = console.log_in("desk")
    assert "研判卡暂时无法生成" in (person.get(f"/alarms/{alarm_id}/card").text or "")
    answer = person.get(f"/alarms/{alarm_id}")
    assert answer.status_code == 200
    assert "首要处置" in (answer.text or "")


def test_a_part_that_cannot_be_read_is_named_and_the_rest_stands(console: ConsoleServer) -> None:
    console.site.add_user("desk")
    alarm_id = console.site.raise_alarm()
    with console.site.writing(console.site.urls.owner_url) as connection:
        connection.execute("REVOKE SELECT ON conditions, visible_detector_samples FROM tw_console")
    card = console.log_in("desk").api(f"/alarms/{alarm_id}/card")
    said = " ".join(gap["zh"] for gap in card["gaps"])
    assert "设备状态" in said
    assert "测量趋势" in said
    assert card["causes"]


def test_a_stranger_gets_no_card(console: ConsoleServer) -> None:
    alarm_id = console.site.raise_alarm()
    console.site.add_user("foreign", places=("yard",))
    person = console.log_in("foreign")
    assert person.get(f"/alarms/{alarm_id}/card").status_code == 404
    path = f"/api/v1/alarms/{alarm_id}/card"
    assert person.get(path, Accept="application/json").status_code == 404


def test_a_building_is_one_however_short_the_tree_above_it_is(site: Site) -> None:
    """A company that registers its compounds alone: the floor below must not look quiet."""
    with site.writing(site.urls.owner_url) as connection:
        connection.execute(
            "INSERT INTO places (code, path, level, name_zh) VALUES ('solo', 'solo', 'compound', '独苑'),"
            " ('s1', 'solo.s1', 'building', '1号楼'), ('s1f1', 'solo.s1.s1f1', 'floor', '1层'),"
            " ('s1f2', 'solo.s1.s1f2', 'floor', '2层'), ('s2', 'solo.s2', 'building', '2号楼')"
        )
        for asset, place in (("D-1", "s1f1"), ("W-1", "s1f2"), ("L-1", "s2")):
            connection.execute(
                "UPDATE assets SET place_id = (SELECT id FROM places WHERE code = %s) WHERE code = %s",
                [place, asset],
            )
    for asset in ("W-1", "L-1"):
        site.raise_alarm(asset, "fault")
    alarm_id = site.raise_alarm("D-1", "fire_alarm")
    with site.writing(site.urls.analytics_url) as connection:
        alarm = _alarm(connection, alarm_id)
        assert alarm is not None
        facts = _Reading(connection, alarm).facts()
    assert (alarm.compound, alarm.building) == ("solo", "solo.s1")
    found = {
        within: {one.place_path for one in facts.near(within) or ()}
        for within in ("building", "compound")
    }
    assert found == {"building": {"solo.s1.s1f2"}, "compound": {"solo.s1.s1f2", "solo.s2"}}


def much_history(site: Site) -> None:
    """40,000 alarms and events of other days and places, 2,000 of them open."""
    with site.writing(site.urls.owner_url) as connection:
        for statement in (
            (
                "INSERT INTO assets (code, class, place_id, name_zh)"
                " SELECT 'X-' || n, 'detector', (SELECT place_id FROM assets WHERE code = 'D-1'), 'x'"
                " FROM generate_series(1, 400) AS n"
            ),
            (
                "INSERT INTO alarms (asset_id, place_path, condition, event, alarm_group, severity,"
                " is_life_safety, state, raised_at, received_at, opened_at, closed_at)"
                " SELECT assets.id, 'city.elsewhere', 'fault' || n, 'fault', 'fault', 'minor', false,"
                " CASE WHEN n > 95 THEN 'unacknowledged' ELSE 'normal' END, now(), now(), now(),"
                " CASE WHEN n > 95 THEN NULL ELSE now() END"
                " FROM assets, generate_series(1, 100) AS n WHERE assets.code LIKE 'X-%'"
            ),
            (
                "INSERT INTO events (asset_id, place_path, gateway, stream, seq, position, event,"
                " condition, state, at, received_at) SELECT assets.id, 'city.elsewhere', 'gw-9',"
                " assets.id, n, 0, 'fault', 'fault', 'raise', now(), now()"
                " FROM assets, generate_series(1, 100) AS n WHERE assets.code LIKE 'X-%'"
            ),
            (
                "INSERT INTO conditions SELECT assets.id, 'fault' || n, true, 'gw-9', 1, n, 0, now()"
                " FROM assets, generate_series(1, 50) AS n WHERE assets.code LIKE 'X-%'"
            ),
            (
                "INSERT INTO work_orders (number, asset_id, place_path, title, state, opened_at)"
                " SELECT 'N-' || assets.id || '-' || n, assets.id, 'city.elsewhere', 'x', 'accepted', now()"
                " FROM assets, generate_series(1, 10) AS n WHERE assets.code LIKE 'X-%'"
            ),
        ):
            connection.execute(trusted_sql(statement))
    owner = connect(site.urls.owner_url, application="test")
    owner.execute("ANALYZE")
    owner.close()


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("alarm", "alarms"),
        ("past", "alarms"),
        ("neighbours", "alarms"),
        ("orders", "work_orders"),
        ("active", "conditions"),
        ("said", "events"),
    ],
)
def test_a_card_reads_what_it_needs_and_not_the_history(site: Site, name: str, table: str) -> None:
    alarm_id = site.raise_alarm("L-1", "entrapment")
    much_history(site)
    store = Store(site.urls.console_url, size=1)
    store.open()
    try:
        with store.scoped(WHOLE_TREE) as connection:
            begun = connection.execute("SELECT clock_timestamp()").fetchone()
            assert fetch_card(connection, alarm_id, now()) is not None
            ended = connection.execute("SELECT clock_timestamp()").fetchone()
            plan = connection.execute(
                trusted_sql("EXPLAIN (COSTS OFF) ") + _QUERIES[name],
                {
                    "alarm_id": alarm_id,
                    "asset_id": 1,
                    "since": now() - timedelta(days=90),
                    "compound": "city.district.street.comm.garden",
                },
            ).fetchall()
    finally:
        store.close()
    text = "\n".join(str(line) for (line,) in plan)
    assert f"Seq Scan on {table}" not in text, text
    assert begun is not None
    assert ended is not None
    print(f"card of {name}: {ended[0] - begun[0]}")  # type: ignore[operator]
