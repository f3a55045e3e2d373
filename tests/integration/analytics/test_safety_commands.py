"""`towerwatch drill`, `dutycheck` and `plan`: by people who prove who they are."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics.safety.plan import default_plan_source
from dashboards.console.users import add_user
from ingest.database import connect
from tests.integration.analytics.site import Said, Site, say
from tests.integration.analytics.test_alarm_process import running
from towerwatch.cli import run

SECRET = "a long password"


@pytest.fixture
def platform(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The commands reach the test's database, and the alarm process runs."""
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", site.urls.owner_url)
    monkeypatch.setenv("TOWERWATCH_MQTT_URL", "mqtt://nobody@127.0.0.1:9")
    monkeypatch.setenv("TOWERWATCH_PASSWORD", SECRET)
    with connect(site.urls.console_url, application="test users") as connection:
        for name, role in (("zhang", "operator"), ("chen", "project_manager")):
            add_user(
                connection,
                name=name,
                role=role,
                display_name=name,
                places=["garden"],
                password=SECRET,
            )
    with running(site):
        yield site


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run(words) == 0
    return capsys.readouterr().out


def test_a_drill_from_the_command_line(
    platform: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = ["drill", "start", "--scope", "lift", "--subject", "L-1", "--reason", "月度测试"]
    assert "Done" in said(capsys, *start, "--as", "zhang", "--test")
    assert run(["drill", "approve", "1", "--as", "zhang"]) == 1
    assert "Done" in said(capsys, "drill", "approve", "1", "--as", "chen")
    assert "running" in said(capsys, "drill", "list")
    told = json.loads(said(capsys, "drill", "report", "1", "--json"))
    assert [one["code"] for one in told["missing"]] == ["L-1"]
    assert "missing 1" in said(capsys, "drill", "report", "1")
    assert "Done" in said(capsys, "drill", "end", "1", "--as", "zhang")
    assert run(["drill", "report", "9"]) == 2
    monkeypatch.setenv("TOWERWATCH_PASSWORD", "another one")
    assert run(["drill", "end", "1", "--as", "chen"]) == 2


def test_a_duty_check_from_the_command_line(
    platform: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dutycheck", "ask", "--place", "garden", "--as", "zhang"]) == 1
    assert "Done" in said(capsys, "dutycheck", "ask", "--place", "garden", "--as", "chen")
    listed = json.loads(said(capsys, "dutycheck", "list", "--json"))
    assert [(one["state"], one["asked_by"]) for one in listed] == [("waiting", "chen")]
    assert "demand" in said(capsys, "dutycheck", "list")


def test_a_duty_check_at_the_panels_behind_a_gateway(
    platform: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with connect(platform.urls.owner_url, application="test") as connection:
        for gateway, place in (("gw-1", "garden"), ("gw-9", "yard")):
            connection.execute(
                "INSERT INTO gateways (id, place_id) SELECT %s, id FROM places WHERE code = %s"
                " ON CONFLICT DO NOTHING",
                (gateway, place),
            )
        connection.commit()
        assert run(["dutycheck", "panel", "gw-9", "--as", "chen"]) == 1
        assert "2 min" in said(
            capsys, "dutycheck", "panel", "gw-1", "--as", "chen", "--minutes", "2"
        )
        now = datetime.now(UTC)
        answer = Said(seq=1, asset="D-1", event="duty_check_answer", state="raise", at=now)
        say(connection, answer)
        connection.commit()
    (listed,) = json.loads(said(capsys, "dutycheck", "panels", "--json"))
    assert (listed["gateway"], listed["asked_by"], listed["minutes"]) == ("gw-1", "chen", 2)
    assert listed["answered"] == ["D-1"]
    assert "answered by D-1" in said(capsys, "dutycheck", "panels")


def test_a_plan_is_checked_applied_and_shown(
    platform: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(default_plan_source().replace("confirm_s: 60", "confirm_s: 45"), "utf-8")
    assert "3 rungs" in said(capsys, "plan", "check")
    assert "applied" in said(capsys, "plan", "apply", str(file))
    assert "there already" in said(capsys, "plan", "apply", str(file))
    assert "confirmed within 45 s" in said(capsys, "plan", "show")
    file.write_text("fire: {}", "utf-8")
    assert run(["plan", "check", str(file)]) == 1
    assert run(["plan", "check", str(tmp_path / "nowhere")]) == 2
