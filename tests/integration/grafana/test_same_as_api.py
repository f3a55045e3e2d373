"""A figure on a dashboard is the figure that the API and the console give for the same facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from dashboards.console.store.coverage import fetch_coverage
from ingest.database import connect
from ingest.ledger_report import fetch_totals
from tests.integration.dashboards.console import Person, serving
from tests.integration.dashboards.site import Site
from tests.integration.grafana.city import NOW, City
from towerwatch.grafana.ask import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """What the dashboards say, and somebody who may ask the API."""

    rows: dict[tuple[str, str], list[tuple[Any, ...]]]
    person: Person

    def number(self, dashboard: str, query: str) -> object:
        return self.rows[dashboard, query][0][0]

    def all_of(self, path: str) -> list[dict[str, Any]]:
        """Every item of a list of the API."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            joint = "&" if "?" in path else "?"
            page = self.person.api(f"{path}{joint}limit=500{after}")
            found += page["items"]
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"


@pytest.fixture(scope="module")
def both(city: City) -> Iterator[Both]:
    city.see("city")
    asked = [one for one in city.look() if isinstance(one, Asked)]
    rows = {(one.dashboard.uid, one.panel.query): one.answer.rows for one in asked}
    site = Site(urls=city.urls)
    site.add_user("chief", role="supervisor", places=("city",))
    with serving(site) as server:
        yield Both(rows=rows, person=server.log_in("chief"))


def _of_group(alarms: list[dict[str, Any]], group: str) -> int:
    return sum(one["group"] == group and not one["is_drill"] for one in alarms)


def test_open_alarms_are_as_many(both: Both) -> None:
    alarms = both.all_of("/alarms")
    assert alarms
    assert both.number("tw-city", "open_fire") == _of_group(alarms, "fire")
    assert both.number("tw-city", "open_entrapment") == _of_group(alarms, "entrapment")
    waiting = [one for one in both.all_of("/alarms?unacknowledged=true") if not one["is_drill"]]
    assert both.number("tw-city", "unacknowledged") == len(waiting)
    listed = {row[0] for row in both.rows["tw-place", "open_alarms"]}
    assert listed == {str(one["id"]) for one in alarms if not one["is_drill"]}


def test_open_orders_are_as_many(both: Both) -> None:
    orders = both.all_of("/orders?open=true")
    assert both.number("tw-clocks", "open_orders") == len(orders)
    listed = {row[0] for row in both.rows["tw-place", "open_orders"]}
    assert listed == {one["number"] for one in orders}


def test_open_warnings_are_as_many(both: Both) -> None:
    assert both.number("tw-warnings", "open_warnings") == len(both.all_of("/warnings?open=true"))


def test_open_measures_are_the_same(both: Both) -> None:
    numbers = {row[0] for row in both.rows["tw-supervision", "open_list"]}
    assert numbers == {one["number"] for one in both.all_of("/measures?open=true")}


def test_the_ranking_is_the_published_one(both: Both) -> None:
    published = both.all_of("/scores?period=2026-10")
    ranked = {(row[0], row[1], row[3]) for row in both.rows["tw-supervision", "ranking"]}
    assert ranked == {(one["rank"], one["company_zh"], one["total"]) for one in published}


def test_the_fullest_ten_minutes_are_the_same(both: Both) -> None:
    load = both.all_of("/alarm-load")
    peak = max(line["shown"] for line in load)
    assert both.number("tw-load", "peak") >= peak
    newest = {(row[1], row[2], row[3]) for row in both.rows["tw-load", "busiest"]}
    assert newest & {(line["desk"] or "-", line["shown"], line["raised"]) for line in load}


def test_coverage_is_what_the_console_says(both: Both, city: City) -> None:
    connection = connect(city.urls.console_url, application="test")
    try:
        connection.execute("SELECT set_config('towerwatch.scope', 'city', false)")
        [line] = fetch_coverage(connection, None, NOW, limit=10)
    finally:
        connection.close()
    assert both.number("tw-coverage", "registered") == line.registered
    share = {name: both.number("tw-coverage", name) for name in ("commissioned", "in_contract")}
    assert share["commissioned"] == line.commissioned / line.registered
    assert share["in_contract"] == line.contracted / line.registered


def test_what_a_silent_gateway_watched_is_not_monitored(both: Both) -> None:
    states = {row[4] for row in both.rows["tw-coverage", "not_monitored"] if "-k3_" in row[0]}
    assert "gateway_silent" in states
    below = {row[1]: row for row in both.rows["tw-city", "below"]}
    assert below["city.d4"][6] == 1.0


def test_the_ledger_is_the_ledger(both: Both, city: City) -> None:
    with city.owner() as owner:
        totals = fetch_totals(owner)
    said = {(row[0], row[1]): tuple(row[2:]) for row in both.rows["tw-platform", "ledger"]}
    assert said == {
        (line.gateway, line.lane): (
            line.sent,
            line.stored,
            line.quarantined,
            line.shed,
            line.missing,
            line.in_flight,
            line.difference,
        )
        for line in totals
    }


def test_the_last_hour_of_a_lift_is_what_the_api_gives(both: Both, city: City) -> None:
    [about] = both.rows["tw-lift", "about"]
    drawn = [row[1] for row in both.rows["tw-lift", "last_hour"]]
    since = quote((NOW - timedelta(hours=1)).isoformat())
    series = both.person.api(f"/assets/{about[1]}/series?since={since}")
    [speed] = [one["values"] for one in series["metrics"] if one["name"] == "speed"]
    assert drawn
    assert speed == drawn
