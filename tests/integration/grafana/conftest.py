"""The made-up city, written once for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.integration.grafana.city import NOW, City
from tests.services import TestDatabase
from towerwatch.grafana.sample import SMALL, write_sample


@pytest.fixture(scope="module")
def city(database_server: TestDatabase, template: str) -> Iterator[City]:
    made = City(urls=database_server.make(template))
    with made.owner() as owner:
        write_sample(owner, SMALL, NOW)
    yield made
    database_server.drop(made.urls)
