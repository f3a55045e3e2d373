"""`towerwatch audit`: status 0 for a sound history, 1 for one that somebody touched."""

import json

import pytest

from analytics.audit.sealer import seal_waiting
from ingest.database import Connection, connect, trusted_sql
from tests.integration.analytics.site import NOW, Said, Site
from tests.integration.analytics.test_holds import heard
from towerwatch.cli import run


@pytest.fixture
def sealed(
    site: Site, ingest: Connection, analytics: Connection, monkeypatch: pytest.MonkeyPatch
) -> Connection:
    heard(ingest, analytics, Said(seq=1), Said(seq=2, event="brake_fault"))
    assert seal_waiting(analytics, NOW)
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", site.urls.owner_url)
    return analytics


def test_a_sound_history_ends_with_0_and_its_head_can_be_noted(
    sealed: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "head"]) == 0
    head = capsys.readouterr().out.strip()
    assert run(["audit", "verify", "--anchor", head]) == 0
    assert "sound" in capsys.readouterr().out
    assert run(["audit", "verify", "--anchor", "1:abc"]) == 2


def test_a_touched_history_ends_with_1_and_names_the_row(
    site: Site, sealed: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    with connect(site.urls.owner_url, application="tamperer") as owner:
        owner.execute(trusted_sql("UPDATE alarm_transitions SET actor = 'li' WHERE id = 2"))
    assert run(["audit", "verify"]) == 1
    assert "changed: alarm 2 (seal 1)" in capsys.readouterr().out
    assert run(["audit", "verify", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert found == [{"wrong": "changed", "what": "alarm 2", "seal": 1}]
