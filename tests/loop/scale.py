"""A hundred thousand open alarms: how long a change of state takes, and how long the list."""

import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from analytics.act import Acknowledge, ActId, Person, store
from analytics.act.office import Office
from analytics.alarms.alarm import AlarmId
from analytics.duties.responsibility import Responsibility
from dashboards.console.users import add_user
from ingest.database import Connection, connect, parse_queries
from tests.integration.analytics.site import build_site
from tests.integration.dashboards.console import serving
from tests.integration.dashboards.site import PASSWORD
from tests.integration.dashboards.site import Site as ConsoleSite
from towerwatch.services.database import DatabaseUrls

_FILE: Final = Path(__file__).with_name("scale.sql")
_QUERIES: Final = {
    query.name: query.statement for query in parse_queries(_FILE.name, _FILE.read_text("utf-8"))
}
_DESK: Final = Person(name="desk", role="operator", scope=("city",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How large it is: compounds x assets x each alarms are open."""

    compounds: int = 400
    assets: int = 50
    each: int = 5
    acts: int = 400
    reads: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured.

    Attributes:
        state_change_p99_ms: One act of a person, from its claim to its commit.
        list_p95_ms: A page of 50 alarms by the API, over HTTP.
        first_paint_p95_ms: The overview page, over HTTP, without a browser's drawing.
    """

    open_alarms: int
    state_change_p99_ms: float
    list_p95_ms: float
    first_paint_p95_ms: float


def measure(urls: DatabaseUrls, extent: Extent) -> Figures:
    """Fill a fresh database and measure it."""
    build_site(urls)
    with closing(connect(urls.owner_url, application="scale")) as owner:
        owner.autocommit = True
        count = _fill(owner, extent)
        chosen = [
            cast("int", row[0]) for row in owner.execute(_QUERIES["newest"], {"limit": extent.acts})
        ]
        add_user(
            owner,
            name="operator",
            role="operator",
            display_name="值班",
            places=["*"],
            password=PASSWORD,
        )
    changes = _act(urls, chosen)
    lists, pages = _read(urls, extent.reads)
    return Figures(
        open_alarms=count,
        state_change_p99_ms=float(np.quantile(changes, 0.99)),
        list_p95_ms=float(np.quantile(lists, 0.95)),
        first_paint_p95_ms=float(np.quantile(pages, 0.95)),
    )


def _fill(owner: Connection, extent: Extent) -> int:
    size = {"compounds": extent.compounds, "assets": extent.assets}
    owner.execute(_QUERIES["many_assets"], size)
    grown = {"each": extent.each, "now": datetime.now(UTC)}
    count = owner.execute(_QUERIES["many_alarms"], grown).rowcount
    owner.execute(_QUERIES["settle"])
    return count


def _act(urls: DatabaseUrls, alarms: list[int]) -> NDArray[np.float64]:
    took = []
    with (
        closing(connect(urls.console_url, application="scale console")) as console,
        closing(connect(urls.analytics_url, application="scale office")) as analytics,
    ):
        office = Office(Responsibility())
        for number in alarms:
            act = Acknowledge(id=ActId(uuid4()), by=_DESK, alarm_id=AlarmId(number))
            with console.transaction():
                store._ask(console, act)
            began = time.perf_counter()
            handled = office.handle(analytics, datetime.now(UTC))
            took.append(1000 * (time.perf_counter() - began))
            assert handled == 1
    return np.array(took)


def _read(urls: DatabaseUrls, reads: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lists, pages = [], []
    with serving(ConsoleSite(urls=urls)) as server:
        person = server.log_in("operator")
        for _ in range(reads):
            began = time.perf_counter()
            found = person.api("/alarms?limit=50")
            lists.append(1000 * (time.perf_counter() - began))
            assert len(found["items"]) == 50
            began = time.perf_counter()
            assert person.get("/").status_code == 200
            pages.append(1000 * (time.perf_counter() - began))
    return np.array(lists), np.array(pages)
