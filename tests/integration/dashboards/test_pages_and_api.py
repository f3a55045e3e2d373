import re
from datetime import timedelta

import pytest

from dashboards.console.store import (
    alarm,
    asset,
    coverage,
    hold,
    live,
    order,
    platform,
    pool,
    search,
    shift,
    user,
)
from dashboards.console.store import site as sites
from ingest.database import Query, trusted_sql
from tests.integration.dashboards.console import ConsoleServer
from tests.integration.dashboards.site import Site, now

_STORES = (alarm, asset, coverage, hold, live, order, platform, pool, search, shift, sites, user)


def test_the_page_says_so_when_nothing_is_wrong(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    page = console.log_in("duty").get("/").text or ""
    assert "没有火警和困人" in page
    assert "没有未关闭的报警" in page


def test_an_old_alarm_is_still_listed(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    alarm_id = console.site.raise_alarm("L-1", "overspeed", at=now() - timedelta(days=400))
    page = console.log_in("duty").get("/").text or ""
    assert f'id="alarm-{alarm_id}"' in page


def test_a_page_that_breaks_says_so_in_words_and_tells_no_detail(
    console: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("made by the test")

    console.site.add_user("duty")
    person, machine = console.log_in("duty"), console.log_in("duty")
    monkeypatch.setattr(coverage, "fetch_coverage", breaks)
    page = person.get("/coverage")
    assert page.status_code == 500
    assert "平台出现内部错误" in (page.text or "")
    assert "made by the test" not in (page.text or "")
    assert "nonce-" in str(page.headers["content-security-policy"])
    told = machine.get("/coverage", Accept="application/json").json()
    assert told["title"].startswith("平台出现内部错误")


def test_a_desk_is_dim_by_choice_and_bright_again(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    person = console.log_in("duty")
    assert 'data-light="dim"' not in (person.get("/").text or "")
    for light, is_dim in (("dim", True), ("bright", False)):
        chosen = person.post(f"/light/{light}", {"csrf": person.csrf, "back": "/sites"})
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/sites")
        assert ('data-light="dim"' in (person.get("/sites").text or "")) == is_dim
    assert person.post("/light/purple", {"csrf": person.csrf}).status_code == 404
    assert person.post("/light/dim", {"csrf": "another"}).status_code == 403


def test_life_safety_stands_in_the_fire_queue_and_nothing_else(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    fire = console.site.raise_alarm()
    fault = console.site.raise_alarm("L-1", "overspeed")
    page = console.log_in("duty").get("/").text or ""
    queue, rest = page.split('id="open"')
    assert f'id="alarm-{fire}"' in queue
    assert f'id="alarm-{fault}"' in rest
    assert f'id="alarm-{fault}"' not in queue


def test_the_detail_tells_the_whole_story(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    alarm_id = console.site.raise_alarm("L-1", "entrapment", text="轿厢 A")
    console.site.open_order(alarm_id, "lift_firm", "困人救援")
    console.site.tell_bureau(alarm_id, "SF-2026-1")
    page = console.log_in("duty").get(f"/alarms/{alarm_id}").text or ""
    for piece in ("电梯困人", "轿厢 A", "SF-2026-1", "W-0001", "示范电梯维保", "0000-8000102"):
        assert piece in page
    assert "立即用对讲安抚轿厢内人员" in page
    assert "报警产生" in page


def test_what_a_device_says_cannot_become_markup(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    alarm_id = console.site.raise_alarm(text="<script>alert(1)</script>")
    person = console.log_in("duty")
    for path in ("/", f"/alarms/{alarm_id}"):
        assert "<script>alert" not in (person.get(path).text or "")


def test_a_list_is_read_page_by_page_without_gaps_or_doubles(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    events = ("fire_alarm", "fault", "low_battery", "manual_fire_alarm", "sensor_fault", "shielded")
    made = {console.site.raise_alarm("D-1", event) for event in events}
    person = console.log_in("duty")
    seen: list[int] = []
    path = "/alarms?limit=2"
    for _ in range(4):
        got = person.api(path)
        seen += [item["id"] for item in got["items"]]
        if got["next"] is None:
            break
        path = f"/alarms?limit=2&after={got['next']}"
    assert len(seen) == len(made)
    assert set(seen) == made
    first = person.api("/alarms?limit=2")["items"]
    assert [item["is_life_safety"] for item in first] == [True, True]


def test_the_api_lists_in_the_order_of_the_page(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    before = now() - timedelta(hours=1)
    unseen = console.site.raise_alarm("D-1", "fire_alarm", at=before)
    seen = console.site.raise_alarm("D-1", "manual_fire_alarm")
    console.site.change_alarm(seen, "acknowledged", "duty")
    drilled = console.site.raise_alarm("L-1", "entrapment", is_drill=True)
    fault = console.site.raise_alarm("D-1", "fault")
    person = console.log_in("duty")
    listed: list[int] = []
    after = ""
    while not listed or after:
        got = person.api(f"/alarms?limit=1{after}")
        listed += [item["id"] for item in got["items"]]
        after = "" if got["next"] is None else f"&after={got['next']}"
    assert listed == [unseen, seen, drilled, fault], "nobody has the older fire"
    text = person.get("/").text or ""
    assert listed == sorted(listed, key=lambda one: text.index(f'id="alarm-{one}"'))
    only = person.api("/alarms?life_safety=false")["items"]
    assert [item["id"] for item in only] == [fault]


@pytest.mark.parametrize("cursor", ["x", "eyJhIjoxfQ", "WzFd", "é", "W3RydWUsIm1ham9yIiwieCIsMV0"])
def test_a_cursor_of_ones_own_making_is_refused(console: ConsoleServer, cursor: str) -> None:
    console.site.add_user("duty")
    person = console.log_in("duty")
    answer = person.get(f"/api/v1/alarms?after={cursor}", Accept="application/json")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_limit_of_a_list_is_kept(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    person = console.log_in("duty")
    assert person.get("/api/v1/alarms?limit=501").status_code == 422
    assert person.get("/api/v1/alarms?limit=0").status_code == 422


def test_the_series_holds_what_the_lift_measured(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    console.site.measure_lift()
    series = console.log_in("duty").api("/assets/1/series")
    assert series["asset"] == "L-1"
    assert len(series["at"]) == 301
    assert [metric["name"] for metric in series["metrics"]] == [
        "speed",
        "door_closed",
        "motor_temp",
    ]
    assert all(len(metric["values"]) == 301 for metric in series["metrics"])
    assert series["metrics"][0]["label"] == "速度"


@pytest.mark.parametrize(
    "query",
    [
        "since=2026-01-01T00:00:00",
        "since=2026-01-01T00:00:00Z&until=2025-01-01T00:00:00Z",
        "since=2020-01-01T00:00:00Z&until=2026-01-01T00:00:00Z",
        "since=yesterday",
    ],
)
def test_a_span_that_makes_no_sense_is_refused(console: ConsoleServer, query: str) -> None:
    console.site.add_user("duty")
    answer = console.log_in("duty").get(f"/api/v1/assets/1/series?{query}")
    assert answer.status_code == 422


def test_an_act_waits_when_the_alarm_process_is_away(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    alarm_id = console.site.raise_alarm()
    person = console.log_in("duty")
    key = "6b1f5a52-5c38-4f0d-9b0e-3f1f3f7d0a11"
    headers = {"Accept": "application/json", "Idempotency-Key": key}
    form = {"csrf": person.csrf, "version": "1"}
    answers = [person.post(f"/alarms/{alarm_id}/acknowledge", form, **headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["state"] == "waiting"
    with console.site.writing(console.site.urls.owner_url) as connection:
        rows = connection.execute("SELECT id::text, kind, actor, version FROM acts").fetchall()
    assert rows == [(key, "acknowledge", "duty", 1)]


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/alarms/1/confirm_false", {}, 422),
        ("/alarms/1/explode", {}, 404),
        ("/alarms/1/order_accept", {}, 404),
        ("/alarms/999/acknowledge", {}, 404),
    ],
)
def test_an_act_that_makes_no_sense_is_refused(
    console: ConsoleServer, path: str, form: dict[str, str], status: int
) -> None:
    console.site.add_user("duty")
    console.site.raise_alarm()
    person = console.log_in("duty")
    answer = person.post(path, {"csrf": person.csrf, **form}, Accept="application/json")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_key_that_is_no_uuid_is_refused(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    alarm_id = console.site.raise_alarm()
    person = console.log_in("duty")
    answer = person.post(
        f"/alarms/{alarm_id}/acknowledge", {"csrf": person.csrf}, **{"Idempotency-Key": "again"}
    )
    assert answer.status_code == 422


def test_a_row_that_stood_on_a_screen_gets_its_second_tick(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    alarm_id = console.site.raise_alarm()
    person = console.log_in("duty")
    assert person.post("/seen", {"ids": str(alarm_id), "csrf": person.csrf}).status_code == 204
    seen = person.api("/alarms")["items"][0]
    assert seen["seen_at"] is not None
    timeline = person.api(f"/alarms/{alarm_id}")["timeline"]
    assert [step["who"] for step in timeline if step["kind"] == "seen"] == ["duty"]


def test_a_history_begins_with_what_happened_not_with_who_was_told(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    at = now() - timedelta(minutes=1)
    alarm_id = console.site.raise_alarm(at=at)
    console.site.tell_bureau(alarm_id, "R1", at=at)
    answer = console.log_in("duty").api(f"/alarms/{alarm_id}")
    assert [step["kind"] for step in answer["timeline"]] == ["step", "notice", "receipt"]
    assert len({step["at"] for step in answer["timeline"]}) == 1
    assert answer["alarm"]["held_by"] is None


def test_the_ledger_shows_what_is_missing(console: ConsoleServer) -> None:
    console.site.add_user("chief", "supervisor")
    console.site.write_ledger()
    page = console.log_in("chief").get("/platform").text or ""
    row = re.search(r"gw-1.*?</tr>", page, re.DOTALL)
    assert row is not None
    numbers = re.findall(r"<td[^>]*>(?:<b>)?(-?\d+)", row[0])
    # outbox, sent, stored, quarantined, shed, missing, in flight, duplicates, samples, difference
    assert numbers == ["0", "100", "98", "0", "0", "2", "0", "0", "4900", "2"]


def test_the_platforms_page_says_until_when_each_door_shows_a_certificate(
    console: ConsoleServer,
) -> None:
    site = console.site
    site.see_doors({"broker:8883": now() + timedelta(days=13, hours=1), "proxy:443": None})
    site.add_user("chief", "supervisor")
    assert "broker:8883" not in (console.log_in("chief").get("/platform").text or "")
    site.add_user("root", "admin", ("*",))
    page = console.log_in("root").get("/platform").text or ""
    first, second = re.findall(r"<tr>\s*<td[^>]*>(?:broker|proxy).*?</tr>", page, re.DOTALL)[:2]
    assert "从未看到" in first
    assert "proxy:443" in first
    assert 'class="odd"><b>13</b></td>' in second


def test_the_page_of_warnings_says_how_they_turned_out(console: ConsoleServer) -> None:
    console.site.add_user("zhuguan", "supervisor")
    warning_id = console.site.warn()
    person = console.log_in("zhuguan")
    page = person.get("/warnings").text or ""
    assert "预警成绩" in page
    assert "暂不派单" not in page
    console.site.hold_warning(warning_id)
    assert "暂不派单" in (person.get("/warnings").text or "")
    assert "预警模型异常" not in page
    record = page.split("限值与趋势</td>")[1].split("</tr>")[0]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", record)
    assert cells == ["消防水压/水位监测点", "1", "1", "0", "0", "0", "0", "0", "-", "-", "-"]
    one = person.get(f"/warnings/{warning_id}").text or ""
    assert "压力 3 天内下降 18%" in one
    assert "按限值与趋势推算，不经学习" in one
    assert "没有可画的数据" in one
    assert "您的范围内还没有同类预警有结论" in one
    assert person.get("/warnings/999").status_code == 404
    console.site.give_up_model("lift")
    page = person.get("/warnings").text or ""
    assert "预警模型异常，已自动停用" in page
    assert "现只按限值与趋势预警" in page


def test_no_english_stands_on_a_chinese_page(console: ConsoleServer) -> None:
    site = console.site
    site.add_user("zhuguan", "supervisor")
    alarm_id = site.raise_alarm("L-1", "entrapment")
    order_id = site.open_order(alarm_id, "lift_firm", "困人救援")
    site.tell_bureau(alarm_id, "20261")
    site.warn()
    site.write_ledger()
    person = console.log_in("zhuguan")
    known = {"zhuguan", "ms", "L", "W", "gw", "English", "m", "s", "kg", "A", "mm", "h", "C", "M"}
    known |= {"towerwatch", "F", "dq", "PDF", "CSV"} | {"TSG", "T", "GB"}
    pages = ["/", f"/alarms/{alarm_id}", "/orders", f"/orders/{order_id}", "/warnings", "/bureau"]
    for path in [*pages, "/platform", "/assets/1"]:
        page = person.get(path).text or ""
        text = re.sub(
            r"<(script|style|kbd).*?</\1>|<[^>]*>",
            " ",
            page,
            flags=re.DOTALL,
        )
        foreign = set(re.findall(r"[A-Za-z]+", text)) - known
        assert foreign == set(), (path, foreign)


def test_no_chinese_words_of_ours_stand_on_an_english_page(console: ConsoleServer) -> None:
    site = console.site
    site.add_user("chief", "supervisor", language="en")
    alarm_id = site.raise_alarm("L-1", "entrapment")
    order_id = site.open_order(alarm_id, "lift_firm", "困人救援")
    site.write_ledger()
    person = console.log_in("chief")
    for path in (
        "/",
        f"/alarms/{alarm_id}",
        "/orders",
        f"/orders/{order_id}",
        "/bureau",
        "/platform",
    ):
        page = (person.get(path).text or "").replace("中文", "")
        text = re.sub(r"<[^>]*>", " ", page)
        assert re.findall(r"[一-鿿]+", text) == [], path


def test_the_console_is_ready_only_with_a_fresh_stream(console: ConsoleServer) -> None:
    person = console.visit()
    assert person.get("/health/live").json() == {"status": "alive"}
    assert person.get("/health/ready").json() == {"status": "ready"}


def test_the_api_describes_itself(console: ConsoleServer) -> None:
    described = console.visit().get("/api/v1/openapi.json").json()
    assert {
        "/api/v1/alarms",
        "/api/v1/live",
        "/api/v1/orders",
        "/api/v1/assets/{asset_id}/series",
    } <= set(described["paths"])
    assert all(path.startswith(("/api/v1/", "/health/")) for path in described["paths"])


def _named_queries() -> list[tuple[str, Query]]:
    found = []
    for store in _STORES:
        queries = getattr(store, "_QUERIES", None) or store._SCOPE
        found += [(store.__name__.rpartition(".")[2], query) for query in queries]
    return found


def test_the_hot_list_reads_its_page_by_index_and_nothing_else(site: Site) -> None:
    parameters = {
        "life_safety": False,
        "drill": None,
        "group": None,
        "unacknowledged": False,
        "shown": "desk",
        "severity": None,
        "place": None,
        "turn": None,
        "working": False,
        "returned": False,
        "after_id": None,
        "after_life_safety": None,
        "after_severity": None,
        "after_opened_at": None,
        "limit": 100,
    }
    with site.writing(site.urls.console_url) as connection:
        connection.execute("SELECT set_config('towerwatch.scope', 'city', true)")
        connection.execute("SET LOCAL enable_seqscan = off")
        statement = trusted_sql("EXPLAIN " + alarm._lines("alarm_lines").as_string(connection))
        plan = "\n".join(
            str(row[0]) for row in connection.execute(statement, parameters).fetchall()
        )
    assert "alarms_open_list" in plan
    assert "Index Cond: (id = ANY" in plan
    assert "Seq Scan on alarms" not in plan


def test_every_named_query_has_a_purpose() -> None:
    assert all(query.purpose.endswith((".", ":", "?")) for _, query in _named_queries())
