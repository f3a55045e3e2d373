"""The fixtures that everybody stands on, tried for real."""

from dataclasses import replace

import psycopg
import pytest

from tests.services import TestBroker, TestDatabase
from towerwatch.services.database import DatabaseUrls
from towerwatch.services.probe import Login


def _scalar(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_test_gets_a_database_of_its_own_for_every_role(database: DatabaseUrls) -> None:
    for url, role in (
        (database.owner_url, "tw_owner"),
        (database.ingest_url, "tw_ingest"),
        (database.analytics_url, "tw_analytics"),
        (database.console_url, "tw_console"),
        (database.grafana_url, "tw_grafana"),
    ):
        assert _scalar(url, "SELECT current_user") == role


def test_the_database_has_every_migration(database: DatabaseUrls) -> None:
    assert _scalar(database.owner_url, "SELECT count(*) > 0 FROM schema_migrations")
    assert _scalar(database.owner_url, "SHOW timescaledb.license") == "apache"


def test_an_empty_database_has_no_table(empty_database: DatabaseUrls) -> None:
    statement = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert _scalar(empty_database.owner_url, statement) == 0


def test_the_grafana_role_cannot_write(database: DatabaseUrls) -> None:
    with psycopg.connect(database.grafana_url) as connection, pytest.raises(psycopg.Error):
        connection.execute("CREATE TABLE anything (id int)")


def test_the_server_sorts_and_stores_text_the_same_on_every_machine(
    empty_database: DatabaseUrls,
) -> None:
    statement = (
        "SELECT datlocprovider::text || ':' || datlocale FROM pg_database WHERE datname = %s"
    )
    with psycopg.connect(empty_database.owner_url) as connection:
        row = connection.execute(statement, [empty_database.name]).fetchone()
    assert row == ("b:C.UTF-8",)


def test_a_killed_database_comes_back_with_what_was_committed(
    own_database_server: TestDatabase,
) -> None:
    urls = own_database_server.make()
    with psycopg.connect(urls.owner_url) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    own_database_server.stop()
    own_database_server.start()
    assert _scalar(urls.owner_url, "SELECT id FROM kept") == 7


def test_a_gateway_is_let_in_by_its_secret_and_not_after_its_removal(broker: TestBroker) -> None:
    credentials = broker.add_gateway("gw-fixture")
    assert broker.login(credentials) is Login.ACCEPTED
    assert broker.login(replace(credentials, data_password="guess")) is Login.REFUSED
    broker.remove_gateway(credentials)
    assert broker.login(credentials) is Login.REFUSED


def test_a_restarted_broker_still_knows_its_gateways(own_broker: TestBroker) -> None:
    credentials = own_broker.add_gateway("gw-known")
    own_broker.stop()
    assert own_broker.login(credentials) is Login.UNREACHABLE
    own_broker.start()
    assert own_broker.login(credentials) is Login.ACCEPTED
