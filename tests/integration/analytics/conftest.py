"""A small registry and a way to say that something happened, for tests of the alarm process."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import structlog

from ingest.database import Connection, connect
from tests.integration.analytics.site import Site, build_site
from towerwatch.services.database import DatabaseUrls


@pytest.fixture(autouse=True)
def _plain_log() -> Iterator[None]:
    """As the processes log: the default for developers draws each failure for seconds."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture
def site(database: DatabaseUrls) -> Site:
    """Two compounds with assets and organisations; ingest's and analytics' URLs."""
    return build_site(database)


@pytest.fixture
def analytics(database: DatabaseUrls) -> Iterator[Connection]:
    with closing(connect(database.analytics_url, application="test analytics")) as connection:
        yield connection


@pytest.fixture
def ingest(database: DatabaseUrls) -> Iterator[Connection]:
    with closing(connect(database.ingest_url, application="test ingest")) as connection:
        yield connection
