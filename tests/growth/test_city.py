"""Two districts and a city over them by PostgreSQL's own means: the city shows the sum."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from analytics.alarms.loop import AlarmProcess, now_utc
from analytics.duties.responsibility import ensure_matrix
from dashboards.grafana.macros import Choice, expand
from ingest.database import Query, connect, parse_queries, trusted_sql
from tests.growth.ground import PATIENCE_S
from tests.integration.analytics.site import NOW, Said, build_site, say
from tests.services import TestDatabase, Workshop
from towerwatch.process import Launch, wait_until
from towerwatch.services.database import DatabaseUrls
from towerwatch.services.postgres import PrivatePostgres

ROOT = Path(__file__).parents[2]
CITY = ROOT / "deploy" / "city"
PASSWORD = "a-long-password-for-tests"
DISTRICTS = ("east", "west")
PUBLISHED = (
    "places", "organisations", "managements", "assets", "asset_contacts", "gateways", "bindings",
    "gateway_states", "platform_conditions", "incidents", "alarms", "clocks", "work_orders", "rescues",
)  # fmt: skip


class LogicalDatabase(TestDatabase):
    """A server of the tests whose log can be followed."""

    def __init__(self, shop: Workshop, name: str) -> None:
        super().__init__(shop, name=name)
        postgres: PrivatePostgres = self._postgres
        launch = postgres.launch

        def with_logical_log() -> Launch:
            made = launch()
            return replace(made, command=[*made.command, "-c", "wal_level=logical"])

        postgres.launch = with_logical_log  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Two districts on one server; their replicas and the city on another."""

    districts: dict[str, DatabaseUrls]
    replicas: dict[str, str]
    city_url: str


def admin_of(server: TestDatabase, name: str) -> str:
    return f"{server.server.admin_url.rpartition('/')[0]}/{name}"


def run_file(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(trusted_sql((CITY / name).read_text("utf-8")))


def run(url: str, statement: str, **values: str) -> None:
    written = sql.SQL(statement).format(**{key: sql.Literal(one) for key, one in values.items()})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(written)


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with closing(connect(url, application="test city")) as connection:
        return connection.execute(trusted_sql(statement)).fetchall()


def fill(urls: DatabaseUrls, district: str) -> None:
    """The analytics tests' site, moved below the city to a district of its own; alarms decided."""
    build_site(urls)
    run(
        urls.owner_url,
        "UPDATE places SET code = CASE code WHEN 'city' THEN 'city' ELSE {name} || '_' || code END,"
        " path = CASE code WHEN 'city' THEN 'city' ELSE ('city.' || {name} || '_'"
        " || replace(subpath(path, 1)::text, '.', '.' || {name} || '_'))::ltree END",
        name=district,
    )
    told = [Said(seq=1), Said(seq=2, asset="D-1", event="fire_alarm"), Said(seq=3, asset="L-9")]
    if district == "west":
        told.append(Said(seq=4, asset="L-1", event="brake_fault"))
    with closing(connect(urls.ingest_url, application="test")) as ingest, ingest.transaction():
        for one in told:
            say(ingest, one)
    decide(urls)


def decide(urls: DatabaseUrls) -> None:
    with closing(connect(urls.analytics_url, application="test")) as analytics:
        ensure_matrix(analytics, now_utc())
        process = AlarmProcess(lambda: analytics)
        while process.turn(analytics):
            pass


@pytest.fixture(scope="module")
def district_server(servers: Workshop) -> Iterator[LogicalDatabase]:
    server = LogicalDatabase(servers, "district-database")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def world(
    district_server: LogicalDatabase, database_server: TestDatabase, template: str
) -> Iterator[World]:
    district_server.make_template("district_template")
    districts = {name: district_server.make("district_template") for name in DISTRICTS}
    run(
        district_server.server.admin_url,
        "CREATE ROLE tw_city LOGIN REPLICATION BYPASSRLS PASSWORD {password}",
        password=PASSWORD,
    )
    run(
        database_server.server.admin_url,
        "CREATE ROLE tw_city_reader LOGIN PASSWORD {password}",
        password=PASSWORD,
    )
    replicas, made = {}, []
    for name, urls in districts.items():
        fill(urls, name)
        run_file(admin_of(district_server, urls.name), "district.sql")
        copy = database_server.make(template)
        made.append(copy)
        replicas[name] = admin_of(database_server, copy.name)
        run_file(replicas[name], "replica.sql")
        where = f"host=127.0.0.1 port={district_server.port} dbname={urls.name}"
        run(
            replicas[name],
            "CREATE SUBSCRIPTION tw_city CONNECTION {where} PUBLICATION tw_city"
            " WITH (slot_name = {slot})",
            where=f"{where} user=tw_city password={PASSWORD}",
            slot=f"tw_city_{name}",
        )
    city = database_server.make()
    made.append(city)
    city_url = admin_of(database_server, city.name)
    run_file(city_url, "city.sql")
    for name, url in replicas.items():
        with psycopg.connect(city_url, autocommit=True) as connection:
            connection.execute(
                "SELECT city.add_district(%s, '127.0.0.1', %s, %s, %s)",
                (name, database_server.port, urlsplit(url).path.strip("/"), PASSWORD),
            )
    run(city_url, "INSERT INTO reader_scopes VALUES ({role}, '')", role="tw_admin")
    try:
        yield World(districts=districts, replicas=replicas, city_url=city_url)
    finally:
        for url in replicas.values():
            run(url, "DROP SUBSCRIPTION tw_city")
        for urls in made:
            database_server.drop(urls)
        run(database_server.server.admin_url, "DROP ROLE tw_city_reader")


def counted(world: World, statement: str) -> int:
    """The same question to each district, added up."""
    return sum(int(str(ask(urls.owner_url, statement)[0][0])) for urls in world.districts.values())


def shown(world: World, statement: str) -> int:
    return int(str(ask(world.city_url, statement)[0][0]))


OPEN = "SELECT count(*) FROM alarms WHERE closed_at IS NULL AND is_life_safety"
ENTRAPMENT = OPEN + " AND alarm_group = 'entrapment'"
ORDERS = "SELECT count(*) FROM work_orders WHERE closed_at IS NULL"


def test_the_city_shows_the_sum_of_its_districts_and_follows_them(world: World) -> None:
    assert counted(world, OPEN) == 6
    assert wait_until(lambda: shown(world, OPEN) == 6, within_s=PATIENCE_S)
    assert wait_until(
        lambda: shown(world, ORDERS) == counted(world, ORDERS) > 0, within_s=PATIENCE_S
    )
    numbers = ask(world.city_url, "SELECT count(*), count(DISTINCT id) FROM alarms")
    assert numbers[0][0] == numbers[0][1] == 7
    roots = ask(world.city_url, "SELECT count(*) FROM places WHERE path = 'city'")
    assert roots == [(1,)]
    west = world.districts["west"]
    with closing(connect(west.ingest_url, application="test")) as ingest, ingest.transaction():
        say(ingest, Said(seq=9, asset="D-9", event="fire_alarm", at=NOW))
    decide(west)
    assert wait_until(lambda: shown(world, OPEN) == 7, within_s=PATIENCE_S)
    by_district = ask(
        world.city_url,
        "SELECT subpath(place_path, 1, 1)::text, count(*) FROM alarms"
        " WHERE closed_at IS NULL AND is_life_safety GROUP BY 1 ORDER BY 1",
    )
    assert by_district == [("east_dist", 3), ("west_dist", 4)]


def test_the_panels_of_the_city_run_on_the_city(world: World) -> None:
    file = ROOT / "dashboards" / "grafana" / "sql" / "city.sql"
    queries: tuple[Query, ...] = parse_queries(file.name, file.read_text("utf-8"))
    assert wait_until(lambda: shown(world, OPEN) >= 6, within_s=PATIENCE_S)
    choice = Choice(
        begins_at=NOW - timedelta(days=30),
        ends_at=NOW + timedelta(days=30),
        values={"place": "city", "language": "zh"},
    )
    for query in queries:
        text = expand(query.statement.as_string(), choice)
        rows = ask(world.city_url, text)
        if query.name == "open_entrapment":
            assert rows == [(counted(world, ENTRAPMENT),)]
        if query.name == "below":
            assert {str(row[1]) for row in rows} == {"city.east_dist", "city.west_dist"}


def test_what_is_published_can_be_updated_in_the_district(world: World) -> None:
    keys = (
        "SELECT relname FROM pg_class JOIN pg_index ON indrelid = pg_class.oid AND indisprimary"
        " WHERE relnamespace = 'public'::regnamespace"
    )
    found = {str(name) for (name,) in ask(world.districts["east"].owner_url, keys)}
    assert set(PUBLISHED) <= found
    published = ask(
        world.districts["east"].owner_url,
        "SELECT tablename FROM pg_publication_tables WHERE pubname = 'tw_city' ORDER BY tablename",
    )
    assert [str(name) for (name,) in published] == sorted(PUBLISHED)


def test_a_detector_is_monitored_or_not_as_its_district_says(
    district_server: LogicalDatabase, world: World
) -> None:
    west = admin_of(district_server, world.districts["west"].name)
    replica = world.replicas["west"]
    run(replica, "INSERT INTO reader_scopes VALUES ('tw_admin', '') ON CONFLICT DO NOTHING")
    for statement in (
        "UPDATE assets SET commissioned_at = now() WHERE code = 'D-1'",
        "INSERT INTO gateways (id, place_id) SELECT 'gw-d', place_id FROM assets WHERE code = 'D-1'",
        (
            "INSERT INTO bindings (gateway_id, code, asset_id, valid_during)"
            " SELECT 'gw-d', code, id, tstzrange(now(), NULL) FROM assets WHERE code = 'D-1'"
        ),
        (
            "INSERT INTO gateway_states (gateway, lane, is_online, heard_at)"
            " VALUES ('gw-d', 'alarm', true, now())"
        ),
    ):
        run(west, statement)
    state = "SELECT state FROM visible_assets WHERE code = 'D-1'"
    assert wait_until(lambda: ask(replica, state) == [("reporting",)], within_s=PATIENCE_S)
    run(
        west,
        "INSERT INTO platform_conditions (gateway, condition, raised_at)"
        " VALUES ('gw-d', 'gateway_silent', now())",
    )
    assert wait_until(lambda: ask(replica, state) == [("gateway_silent",)], within_s=PATIENCE_S)


def test_a_reader_of_one_district_sees_no_other(world: World) -> None:
    with psycopg.connect(world.city_url, autocommit=True) as connection:
        connection.execute("UPDATE reader_scopes SET path = 'city.east_dist'")
        try:
            row = connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE place_path <@ 'city.west_dist') FROM alarms"
            ).fetchone()
        finally:
            connection.execute("UPDATE reader_scopes SET path = ''")
    assert row == (3, 0)
