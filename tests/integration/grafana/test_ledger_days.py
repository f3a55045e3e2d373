"""The ledger by the day says what the ledger by the hour says, at any moment."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from dashboards.grafana.boards import DASHBOARDS
from dashboards.grafana.macros import Choice, expand
from dashboards.grafana.model import panel_query
from ingest.database import Connection, connect, trusted_sql
from ingest.sample_store import sum_up_days
from tests.services import TestDatabase
from towerwatch.grafana.sample import let_see

_TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
_NOW = _TODAY + timedelta(hours=5)
_REGISTRY = """
    INSERT INTO places (code, path, level, name_zh)
    VALUES ('city', 'city', 'city', 'city'), ('k1', 'city.k1', 'compound', 'k1'), ('k2', 'city.k2', 'compound', 'k2');
    INSERT INTO gateways (id, place_id) SELECT 'gw-' || code, id FROM places WHERE level = 'compound';
"""
_HOURS = """
    INSERT INTO ledger_hours (hour, gateway, lane, stored, quarantined, missing, samples)
    SELECT hour, gateway, lane, 100, 1, 2, 3600
    FROM generate_series(%(begins)s::timestamptz, %(ends)s::timestamptz, INTERVAL '1 hour') AS hour
    CROSS JOIN unnest(ARRAY['gw-k1', 'gw-k2', 'gw-nobody']) AS gateway
    CROSS JOIN unnest(ARRAY['alarm', 'data']) AS lane
"""
_SUMS = "SELECT sum(stored), sum(quarantined), sum(missing), sum(samples) FROM {}"


@pytest.fixture
def owner(database_server: TestDatabase, template: str) -> Iterator[tuple[Connection, Connection]]:
    """The owner's session and one of Grafana's role, which may see the city."""
    urls = database_server.make(template)
    with (
        closing(connect(urls.owner_url, application="test")) as made,
        closing(connect(urls.grafana_url, application="test")) as reader,
    ):
        made.execute(_REGISTRY)
        let_see(made, "tw_grafana", "city")
        yield made, reader
    database_server.drop(urls)


def _write(owner: Connection, begins: datetime, ends: datetime) -> None:
    owner.execute(_HOURS, {"begins": begins, "ends": ends})


def _sums(reader: Connection, relation: str) -> object:
    return reader.execute(trusted_sql(_SUMS.format(relation))).fetchone()


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def test_days_and_hours_agree_before_during_and_after(
    owner: tuple[Connection, Connection],
) -> None:
    made, reader = owner
    _write(made, _TODAY - timedelta(days=70), _NOW)
    right = _sums(reader, "visible_ledger_hours")
    assert _sums(reader, "visible_ledger_days") == right
    written = [sum_up_days(made, _ms(_NOW)) for _ in range(4)]
    assert written == [31 * 6, 32 * 6, 9 * 6, 6], "a month at a time, then the newest day again"
    assert _sums(reader, "visible_ledger_days") == right
    rows = reader.execute("SELECT count(*) FROM visible_ledger_days WHERE span_s = 3600").fetchone()
    assert rows == (6 * 2 * 2,), "today alone is read by the hour"


def test_what_was_under_way_at_midnight_is_counted(owner: tuple[Connection, Connection]) -> None:
    made, reader = owner
    _write(made, _TODAY - timedelta(days=2), _NOW)
    sum_up_days(made, _ms(_NOW))
    made.execute(
        "UPDATE ledger_hours SET stored = stored + 1 WHERE hour = %s", [_TODAY - timedelta(hours=1)]
    )
    sum_up_days(made, _ms(_NOW + timedelta(hours=1)))
    assert _sums(reader, "visible_ledger_days") == _sums(reader, "visible_ledger_hours")


def test_a_clock_that_once_said_2099_hides_no_hour(owner: tuple[Connection, Connection]) -> None:
    made, reader = owner
    _write(made, _TODAY - timedelta(days=2), _NOW)
    sum_up_days(made, _ms(_NOW + timedelta(days=365 * 73)))
    _write(made, _NOW + timedelta(hours=1), _NOW + timedelta(hours=2))
    assert _sums(reader, "visible_ledger_days") == _sums(reader, "visible_ledger_hours")
    sum_up_days(made, _ms(_NOW + timedelta(hours=2)))
    assert _sums(reader, "visible_ledger_days") == _sums(reader, "visible_ledger_hours")


def test_a_gap_of_a_year_is_passed(owner: tuple[Connection, Connection]) -> None:
    made, reader = owner
    _write(made, _TODAY - timedelta(days=400), _TODAY - timedelta(days=399))
    _write(made, _TODAY - timedelta(days=3), _NOW)
    for _ in range(3):
        sum_up_days(made, _ms(_NOW))
    rows = reader.execute(
        "SELECT count(DISTINCT begins_at) FROM visible_ledger_days WHERE span_s = 86400"
    ).fetchone()
    assert rows == (2 + 3,)
    assert _sums(reader, "visible_ledger_days") == _sums(reader, "visible_ledger_hours")


@pytest.mark.parametrize(("days", "points"), [(30, 24), (70, 1)])
def test_a_panel_draws_the_same_rate_by_the_hour_and_by_the_day(
    owner: tuple[Connection, Connection], days: int, points: int
) -> None:
    made, reader = owner
    _write(made, _TODAY - timedelta(days=71), _NOW)
    made.execute(
        "DELETE FROM ledger_hours WHERE hour >= %s AND hour < %s",
        [_TODAY - timedelta(days=5), _TODAY - timedelta(days=4)],
    )
    for _ in range(3):
        sum_up_days(made, _ms(_NOW))
    board = next(one for one in DASHBOARDS if one.uid == "tw-platform")
    panel = next(one for one in board.asking if one.query == "samples")
    choice = Choice(
        begins_at=_TODAY - timedelta(days=days),
        ends_at=_TODAY - timedelta(seconds=1),
        shortest=timedelta(hours=1),
        values={"place": "city", "language": "zh"},
    )
    rows = reader.execute(trusted_sql(expand(panel_query(board, panel), choice))).fetchall()
    assert len(rows) == days * points
    assert sum(row[1] is None for row in rows) == points, "the day without rows is a gap"
    assert {row[1] for row in rows} == {None, 4.0}, "two gateways, two lanes, a value a second each"
