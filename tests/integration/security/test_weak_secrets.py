"""Weak, open or absent secrets: a process says so in one sentence and does not start."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from gateway.secret_file import UnsafeSecret, read_secret_file
from towerwatch.errors import WrongSettings
from towerwatch.services.certificate import ensure_tls
from towerwatch.services.secrets import Secrets, write_private

GOOD = "correct-horse-battery-staple"


def _run(words: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *words],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602])
def test_a_secret_that_every_user_reads_or_writes_is_none(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    write_private(path, GOOD)
    assert read_secret_file(path) == GOOD
    path.chmod(mode)
    with pytest.raises(UnsafeSecret, match="chmod 600"):
        read_secret_file(path)


@pytest.mark.parametrize(("text", "said"), [("", "empty"), ("short", "5 letters"), (None, "read")])
def test_a_short_or_absent_secret_is_none(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "secret"
    if text is not None:
        write_private(path, text)
    with pytest.raises(UnsafeSecret, match=said):
        read_secret_file(path)


def test_the_platform_refuses_a_secret_of_its_own_that_somebody_shortened(tmp_path: Path) -> None:
    kept = Secrets(tmp_path)
    assert len(kept.get("database.tw_owner")) >= 40
    write_private(kept.path("database.tw_owner"), "postgres")
    with pytest.raises(WrongSettings, match="8 letters"):
        kept.get("database.tw_owner")


@pytest.mark.parametrize(("mode", "text"), [(0o644, GOOD), (0o600, "1234")])
def test_a_gateway_with_a_weak_secret_does_not_start(tmp_path: Path, mode: int, text: str) -> None:
    for name in ("alarm", "data"):
        path = tmp_path / f"{name}.secret"
        write_private(path, text)
        path.chmod(mode)
    (tmp_path / "empty.csv").write_text("")
    configuration = {
        "gateway": "gw-weak",
        "data_folder": "outbox",
        "broker": {
            "urls": ["mqtt://127.0.0.1:9"],
            "alarm_secret_file": "alarm.secret",
            "data_secret_file": "data.secret",
        },
        "drivers": [{"name": "pump", "driver": "replay", "mapping": "skab", "file": "empty.csv"}],
    }
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump(configuration))
    done = _run(["gateway", "run", str(tmp_path / "gateway.yaml")], {})
    assert done.returncode == 2, done.stderr
    assert "secret" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert text not in done.stderr


def test_the_intake_refuses_a_private_key_that_every_user_reads(tmp_path: Path) -> None:
    tls = ensure_tls(tmp_path / "tls", ["127.0.0.1"], now=datetime.now(UTC))
    tls.key.chmod(0o644)
    (tmp_path / "keys.json").write_text("{}")
    done = _run(
        ["ingest", "intake"],
        {
            "TOWERWATCH_DATABASE_URL": "postgresql://tw_ingest:x@127.0.0.1:9/none",
            "TOWERWATCH_TLS_CERT": str(tls.certificate),
            "TOWERWATCH_TLS_KEY": str(tls.key),
            "TOWERWATCH_GATEWAY_KEYS": str(tmp_path / "keys.json"),
        },
    )
    assert done.returncode == 2, done.stderr
    assert "every user can read the secret" in done.stderr


def test_the_notices_refuse_an_open_secret_of_the_bureau(tmp_path: Path) -> None:
    secret = tmp_path / "bureau"
    secret.write_text("whsec_dG93ZXJ3YXRjaC1mYXVsdC10ZXN0cy1rZXk=")
    secret.chmod(0o644)
    done = _run(
        ["analytics", "alarms"],
        {
            "TOWERWATCH_DATABASE_URL": "postgresql://tw_analytics:x@127.0.0.1:9/none",
            "TOWERWATCH_BUREAU_URL": "https://bureau.example.org",
            "TOWERWATCH_BUREAU_SECRET_FILE": str(secret),
        },
    )
    assert done.returncode == 2, done.stderr
    assert "TOWERWATCH_BUREAU_SECRET_FILE" in done.stderr


@pytest.mark.parametrize(
    "words", [["ingest", "settings"], ["analytics", "settings"], ["dashboards.console", "settings"]]
)
def test_settings_are_printed_with_stars_for_secrets(tmp_path: Path, words: list[str]) -> None:
    done = _run(
        words,
        {
            "TOWERWATCH_DATABASE_URL": f"postgresql://tw_ingest:{GOOD}@127.0.0.1:9/none",
            "TOWERWATCH_MQTT_URL": f"mqtt://tw-ingest-alarm:{GOOD}@127.0.0.1:9",
            "TOWERWATCH_TLS_CERT": "x",
            "TOWERWATCH_TLS_KEY": "x",
            "TOWERWATCH_CONSOLE_BEHIND_TLS": "true",
            "TOWERWATCH_GATEWAY_KEYS": "x",
        },
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "TOWERWATCH_DATABASE_URL=**" in said
    assert GOOD not in said
    helped = _run([words[0], "--help"], {"TOWERWATCH_DATABASE_URL": f"postgresql://:{GOOD}@x/y"})
    assert GOOD not in helped.stdout + helped.stderr
