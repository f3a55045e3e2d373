from collections.abc import Iterator

import pytest
import structlog

from tests.integration.dashboards.site import build_site
from tests.integration.dashboards.test_holds import alarm_process
from tests.integration.security.stranger import (
    World,
    build_other_street,
    console_of,
    give_sessions,
)
from tests.integration.security.tally import Tally
from tests.services import TestDatabase


@pytest.fixture(scope="session")
def tally() -> Iterator[Tally]:
    """Attacks of this run; written to build/attacks.json at its end."""
    found = Tally()
    yield found
    found.write()


@pytest.fixture(scope="module")
def world(database_server: TestDatabase, template: str) -> Iterator[World]:
    """The garden with its people, the street beside it, and the console of both."""
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    urls = database_server.make(template)
    site = build_site(urls)
    own = site.raise_alarm("L-1", "overspeed")
    site.open_order(own, "lift_firm", "限速器动作")
    foreign = build_other_street(site)
    tokens = give_sessions(site)
    with alarm_process(site), console_of(site) as console:
        yield World(site=site, foreign=foreign, console=console, tokens=tokens)
    database_server.drop(urls)
    structlog.reset_defaults()
