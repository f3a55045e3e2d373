"""Every panel's SQL runs as tw_grafana on the migrated schema, Grafana's macros expanded."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dashboards.grafana.build import BUILT, DASHBOARDS, build, check, model_of
from dashboards.grafana.errors import GrafanaRefused, NotBuilt
from dashboards.grafana.panels import Dashboard, Panel
from dashboards.grafana.push import Target, push
from ingest.database import connect, load_queries, trusted_sql
from tests.integration.dashboards.site import Site

_RANGE = "BETWEEN now() - INTERVAL '6 hours' AND now() + INTERVAL '1 minute'"


def expand(sql: str) -> str:
    """Grafana's macros as its PostgreSQL data source writes them with TimescaleDB switched on."""
    sql = re.sub(r"\$__timeFilter\(([^)]*)\)", rf"\1 {_RANGE}", sql)
    seconds = {"1m": "60s", "1h": "3600s"}
    sql = re.sub(
        r"\$__timeGroupAlias\(([^,]*), '(\w+)'\)",
        lambda found: f"time_bucket('{seconds[found[2]]}', {found[1]}) AS \"time\"",
        sql,
    )
    assert "$__" not in sql
    return sql


def run_panel(site: Site, dashboard: Dashboard, panel: Panel) -> list[tuple[object, ...]]:
    statement = expand(
        load_queries("dashboards.grafana", dashboard.sql_file)[panel.query].as_string()
    )
    connection = connect(site.urls.grafana_url, application="test")
    try:
        return connection.execute(trusted_sql(statement)).fetchall()
    finally:
        connection.close()


def _let_grafana_see(site: Site, path: str) -> None:
    with site.writing(site.urls.owner_url) as connection:
        connection.execute("INSERT INTO reader_scopes VALUES ('tw_grafana', %s::ltree)", (path,))


def _fill(site: Site) -> None:
    alarm_id = site.raise_alarm("L-1", "entrapment")
    site.open_order(alarm_id, "lift_firm", "困人救援")
    site.raise_alarm("D-1", "fault")
    site.write_ledger()


def _all_panels() -> list[tuple[Dashboard, Panel]]:
    return [(dashboard, panel) for dashboard in DASHBOARDS for panel in dashboard.panels]


def test_every_panel_runs_as_the_readers_role(site: Site) -> None:
    _fill(site)
    _let_grafana_see(site, "city")
    answers = {panel.query: run_panel(site, board, panel) for board, panel in _all_panels()}
    assert answers["open_life_safety"] == [(1,)]
    assert answers["difference"] == [(2,)]
    assert sorted(answers["open_by_group"]) == [("困人", 1), ("故障", 1)]
    assert answers["ledger_by_gateway"] == [("gw-1", "data", 100, 98, 0, 0, 2, 0)]
    assert [row[:4] for row in answers["open_orders"]] == [
        ("W-0001", "困人救援", "dispatched", "示范电梯维保")
    ]


@pytest.mark.parametrize("path", [None, "other"])
def test_a_reader_of_another_place_sees_nothing(site: Site, path: str | None) -> None:
    _fill(site)
    if path is not None:
        _let_grafana_see(site, path)
    for dashboard, panel in _all_panels():
        seen = str(run_panel(site, dashboard, panel))
        assert "gw-1" not in seen
        assert "困人" not in seen
        assert set(re.findall(r"\d+", seen)) <= {"0"}, panel.query


def test_the_readers_own_setting_opens_nothing(site: Site) -> None:
    _fill(site)
    connection = connect(site.urls.grafana_url, application="test")
    try:
        connection.execute("SELECT set_config('towerwatch.scope', 'city', false)")
        assert connection.execute("SELECT count(*) FROM alarms").fetchone() == (0,)
    finally:
        connection.close()


def test_the_built_files_are_as_the_code_says(tmp_path: Path) -> None:
    check(BUILT)
    build(tmp_path)
    check(tmp_path)
    first = next(tmp_path.glob("*.json"))
    first.write_text(first.read_text().replace("now-6h", "now-7h"))
    with pytest.raises(NotBuilt, match=first.name):
        check(tmp_path)


def test_panels_do_not_overlap_and_have_both_languages() -> None:
    for dashboard in DASHBOARDS:
        panels = model_of(dashboard)["panels"]
        assert isinstance(panels, list)
        cells: set[tuple[int, int]] = set()
        for panel in panels:
            place = panel["gridPos"]
            own = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not cells & own
            cells |= own
            assert re.search(r"[一-鿿]", panel["title"])
            assert re.search(r"[A-Za-z]", panel["title"])


class _Grafana(BaseHTTPRequestHandler):
    """Answers as Grafana's HTTP API does, as far as a push goes, and remembers what came."""

    received: list[tuple[str, str, dict[str, object]]]

    def do_GET(self) -> None:
        self._answer(200, [] if self.path.startswith("/api/folders") else {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).received.append((self.path, str(self.headers["Authorization"]), body))
        self._answer(200, {"status": "success"})

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: object) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


@pytest.fixture
def grafana() -> Iterator[str]:
    _Grafana.received = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Grafana)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_push_makes_the_folder_and_replaces_by_uid(grafana: str) -> None:
    uids = [dashboard.uid for dashboard in DASHBOARDS]
    assert push(Target(url=grafana, token="secret")) == uids
    paths = [path for path, _, _ in _Grafana.received]
    assert paths == ["/api/folders", *["/api/dashboards/db"] * len(uids)]
    assert all(sent == "Bearer secret" for _, sent, _ in _Grafana.received)
    body = _Grafana.received[1][2]
    assert (body["overwrite"], body["folderUid"]) == (True, "towerwatch")


def test_a_grafana_that_is_away_is_said_in_words() -> None:
    with pytest.raises(GrafanaRefused, match=r"127\.0\.0\.1:9"):
        push(Target(url="http://127.0.0.1:9", token="secret"))
