"""A site in a fresh database, and the console that serves it."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from dashboards.console import password
from tests.integration.dashboards.console import ConsoleServer, serving
from tests.integration.dashboards.site import Site, build_site
from towerwatch.services.database import DatabaseUrls


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash in a millisecond; a unit test holds the real cost."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    nobody = cheap.hash("the password of nobody")
    monkeypatch.setattr(password, "_HASHER", cheap)
    monkeypatch.setattr(password, "_nobody", lambda: nobody)


@pytest.fixture
def site(database: DatabaseUrls) -> Site:
    return build_site(database)


@pytest.fixture
def console(site: Site) -> Iterator[ConsoleServer]:
    with serving(site) as server:
        yield server
