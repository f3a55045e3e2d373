"""The console as a process: it starts, serves, and stops when told."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import niquests
import pytest

from dashboards.console.__main__ import main
from tests.integration.dashboards.console import Person, until
from tests.integration.dashboards.site import PASSWORD, Site
from towerwatch.process import free_port

_ROOT = Path(__file__).parents[3]


def _environment(**settings: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **settings}


def _answers(address: str) -> bool:
    try:
        return niquests.get(f"{address}/health/ready", timeout=2).status_code == 200
    except niquests.RequestException:
        return False


@pytest.mark.parametrize(
    "sent", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)]
)
def test_it_serves_until_told_to_stop_and_ends_open_streams(
    site: Site, sent: signal.Signals
) -> None:
    site.add_user("duty")
    port, metrics = free_port(), free_port()
    environment = _environment(
        TOWERWATCH_DATABASE_URL=site.urls.console_url,
        TOWERWATCH_CONSOLE_PORT=str(port),
        TOWERWATCH_METRICS_PORT=str(metrics),
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboards.console"], env=environment, cwd=_ROOT
    )
    try:
        address = f"http://127.0.0.1:{port}"
        assert until(lambda: _answers(address), within_s=30)
        person = Person(address)
        assert person.post("/login", {"name": "duty", "password": PASSWORD}).status_code == 303
        with person.listening() as ear:
            assert until(lambda: ear.named("ready"))
            counted = niquests.get(f"http://127.0.0.1:{metrics}/metrics", timeout=5).text or ""
            assert "towerwatch_console_streams 1.0" in counted
            process.send_signal(sent)
            assert process.wait(timeout=30) == 0
        person.session.close()
    finally:
        process.kill()
        process.wait()


def test_wrong_settings_are_one_sentence_and_status_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TOWERWATCH_DATABASE_URL", raising=False)
    monkeypatch.setenv("TOWERWATCH_CONSOLE_PORT", "x")
    assert main([]) == 2
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    assert "TOWERWATCH_DATABASE_URL" in said


def test_the_settings_in_force_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", "postgresql://a:geheim@b/c")
    assert main(["settings"]) == 0
    said = capsys.readouterr().out
    assert "geheim" not in said
    assert "TOWERWATCH_CONSOLE_PORT=8080" in said
