"""Every panel answers the same on both editions, from compressed chunks and continuous aggregates."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from psycopg import sql

from dashboards.grafana.boards import DASHBOARDS
from dashboards.grafana.macros import Choice, expand
from dashboards.grafana.model import panel_query
from dashboards.grafana.panels import Dashboard, Panel
from ingest.database import load_queries
from tests.community.edition import Apache, Community, Edition, Row
from tests.community.migrated import migrated_community
from tests.community.test_community_edition import run_policies
from tests.services import TestDatabase
from towerwatch.grafana.sample import FACTS, TELEMETRY, Size

pytestmark = [pytest.mark.community, pytest.mark.timeout(300)]

_NOW: Final = datetime.now(UTC).replace(microsecond=0)
_SIZE: Final = Size(compounds=2, length=timedelta(days=10), step=timedelta(hours=1), alarms=200)
"""Older than the week after which chunks are compressed."""
_SAMPLE: Final = load_queries("towerwatch", "grafana_sample.sql")
_PARAMETER: Final = re.compile(r"%\((\w+)\)s|%%")
_AGES: Final = frozenset({"age", "longest", "silence", "unsealed", "waiting_longest"})
"""Columns that grow while one edition is asked after the other."""
AGGREGATES: Final = tuple(table.replace("_samples", "_hours") for table in TELEMETRY)
_HOUR: Final = timedelta(hours=1)
_ALL: Final = [(board, panel) for board in DASHBOARDS for panel in board.asking]
_TELEMETRY: Final = re.compile(r"visible_\w+_(hours|samples)")


def _rendered(block: str, **given: object) -> str:
    """A block of the sample with its values written in, for an edition that takes text alone."""

    def value(found: re.Match[str]) -> str:
        return "%" if found[1] is None else sql.Literal(given[found[1]]).as_string(None)

    return _PARAMETER.sub(value, _SAMPLE[block].as_string(None))


def _fill(edition: Edition) -> None:
    begins = _NOW - _SIZE.length
    given = {"now": _NOW, "begins": begins, "ends": _NOW, "step": _SIZE.step, "only": None}
    for block in (*FACTS, *TELEMETRY):
        edition.execute(_rendered(block, **given, compounds=_SIZE.compounds, alarms=_SIZE.alarms))
    edition.execute(_rendered("let_see", role="tw_grafana", path="city"))


@pytest.fixture(scope="module")
def apache(database_server: TestDatabase, template: str) -> Iterator[Apache]:
    urls = database_server.make(template)
    edition = Apache(urls)
    _fill(edition)
    yield edition
    edition.close()
    database_server.drop(urls)


@pytest.fixture(scope="module")
def community() -> Iterator[Community]:
    edition = migrated_community()
    try:
        _fill(edition)
        _refresh(edition)
        run_policies(edition, "policy_compression")
        yield edition
    finally:
        edition.close()


def _refresh(edition: Edition) -> None:
    """Fill the aggregates over the history alone: a policy looks at more than a year."""
    begins, ends = _NOW - _SIZE.length - _HOUR, _NOW - 2 * _HOUR
    for name in AGGREGATES:
        edition.execute(f"CALL refresh_continuous_aggregate('{name}', '{begins}', '{ends}')")


def _statement(edition: Edition, board: Dashboard, panel: Panel) -> str:
    """A panel over the whole history, for the first asset that it could be about."""
    length = _HOUR if panel.is_last_hour else _SIZE.length
    values = {
        "language": "zh",
        "place": "city",
        "organisation": "0",
        "asset": _asset(edition, board),
    }
    choice = Choice(begins_at=_NOW - length, ends_at=_NOW, shortest=_HOUR, values=values)
    return expand(panel_query(board, panel), choice)


_CLASSES: Final = {
    "tw-lift": "lift",
    "tw-water": "fire_water",
    "tw-electrical": "electrical_monitor",
    "tw-detectors": "detector",
}


def _asset(edition: Edition, board: Dashboard) -> str:
    of_class = _CLASSES.get(board.uid, "")
    found = edition.rows(
        f"SELECT min(id) AS id FROM assets WHERE class = '{of_class}' AND commissioned_at IS NOT NULL"
    )
    return str(found[0]["id"] or "")


def _asked(edition: Edition, board: Dashboard, panel: Panel) -> list[Row]:
    rows = edition.rows(_statement(edition, board, panel), "tw_grafana")
    return [
        {key: _rounded(value) for key, value in row.items() if key not in _AGES} for row in rows
    ]


def _rounded(value: object) -> object:
    """A mean may differ in its last digits where it was summed in another order."""
    return f"{value:.9g}" if isinstance(value, float) else value


def _different(apache: Edition, community: Edition, *, is_telemetry: bool) -> list[str]:
    found = []
    for board, panel in _ALL:
        if bool(_TELEMETRY.search(panel_query(board, panel))) is not is_telemetry:
            continue
        here, there = (_asked(edition, board, panel) for edition in (apache, community))
        if is_telemetry:
            assert here, f"{panel.query} is empty: it proves nothing"
        if _without_lateness(panel, here) != _without_lateness(panel, there):
            found.append(f"{board.uid} {panel.query}")
    return found


def _without_lateness(panel: Panel, rows: list[Row]) -> list[Row]:
    """Lists of what is late tell for how long, and that grows too."""
    if panel.query not in ("open_orders", "late_list"):
        return rows
    return [{key: value for key, value in row.items() if key != "late"} for row in rows]


def test_telemetry_is_drawn_the_same_from_continuous_aggregates(
    apache: Apache, community: Community
) -> None:
    assert _different(apache, community, is_telemetry=True) == []


@pytest.mark.long
def test_every_other_panel_says_the_same(apache: Apache, community: Community) -> None:
    assert _different(apache, community, is_telemetry=False) == []


def test_the_aggregates_were_filled_and_the_old_chunks_compressed(community: Community) -> None:
    [state] = community.rows(
        "SELECT count(*) FILTER (WHERE is_compressed) AS compressed"
        " FROM timescaledb_information.chunks WHERE hypertable_name = 'lift_samples'"
    )
    assert int(str(state["compressed"])) >= 2
    [kept] = community.rows(
        "SELECT count(*) AS hours FROM lift_hours WHERE hour < now() - INTERVAL '3 hours'"
    )
    assert int(str(kept["hours"])) > 0


@pytest.mark.long
def test_the_policies_of_a_real_server_change_no_panel(
    apache: Apache, community: Community
) -> None:
    run_policies(community, "policy_refresh_continuous_aggregate")
    run_policies(community, "policy_compression")
    assert _different(apache, community, is_telemetry=True) == []
