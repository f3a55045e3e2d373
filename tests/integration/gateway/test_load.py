"""The load generator: the real agent, the real broker, and every message accounted for."""

import json
import subprocess
import sys
from pathlib import Path

from gateway import wire
from tests.integration.gateway.conftest import Platform

PLAYED_S = 120


def load(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulators", "load", str(config), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_what_was_played_is_receipted_and_counted(config: Path, platform: Platform) -> None:
    done = load(config, "--duration", str(PLAYED_S), "--scenario", "demo", "--json")
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert (outcome["is_whole"], outcome["waiting"], outcome["shed"]) == (True, 0, 0)
    data = [wire.decode_data(payload) for payload in platform.data]
    told = {(batch.stream, batch.seq): batch for batch in data}
    sent = sum(len(frame.t) for batch in told.values() for frame in batch.frames)
    assert sent > PLAYED_S
    assert outcome["frames"] - outcome["held"] == sent
    assert outcome["receipted"] >= len(told)


def test_what_nobody_receipts_is_told_as_waiting(config: Path, platform: Platform) -> None:
    platform.gives_receipts = False
    done = load(config, "--duration", "20", "--patience", "0.5")
    assert done.returncode == 1, done.stderr
    assert "0 messages receipted" in done.stdout
    assert ", 0 wait" not in done.stdout


def test_a_wrong_compound_is_a_wrong_setting(config: Path) -> None:
    done = load(config, "--compound", "atlantis")
    assert done.returncode == 2
    assert "atlantis" in done.stderr
