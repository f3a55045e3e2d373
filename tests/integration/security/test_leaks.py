"""Who is not from there sees nothing of it: every table, every route, every role.

The tables are enumerated from the database and the routes from the application, so that a new one
cannot be forgotten. `build/leaks.json` has the counts.
"""

import json
import re
from contextlib import closing
from pathlib import Path
from typing import Final

import psycopg
import pytest

from dashboards.console.store.pool import Scope, Store
from ingest.database import Connection, connect, trusted_sql
from tests.integration.dashboards.site import GARDEN, Site
from tests.integration.security.asgi import Ask, Reply
from tests.integration.security.routes import EMPTY, OPEN_BY_CODE, Route, Stranger, routes_of
from tests.integration.security.stranger import (
    CANARY,
    Foreign,
    World,
    open_session,
    reader_role,
    relations,
    rows_of,
)
from tests.services import TestDatabase

REPORT: Final = Path(__file__).parents[3] / "build" / "leaks.json"
OF_NO_PLACE: Final = {
    "duty_calendars": "rules of the whole platform",
    "duty_holidays": "rules of the whole platform",
    "duty_versions": "rules of the whole platform",
    "login_failures": "the console's own, read before anybody is known",
    "model_runs": "models of a class, of no place",
    "model_switches": "models of a class, of no place",
    "models": "models of a class, of no place",
    "place_change_work": "numbers of mergers and splits, gone within a second",
    "safety_plans": "rules of the whole platform",
    "seals": "hashes of the chain",
    "saved_views": "the console's own: lists that somebody has kept",
    "sessions": "the console's own, read before anybody is known",
    "users": "the console's own, read before anybody is known",
    "desk_beats": "the console's own: which bureau has its page open",
    "identities": "the console's own, read before anybody is known",
    "identity_requests": "the console's own: narrowed to users of the asker's scope",
    "user_addresses": "the console's own, written and compared, never shown",
    "passkeys": "the console's own, read before anybody is known",
    "sign_ins": "the console's own, read before anybody is known",
    "page_exports": "the console's own: what left as a file",
    "phone_links": "the console's own, read before anybody is known",
    "phones": "the console's own, read before anybody is known",
    "warning_records": "counts of a class over the whole platform",
}
"""Relations without row-level security, and why."""
OF_THE_CONSOLE: Final = {"places"}
"""Names and addresses of the tree: the console's queries narrow them, for the index's sake."""
_READABLE_OF_ACTS: Final = "id, request, state, outcome"


def _leaks(connection: Connection, foreign: Foreign, role: str) -> dict[str, list[object]]:
    """What a reader is shown of the other street, by relation."""
    found: dict[str, list[object]] = {}
    for relation in relations(connection, role):
        if relation in OF_NO_PLACE:
            continue
        columns = _READABLE_OF_ACTS if relation == "acts" else "*"
        shown = [row for row in rows_of(connection, relation, columns) if foreign.is_of(row)]
        if shown:
            found[relation] = list(shown)
    return found


def test_every_relation_has_something_of_the_other_street(world: World) -> None:
    """Otherwise the next tests would prove nothing of it: add a row to stranger.sql."""
    with closing(Store(world.site.urls.console_url)) as store:
        store.open()
        with store.scoped(("",)) as connection:
            asked = set(relations(connection, "tw_console")) - OF_NO_PLACE.keys() - {"acts"}
            missing = asked - _leaks(connection, world.foreign, "tw_console").keys()
    views = {"assets_under_work", "visible_clocks"}
    assert missing <= views, f"nothing of another street in {sorted(missing)}"


@pytest.mark.parametrize(
    "scope",
    [Scope([GARDEN]), Scope([GARDEN], 1), Scope([])],
    ids=["place", "place and firm", "nothing"],
)
def test_the_console_reads_nothing_of_another_street(world: World, scope: Scope) -> None:
    with closing(Store(world.site.urls.console_url)) as store:
        store.open()
        with store.scoped(scope) as connection:
            shown = _leaks(connection, world.foreign, "tw_console")
    assert shown.keys() <= OF_THE_CONSOLE


def test_a_reader_of_grafana_cannot_widen_its_street(
    world: World, database_server: TestDatabase
) -> None:
    with (
        reader_role(database_server, world.site, "reader_of_garden", "street") as url,
        closing(connect(url, application="test")) as connection,
    ):
        for trick in (
            "SELECT set_config('towerwatch.scope', ',', false)",
            "SET towerwatch.organisation = '1'",
            "SET row_security = on",
        ):
            connection.execute(trusted_sql(trick))
        assert _leaks(connection, world.foreign, "tw_grafana") == {}
        assert rows_of(connection, "visible_assets")
        for forbidden in (
            "SET ROLE tw_grafana",
            "SET ROLE tw_console",
            "SET SESSION AUTHORIZATION tw_grafana",
            "INSERT INTO reader_scopes VALUES (current_user, '')",
            "SELECT * FROM reader_scopes",
            "SELECT set_reader_scope(current_user, ARRAY['*'], '{}')",
            "ALTER TABLE alarms DISABLE ROW LEVEL SECURITY",
            "SELECT * FROM users",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(trusted_sql(forbidden))
        own = connection.execute(trusted_sql("SELECT scope_of_reader('tw_owner')::text"))
        assert own.fetchone() == ("{}",)


def test_tables_of_a_readers_own_are_not_believed(
    world: World, database_server: TestDatabase
) -> None:
    """Where somebody's database lets readers make temporary tables, as PostgreSQL does by default."""
    with (
        world.site.writing(world.site.urls.owner_url) as owner,
        reader_role(database_server, world.site, "reader_with_tables", "street") as url,
    ):
        database = owner.execute(trusted_sql("SELECT quote_ident(current_database())")).fetchone()
        assert database is not None
        with closing(connect(world.site.urls.owner_url, application="test")) as granting:
            granting.execute(trusted_sql(f"GRANT TEMPORARY ON DATABASE {database[0]} TO PUBLIC"))
        with closing(connect(url, application="test")) as connection:
            for step in (
                "SET default_transaction_read_only = off",
                "CREATE TEMPORARY TABLE reader_scopes (role_name name, path ltree)",
                "INSERT INTO reader_scopes VALUES (current_user, '')",
                "GRANT SELECT ON reader_scopes TO PUBLIC",
            ):
                connection.execute(trusted_sql(step))
            assert _leaks(connection, world.foreign, "tw_grafana") == {}


def test_functions_with_their_owners_rights_look_for_temporary_tables_last(world: World) -> None:
    with world.site.writing(world.site.urls.owner_url) as connection:
        found = connection.execute(
            trusted_sql(
                "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
                " AND proowner = current_user::regrole AND NOT EXISTS (SELECT FROM unnest(proconfig)"
                " AS one WHERE one LIKE 'search\\_path=%%pg_temp') ORDER BY 1"
            )
        ).fetchall()
    assert found == []


def test_no_setting_lets_a_role_that_may_become_grafana_read_more(world: World) -> None:
    with (
        world.site.writing(world.site.urls.owner_url) as connection,
        pytest.raises(psycopg.Error, match="no member of tw_grafana"),
    ):
        connection.execute(trusted_sql("SELECT set_reader_scope('tw_console', ARRAY['*'], '{}')"))


def _case(route: Route, request: Ask, reply: Reply) -> str | None:
    """What is wrong with a reply to a stranger; None: nothing."""
    if reply.status >= 500 and not route.path.startswith("/health/"):
        return f"fails with {reply.status}"
    if route.path in OPEN_BY_CODE:
        return None
    if CANARY in _without(request, reply.text):
        return "shows the other street"
    goes_to = reply.headers.get("location", "") if reply.status == 303 else ""
    # Whoever scans a plate without an account may report, of what there is as of what there is not.
    is_to_log_in = goes_to.startswith(("/login", "/report?"))
    if route.is_about_one and route.path not in EMPTY and reply.status < 400 and not is_to_log_in:
        return f"answers {reply.status} for what does not exist to the asker"
    return None


def _without(request: Ask, text: str) -> str:
    """A reply without what the asker said: codes may be repeated to whoever said them."""
    values = [*request.query.values(), *(request.form or {}).values()]
    said = [*re.split(r"[/.]", request.path), *map(str, values), *_words_in(request.body)]
    for word in sorted({one for one in said if CANARY in one}, key=len, reverse=True):
        text = text.replace(word, "")
    return text.lower()


def _words_in(body: object) -> list[str]:
    parts = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    return [body] if isinstance(body, str) else [word for part in parts for word in _words_in(part)]


def _visit(world: World, askers: dict[str, str | None]) -> tuple[int, list[str]]:
    stranger = Stranger(world.console.app, world.foreign)
    cases: list[tuple[str, Route, Ask]] = []
    for turn, (asker, token) in enumerate(askers.items()):
        for route in routes_of(world.console.app):
            if route.path == "/logout":
                continue  # would end the asker's own session; tested apart
            cases += [(asker, route, one) for one in stranger.asks(route, token, turn)]
    replies = world.console.ask_all([request for _, _, request in cases])
    wrong = [
        f"{asker}: {request} -> {reply.status}: {trouble}"
        for (asker, route, request), reply in zip(cases, replies, strict=True)
        if (trouble := _case(route, request, reply)) is not None
    ]
    return len(cases), wrong


def _untouched(site: Site) -> None:
    """Nobody's act in the other street was carried out; a resident's report may come from anywhere."""
    with site.writing(site.urls.owner_url) as connection:
        done = connection.execute(
            trusted_sql(
                "SELECT DISTINCT actor, kind FROM acts WHERE state = 'done' AND kind <> 'report'"
            )
        ).fetchall()
        seen = connection.execute(
            trusted_sql("SELECT user_name FROM sightings WHERE user_name <> 'canary7q'")
        ).fetchall()
    assert (done, seen) == ([], [])


def _of(world: World, *roles: str) -> dict[str, str | None]:
    return {role: world.tokens[role] for role in roles}


def test_who_may_see_it_is_shown_it(world: World) -> None:
    """The net is fine enough: to a reader of the whole tree most routes show the other street."""
    world.site.add_user("of-all", "supervisor", places=("*",))
    token = open_session(world.site, "of-all")
    asks = [
        Ask(method="GET", path=path, token=token)
        for path in (
            "/",
            "/orders",
            "/warnings",
            "/api/v1/alarms",
            "/api/v1/orders",
            "/api/v1/live",
        )
    ]
    replies = world.console.ask_all(asks)
    blind = [str(one) for one, reply in zip(asks, replies, strict=True) if CANARY not in reply.text]
    assert not blind


def test_no_route_shows_the_other_street(world: World) -> None:
    _, wrong = _visit(world, {"nobody": None, **_of(world, "supervisor", "technician")})
    assert not wrong, "\n".join(wrong[:40])
    _untouched(world.site)


@pytest.mark.long
def test_no_route_shows_the_other_street_to_any_role(world: World) -> None:
    """Every route for every role; the counts go to build/leaks.json."""
    cases, wrong = _visit(world, {"nobody": None, **world.tokens})
    report = {
        "cases": cases,
        "leaks": len(wrong),
        "routes": len(routes_of(world.console.app)),
        "roles": len(world.tokens),
    }
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    assert not wrong, "\n".join(wrong[:40])
    _untouched(world.site)
