"""Every panel asks the migrated schema as Grafana would, and the answer fits what it shows."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any, cast

import pytest

from dashboards.grafana.boards import DASHBOARDS
from dashboards.grafana.macros import expand
from dashboards.grafana.model import panel_query
from dashboards.grafana.panels import Kind
from dashboards.grafana.words import Language
from ingest.database import Connection, connect, trusted_sql
from tests.integration.grafana.city import NOW, City
from towerwatch.grafana.ask import Asked, Failed, Reader, span_of


@pytest.mark.parametrize("language", Language)
def test_every_panel_answers_what_it_shows(city: City, language: Language) -> None:
    city.see("city")
    found = city.look(language)
    assert [one for one in found if isinstance(one, Failed)] == []
    assert len(found) == sum(len(dashboard.asking) for dashboard in DASHBOARDS)


_RARE = {("tw-warnings", "settled_weeks")}
"""Three days of history hold none."""


def test_no_panel_is_empty_on_a_city_where_everything_happens(city: City) -> None:
    city.see("city", "platform")
    empty = {
        (one.dashboard.uid, one.panel.query)
        for one in city.look()
        if isinstance(one, Asked) and not one.answer.rows
    }
    assert empty <= _RARE


def _numbers_of(found: list[Asked | Failed]) -> set[object]:
    """Every value of every panel; not the times along the foot of a trend, which are nobody's."""
    return {
        value
        for one in found
        if isinstance(one, Asked)
        and one.panel.query not in ("rescue_hours", "record", "models", "unsealed", "sealed")
        for row in one.answer.rows
        for value in row[one.panel.kind is Kind.TIME_SERIES :]
    }


@pytest.mark.parametrize("path", [None, "elsewhere"])
def test_a_reader_of_another_place_sees_nothing(city: City, path: str | None) -> None:
    city.see(*([path] if path else []))
    found = city.look()
    assert [one for one in found if isinstance(one, Failed)] == []
    assert _numbers_of(found) <= {0, None}


def test_a_reader_of_one_district_sees_no_other(city: City) -> None:
    city.see("city.d1")
    seen = str([one.answer.rows for one in city.look() if isinstance(one, Asked)])
    assert "k0" in seen
    for other in ("-k1_", "-k2_", "-k3_", "gw-k1", "gw-k2", "gw-k3"):
        assert other not in seen


_BOOKS = "SELECT count(*), count(DISTINCT gateway), sum(samples), sum(missing) FROM {}"


@pytest.mark.parametrize("path", ["city", "city.d1", "elsewhere"])
def test_the_view_of_the_ledger_shows_what_the_tables_own_policy_does(
    city: City, path: str
) -> None:
    """Gateways that nobody registered are not in the city."""
    city.see(path)
    with closing(connect(city.urls.grafana_url, application="test")) as connection:
        seen, allowed = (
            connection.execute(trusted_sql(_BOOKS.format(relation))).fetchone()
            for relation in ("visible_ledger_hours", "ledger_hours")
        )
    assert seen == allowed
    assert seen is not None
    assert (seen[0] == 0) is (path == "elsewhere")


def test_the_readers_own_setting_opens_nothing(city: City) -> None:
    city.see()
    with closing(connect(city.urls.grafana_url, application="test")) as connection:
        connection.execute("SELECT set_config('towerwatch.scope', 'city', false)")
        for relation in (
            "alarms",
            "visible_assets",
            "visible_clocks",
            "visible_ledger_hours",
            "visible_lift_hours",
        ):
            asked = trusted_sql(f"SELECT count(*) FROM {relation}")
            assert connection.execute(asked).fetchone() == (0,)


_OF_GATEWAY = """
    SELECT visible_assets.state, count(*)
    FROM visible_assets
    JOIN bindings ON bindings.asset_id = visible_assets.id
    WHERE bindings.gateway_id = 'gw-k1'
    GROUP BY visible_assets.state
"""


def _states(reader: Connection) -> dict[str, int]:
    """How many assets of that gateway stand in each state."""
    return {str(state): int(str(number)) for state, number in reader.execute(_OF_GATEWAY)}


def test_a_dead_alarm_lane_makes_its_assets_unmonitored(city: City) -> None:
    """Telemetry still comes, and an alarm would not."""
    city.see("city")
    with city.owner() as owner, closing(connect(city.urls.grafana_url, application="t")) as reader:
        # The other tests of this file may have taken longer than a silence.
        owner.execute("UPDATE asset_contacts SET heard_at = now() WHERE silent_since IS NULL")
        owner.execute("UPDATE gateway_states SET heard_at = now() WHERE gateway = 'gw-k1'")
        before = _states(reader)
        for lane, expected in (("data", before), ("alarm", None)):
            owner.execute(
                "UPDATE gateway_states SET heard_at = now() - INTERVAL '1 hour'"
                " WHERE gateway = 'gw-k1' AND lane = %s",
                [lane],
            )
            seen = _states(reader)
            owner.execute("UPDATE gateway_states SET heard_at = now() WHERE gateway = 'gw-k1'")
            if expected is not None:
                assert seen == expected
            else:
                assert "reporting" not in seen
                assert seen["gateway_silent"] >= before["reporting"]
    assert before["reporting"] > 0


_NEWEST = (
    ("tw-water", "latest"), ("tw-water", "pumps"), ("tw-electrical", "latest"), ("tw-detectors", "dirty"),
)  # fmt: skip


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


@pytest.mark.parametrize(("uid", "query"), _NEWEST)
def test_the_newest_frame_of_each_point_is_found_by_the_index(
    city: City, uid: str, query: str
) -> None:
    """One row at most of a chunk, each time it is asked for an asset: no day is read and sorted."""
    city.see("city")
    [dashboard] = [one for one in DASHBOARDS if one.uid == uid]
    [panel] = [one for one in dashboard.asking if one.query == query]
    with closing(connect(city.urls.grafana_url, application="test")) as connection:
        values = Reader(connection, Language.ZH, NOW).values_of(dashboard)
        choice = replace(span_of(dashboard, NOW), values=values)
        statement = expand(panel_query(dashboard, panel), choice)
        row = connection.execute(
            trusted_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        ).fetchone()
    assert row is not None
    [explained] = cast("list[dict[str, Any]]", row[0])
    scans = [
        node
        for node in _nodes(explained["Plan"])
        if str(node.get("Relation Name", "")).startswith("_hyper") and node["Actual Loops"]
    ]
    assert scans
    for scan in scans:
        assert "asset_id" in scan.get("Index Cond", ""), scan["Node Type"]
        assert scan["Actual Rows"] <= 1
