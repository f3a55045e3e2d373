"""`towerwatch duties`: the matrix checked, applied and asked from the command line."""

import json
from pathlib import Path

import pytest

from analytics.duty_file import default_source
from tests.integration.analytics.site import Site
from towerwatch.cli import run

YARD = default_source().replace("name: default", "name: ours").replace("2020-", "2026-")


@pytest.fixture
def platform(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The command reaches the test's database."""
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", site.urls.analytics_url)
    monkeypatch.setenv("TOWERWATCH_MQTT_URL", "mqtt://nobody@127.0.0.1:9")
    return site


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    capsys.readouterr()
    assert run(["duties", "who", "--json", *words]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def code(told: object) -> object:
    assert isinstance(told, dict)
    return told["code"]


def test_the_product_s_own_matrix_is_good_everywhere(
    platform: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["duties", "check", "--here", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"name": "default", "lines": 18, "findings": []}


def test_who_answers_for_an_entrapment(platform: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["duties", "apply"]) == 0
    told = asked(capsys, "--event", "entrapment", "--asset", "L-1", "--at", "2026-02-17 03:00")
    assert code(told["responsible"]) == "property"
    assert code(told["order_to"]) == "lift_firm"
    assert code(told["bureau"]) == "bureau"
    limits = told["limits_s"]
    assert isinstance(limits, dict)
    assert limits["arrive"] == 1800
    assert run(["duties", "who", "--event", "entrapment", "--asset", "L-9"]) == 0
    assert "示范社区居委会" in capsys.readouterr().out


def test_the_matrix_of_the_time_answers(
    platform: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    changed = tmp_path / "ours.yaml"
    changed.write_text(YARD.replace("arrive: 1800", "arrive: 900"), "utf-8")
    assert run(["duties", "apply"]) == 0
    assert run(["duties", "apply", str(changed)]) == 0
    assert run(["duties", "apply", str(changed)]) == 0
    assert "is there already" in capsys.readouterr().out
    arrivals = [
        asked(capsys, "--event", "entrapment", "--asset", "L-1", "--at", at)["limits_s"]
        for at in ("2025-06-01 00:00", "2026-06-01 00:00")
    ]
    assert [told["arrive"] for told in arrivals if isinstance(told, dict)] == [1800, 900]


def test_a_wrong_matrix_is_refused_with_its_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(default_source().replace('"@entrapment"', "entrapement"), "utf-8")
    assert run(["duties", "check", str(wrong)]) == 1
    assert "line 2 (entrapment): no event or @group 'entrapement'" in capsys.readouterr().err
