"""What an attacker sends to the console: forged forms, scripts in names, SQL in parameters, old tokens."""

import re
from typing import Final

import pytest

from dashboards.console import auth
from ingest.database import trusted_sql
from tests.integration.security.asgi import Ask
from tests.integration.security.routes import Route, Stranger, routes_of
from tests.integration.security.stranger import World, open_session

EVIL: Final = "https://evil.example"
COOKIE: Final = auth.cookie_name(behind_tls=False)
SCRIPT: Final = '<script>alert("7q")</script><img src=x onerror=alert(7)>\'"&{{7*7}}'
_OWN_KEY: Final = ("/api/v1/exchange/",)
"""Routes that a browser's cookie does not open at all."""
_WITHOUT_ACCOUNT: Final = (
    "/login",
    "/language/",
    "/report",
    "/rate/",
    "/n/",
    "/p/",
    "/vote/",
    "/phone",
    "/api/v1/sessions",
)
"""Routes that take something from whoever has no account."""
_INJECTIONS: Final = (
    "' OR '1'='1",
    "1; DROP TABLE users; --",
    "x' UNION SELECT password_hash FROM users --",
    "\\'; SELECT pg_sleep(9); --",
    "%s%(id)s{}",
    "city.*{0,}|!@#",
    "\x00",
    "9" * 400,
    "漏" * 300,
    "../../etc/passwd",
)


def _changes(world: World) -> list[Route]:
    return [route for route in routes_of(world.console.app) if route.method != "GET"]


@pytest.fixture
def cookie(world: World) -> str:
    """A browser's session; its token has no character that a cookie would change."""
    token = open_session(world.site, "a-operator", "attacked")
    return f"{COOKIE}={token}"


def test_no_change_is_made_for_another_site_or_without_the_pages_own_token(
    world: World, cookie: str
) -> None:
    stranger = Stranger(world.console.app, world.foreign)
    origins = (
        {"origin": EVIL, "sec-fetch-site": "cross-site"},
        {"origin": "http://console.test", "sec-fetch-site": "same-origin"},
        {"origin": "null"},
    )
    wrong = []
    for turn, headers in enumerate(origins):
        is_foreign = turn != 1
        asks = [
            (route, one)
            for route in _changes(world)
            for one in stranger.asks(route, None, turn)[:1]
        ]
        sent = [
            Ask(
                method=one.method,
                path=one.path,
                form=one.form,
                body=one.body,
                headers={"cookie": cookie, "accept": "application/json", **headers},
            )
            for _, one in asks
        ]
        for (route, one), reply in zip(asks, world.console.ask_all(sent), strict=True):
            is_open = route.path.startswith(_WITHOUT_ACCOUNT)
            if route.path.startswith(_OWN_KEY):
                is_refused = reply.status == 401
            elif is_open:
                is_refused = reply.status < 500
            else:
                is_refused = reply.status == 403
            if not is_refused:
                wrong.append(f"{one} from {headers['origin']}: {reply.status} ({is_foreign=})")
    assert not wrong, "\n".join(wrong)
    reply = world.console.ask(Ask(method="GET", path="/", headers={"cookie": cookie}))
    assert reply.status == 200, "an attack ended the session"


def _poison(world: World) -> None:
    """Script in every name and note of the garden that somebody can write."""
    with world.site.writing(world.site.urls.owner_url) as connection:
        for statement in (
            "UPDATE assets SET name_zh = %(x)s, name_en = %(x)s, zone = %(x)s WHERE code !~ 'canary'",
            "UPDATE places SET name_zh = %(x)s, name_en = %(x)s, address = %(x)s WHERE path ~ '*.garden.*'",
            "UPDATE places SET access_note = %(x)s WHERE path ~ '*.garden.*'",
            "UPDATE organisations SET name_zh = %(x)s, phone = %(x)s WHERE place_id IS NULL",
            "UPDATE alarms SET text = %(x)s WHERE text <> 'canary7q'",
            "UPDATE alarm_transitions SET reason = %(x)s, actor = %(x)s",
            "UPDATE work_orders SET title = %(x)s, detail = %(x)s WHERE number <> 'canary7q'",
            "UPDATE users SET display_name = %(x)s",
            "UPDATE gateways SET note = %(x)s",
            "UPDATE gateway_states SET software = %(x)s",
        ):
            connection.execute(trusted_sql(statement), {"x": SCRIPT})


def test_script_in_names_and_notes_stays_text(world: World) -> None:
    _poison(world)
    token = world.tokens["supervisor"]
    paths = [route.path for route in routes_of(world.console.app) if route.method == "GET"]
    asks = [Ask(method="GET", path=path, token=token) for path in paths if "{" not in path]
    with world.site.writing(world.site.urls.owner_url) as connection:
        row = connection.execute(
            trusted_sql("SELECT id, alarm_id, asset_id FROM work_orders WHERE number <> 'canary7q'")
        ).fetchone()
    assert row is not None
    own = {"order_id": row[0], "alarm_id": row[1], "asset_id": row[2], "code": "garden"}
    asks += [
        Ask(method="GET", path=path.format(**own), token=token)
        for path in paths
        if "{" in path and set(re.findall(r"{(\w+)}", path)) <= own.keys()
    ]
    shown = 0
    for one, reply in zip(asks, world.console.ask_all(asks), strict=True):
        kind = reply.headers.get("content-type", "")
        policy = reply.headers["content-security-policy"]
        assert "unsafe" not in policy, one
        assert reply.headers["x-content-type-options"] == "nosniff", one
        if "html" in kind or "svg" in kind or "xml" in kind:
            shown += "alert(7)" in reply.text
            assert "<script>alert" not in reply.text, one
            assert "<img src=x" not in reply.text, one
    assert shown >= 5, "no page shows the poisoned names: the test looks at nothing"


def test_sql_in_a_parameter_is_a_value(world: World) -> None:
    token = world.tokens["supervisor"]
    asks = []
    for turn, route in enumerate(routes_of(world.console.app)):
        if route.method != "GET" or route.path in {"/live", "/api/v1/live"}:
            continue
        for number in range(3):
            evil = _INJECTIONS[(turn * 3 + number) % len(_INJECTIONS)]
            path = re.sub(r"{\w+}", evil.replace("/", "%2F"), route.path)
            query = dict.fromkeys(route.query, evil)
            asks.append(Ask(method="GET", path=path, token=token, query=query))
    wrong = [
        f"{one}: {reply.status}"
        for one, reply in zip(asks, world.console.ask_all(asks), strict=True)
        if (reply.status >= 500 and not one.path.startswith("/health/"))
        or "$argon2" in reply.text
        or "psycopg" in reply.text
    ]
    assert not wrong, "\n".join(wrong)
    with world.site.writing(world.site.urls.owner_url) as connection:
        row = connection.execute(trusted_sql("SELECT count(*) > 10 FROM users")).fetchone()
    assert row == (True,)


def test_a_token_that_somebody_chose_is_no_session(world: World) -> None:
    for chosen in ("", "x", "0" * 43, "' OR 1=1 --"):
        reply = world.console.ask(
            Ask(
                method="GET",
                path="/api/v1/alarms",
                headers={"cookie": f"{COOKIE}={chosen}", "accept": "application/json"},
            )
        )
        assert reply.status == 401, chosen


def test_a_token_is_worth_nothing_after_log_out(world: World) -> None:
    token = open_session(world.site, "a-auditor", "leaving")
    before = world.console.ask(Ask(method="GET", path="/api/v1/alarms", token=token))
    out = world.console.ask(Ask(method="POST", path="/logout", token=token))
    after = world.console.ask(Ask(method="GET", path="/api/v1/alarms", token=token))
    stream = world.console.ask(Ask(method="GET", path="/api/v1/live", token=token))
    assert (before.status, out.status, after.status, stream.status) == (200, 303, 401, 401)


def test_keys_are_guessed_slowly_and_used_at_a_pace(world: World) -> None:
    export = "/api/v1/exchange/export"
    guesses = [
        world.console.ask(Ask(method="GET", path=export, token=f"guess {number}")).status
        for number in range(25)
    ]
    assert guesses[:5] == [401] * 5
    assert guesses[-1] == 429
