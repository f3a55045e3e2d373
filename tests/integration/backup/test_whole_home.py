"""`towerwatch backup` on a platform that runs, `restore` into an empty home, and up again."""

import json
import shutil
import signal
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.runtime.test_up import _command, _up, _wait_until_up, home
from tests.integration.security.attacker import Attacker
from towerwatch.home import Home, current_home
from towerwatch.process import wait_until

__all__ = ["home"]
REGISTRY = Path(__file__).parents[2] / "data" / "registry" / "town"
GATEWAY = "poplar-gw-1"


@pytest.fixture
def other_home() -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="tw-restored-"))
    folder.chmod(0o755)
    (folder / "runtime").symlink_to(current_home().runtime)
    try:
        yield Home(root=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_platform_moves_to_an_empty_home_with_its_gateways(
    home: Home, other_home: Home, tmp_path: Path
) -> None:
    with _up(home) as process:
        _wait_until_up(home, process)
        assert _command(home, "registry", "apply", str(REGISTRY)).returncode == 0
        assert _command(home, "gateway", "add", GATEWAY, str(tmp_path / "gw")).returncode == 0
        made = _command(home, "backup", str(tmp_path / "backups"), "--json")
        assert made.returncode == 0, made.stderr
        reconciled = _command(home, "reconcile", "--json")
        assert reconciled.returncode == 0, reconciled.stdout
        refused = _command(home, "restore", json.loads(made.stdout)["folder"])
        assert refused.returncode == 1
        drill = _command(home, "restore", json.loads(made.stdout)["folder"], "--rehearse")
        assert drill.returncode == 0, drill.stdout + drill.stderr
        assert not list(home.root.glob("rehearsal-*"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    folder = json.loads(made.stdout)["folder"]
    restored = _command(other_home, "restore", folder, "--json")
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert json.loads(restored.stdout)["differences"] == []
    again = _command(other_home, "restore", folder)
    assert (again.returncode, "already" in again.stderr) == (2, True)
    with _up(other_home) as process:
        state = _wait_until_up(other_home, process)
        secret = (tmp_path / "gw" / "data.secret").read_text().strip()
        with Attacker(state.ports["gateways"]) as client:
            assert client.connect(f"{GATEWAY}.data", secret).code == 0
        listed = json.loads(_command(other_home, "gateway", "list", "--json").stdout)
        assert {one["gateway"]: one["place"] for one in listed}[GATEWAY] == "poplar"


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_platform_goes_back_to_a_minute_by_its_own_commands(
    home: Home, other_home: Home, tmp_path: Path
) -> None:
    archive = home.root / "archive"
    words = ("--archive", str(archive), "--alarm-workers", "2", "--workers", "2")
    with _up(home, *words) as process:
        state = _wait_until_up(home, process)
        names = {child.name for child in state.children}
        assert {"analytics-alarms", "analytics-alarms-1", "ingest-data-1"} <= names
        copied = _command(home, "backup", str(tmp_path / "copies"), "--base")
        assert copied.returncode == 0, copied.stderr
        assert _command(home, "registry", "apply", str(REGISTRY)).returncode == 0
        moment = datetime.now(UTC) + timedelta(seconds=1)
        assert wait_until(lambda: datetime.now(UTC) > moment + timedelta(seconds=1), within_s=10)
        assert _command(home, "gateway", "add", GATEWAY, str(tmp_path / "gw")).returncode == 0
        judged = json.loads(_command(home, "doctor", "--json").stdout)
        found = {one["subject"]: one["verdict"] for one in judged}
        assert (found["secrets"], found["backup"]) == ("good", "good")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    [copy] = (tmp_path / "copies").iterdir()
    until = moment.strftime("%Y-%m-%dT%H:%M:%S+0000")
    again = _command(other_home, "restore", str(copy), "--archive", str(archive), "--until", until)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "the last commit is of" in again.stdout
    with _up(other_home) as process:
        _wait_until_up(other_home, process)
        places = _command(other_home, "registry", "show", "poplar")
        assert places.returncode == 0, places.stderr
        assert "poplar" in places.stdout
