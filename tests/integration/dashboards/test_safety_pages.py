"""Rescues, drills and duty checks at the console: what people see, and what their buttons do."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread

import pytest

from analytics.alarms.loop import AlarmProcess
from dashboards.console.store import safety
from ingest.database import Connection, connect, trusted_sql
from tests.integration.dashboards.console import ConsoleServer, Ear, Person, until
from tests.integration.dashboards.site import now

JSON = {"Accept": "application/json"}


@pytest.fixture
def platform(console: ConsoleServer) -> Iterator[ConsoleServer]:
    """The console with the alarm process behind it, and the people of a compound."""
    stop = Event()
    url = console.site.urls.analytics_url
    process = AlarmProcess(lambda: connect(url, application="test alarms"))
    thread = Thread(target=process.run, args=(stop,), name="alarms")
    thread.start()
    for name, role, places, organisation in (
        ("duty", "operator", ("garden",), None),
        ("chen", "project_manager", ("garden",), None),
        ("sun", "supervisor", ("garden",), None),
        ("wang", "technician", ("garden",), "lift_firm"),
        ("stranger", "project_manager", ("yard",), None),
        ("admin", "supervisor", ("*",), None),
    ):
        console.site.add_user(name, role, places, organisation)
    try:
        yield console
    finally:
        stop.set()
        thread.join(10)


def rows(console: ConsoleServer, statement: str) -> list[tuple[object, ...]]:
    with connect(console.site.urls.owner_url, application="test rows") as connection:
        return connection.execute(trusted_sql(statement)).fetchall()


def press(person: Person, path: str, **form: str) -> int:
    answer = person.post(path, {"csrf": person.csrf, **form}, **JSON)
    return answer.status_code or 0


def row_of(person: Person, alarm: int) -> str:
    """The alarm's row on the overview."""
    page = person.get("/").text or ""
    return page.partition(f'<li id="alarm-{alarm}"')[2].partition("</li>")[0]


def version_of(row: str) -> int:
    """What the page compares a row of the stream with."""
    return int(row.partition('data-version="')[2].partition('"')[0])


def freed_of(ear: Ear) -> dict[int, int]:
    """Versions of the rows that the stream told with their people out."""
    told = [one.body for one in ear.named("alarm")]
    return {one["id"]: one["version"] for one in told if "人员已救出" in one["html"]}


def order_of(person: Person, alarms: list[int]) -> list[int]:
    """The alarms as the overview lists them."""
    page = person.get("/").text or ""
    return sorted(alarms, key=lambda alarm: page.index(f'<li id="alarm-{alarm}"'))


DRILL = {"scope": "lift", "subject": "L-1", "minutes": "30", "text": "月度测试", "drill": "test"}


def test_a_drill_is_proposed_agreed_shown_everywhere_ended_and_reported(
    platform: ConsoleServer,
) -> None:
    duty, chen = platform.log_in("duty"), platform.log_in("chen")
    assert press(duty, "/safety/drill_propose", **DRILL) == 200
    assert "待批准" in (chen.get("/drills").text or "")
    assert press(duty, "/safety/drill_approve", drill_id="1") == 403
    assert press(chen, "/safety/drill_approve", drill_id="1") == 200
    for path in ("/", "/drills", "/orders", "/strip"):
        assert "drill-strip" in (duty.get(path).text or ""), path
    assert duty.api("/drills")["items"][0]["approved_by"] == "chen"
    assert press(duty, "/safety/drill_end", drill_id="1") == 200
    assert "drill-strip" not in (duty.get("/").text or "")
    assert "L-1" in (duty.get("/drills/1").text or "")
    assert [one["code"] for one in duty.api("/drills/1/report")["missing"]] == ["L-1"]


def test_a_rescue_is_walked_through_with_buttons(platform: ConsoleServer) -> None:
    duty, wang = platform.log_in("duty"), platform.log_in("wang")
    alarm = platform.site.raise_alarm("L-1", "entrapment")
    path = f"/safety/alarms/{alarm}"
    assert press(duty, f"{path}/call_car", is_answered="true", people="2", text="情绪稳定") == 200
    page = duty.get(f"/alarms/{alarm}").text or ""
    for words in ("救援", "示范电梯维保", "有人应答", "2 人", "情绪稳定"):
        assert words in page
    assert duty.api("/rescues")["items"][0]["stage"] == "dispatched"
    order = platform.site.open_order(alarm, "lift_firm", "电梯困人", "W-0911")
    step = 'data-act="rescue_accept"'
    assert step in (wang.get(f"/t/{order}").text or ""), "whoever goes there has the buttons"
    assert "情绪稳定" in (wang.get(f"/t/{order}").text or ""), "and knows what was heard"
    with platform.site.writing(platform.site.urls.analytics_url) as connection:
        called = "UPDATE rescues SET owner_id = (SELECT id FROM organisations WHERE code = %s)"
        connection.execute(called, ("fire_firm",))
    page = wang.get(f"/t/{order}").text or ""
    assert step not in page, "another one is called: its word that it goes would be refused"
    assert 'data-act="rescue_arrive"' in page, "whoever is there is there"
    assert step in (duty.get(f"/alarms/{alarm}").text or ""), "the desk has it by telephone"
    with platform.site.writing(platform.site.urls.analytics_url) as connection:
        connection.execute(called, ("lift_firm",))
    assert press(wang, f"{path}/rescue_accept") == 200
    assert press(wang, f"{path}/rescue_arrive") == 200
    assert press(wang, f"{path}/rescue_release", people="1", injured="2", text="x") == 422
    assert press(wang, f"{path}/rescue_release", people="2", injured="0", text="平安") == 200
    page = duty.get(f"/alarms/{alarm}").text or ""
    assert 'class="big-words">人员已救出。电梯须经持证人员检查' in page, "nobody is in it any more"
    freed = "人员已救出。电梯须经持证人员检查合格后才能恢复运行"
    assert freed in row_of(duty, alarm), "the list says what the page says"
    assert 'data-act="lift_check"' in (wang.get(f"/t/{order}").text or "")
    with platform.site.writing(platform.site.urls.analytics_url) as connection:
        connection.execute("UPDATE rescues SET stage = 'suspected'")
    page = duty.get(f"/alarms/{alarm}").text or ""
    assert "又有人被困" in page, "who came out before is not who is in it"
    with platform.site.writing(platform.site.urls.analytics_url) as connection:
        connection.execute("UPDATE rescues SET stage = 'released'")
    must = "SELECT state FROM alarms WHERE condition = 'lift_must_be_checked'"
    assert rows(platform, must) == [("unacknowledged",)]
    assert press(wang, f"{path}/lift_check", certificate="", text="x", is_fit="true") == 422
    assert press(wang, f"{path}/lift_check", certificate="T-1", text="正常", is_fit="true") == 200
    assert duty.api("/rescues")["items"] == []
    assert rows(platform, must) == [("returned_unacknowledged",)]


def test_a_release_reaches_every_row_of_the_lift_live_and_no_new_alarm_of_it(
    platform: ConsoleServer,
) -> None:
    duty = platform.log_in("duty")
    button = platform.site.raise_alarm("L-1", "car_alarm_button")
    alarm = platform.site.raise_alarm("L-1", "entrapment")
    fire = platform.site.raise_alarm("D-1", "fire_alarm", at=now() - timedelta(minutes=5))
    assert order_of(duty, [fire, alarm]) == [alarm, fire], "the newest of what nobody has"
    path = f"/safety/alarms/{alarm}"
    assert press(duty, f"{path}/call_car", is_answered="true", people="1") == 200
    assert press(duty, f"{path}/rescue_arrive") == 200
    assert order_of(duty, [fire, alarm]) == [fire, alarm], "the call acknowledged it"
    before = {key: version_of(row_of(duty, key)) for key in (alarm, button)}
    with duty.listening("/live") as ear:
        assert until(lambda: ear.named("ready"))
        assert press(duty, f"{path}/rescue_release", people="1", injured="0") == 200
        assert until(lambda: freed_of(ear).keys() >= {alarm, button})
    for key, version in before.items():
        assert freed_of(ear)[key] > version, "else the page drops it"
    assert order_of(duty, [fire, alarm, button])[0] == fire, "their people are out"
    platform.site.change_alarm(button, "normal", "duty")
    again = platform.site.raise_alarm("L-1", "car_alarm_button")
    assert "人员已救出" not in row_of(duty, again), "somebody may be in the lift again"
    page = duty.get(f"/alarms/{again}").text or ""
    assert 'class="big-words">人员已救出' not in page
    assert order_of(duty, [fire, alarm, again]) == [again, fire, alarm]


def test_a_duty_check_stands_on_every_page_until_somebody_answers(
    platform: ConsoleServer,
) -> None:
    duty, sun = platform.log_in("duty"), platform.log_in("sun")
    assert press(duty, "/safety/post_ask", place="garden") == 403
    assert press(sun, "/safety/post_ask", place="garden") == 200
    check = duty.api("/post-checks?waiting=true")["items"][0]
    assert "在岗应答" in (duty.get("/").text or "")
    assert "在岗应答" not in (sun.get("/").text or "")
    assert press(duty, "/safety/post_answer", check_id=str(check["id"])) == 200
    assert press(duty, "/safety/post_answer", check_id=str(check["id"])) == 409
    assert "在岗应答" not in (duty.get("/").text or "")
    assert duty.api("/post-checks")["items"][0]["answered_by"] == "duty"


def test_another_place_sees_and_touches_nothing_of_it(platform: ConsoleServer) -> None:
    duty, chen, sun = (platform.log_in(name) for name in ("duty", "chen", "sun"))
    stranger = platform.log_in("stranger")
    press(duty, "/safety/drill_propose", **DRILL)
    press(chen, "/safety/drill_approve", drill_id="1")
    press(sun, "/safety/post_ask", place="garden")
    alarm = platform.site.raise_alarm("L-1", "entrapment")
    press(duty, f"/safety/alarms/{alarm}/call_car", is_answered="false")
    for path in ("/drills", "/post-checks", "/rescues"):
        assert stranger.api(path)["items"] == []
    assert stranger.get("/drills/1").status_code == 404
    assert press(stranger, "/safety/drill_end", drill_id="1") == 409
    assert press(stranger, f"/safety/alarms/{alarm}/call_car", is_answered="true") == 404


def test_somebody_who_sees_everything_may_ask_any_desk(platform: ConsoleServer) -> None:
    admin = platform.log_in("admin")
    assert press(admin, "/safety/post_ask", place="yard") == 200


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/safety/drill_propose", {"scope": "moon", "subject": "x", "minutes": "5"}, 422),
        ("/safety/drill_propose", {"subject": "L-1", "minutes": "5", "text": "x"}, 422),
        ("/safety/explode", {}, 404),
        ("/safety/alarms/999/call_car", {}, 404),
        ("/safety/alarms/1/drill_end", {}, 404),
    ],
)
def test_what_makes_no_sense_is_refused(
    platform: ConsoleServer, path: str, form: dict[str, str], status: int
) -> None:
    platform.site.raise_alarm("L-1", "entrapment")
    assert press(platform.log_in("duty"), path, **form) == status


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("/alarms/{}/confirm_false", {}, "请选择原因代码，或填写误报原因"),
        (
            "/safety/alarms/{}/rescue_release",
            {"people": "1", "injured": "2"},
            "受伤人数不能多于救出人数",
        ),
        (
            "/safety/alarms/{}/rescue_release",
            {"people": "1", "injured": "1"},
            "有人受伤，请写明伤情",
        ),
        ("/safety/alarms/{}/rescue_release", {"people": "many"}, "请求内容有误，请检查后重试"),
    ],
)
def test_what_a_form_lacks_is_said_in_the_language_of_the_desk(
    platform: ConsoleServer, path: str, form: dict[str, str], words: str
) -> None:
    alarm = platform.site.raise_alarm("L-1", "entrapment")
    duty = platform.log_in("duty")
    fields = form | {"csrf": duty.csrf}
    answer = duty.post(
        path.format(alarm), fields, Accept="application/json", **{"Accept-Language": "zh"}
    )
    assert (answer.status_code, answer.json()["message"]) == (422, words)


def test_a_false_fire_is_judged_by_its_code(platform: ConsoleServer) -> None:
    alarm = platform.site.raise_alarm()
    duty = platform.log_in("duty")
    assert 'value="cooking_smoke"' in (duty.get(f"/alarms/{alarm}").text or "")
    assert press(duty, f"/alarms/{alarm}/confirm_false", cause="cooking_smoke") == 200
    assert rows(platform, "SELECT confirmation, cause_code FROM alarms") == [
        ("false", "cooking_smoke")
    ]


def test_an_alarm_of_a_drill_can_be_declared_real_on_its_page(platform: ConsoleServer) -> None:
    alarm = platform.site.raise_alarm(is_drill=True)
    duty = platform.log_in("duty")
    assert "这不是演练" in (duty.get(f"/alarms/{alarm}").text or "")
    assert press(duty, f"/safety/alarms/{alarm}/declare_real", text="着火了") == 200
    assert rows(platform, "SELECT is_drill, confirmation FROM alarms") == [(False, "real")]
    assert until(lambda: "这不是演练" not in (duty.get(f"/alarms/{alarm}").text or ""))


def test_the_pages_speak_english_too(platform: ConsoleServer) -> None:
    platform.site.add_user("jo", "project_manager", language="en")
    jo = platform.log_in("jo")
    assert "Drills and tests" in (jo.get("/drills").text or "")
    assert "Duty checks" in (jo.get("/posts").text or "")


def test_every_list_runs_against_the_migrated_schema(platform: ConsoleServer) -> None:
    with connect(platform.site.urls.console_url, application="test") as connection:
        _read_all(connection)


def _read_all(connection: Connection) -> None:
    assert safety.fetch_drills(connection) == []
    assert safety.fetch_compounds(connection) == []
