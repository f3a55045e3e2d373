"""A technician's telephone, the bureau's steps, the public board, the monthly rating, files taken.

One compound and one console serve the whole file: what each test leaves behind stands in nobody's
way.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from argon2 import PasswordHasher

from analytics.alarms.loop import AlarmProcess
from analytics.supervision.survey import month_of
from dashboards.console import password
from dashboards.console.present import epoch_ms
from dashboards.console.store.bureau import fetch_unheard
from ingest.database import connect, trusted_sql
from tests.integration.dashboards.console import ConsoleServer, Person, serving, until
from tests.integration.dashboards.site import Site, build_site
from tests.services import TestDatabase

PNG = b"\x89PNG\r\n\x1a\n" + b"1" * 64
PIN = "402913"
TOKEN = re.compile(r"/(?:p|vote)/([A-Za-z0-9_-]{16,60})")


@pytest.fixture(scope="module")
def console(
    database_server: TestDatabase, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ConsoleServer]:
    """Everybody of this file, at one console with the alarm process behind it."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    urls = database_server.make(template)
    site = build_site(urls)
    stop = Event()
    process = AlarmProcess(lambda: connect(urls.analytics_url, application="test alarms"))
    thread = Thread(target=process.run, args=(stop,), name="alarms")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password, "_HASHER", cheap)
        patch.setenv("TOWERWATCH_PHOTO_FOLDER", str(tmp_path_factory.mktemp("photos")))
        site.add_user("zhiban", organisation="property")
        site.add_user("zhuren", "project_manager", organisation="property")
        site.add_user("shequ", "community", places=("comm",))
        site.add_user("zhuguan", "supervisor", places=("street",))
        site.add_user("yingji", "bureau", places=("city",), organisation="bureau")
        site.add_user("diaodu", "maintenance_dispatcher", organisation="lift_firm")
        site.add_user("weibao", "technician", organisation="lift_firm")
        site.add_user("xiaofang", "technician", organisation="fire_firm")
        site.add_user("linju", "project_manager", places=("yard",))
        rows(
            site,
            "INSERT INTO managements (place_id, kind, organisation_id, valid_during)"
            " SELECT places.id, 'company', organisations.id, '[2020-01-01,)' FROM places, organisations"
            " WHERE places.code = 'garden' AND organisations.code = 'property' RETURNING id",
        )
        rows(
            site,
            "INSERT INTO technicians (name, organisation_id, display_name, capacity)"
            " SELECT 'weibao', id, '维保', 5 FROM organisations WHERE code = 'lift_firm' RETURNING name",
        )
        thread.start()
        try:
            with serving(site) as server:
                yield server
        finally:
            stop.set()
            thread.join(10)
            database_server.drop(urls)


@pytest.fixture(autouse=True)
def cheap_passwords() -> None:
    """The console of the file hashes cheaply already."""


def rows(site: Site, statement: str) -> list[tuple[Any, ...]]:
    with site.writing(site.urls.owner_url) as connection:
        return connection.execute(trusted_sql(statement)).fetchall()


def post(person: Person, path: str, fields: dict[str, str], **files: Any) -> Any:
    """What a form of a logged-in page sends."""
    return person.session.post(
        f"{person.address}{path}",
        data={"csrf": person.csrf, **fields},
        files=list(files.items()) or None,
        headers={"Origin": person.address, "Accept": "text/html"},
        timeout=20,
        allow_redirects=False,
    )


def act(person: Person, path: str, fields: dict[str, str]) -> dict[str, Any]:
    """The same as a page's script sends it."""
    answer = person.post(
        path, fields, **{"X-CSRF-Token": person.csrf, "Accept": "application/json"}
    )
    found: dict[str, Any] = answer.json()
    return found | {"status": answer.status_code}


def sent_link(console: ConsoleServer) -> tuple[int, str]:
    """An order of the lift firm, and the token of a link to its technician."""
    alarm = console.site.raise_alarm("L-1", "door_open_fault", text=datetime.now(UTC).isoformat())
    number = f"W-{alarm:04}"
    order = console.site.open_order(alarm, "lift_firm", "开门故障", number)
    answer = post(console.log_in("diaodu"), f"/orders/{order}/phone", {"technician": "weibao"})
    found = TOKEN.search(answer.text or "")
    assert found is not None, answer.text
    rows(
        console.site,
        f"UPDATE alarms SET state = 'normal', closed_at = now() WHERE id = {alarm} RETURNING id",
    )
    return order, found[1]


def test_a_link_opens_one_telephone_and_its_pin_opens_it_again(console: ConsoleServer) -> None:
    order, token = sent_link(console)
    phone, thief = console.visit(), console.visit()
    assert phone.get(f"/p/{token}").status_code == 200, "looking uses nothing up"
    assert phone.get(f"/p/{token}").status_code == 200
    assert phone.post(f"/p/{token}", {"pin": "111111", "again": "111111"}).status_code == 422
    assert phone.post(f"/p/{token}", {"pin": PIN, "again": "402914"}).status_code == 422
    opened = phone.post(f"/p/{token}", {"pin": PIN, "again": PIN})
    assert (opened.status_code, opened.headers["location"]) == (303, f"/t/{order}")
    page = phone.get(f"/t/{order}").text or ""
    assert 'data-phone-step="order_accept"' in page
    assert 'data-phone-step="order_restore"' in page, "later steps wait there for no signal"
    assert thief.post(f"/p/{token}", {"pin": PIN, "again": PIN}).status_code == 410
    assert thief.post("/phone", {"pin": PIN}).status_code == 401, "a PIN is nothing elsewhere"
    phone.post("/logout", {"csrf": phone.csrf})
    assert phone.get(f"/t/{order}").status_code == 303
    assert phone.get("/login").headers["location"] == "/phone"
    assert phone.post("/phone", {"pin": PIN}).headers["location"] == "/t"


def test_five_wrong_pins_block_the_telephone(console: ConsoleServer) -> None:
    _, token = sent_link(console)
    phone = console.visit()
    phone.post(f"/p/{token}", {"pin": PIN, "again": PIN})
    phone.post("/logout", {"csrf": phone.csrf})
    for _ in range(5):
        assert phone.post("/phone", {"pin": "909090"}).status_code == 401
    assert phone.post("/phone", {"pin": PIN}).status_code == 401, "the right one is too late"


def test_a_link_goes_to_the_orders_own_firm_alone(console: ConsoleServer) -> None:
    order, _ = sent_link(console)
    dispatcher = console.log_in("diaodu")
    for name in ("xiaofang", "zhiban", "nobody"):
        answer = post(dispatcher, f"/orders/{order}/phone", {"technician": name})
        assert answer.status_code == 403, name
    answer = post(console.log_in("zhuren"), f"/orders/{order}/phone", {"technician": "weibao"})
    assert answer.status_code == 403, "the order is the lift firm's"


def test_photos_of_the_work_are_the_owners_and_are_seen_in_scope(console: ConsoleServer) -> None:
    order, _ = sent_link(console)
    technician = console.log_in("weibao")
    answer = post(technician, f"/orders/{order}/photos", {}, photos=("a.png", PNG, "image/png"))
    assert answer.status_code == 303, answer.text
    shown = technician.get(f"/t/{order}").text or ""
    (digest,) = set(re.findall(r"/photos/([0-9a-f]{64})", shown))
    assert console.log_in("zhiban").get(f"/photos/{digest}").status_code == 200
    assert console.log_in("linju").get(f"/photos/{digest}").status_code == 404
    answer = post(
        console.log_in("zhuren"), f"/orders/{order}/photos", {}, photos=("a.png", PNG, "image/png")
    )
    assert answer.status_code == 403


def test_a_photo_that_comes_late_says_when_it_was_taken(console: ConsoleServer) -> None:
    order, _ = sent_link(console)
    hand = console.log_in("weibao")
    late = {"done_at": str(epoch_ms(datetime(2025, 11, 22, 12, 4, 5, tzinfo=UTC)))}
    for photo, fields in ((PNG + b"late", late), (PNG, {})):
        post(hand, f"/orders/{order}/photos", fields, photos=("a.png", photo, "image/png"))
    for page in (hand.get(f"/t/{order}"), console.log_in("zhuren").get(f"/orders/{order}")):
        assert (page.text or "").count("现场操作于 2025-11-22 20:04:05（当时无信号），上传于 ") == 1


def test_a_scanned_code_leads_to_the_order_or_the_device(console: ConsoleServer) -> None:
    order, _ = sent_link(console)
    assert console.log_in("weibao").get("/q/L-1").headers["location"] == f"/t/{order}"
    assert console.log_in("zhiban").get("/q/D-1").headers["location"].startswith("/assets/")
    assert console.log_in("linju").get("/q/D-1").status_code == 404


def test_the_bureau_says_its_steps_once_and_the_desk_reads_them(console: ConsoleServer) -> None:
    alarm = console.site.raise_alarm("D-1", "fire_alarm", text="2层 走廊")
    console.site.tell_bureau(alarm, "YJ-1")
    bureau, desk = console.log_in("yingji"), console.log_in("zhiban")
    page = bureau.get("/bureau").text or ""
    for words in ("2层走廊烟感", "负责单位", "YJ-1", "已收到"):
        assert words in page
    for kind, text in (
        ("bureau_receive", ""),
        ("take_over", ""),
        ("bureau_set_out", ""),
        ("bureau_close", "现场无火情"),
    ):
        said = act(bureau, f"/alarms/{alarm}/{kind}", {"text": text})
        assert said["state"] == "done", said
        assert act(bureau, f"/alarms/{alarm}/{kind}", {"text": "再次"})["state"] == "refused"
    seen = desk.get(f"/alarms/{alarm}").text or ""
    assert "应急局已收到" in seen
    assert "应急局处置完毕" in seen
    assert "现场无火情" in seen
    assert act(desk, f"/alarms/{alarm}/bureau_close", {"text": "x"})["status"] == 403
    state = rows(console.site, f"SELECT state, closed_at FROM alarms WHERE id = {alarm}")
    assert state == [("unacknowledged", None)], "the alarm stays with its desk"


def test_a_fire_that_begins_anew_has_to_be_received_anew(console: ConsoleServer) -> None:
    alarm = console.site.raise_alarm("W-1", "fire_alarm", text="3层")
    bureau = console.log_in("yingji")
    for kind in ("bureau_receive", "take_over", "bureau_set_out", "bureau_close"):
        assert act(bureau, f"/alarms/{alarm}/{kind}", {"text": "误报"})["state"] == "done"
    assert f'action="/alarms/{alarm}/' not in (bureau.get("/bureau").text or "")
    rows(
        console.site,
        "INSERT INTO alarm_transitions (alarm_id, at, trigger, from_state, to_state, version, actor,"
        f" actor_role, digest) VALUES ({alarm}, now(), 'raise', 'latched_acknowledged',"
        " 'unacknowledged', 9, 'device', 'device', '') RETURNING id",
    )
    assert f'action="/alarms/{alarm}/bureau_receive"' in (bureau.get("/bureau").text or "")
    with console.site.writing(console.site.urls.owner_url) as connection:
        assert alarm in [one.id for one in fetch_unheard(connection)]
    assert act(bureau, f"/alarms/{alarm}/bureau_receive", {})["state"] == "done"
    assert act(bureau, f"/alarms/{alarm}/bureau_receive", {})["state"] == "refused"


def test_a_compound_that_changes_hands_is_no_step_of_the_bureau(console: ConsoleServer) -> None:
    alarm = console.site.raise_alarm("W-1", "manual_fire_alarm")
    rows(
        console.site,
        "INSERT INTO alarm_transitions (alarm_id, at, trigger, from_state, to_state, version, actor,"
        f" actor_role, digest) VALUES ({alarm}, now(), 'take_over', 'unacknowledged',"
        " 'unacknowledged', 2, 'platform', 'platform', '') RETURNING id",
    )
    with console.site.writing(console.site.urls.owner_url) as connection:
        assert alarm in [one.id for one in fetch_unheard(connection)]
    bureau = console.log_in("yingji")
    assert act(bureau, f"/alarms/{alarm}/bureau_receive", {})["state"] == "done"


def test_a_night_shows_what_was_sent_and_did_not_arrive(console: ConsoleServer) -> None:
    at = datetime.now(UTC) - timedelta(days=40)
    day = (at + timedelta(hours=8)).date()
    alarm = console.site.raise_alarm("D-1", "manual_fire_alarm", at=at)
    console.site.tell_bureau(alarm, "YJ-40")
    bureau = console.log_in("yingji")
    assert "发出 0 条" in (bureau.get(f"/bureau/day?day={day}").text or ""), "it was sent later"
    rows(
        console.site,
        f"UPDATE notices SET created_at = opened_at FROM alarms WHERE alarms.id = alarm_id AND alarm_id = {alarm} RETURNING 1",
    )
    assert "全部收到" in (bureau.get(f"/bureau/day?day={day}").text or "")
    rows(
        console.site,
        f"UPDATE notices SET state = 'waiting', receipt = NULL, delivered_at = NULL WHERE alarm_id = {alarm} RETURNING 1",
    )
    assert "1 起不完整" in (bureau.get(f"/bureau/day?day={day}").text or "")
    table = bureau.get(f"/bureau/day.csv?day={day}")
    assert table.headers["content-type"].startswith("text/csv")
    assert f"\r\n{alarm},manual_fire_alarm," in (table.text or "")
    taken = rows(
        console.site, 'SELECT user_name, what, "rows" FROM page_exports ORDER BY id DESC LIMIT 1'
    )
    assert taken == [("yingji", f"bureau-{day}.csv", 1)]
    rows(
        console.site, f"UPDATE notices SET state = 'given_up' WHERE alarm_id = {alarm} RETURNING 1"
    )


def test_the_desk_sees_when_nobody_is_at_the_bureaus_page(console: ConsoleServer) -> None:
    desk, bureau = console.log_in("zhiban"), console.log_in("yingji")
    bureau.get("/strip")
    assert "应急局值守页无人" not in (desk.get("/strip").text or "")
    rows(console.site, "UPDATE desk_beats SET beat_at = now() - interval '61 s' RETURNING 1")
    strip = desk.get("/strip").text or ""
    assert "应急局值守页无人" in strip
    assert "0000-8000104" in strip


def test_a_late_notice_names_the_bureaus_telephone(console: ConsoleServer) -> None:
    alarm = console.site.raise_alarm("D-1", "gas_alarm")
    console.site.tell_bureau(alarm, "YJ-2")
    rows(
        console.site,
        "UPDATE notices SET state = 'waiting', receipt = NULL, created_at = now() - interval '61 s'"
        f" WHERE alarm_id = {alarm} RETURNING 1",
    )
    assert "应急局 60 秒未收到" in (console.log_in("zhiban").get("/strip").text or "")
    rows(
        console.site, f"UPDATE notices SET state = 'given_up' WHERE alarm_id = {alarm} RETURNING 1"
    )


def test_the_board_is_for_everybody_and_names_nobody(console: ConsoleServer) -> None:
    manager = console.log_in("zhuren")
    assert (
        post(manager, "/boards/garden/post", {"field": "fees", "text": "每平米 1.8 元"}).status_code
        == 303
    )
    said = act(
        manager, "/boards/garden/post", {"field": "project_manager", "text": "王 13812345678"}
    )
    assert said["state"] == "refused"
    spending = {
        "field": "lift_spending",
        "asset": "L-1",
        "period": "2026-11",
        "amount_yuan": "350.50",
        "text": "更换皮带",
    }
    assert act(manager, "/boards/garden/post", spending)["state"] == "done"
    assert act(manager, "/boards/garden/post", spending | {"asset": "L-9"})["state"] == "refused"
    out = console.site.raise_alarm("L-1", "main_power_off")
    fault = console.site.raise_alarm("D-1", "contaminated")
    page = console.visit().get("/board/garden").text or ""
    for words in ("每平米 1.8 元", "350.50", "1号楼1号梯", "停运", "示范电梯维保", "示范物业"):
        assert words in page, words
    for secret in ("烟感", "D-1", "W-1", "13812345678", "zhuren", "weibao", "邻院"):
        assert secret not in page, secret
    for alarm in (out, fault):
        rows(
            console.site,
            f"UPDATE alarms SET state = 'normal', closed_at = now() WHERE id = {alarm} RETURNING 1",
        )
    assert console.visit().get("/board/nowhere").status_code == 404
    assert console.visit().get("/boards/garden").status_code == 303, (
        "where it is kept needs a log-in"
    )
    assert console.log_in("linju").get("/boards/garden").status_code == 404


def test_a_report_that_is_refused_loses_nothing_and_a_name_is_as_good_as_a_code(
    console: ConsoleServer,
) -> None:
    resident = console.visit()
    typed = {"category": "water_fault", "text": "地下室<b>漏水", "contact": "0000-1"}
    refused = resident.post("/report", typed | {"place": "没有的小区"})
    page = refused.text or ""
    assert (refused.status_code, "尚未提交" in page) == (422, True)
    assert 'value="地下室&lt;b&gt;漏水"' in page
    assert 'value="water_fault" selected' in page
    assert 'value="0000-1"' in page
    unsaid = resident.post("/report", typed | {"category": "", "place": "garden"})
    assert (unsaid.status_code, "地下室" in (unsaid.text or "")) == (422, True)
    rows(
        console.site,
        "INSERT INTO places (code, path, level, name_zh, name_en) VALUES ('east',"
        " 'city.dist.street.comm.east', 'compound', '花园东区', 'Garden East') RETURNING id",
    )
    both = resident.post("/report", typed | {"place": "花园"}).text or ""
    assert "您指的是哪个小区" in both
    assert 'value="east"' in both
    assert 'value="花园 地下室' in both, "what was typed stands in the words"
    sent = resident.post("/report", typed | {"place": "花园小区3号楼 2单元"})
    assert sent.status_code in {200, 202}, sent.text
    told = rows(
        console.site, "SELECT place_path::text, text FROM reports WHERE text LIKE '%漏水' LIMIT 1"
    )
    assert told == [("city.dist.street.comm.garden", "[花园小区3号楼 2单元] 地下室<b>漏水")]


def test_a_list_of_posts_says_which_rows_were_refused(console: ConsoleServer) -> None:
    text = "field,asset,period,amount_yuan,text\nparking,,,,车位 120 个\nfees,,,,找 13812345678\n"
    answer = post(
        console.log_in("zhuren"),
        "/boards/garden/import",
        {},
        file=("a.csv", text.encode("gb18030"), "text/csv"),
    )
    assert "已公示 1 行" in (answer.text or "")
    assert "第 3 行" in (answer.text or "")
    assert "车位 120 个" in (console.visit().get("/board/garden").text or "")
    spoken = "公示内容,电梯,时间,金额,文字\n车位使用情况,,,,车位 130 个\n没有的内容,,,,x\n"
    wrong = post(
        console.log_in("zhuren"),
        "/boards/garden/import",
        {},
        file=("a.csv", spoken.encode(), "text/csv"),
    )
    assert (wrong.status_code, "没有导入：第 3 行不对" in (wrong.text or "")) == (422, True)
    picture = post(
        console.log_in("zhuren"),
        "/boards/garden/import",
        {},
        file=("a.csv", PNG + b"\xff", "text/csv"),
    )
    assert "另存为 CSV" in (picture.text or "")


def test_a_household_rates_once_a_month_by_code_or_paper(console: ConsoleServer) -> None:
    community = console.log_in("shequ")
    page = post(community, "/boards/garden/slips", {"households": "3-1-1101\n3-1-1102"})
    assert (page.text or "").count("<figure>") == 2
    tokens = rows(console.site, "SELECT household, token_hash FROM survey_slips ORDER BY household")
    assert [name for name, _ in tokens] == ["3-1-1101", "3-1-1102"]
    neighbour = console.visit()
    assert neighbour.post("/vote/no-such-slip-00000", {"stars": "5"}).status_code == 409
    slip = TOKEN.findall(page.text or "")
    assert slip == [], "codes are drawn, never written"
    gone = neighbour.get("/vote/no-such-slip-00000")
    assert (gone.status_code, "已作废" in (gone.text or "")) == (410, True)
    assert "<form method" not in (gone.text or "").split("<main>")[1]
    rows(
        console.site,
        "INSERT INTO survey_slips (token_hash, place_path, giver, household, made_by, made_at) VALUES"
        " (sha256('slip-of-a-neighbour'), 'city.dist.street.comm.garden', 'owner', '9-1', 'x', now())"
        " RETURNING 1",
    )
    form = neighbour.get("/vote/slip-of-a-neighbour").text or ""
    assert "花园小区" in form
    assert "示范物业" in form
    assert "9-1" not in form, "the household stands on no page"
    rows(console.site, "DELETE FROM survey_slips WHERE household = '9-1' RETURNING 1")
    local = str(month_of(datetime.now(UTC)))
    paper = "household,stars,giver,note\n3-1-1101,2,owner,电梯慢\n3-1-1101,5,owner,\n3-1-1103,4,owner,\n".encode()
    answer = post(
        community, "/boards/garden/ratings", {"month": local}, file=("a.csv", paper, "text/csv")
    )
    assert "已导入 2 份；1 份" in (answer.text or ""), answer.text
    given = rows(
        console.site,
        "SELECT stars, giver, organisations.code FROM owner_ratings"
        " JOIN organisations ON organisations.id = organisation_id ORDER BY owner_ratings.id",
    )
    assert given == [(2, "owner", "property"), (4, "owner", "property")]
    answer = post(
        community, "/boards/garden/ratings", {"month": "2020-01"}, file=("a.csv", paper, "text/csv")
    )
    assert answer.status_code == 409, "a month long gone is closed"
    answer = post(console.log_in("zhiban"), "/boards/garden/slips", {"households": "1"})
    assert answer.status_code == 403, "the company gives out no codes for its own rating"


def test_a_supervisor_reads_the_scope_and_takes_files_that_are_noted(
    console: ConsoleServer,
) -> None:
    supervisor = console.log_in("zhuguan")
    page = supervisor.get("/supervise").text or ""
    assert "示范物业" in page
    pdf = supervisor.get("/supervise/report.pdf")
    assert pdf.status_code == 200
    assert (pdf.content or b"")[:5] == b"%PDF-"
    table = supervisor.get("/supervise/report.csv?table=ranking")
    assert "示范物业" in (table.text or "")
    assert supervisor.get("/supervise/report.csv?table=nothing").status_code == 404
    taken = [
        row[0]
        for row in rows(console.site, "SELECT what FROM page_exports WHERE user_name = 'zhuguan'")
    ]
    assert len(taken) == 2
    assert taken[0].endswith(".pdf")
    other = console.log_in("linju").get("/supervise?place=garden")
    assert other.status_code == 404, "another compound's company sees nothing of it"
    assert console.log_in("zhiban").get("/supervise").status_code == 403


def test_a_measure_is_printed_and_moved_by_whom_it_is_for(console: ConsoleServer) -> None:
    rows(
        console.site,
        "INSERT INTO measures (number, kind, company_id, place_path, subject, stage, opened_at)"
        " SELECT 'J2026-09001', 'rectification', id, 'city.dist.street.comm.garden', '消防通道堵塞',"
        " 'proposed', now() FROM organisations WHERE code = 'property' RETURNING id",
    )
    supervisor, manager = console.log_in("zhuguan"), console.log_in("zhuren")
    assert "消防通道堵塞" in (supervisor.get("/supervise").text or "")
    page = supervisor.get("/supervise/measures/J2026-09001").text or ""
    assert 'value="issue"' in page
    assert 'value="issue"' not in (manager.get("/supervise/measures/J2026-09001").text or "")
    step = {
        "step": "issue",
        "text": "现场检查",
        "due": (datetime.now(UTC) + timedelta(days=20)).date().isoformat(),
        "appeal_until": (datetime.now(UTC) + timedelta(days=10)).date().isoformat(),
        "version": "1",
    }
    said = act(supervisor, "/supervise/measures/J2026-09001/step", step)
    assert said["state"] == "done", said
    assert act(supervisor, "/supervise/measures/J2026-09001/step", step)["state"] == "refused"
    notice = manager.get("/supervise/measures/J2026-09001.pdf")
    assert (notice.content or b"")[:5] == b"%PDF-"
    assert console.log_in("linju").get("/supervise/measures/J2026-09001").status_code == 404
    assert until(lambda: rows(console.site, "SELECT 1 FROM measure_steps"))


def test_the_telephones_helper_is_served_for_the_orders_pages(console: ConsoleServer) -> None:
    answer = console.visit().get("/worker.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert Path("dashboards/console/static/worker.js").read_bytes() == answer.content
