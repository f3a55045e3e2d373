"""`towerwatch grafana` as a person runs it: files, a check with a server of its own, a comparison."""

import json
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from typer.testing import CliRunner, Result

from dashboards.grafana.boards import DASHBOARDS
from tests.integration.grafana.city import City
from tests.integration.grafana.server import TOKEN, State, serving
from tests.services import TestDatabase
from towerwatch.commands.grafana import app
from towerwatch.errors import NotRunning

_PANELS = sum(len(dashboard.asking) for dashboard in DASHBOARDS)


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_a_build_writes_both_languages_and_the_provisioning(tmp_path: Path) -> None:
    found = _run("build", str(tmp_path), "--organisation", "2=east")
    assert found.exit_code == 0, found.output
    assert len(list(tmp_path.glob("dashboards/*/*.json"))) == 2 * len(DASHBOARDS)
    assert "tw_grafana_east" in (tmp_path / "provisioning/datasources/towerwatch.yaml").read_text()


@pytest.mark.parametrize("pair", ["two=east", "2=East!"])
def test_an_organisation_that_makes_no_sense_is_refused(tmp_path: Path, pair: str) -> None:
    found = _run("build", str(tmp_path), "--organisation", pair)
    assert found.exit_code == 2
    assert not list(tmp_path.iterdir())


def test_a_check_without_a_database_starts_one_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", "")
    monkeypatch.setattr("towerwatch.grafana.look.database_url", _nothing_runs)
    found = _run("check", "--json")
    assert json.loads(found.output) == {
        "dashboards": len(DASHBOARDS),
        "panels": _PANELS,
        "failed": [],
    }
    assert found.exit_code == 0


def _nothing_runs(role: str) -> str:
    raise NotRunning(role)


def test_a_check_says_which_panel_fails(city: City) -> None:
    with city.owner() as owner:
        owner.execute("REVOKE SELECT ON warning_records FROM tw_grafana")
    found = _run("check", "--json", "--database-url", city.urls.grafana_url)
    failed = json.loads(found.output)["failed"]
    assert found.exit_code == 1
    assert {(one["dashboard"], one["panel"]) for one in failed} == {("tw-warnings", "record")}
    assert all("permission denied" in one["problem"] for one in failed)


def test_a_comparison_ends_with_status_1_until_the_push() -> None:
    with serving(State()) as url:
        where = ("--url", url, "--token", TOKEN)
        assert _run("diff", *where).exit_code == 1
        pushed = _run("push", *where)
        assert pushed.exit_code == 0, pushed.output
        assert _run("diff", *where).exit_code == 0
        assert _run("diff", "--url", url, "--token", "unknown").exit_code == 1


def test_a_data_source_without_a_password_is_refused() -> None:
    found = _run(
        "push", "--url", "http://127.0.0.1:9", "--token", TOKEN, "--data-source", "db:5432/tw"
    )
    assert found.exit_code == 2


def test_a_reader_is_made_listed_and_removed(
    city: City, database_server: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = urlsplit(database_server.server.admin_url)._replace(path=f"/{city.urls.name}")
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", urlunsplit(admin))
    monkeypatch.setenv("TOWERWATCH_HOME", str(tmp_path))
    made = _run("reader", "set", "north", "--place", "d2", "--organisation", "company_1")
    assert made.exit_code == 0, made.output
    assert "tw_grafana_north: d2, company_1" in _run("reader", "list").output
    assert _run("reader", "set", "north", "--place", "nowhere").exit_code == 1
    assert _run("reader", "set", "main", "--place", "*").exit_code == 0
    assert "tw_grafana: *" in _run("reader", "list").output
    assert _run("reader", "remove", "main").exit_code == 1
    assert _run("reader", "remove", "north").exit_code == 0
    assert "north" not in _run("reader", "list").output
