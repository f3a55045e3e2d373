"""The desk's pages beside its list: section, coverage, search, views, shift, history."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from dashboards.console.store import alarm, asset, coverage, platform, search
from dashboards.console.store.pool import WHOLE_TREE, Store
from gateway.catalogue import ASSET_CLASSES
from ingest.database import trusted_sql
from tests.integration.dashboards.console import ConsoleServer, Person, serving, until
from tests.integration.dashboards.site import Site, build_site, now
from tests.services import TestDatabase


@pytest.fixture(scope="module")
def garden(database_server: TestDatabase, template: str) -> Iterator[Site]:
    """One compound for the whole file: these tests look, and each adds what it alone asks for."""
    urls = database_server.make(template)
    try:
        yield build_site(urls)
    finally:
        database_server.drop(urls)


@pytest.fixture(scope="module")
def desk(garden: Site) -> Iterator[ConsoleServer]:
    for name, role, places in (
        ("duty", "operator", ("garden",)),
        ("next", "operator", ("garden",)),
        ("chief", "supervisor", ("garden",)),
        ("yardman", "operator", ("yard",)),
        ("english", "operator", ("garden",)),
    ):
        language = "en" if name == "english" else "zh"
        garden.add_user(name, role, places=places, language=language)
    garden.measure_lift()
    with serving(garden) as server:
        yield server


@pytest.fixture(autouse=True)
def nothing_stays_open(desk: ConsoleServer) -> Iterator[None]:
    """The desk is shared: what a test raised ends with it, in whatever order they run."""
    yield
    with desk.site.writing(desk.site.urls.analytics_url) as connection:
        connection.execute(
            "UPDATE alarms SET state = 'normal', closed_at = now() WHERE closed_at IS NULL"
        )


def page(person: Person, path: str) -> str:
    answer = person.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.text or ""


def test_a_compound_stands_in_section_with_its_devices(desk: ConsoleServer) -> None:
    alarm_id = desk.site.raise_alarm(text="2层走廊")
    duty = desk.log_in("duty")
    text = page(duty, "/sites/garden")
    assert f'href="/alarms/{alarm_id}"' in text
    assert "2层走廊烟感 D-1: 火警" in text
    tile = page(duty, "/sites")
    assert "t-fire is-loud" in tile
    assert "1 台电梯" in tile
    desk.site.change_alarm(alarm_id, "normal", "duty")


def test_what_was_never_heard_is_hatched_and_not_normal(desk: ConsoleServer) -> None:
    duty = desk.log_in("duty")
    section = page(duty, "/sites/garden")
    assert "m-unseen" in section
    assert "未监测" in section
    top = page(duty, "/coverage")
    assert 'class="unseen"' in top
    below = page(duty, "/coverage?place=garden")
    assert "L-1" in below
    assert "✕ 缺" in below


def test_life_safety_is_drawn_as_such_even_when_its_device_is_out_of_service(
    desk: ConsoleServer,
) -> None:
    fire = desk.site.raise_alarm("W-1", "fire_alarm")
    desk.site.change_alarm(fire, "out_of_service")
    try:
        assert f'<a href="/alarms/{fire}">' in page(desk.log_in("duty"), "/sites/garden")
    finally:
        desk.site.change_alarm(fire, "normal", "duty")


def test_no_drill_hides_or_silences_what_is_real(desk: ConsoleServer) -> None:
    fire = desk.site.raise_alarm("W-1", "fire_alarm", at=now() - timedelta(minutes=5))
    drilled = desk.site.raise_alarm("W-1", "entrapment", is_drill=True)
    store = Store(desk.site.urls.console_url)
    store.open()
    try:
        with store.scoped(WHOLE_TREE) as connection:
            real = alarm.AlarmFilter(life_safety=True, is_drill=False)
            listed = alarm.fetch_open_alarms(connection, real, limit=50)
            heard = {one.id for one in alarm.fetch_sounding(connection)}
        text = page(desk.log_in("duty"), "/")
        shift = page(desk.log_in("duty"), "/shift")
    finally:
        store.close()
        for one in (fire, drilled):
            desk.site.change_alarm(one, "normal", "duty")
    assert fire in {line.id for line in listed}
    assert drilled not in {line.id for line in listed}
    assert {fire, drilled} <= heard
    assert text.index(f'id="alarm-{fire}"') < text.index(f'id="alarm-{drilled}"')
    assert f'演练</span> <a href="/alarms/{drilled}"' in shift


def test_a_gateway_whose_alarm_lane_was_never_heard_makes_nothing_look_heard(
    desk: ConsoleServer,
) -> None:
    """Its telemetry is fresh, and least() of a time and of no time is the time."""
    unheard = """
        INSERT INTO bindings (gateway_id, code, asset_id, valid_during)
            SELECT 'gw-1', 'L-1', id, tstzrange(now() - INTERVAL '1 day', NULL) FROM assets
            WHERE code = 'L-1';
        INSERT INTO asset_contacts (asset_id, heard_at) SELECT id, now() FROM assets WHERE code = 'L-1'
            ON CONFLICT (asset_id) DO UPDATE SET heard_at = now();
        DELETE FROM gateway_states WHERE gateway = 'gw-1' AND lane = 'alarm';
        INSERT INTO gateway_states (gateway, lane, is_online, heard_at) VALUES ('gw-1', 'data', true, now())
            ON CONFLICT (gateway, lane) DO UPDATE SET heard_at = now();
    """
    store = Store(desk.site.urls.console_url)
    store.open()
    with desk.site.writing(desk.site.urls.owner_url) as owner:
        former = owner.execute(
            "SELECT gateway, lane, is_online, heard_at FROM gateway_states"
        ).fetchall()
        owner.execute(trusted_sql(unheard))
    try:
        with store.scoped(WHOLE_TREE) as connection:
            strip = platform.fetch_strip(connection, now())
            lines = coverage.fetch_uncovered(
                connection, "city.dist.street.comm.garden", now(), limit=500
            )
            (gateway,) = platform.fetch_gateways(connection, limit=10, gateway="gw-1")
    finally:
        store.close()
        with desk.site.writing(desk.site.urls.owner_url) as owner:
            for statement in (
                "DELETE FROM bindings",
                "DELETE FROM asset_contacts",
                "DELETE FROM gateway_states",
            ):
                owner.execute(trusted_sql(statement))
            for row in former:
                owner.execute(
                    "INSERT INTO gateway_states (gateway, lane, is_online, heard_at) VALUES (%s, %s, %s, %s)",
                    row,
                )
    (lift,) = [line for line in lines if line.code == "L-1"]
    assert (lift.is_reporting, lift.heard_at) == (False, None)
    assert strip.gateways_silent == 1
    assert gateway.heard_at is None


def test_a_compound_behind_a_silent_gateway_is_not_normal(desk: ConsoleServer) -> None:
    duty = desk.log_in("duty")
    with desk.site.writing(desk.site.urls.owner_url) as connection:
        connection.execute(
            "INSERT INTO bindings (gateway_id, code, asset_id, valid_during)"
            " SELECT 'gw-1', 'L-1', id, tstzrange(now() - INTERVAL '1 day', NULL) FROM assets"
            " WHERE code = 'L-1'"
        )
        connection.execute(
            "INSERT INTO platform_conditions (gateway, condition, raised_at)"
            " VALUES ('gw-1', 'gateway_silent', now())"
        )
    try:
        assert "失联 1" in page(duty, "/sites")
    finally:
        with desk.site.writing(desk.site.urls.owner_url) as connection:
            connection.execute("DELETE FROM platform_conditions")
            connection.execute("DELETE FROM bindings")


def test_an_open_fire_stands_at_the_bureau_whatever_was_sent_since(desk: ConsoleServer) -> None:
    fire = desk.site.raise_alarm("W-1", "fire_alarm", at=now() - timedelta(hours=5))
    for minutes in range(25):
        later = desk.site.raise_alarm("L-1", "overspeed", at=now() - timedelta(minutes=minutes))
        desk.site.tell_bureau(later, f"R-{minutes}")
        desk.site.change_alarm(later, "normal", "duty")
    store = Store(desk.site.urls.console_url)
    store.open()
    try:
        with store.scoped(WHOLE_TREE) as connection:
            shown = alarm.fetch_bureau_alarms(connection, limit=20)
    finally:
        store.close()
        desk.site.change_alarm(fire, "normal", "duty")
    assert fire in {line.id for line in shown}
    assert len(shown) == 20


def test_a_foreigner_finds_no_compound_no_place_and_no_name(desk: ConsoleServer) -> None:
    yardman = desk.log_in("yardman")
    assert yardman.get("/sites/garden").status_code == 404
    assert yardman.get("/sites/garden/cars").status_code == 404
    assert yardman.get("/coverage?place=garden").status_code == 404
    assert yardman.get("/assets/1/history").status_code == 404
    assert until(lambda: "邻院" in page(yardman, "/search?q=ly"))
    for path in ("/sites", "/coverage", "/search?q=hyxq", "/search?q=L-1", "/wall", "/shift"):
        text = page(yardman, path)
        for trace in ("花园", "1号楼", "D-1"):
            assert trace not in text, (path, trace)


def test_a_name_is_found_by_initials_code_and_english(desk: ConsoleServer) -> None:
    duty = desk.log_in("duty")
    assert until(lambda: "花园小区" in page(duty, "/search?q=hyxq"))
    for asked, found in (("1hl1ht", "1号楼1号梯"), ("D-1", "2层走廊烟感"), ("corridor", "烟感")):
        assert found in page(duty, f"/search?q={asked}"), asked
    assert "/coverage" in page(duty, "/search?q=jcfg")
    assert "没有找到" in page(duty, "/search?q=nothing%25_%5C")


def test_a_new_name_replaces_the_old_words(desk: ConsoleServer) -> None:
    with desk.site.writing(desk.site.urls.owner_url) as connection:
        connection.execute("UPDATE assets SET name_zh = '璟园水压' WHERE code = 'W-1'")
    store = Store(desk.site.urls.console_url)
    store.open()
    try:
        with store.scoped(WHOLE_TREE, writes=True) as connection:
            search.write_names(connection, limit=100)
    finally:
        store.close()
    assert "W-1" in page(desk.log_in("duty"), "/search?q=jysy")


def test_a_view_is_kept_under_a_name_and_filters_all_but_life_safety(desk: ConsoleServer) -> None:
    fire = desk.site.raise_alarm("L-1", "entrapment")
    minor = desk.site.raise_alarm("D-1", "fault")
    duty = desk.log_in("duty")
    text = page(duty, "/?tab=contact")
    assert f'id="alarm-{fire}"' in text
    assert f'id="alarm-{minor}"' not in text
    assert f'id="alarm-{minor}"' in page(duty, "/?tab=unacknowledged&place=garden")
    duty.post("/views", {"name": "失联看板", "query": "tab=contact&evil=1", "csrf": duty.csrf})
    assert "★ 失联看板" in page(duty, "/")
    assert "失联看板" not in page(desk.log_in("next"), "/")
    duty.post("/views/drop", {"name": "失联看板", "csrf": duty.csrf})
    assert "失联看板" not in page(duty, "/")
    for alarm_id in (fire, minor):
        desk.site.change_alarm(alarm_id, "normal", "duty")


def test_rows_follow_page_by_page_without_gaps_or_doubles(desk: ConsoleServer) -> None:
    with desk.site.writing(desk.site.urls.analytics_url) as connection:
        connection.execute(_MANY)
    duty = desk.log_in("duty")
    seen: list[str] = []
    path: str | None = "/"
    while path:
        text = page(duty, path)
        listed = text.split('id="open"')[-1]
        seen += [part.split('"')[0] for part in listed.split('id="alarm-')[1:]]
        ends = listed.split('data-more="')
        path = ends[1].split('"')[0].replace("&amp;", "&") if len(ends) > 1 else None
    assert len(seen) == len(set(seen)) == 230
    with desk.site.writing(desk.site.urls.analytics_url) as connection:
        connection.execute(
            "UPDATE alarms SET state = 'normal', closed_at = now() WHERE condition LIKE 'many_%'"
        )


_MANY = """
    INSERT INTO alarms (
        asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state,
        is_drill, text, raised_at, received_at, opened_at
    )
    SELECT assets.id, places.path, 'many_' || n, 'fault', 'fault', 'minor', false, 'unacknowledged',
        false, '', now(), now(), now() - n * INTERVAL '1 second'
    FROM generate_series(1, 230) AS n, assets
    JOIN places ON places.id = assets.place_id
    WHERE assets.code = 'D-1'
"""


def test_a_shift_is_signed_by_two_people_once(desk: ConsoleServer) -> None:
    duty, successor = desk.log_in("duty"), desk.log_in("next")
    assert duty.post("/shift", {"notes": "2号梯待修", "csrf": duty.csrf}).status_code == 303
    offered = page(successor, "/shift")
    assert "等待接班人签字" in offered
    number = offered.split('action="/shift/')[1].split('"')[0]
    own = {"notes": "", "csrf": duty.csrf}
    assert duty.post(f"/shift/{number}", own).status_code == 403
    signed = {"notes": "已看", "csrf": successor.csrf}
    assert successor.post(f"/shift/{number}", signed).status_code == 303
    assert successor.post(f"/shift/{number}", signed).status_code == 403
    text = page(duty, "/shift")
    assert "2号梯待修" in text
    assert "等待接班人签字" not in text
    chief = desk.log_in("chief")
    assert chief.post("/shift", {"csrf": chief.csrf}).status_code == 403


@pytest.mark.parametrize("days", [1, 7])
def test_every_class_has_a_history(garden: Site, days: int) -> None:
    store = Store(garden.urls.console_url)
    store.open()
    try:
        with store.scoped(WHOLE_TREE) as connection:
            span = asset.Span(since=now() - timedelta(days=days), until=now())
            step = timedelta(minutes=5) if days == 1 else timedelta(hours=1)
            for kind in ASSET_CLASSES:
                if kind.table is None:
                    continue
                found = asset.fetch_history(connection, kind, 1, span, step)
                assert set(found.mean) == set(found.low) == set(found.high)
                asset.fetch_frames_by_hour(connection, kind, 1, span.since)
    finally:
        store.close()


def test_a_history_has_the_band_and_the_limits(desk: ConsoleServer) -> None:
    duty = desk.log_in("duty")
    told = duty.get("/assets/1/history?days=1", Accept="application/json").json()
    temperature = next(one for one in told["metrics"] if one["name"] == "motor_temp")
    assert temperature["limits"] == [110.0]
    assert all(
        low <= mean <= high
        for low, mean, high in zip(
            temperature["low"], temperature["mean"], temperature["high"], strict=True
        )
        if mean is not None
    )
    assert duty.get("/assets/1/history?days=3").status_code in {400, 422}
    text = page(duty, "/assets/1")
    for piece in ("数据质量", "限值", "网关"):
        assert piece in text


def test_every_page_of_the_desk_speaks_english(desk: ConsoleServer) -> None:
    reader = desk.log_in("english")
    desk.site.raise_alarm("D-1", "fault")
    paths = ["/", "/sites", "/sites/garden", "/coverage?place=garden", "/wall", "/shift"]
    for path in [*paths, "/orders/board", "/load", "/search?q=order", "/assets/1", "/warnings"]:
        text = re.sub(r"<[^>]*>", " ", page(reader, path))
        for said in ("中文", "2号梯待修", "已看"):
            text = text.replace(said, "")
        assert re.findall(r"[一-鿿]+", text) == [], path
