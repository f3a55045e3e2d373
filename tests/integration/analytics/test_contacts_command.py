"""`towerwatch contacts` and `towerwatch card`, as a person types them."""

import json
from pathlib import Path

import pytest

from ingest.database import Connection
from tests.integration.analytics.site import Said, Site, rows, say
from tests.integration.analytics.test_desk import decide_all
from towerwatch.cli import run

CHAT_ALONE = "contacts:\n  - {organisation: property, role: desk, channel: wecom, address: robot}\n"
CALLED = CHAT_ALONE + (
    "  - {organisation: property, role: manager, channel: call, address: phone, after_s: 30}\n"
)


@pytest.fixture
def reached(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", site.urls.analytics_url)
    return site


def test_life_safety_that_ends_in_a_chat_message_is_not_applied(
    reached: Site, analytics: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "contacts.yaml"
    file.write_text(CHAT_ALONE)
    assert run(["contacts", "check", str(file)]) == 1
    assert run(["contacts", "apply", str(file)]) == 2
    assert "life_safety_without_call" in capsys.readouterr().err
    assert rows(analytics, "SELECT count(*) FROM notice_contacts") == [(0,)]


def test_contacts_are_replaced_as_a_whole_and_unknown_organisations_refused(
    reached: Site, analytics: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "contacts.yaml"
    file.write_text(CALLED)
    assert run(["contacts", "apply", str(file)]) == 0
    assert run(["contacts", "apply", str(file)]) == 0
    in_force = "SELECT count(*) FROM notice_contacts WHERE removed_at IS NULL"
    assert rows(analytics, in_force) == [(2,)]
    file.write_text(CALLED.replace("property", "nobody"))
    assert run(["contacts", "apply", str(file)]) == 1
    assert rows(analytics, in_force) == [(2,)]
    capsys.readouterr()
    assert run(["contacts", "show"]) == 0
    assert "phone" in capsys.readouterr().out


def test_the_check_names_who_stands_in_a_chain_and_is_never_called(
    reached: Site,
    analytics: Connection,
    ingest: Connection,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    say(ingest, Said(seq=1))
    decide_all(analytics)
    file = tmp_path / "contacts.yaml"
    file.write_text(CALLED)
    assert run(["contacts", "check", str(file), "--here", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert {one["fault"] for one in found} == {"nobody_to_call"}
    assert {"community", "street"} <= {one["organisation"] for one in found}


def test_a_card_is_read_in_the_terminal(
    site: Site,
    analytics: Connection,
    ingest: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    say(ingest, Said(seq=1))
    decide_all(analytics)
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", site.urls.console_url)
    assert run(["card", "1"]) == 0
    told = capsys.readouterr().out
    assert "电梯困人" in told
    assert "责任单位: 示范物业" in told
    assert "到场 30分钟" in told
    assert run(["card", "1", "--en"]) == 0
    assert "People trapped" in capsys.readouterr().out
    assert run(["card", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["alarm_id"] == 1
    assert run(["card", "99"]) == 2
