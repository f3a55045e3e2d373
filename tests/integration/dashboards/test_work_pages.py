"""Reports without an account, rounds, calls, ratings and a technician's own page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from analytics.alarms.loop import AlarmProcess
from dashboards.console import photo
from dashboards.console.routes import resident
from dashboards.console.throttle import Throttle
from ingest.database import connect, trusted_sql
from ingest.errors import StoreUnavailable
from tests.integration.dashboards.console import ConsoleServer, Person, until
from tests.integration.dashboards.site import Site

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
PLACE = {"place": "b1"}


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("TOWERWATCH_PHOTO_FOLDER", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def _alarms(folder: Path, site: Site) -> Iterator[None]:
    stop, url = Event(), site.urls.analytics_url
    process = AlarmProcess(lambda: connect(url, application="test alarms"))
    thread = Thread(target=process.run, args=(stop,), name="alarms")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def rows(site: Site, statement: str) -> list[tuple[object, ...]]:
    with site.writing(site.urls.owner_url) as connection:
        return connection.execute(trusted_sql(statement)).fetchall()


def report(person: Person, fields: dict[str, str], *photos: bytes) -> int:
    """What a phone sends from the form."""
    files: list[Any] = [
        ("photos", (f"{n}.png", sent, "image/png")) for n, sent in enumerate(photos)
    ]
    answer = person.session.post(
        f"{person.address}/report",
        data=fields,
        files=files or None,
        headers={"Origin": person.address},
        timeout=20,
        allow_redirects=False,
    )
    assert answer.status_code is not None
    return answer.status_code


def test_a_resident_without_an_account_raises_an_entrapment(console: ConsoleServer) -> None:
    resident = console.visit()
    page = resident.get("/report?asset=L-1").text or ""
    assert "电梯里有人被困" in page
    assert 'value="L-1"' in page
    assert report(resident, {"asset": "L-1", "category": "trapped", "text": "三个人"}) in (200, 202)
    assert until(lambda: rows(console.site, "SELECT 1 FROM alarms"))
    assert rows(console.site, "SELECT event, alarm_group, is_life_safety FROM alarms") == [
        ("entrapment", "entrapment", True)
    ]
    console.site.add_user("duty")
    assert "三个人" in (console.log_in("duty").get("/").text or "")


def test_life_safety_is_never_throttled_and_other_reports_are(console: ConsoleServer) -> None:
    resident = console.visit()
    for _ in range(20):
        assert report(resident, PLACE | {"category": "other"}) in (200, 202)
    assert report(resident, PLACE | {"category": "other"}) == 429
    assert report(resident, {"asset": "L-1", "category": "trapped"}) in (200, 202)


def test_a_photo_is_kept_by_its_digest_and_shown_to_whoever_may_see_the_report(
    console: ConsoleServer, folder: Path
) -> None:
    resident = console.visit()
    fields = PLACE | {"category": "fire_lane_blocked", "text": "白色面包车"}
    assert report(resident, fields, PNG) in (200, 202)
    assert until(lambda: rows(console.site, "SELECT 1 FROM report_photos"))
    ((digest,),) = rows(console.site, "SELECT digest FROM report_photos")
    assert photo.path_of(folder, str(digest)).read_bytes() == PNG
    console.site.add_user("duty")
    console.site.add_user("far", places=("yard",))
    shown = console.log_in("duty").get(f"/photos/{digest}")
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (
        200,
        PNG,
        "image/png",
    )
    assert console.log_in("far").get(f"/photos/{digest}").status_code == 404
    photo.path_of(folder, str(digest)).write_bytes(PNG + b"!")
    assert console.log_in("duty").get(f"/photos/{digest}").status_code == 404


@pytest.mark.parametrize(
    "content", [b"<svg onload=alert(1)>", b"GIF89a" + b"0" * 20, PNG + b"0" * photo.MOST_BYTES]
)
def test_what_is_no_photo_or_too_large_is_refused(console: ConsoleServer, content: bytes) -> None:
    assert report(console.visit(), PLACE | {"category": "other"}, content) == 422
    assert rows(console.site, "SELECT 1 FROM reports") == []


def test_the_form_takes_nothing_from_another_site(console: ConsoleServer) -> None:
    answer = console.visit().post(
        "/report", PLACE | {"category": "other"}, origin="https://elsewhere.example"
    )
    assert answer.status_code == 403


def test_a_round_passes_its_points(console: ConsoleServer) -> None:
    rows(
        console.site,
        "INSERT INTO checkpoints (code, place_id, name_zh)"
        " SELECT 'CP-0001', id, '大厅' FROM places WHERE code = 'b1' RETURNING code",
    )
    console.site.add_user("grid", role="grid_member")
    member = console.log_in("grid")
    assert "大厅" in (member.get("/round/CP-0001").text or "")
    fine = member.post("/round/CP-0001", {"csrf": member.csrf, "is_fine": "true"})
    assert fine.status_code == 303
    bad = {"csrf": member.csrf, "category": "fire_equipment_fault", "text": "灭火器缺失"}
    assert member.post("/round/CP-0001", bad).status_code == 303
    assert rows(console.site, "SELECT category FROM reports ORDER BY id") == [
        ("fine",),
        ("fire_equipment_fault",),
    ]


def test_a_hotline_s_case_comes_in_once_over_the_api(console: ConsoleServer) -> None:
    console.site.add_user("hotline", role="community")
    machine = console.log_in("hotline")
    body = {"category": "water_fault", "place": "b1", "text": "漏水", "case_number": "12345-7"}
    for _ in range(2):
        answer = machine.session.post(
            f"{console.address}/api/v1/reports",
            json=body,
            headers={"Authorization": f"Bearer {machine.token}"},
            timeout=20,
        )
        assert answer.status_code == 200, answer.text
    assert rows(console.site, "SELECT source, case_number FROM reports") == [("hotline", "12345-7")]
    assert rows(console.site, "SELECT count(*) FROM work_orders") == [(1,)]


def test_a_community_calls_departments_and_sees_who_came(console: ConsoleServer) -> None:
    rows(
        console.site,
        "INSERT INTO organisations (code, kind, name_zh) VALUES"
        " ('water', 'water_company', '水务公司') RETURNING id",
    )
    console.site.add_user("comm", role="community")
    community = console.log_in("comm")
    assert "供水企业" in (community.get("/call").text or "")
    called = {"csrf": community.csrf, "place": "garden", "parties": "water_company", "text": "爆管"}
    assert community.post("/call", called).status_code == 303
    ((whole,),) = rows(console.site, "SELECT id FROM work_orders WHERE parent_id IS NULL")
    page = community.get(f"/orders/{whole}").text or ""
    assert "水务公司" in page
    assert "未签收" in page


def test_a_rating_link_is_shown_once_and_is_good_once(console: ConsoleServer) -> None:
    assert report(console.visit(), PLACE | {"category": "other"}) in (200, 202)
    ((order,),) = rows(
        console.site,
        "UPDATE work_orders SET state = 'restored', restored_at = now() RETURNING id",
    )
    console.site.add_user("duty")
    desk = console.log_in("duty")
    page = desk.post(f"/orders/{order}/rating/link", {"csrf": desk.csrf}).text or ""
    found = re.search(r"/rate/([A-Za-z0-9_-]+)", page)
    assert found is not None
    resident = console.visit()
    form = resident.get(found[0]).text or ""
    assert "评价本次服务" in form
    assert "1号楼 其他问题" in form, "what is rated stands there"
    first = resident.post(found[0], {"stars": "5", "comment": "很快"})
    assert "感谢您的评价" in (first.text or "")
    assert resident.post(found[0], {"stars": "1"}).status_code == 409
    assert resident.get(found[0]).status_code == 410, "and says so before anybody writes"
    assert resident.post(found[0], {"stars": "9"}).status_code == 422
    assert "很快" in (desk.get(f"/orders/{order}").text or "")


def test_a_technician_sees_his_own_orders_and_a_dispatcher_all(console: ConsoleServer) -> None:
    site = console.site
    rows(
        site,
        "INSERT INTO technicians (name, organisation_id, display_name, capacity)"
        " SELECT name, id, name, 3 FROM organisations, (VALUES ('wang'), ('li')) AS given (name)"
        " WHERE code = 'lift_firm' RETURNING name",
    )
    rows(
        site,
        "INSERT INTO technician_certificates (technician, skill, number, valid_until)"
        " VALUES ('wang', 'lift', 'T-1', '2099-01-01') RETURNING technician",
    )
    for name in ("wang", "li"):
        site.add_user(name, role="technician", organisation="lift_firm")
    site.add_user("boss", role="maintenance_dispatcher", organisation="lift_firm")
    alarm_id = site.raise_alarm("L-1", "overspeed")
    order = site.open_order(alarm_id, "lift_firm", "超速")
    boss = console.log_in("boss")
    page = boss.get(f"/orders/{order}").text or ""
    assert "指派维保员" in page
    named = boss.post(f"/orders/{order}/assign", {"csrf": boss.csrf, "technician": "wang"})
    assert named.status_code == 303
    boss.post(f"/orders/{order}/assign", {"csrf": boss.csrf, "technician": "li"})
    assert f'id="card-{order}"' in (console.log_in("wang").get("/t").text or "")
    assert f'id="card-{order}"' not in (console.log_in("li").get("/t").text or ""), "no certificate"
    assert f'id="card-{order}"' in (boss.get("/t").text or "")


def test_the_pages_speak_english_too(console: ConsoleServer) -> None:
    resident = console.visit()
    resident.session.cookies["towerwatch_language"] = "en"
    assert "Somebody is trapped in a lift" in (resident.get("/report").text or "")
    assert "Rate this work" in (resident.get("/rate/x").text or "")


def test_a_throttle_forgets_after_its_window_and_holds_few_addresses() -> None:
    from datetime import timedelta

    throttle, at = Throttle(2, timedelta(minutes=1)), datetime(2026, 11, 22, tzinfo=UTC)
    assert [throttle.permits("a", at) for _ in range(3)] == [True, True, False]
    assert throttle.permits("b", at)
    assert throttle.permits("a", at + timedelta(minutes=1))
    for number in range(5000):
        throttle.permits(str(number), at)
    assert len(throttle._seen) <= 4096


def test_the_fund_s_part_is_applied_for_and_approved_by_another_person(
    console: ConsoleServer,
) -> None:
    assert report(console.visit(), PLACE | {"category": "other"}) in (200, 202)
    ((order,),) = rows(console.site, "SELECT id FROM work_orders")
    console.site.add_user("duty")
    console.site.add_user("owners", role="owners_committee")
    desk, committee = console.log_in("duty"), console.log_in("owners")
    applied = {"csrf": desk.csrf, "step": "apply", "item": "water_supply", "text": "附件"}
    assert desk.post(f"/orders/{order}/fund/step", applied).status_code == 303
    assert "待审批" in (committee.get(f"/orders/{order}").text or "")
    approved = {"csrf": committee.csrf, "step": "approve"}
    assert committee.post(f"/orders/{order}/fund/step", approved).status_code == 303
    settled = {"csrf": desk.csrf, "step": "settle", "amount_yuan": "1234.50"}
    assert desk.post(f"/orders/{order}/fund/step", settled).status_code == 303
    page = desk.get(f"/orders/{order}").text or ""
    assert "1234.50" in page
    assert rows(console.site, "SELECT amount_fen FROM fund_applications") == [(123450,)]


def test_a_plate_is_named_in_words_and_one_that_is_gone_still_takes_a_report(
    console: ConsoleServer,
) -> None:
    resident = console.visit()
    page = resident.get("/report?asset=L-1").text or ""
    assert "<b>1号楼1号梯</b>" in page
    assert "花园小区 1号楼" in page
    assert "<b>花园小区</b>" in (resident.get("/report?place=garden").text or "")
    unknown = resident.get("/report?asset=X-404").text or ""
    assert "查不到二维码上的编号 X-404" in unknown
    assert 'name="place"' in unknown
    rows(
        console.site,
        "INSERT INTO assets (code, class, place_id, name_zh, name_en, retired_at) SELECT 'L-0', 'lift',"
        " id, '旧梯', 'Old lift', now() FROM places WHERE code = 'b1' RETURNING id",
    )
    gone = resident.get("/report?asset=L-0").text or ""
    assert "已更换或停用" in gone
    assert 'name="place" value="b1"' in gone
    assert resident.get("/q/L-1").headers["location"] == "/report?asset=L-1", "without an account"
    assert resident.get("/round/CP-9").headers["location"] == "/report?point=CP-9"
    back = {"back": "/report?asset=L-1"}
    assert resident.post("/language/en", back, origin="https://evil.example").status_code == 403
    chosen = resident.post("/language/en", back)
    assert (chosen.status_code, chosen.headers["location"]) == (303, back["back"])
    assert "<b>Building 1 lift 1</b>" in (resident.get("/report?asset=L-1").text or "")
    assert "Building 1, Garden" in (resident.get("/report?asset=L-1").text or "")


def test_a_report_that_finds_no_database_keeps_its_words_and_names_119(
    console: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("the database is away")

    monkeypatch.setattr(resident, "fetch_spot_of", away)
    fields = {"asset": "L-1", "category": "trapped", "text": "两个人在8层"}
    answer = console.visit().post("/report", fields)
    page = answer.text or ""
    assert (answer.status_code, "尚未提交" in page, "119" in page) == (503, True, True)
    for kept in ('value="两个人在8层"', 'value="trapped" selected', 'value="L-1"'):
        assert kept in page


def test_bad_links_say_what_to_do(console: ConsoleServer) -> None:
    somebody = console.visit()
    for path, status, words in (
        ("/p/cut-off", 410, "请让调度员重新发送"),
        ("/rate/cut-off", 410, "已使用或已过期"),
        ("/vote/cut-off", 410, "索取新码"),
        ("/board/no-where", 404, "没有这个小区的公示栏"),
    ):
        answer = somebody.get(path)
        assert (answer.status_code, words in (answer.text or "")) == (status, True), path
    console.site.add_user("duty")
    desk = console.log_in("duty")
    assert "没有这个巡查点" in (desk.get("/round/no-such").text or "")
    assert "没有编号为这个的设备" in (desk.get("/q/no-such").text or "")
