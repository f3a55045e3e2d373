"""The role that writes the registry, connected to the real database."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from ingest.database import Connection, connect
from towerwatch.services.database import DatabaseUrls


@pytest.fixture
def ingest(database: DatabaseUrls) -> Iterator[Connection]:
    with closing(connect(database.ingest_url, application="test registry")) as connection:
        yield connection
