from datetime import UTC, datetime

import pytest

from dashboards.console.errors import BadUser
from dashboards.console.store.user import list_users, record_failure
from dashboards.console.users import add_user, change_password, disable_user
from tests.integration.dashboards.console import ConsoleServer
from tests.integration.dashboards.site import PASSWORD, Site


def test_a_stranger_is_sent_to_the_log_in(console: ConsoleServer) -> None:
    answer = console.visit().get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [("/alarms/7?x=1", "/alarms/7?x=1"), ("//evil.example", "/"), ("/login", "/"), ("", "/")],
)
def test_the_log_in_leads_back_to_what_was_asked_for(
    console: ConsoleServer, back: str, leads_to: str
) -> None:
    console.site.add_user("duty")
    stranger = console.visit()
    asked = stranger.get("/alarms/7?x=1").headers["location"]
    assert asked == "/login?back=/alarms/7%3Fx%3D1"
    assert 'name="back" value="/alarms/7?x=1"' in (stranger.get(asked).text or "")
    fields = {"name": "duty", "password": PASSWORD, "back": back}
    assert stranger.post("/login", fields).headers["location"] == leads_to


def test_a_machine_without_a_session_gets_a_problem(console: ConsoleServer) -> None:
    answer = console.visit().get("/api/v1/alarms", Accept="application/json")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 401


def test_each_role_starts_on_its_own_page(console: ConsoleServer) -> None:
    homes = {}
    for role in ("operator", "technician", "bureau"):
        console.site.add_user(f"a-{role}", role)
        answer = console.visit().post("/login", {"name": f"a-{role}", "password": PASSWORD})
        homes[role] = answer.headers["location"]
    assert homes == {"operator": "/", "technician": "/t", "bureau": "/bureau"}


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    answer = console.visit().post("/login", {"name": "duty", "password": PASSWORD})
    cookie = str(answer.headers["set-cookie"])
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


def test_the_database_keeps_no_token(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    person = console.log_in("duty")
    token = person.token
    with console.site.writing(console.site.urls.owner_url) as connection:
        rows = connection.execute("SELECT token_hash FROM sessions").fetchall()
    assert len(rows) == 1
    assert token.encode() not in bytes(rows[0][0])  # type: ignore[call-overload]


def test_logging_in_again_ends_the_former_session(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    person = console.log_in("duty")
    former = person.token
    person.post("/login", {"name": "duty", "password": PASSWORD})
    assert person.token != former
    other = console.visit()
    answer = other.get("/api/v1/alarms", Authorization=f"Bearer {former}")
    assert answer.status_code == 401


def test_logging_out_ends_the_session_at_the_server(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    person = console.log_in("duty")
    token = person.token
    assert person.post("/logout", {"csrf": person.csrf}).status_code == 303
    answer = console.visit().get("/api/v1/alarms", Authorization=f"Bearer {token}")
    assert answer.status_code == 401


def test_the_sixth_wrong_password_must_wait_though_it_is_right(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    person = console.visit()
    wrong = [person.post("/login", {"name": "duty", "password": "x"}) for _ in range(5)]
    assert {answer.status_code for answer in wrong} == {401}
    answer = person.post("/login", {"name": "duty", "password": PASSWORD})
    assert answer.status_code == 429
    assert int(str(answer.headers["retry-after"])) > 0


def test_guesses_from_elsewhere_keep_nobody_out_of_his_own_room(console: ConsoleServer) -> None:
    """A hundred strangers try the name of the person on duty at three in the morning."""
    console.site.add_user("duty")
    with console.site.writing(console.site.urls.console_url) as connection:
        for number in range(100):
            record_failure(connection, "duty", f"203.0.113.{number}", datetime.now(UTC))
    assert console.log_in("duty").get("/").status_code == 200
    room = console.visit()
    wrong = [room.post("/login", {"name": "duty", "password": "x"}) for _ in range(2)]
    assert [answer.status_code for answer in wrong] == [401, 429], "one guess an address"


def test_an_unknown_name_reads_like_a_wrong_password(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    person = console.visit()
    known = person.post("/login", {"name": "duty", "password": "x"})
    unknown = person.post("/login", {"name": "nobody", "password": "x"})
    assert known.status_code == unknown.status_code == 401
    assert "用户名或密码错误" in (unknown.text or "")


def test_a_machine_logs_in_for_a_token(console: ConsoleServer) -> None:
    console.site.add_user("robot")
    person = console.visit()
    answer = person.session.post(
        f"{console.address}/api/v1/sessions", json={"name": "robot", "password": PASSWORD}
    )
    assert answer.status_code == 201
    listed = console.visit().get("/api/v1/alarms", Authorization=f"Bearer {answer.json()['token']}")
    assert listed.json() == {"items": [], "next": None}


def test_another_site_cannot_log_a_browser_in(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    form = {"name": "duty", "password": PASSWORD}
    answer = console.visit().post("/login", form, origin="https://evil.example")
    assert answer.status_code == 403


def test_an_act_needs_the_token_of_its_own_session(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    alarm_id = console.site.raise_alarm()
    person = console.log_in("duty")
    without = person.post(f"/alarms/{alarm_id}/acknowledge", {})
    foreign = person.post(f"/alarms/{alarm_id}/acknowledge", {"csrf": "0" * 64})
    cross = person.post(
        f"/alarms/{alarm_id}/acknowledge",
        {"csrf": person.csrf},
        **{"Sec-Fetch-Site": "cross-site"},
    )
    assert [answer.status_code for answer in (without, foreign, cross)] == [403, 403, 403]


def test_a_disabled_user_is_out_at_once(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    person = console.log_in("duty")
    with console.site.writing(console.site.urls.console_url) as connection:
        disable_user(connection, "duty", datetime.now(UTC))
    assert person.get("/").status_code == 303
    answer = console.visit().post("/login", {"name": "duty", "password": PASSWORD})
    assert answer.status_code == 401


def test_a_new_password_ends_the_sessions(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    person = console.log_in("duty")
    with console.site.writing(console.site.urls.console_url) as connection:
        change_password(connection, "duty", "another long password")
    assert person.get("/").status_code == 303


def test_every_page_forbids_foreign_scripts_and_frames(console: ConsoleServer) -> None:
    answer = console.visit().get("/login")
    policy = str(answer.headers["content-security-policy"])
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    nonce = policy.split("'nonce-")[1].split("'", maxsplit=1)[0]
    assert f'nonce="{nonce}"' in (answer.text or "")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": "Big Name"}, "2 to 40"),
        ({"role": "king"}, "one of"),
        ({"password": "short"}, "10 to 200"),
        ({"places": ["nowhere"]}, "no such place: nowhere"),
        ({"organisation": "none"}, "no such organisation"),
        ({"language": "fr"}, "one of zh, en"),
        ({"display_name": " "}, "a name"),
    ],
)
def test_a_wrong_user_is_refused_in_words(site: Site, wrong: dict[str, object], says: str) -> None:
    asked: dict[str, object] = {
        "name": "duty",
        "role": "operator",
        "display_name": "值班员",
        "places": ["garden"],
        "password": PASSWORD,
    }
    with (
        site.writing(site.urls.console_url) as connection,
        pytest.raises(BadUser, match=says),
    ):
        add_user(connection, **(asked | wrong))  # type: ignore[arg-type]


def test_adding_a_user_again_changes_it(site: Site) -> None:
    site.add_user("duty")
    site.add_user("duty", "supervisor", ("*",))
    with site.writing(site.urls.console_url) as connection:
        listed = list_users(connection)
    assert [(user.name, user.role, user.scope) for user in listed] == [("duty", "supervisor", [""])]


def test_logging_out_keeps_what_a_technician_has_not_sent(console: ConsoleServer) -> None:
    wiped = {}
    for role in ("operator", "technician"):
        console.site.add_user(f"b-{role}", role)
        person = console.log_in(f"b-{role}")
        answer = person.post("/logout", {"csrf": person.csrf})
        wiped[role] = "Clear-Site-Data" in answer.headers
    assert wiped == {"operator": True, "technician": False}
