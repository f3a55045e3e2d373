"""Fixtures that every test may use: the real database and the real broker.

`database`: a fresh database with all migrations, one for each test.
`empty_database`: the same without migrations.
`broker`: the real Mosquitto; use gateway ids of your own (it is shared by the run).
`own_broker`, `own_database_server`: for tests that stop or kill a server.
"""

import gc
import os
import signal
from collections.abc import Generator, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings

from tests.order import seconds_of
from tests.services import TestBroker, TestDatabase, Workshop, workshop
from towerwatch.services.database import DatabaseUrls

_TEMPLATE = "tw_template"
os.environ["TOWERWATCH_PORTS"] = "any"  # several platforms run at once

# A busy machine is no failure of what is tested: the limit of a test is pytest's.
settings.register_profile("towerwatch", deadline=None)
settings.load_profile("towerwatch")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep what all workers collect, thousands of tests, from every later search for garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take long; the rest stays in its random order."""
    items.sort(key=lambda item: seconds_of(item.path), reverse=True)


@pytest.fixture(autouse=True)
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What one test sets up for its log lines ends with it, also where a process runs in it."""
    configure = structlog.configure

    def uncached(**chosen: Any) -> None:
        configure(**chosen | {"cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", uncached)
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def servers() -> Iterator[Workshop]:
    with workshop(in_memory=True) as shop:
        yield shop


@pytest.fixture(scope="session")
def database_server(servers: Workshop) -> Iterator[TestDatabase]:
    server = TestDatabase(servers)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def template(database_server: TestDatabase) -> str:
    """The name of a database with all migrations that nobody is connected to."""
    database_server.make_template(_TEMPLATE)
    return _TEMPLATE


@pytest.fixture
def database(database_server: TestDatabase, template: str) -> Iterator[DatabaseUrls]:
    """A fresh database with all migrations."""
    urls = database_server.make(template)
    try:
        yield urls
    finally:
        database_server.drop(urls)


@pytest.fixture
def empty_database(database_server: TestDatabase) -> Iterator[DatabaseUrls]:
    """A fresh database without any table."""
    urls = database_server.make()
    try:
        yield urls
    finally:
        database_server.drop(urls)


@pytest.fixture(scope="session")
def broker(servers: Workshop) -> Iterator[TestBroker]:
    """The real broker, shared by the run: use gateway ids of your own and never stop it."""
    running = TestBroker(servers)
    try:
        running.start()
        yield running
    finally:
        running.stop(signal.SIGKILL)


@pytest.fixture
def own_broker(servers: Workshop) -> Iterator[TestBroker]:
    """A broker of the test's own, which may be stopped, killed and started again."""
    running = TestBroker(servers, name="own-broker")
    try:
        running.start()
        yield running
    finally:
        running.stop(signal.SIGKILL)


@pytest.fixture
def own_database_server(servers: Workshop) -> Iterator[TestDatabase]:
    """A database server of the test's own, which may be stopped, killed and started again."""
    server = TestDatabase(servers, name="own-database")
    try:
        server.start()
        yield server
    finally:
        server.stop()
