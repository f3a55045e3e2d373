"""`towerwatch up` for real: everything starts, survives a killed supervisor, stops cleanly."""

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path
from queue import Queue
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml

from gateway.session import Access, Note, Session, Will
from tests.services import TestBroker, TestDatabase
from towerwatch.home import Home, current_home
from towerwatch.outside import BROKER, CONSOLE, CONSOLE_NAME, INTAKE, INTAKE_NAME
from towerwatch.process import fetch_text, last_lines, wait_until
from towerwatch.runtime.install import require_runtime
from towerwatch.services.secrets import Secrets
from towerwatch.supervise.state import State, read_state

_UP_S = 100.0
_EXPECTED = {
    "database",
    "broker",
    "ingest-alarm",
    "ingest-data-0",
    "ingest-intake",
    "analytics-alarms",
    "analytics-messages",
    "analytics-orders",
    "analytics-warnings",
    "console",
    "canary",
}


@pytest.fixture
def home() -> Iterator[Home]:
    require_runtime(current_home())
    folder = Path(tempfile.mkdtemp(prefix="tw-up-"))
    folder.chmod(0o755)
    (folder / "runtime").symlink_to(current_home().runtime)
    try:
        yield Home(root=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _up(home: Home, *words: str, **settings: str) -> "Iterator[subprocess.Popen[bytes]]":
    environment = {**os.environ, "TOWERWATCH_HOME": str(home.root), **settings}
    with (home.root / "out.log").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "towerwatch", "up", *words],
            env=environment,
            cwd=Path(__file__).parents[3],
            stdout=output,
            stderr=output,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=60)


def _is_up(home: Home) -> bool:
    return "Towerwatch is up" in last_lines(home.root / "out.log", count=400)


def _wait_until_up(home: Home, process: "subprocess.Popen[bytes]") -> State:
    is_over = wait_until(lambda: process.poll() is not None or _is_up(home), within_s=_UP_S)
    assert is_over, last_lines(home.root / "out.log", count=60)
    assert _is_up(home), last_lines(home.root / "out.log", count=60)
    state = read_state(home)
    assert state is not None
    return state


def _command(home: Home, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "towerwatch", *words],
        env={**os.environ, "TOWERWATCH_HOME": str(home.root)},
        cwd=Path(__file__).parents[3],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def _look_from_outside(home: Home, state: State) -> None:
    """Other machines are let in by TLS alone, and a gateway's folder tells it the way."""
    assert {child.name for child in state.children} == _EXPECTED | {CONSOLE_NAME, INTAKE_NAME}
    trusted = ssl.create_default_context(cafile=home.secrets / "tls" / "ca.crt")
    for name, path, expected in ((CONSOLE, "/health/ready", 200), (INTAKE, "/none", 404)):
        door = HTTPSConnection("localhost", state.ports[name], timeout=10, context=trusted)
        door.request("GET", path)
        assert door.getresponse().status == expected, name
        door.close()
        assert fetch_text(state.ports[name], path) is None, "without TLS nobody is answered"
    made = home.root / "carried"
    assert _command(home, "gateway", "add", "gw-far-1", str(made)).returncode == 0
    told = yaml.safe_load((made / "gw-far-1.yaml").read_text("utf-8"))
    assert told["broker"]["urls"] == [f"mqtts://localhost:{state.ports[BROKER]}"]
    assert told["intake"]["url"] == f"https://localhost:{state.ports[INTAKE]}"
    heard: Queue[Note] = Queue()
    access = Access(
        url=told["broker"]["urls"][0],
        client_id="gw-far-1.data",
        secret=(made / told["broker"]["data_secret_file"]).read_text().strip(),
        ca_file=made / told["broker"]["ca_file"],
    )
    session = Session(access, heard, Will(topic="tw/1/gw-far-1/state/data", payload=b"{}"), [])
    session.start()
    heard.get(timeout=30)
    session.stop()
    log = home.logs / "towerwatch.log"
    assert wait_until(lambda: "as gw-far-1.data" in log.read_text("utf-8"), within_s=10)
    inner = {f"127.0.0.1:{state.ports['intake']}"}
    outer = {f"localhost (127.0.0.1:{state.ports[name]})" for name in (BROKER, INTAKE, CONSOLE)}
    assert wait_until(lambda: _seen_doors(home, state) == inner | outer, within_s=60)


def _seen_doors(home: Home, state: State) -> set[str]:
    """The doors whose certificate the platform has seen, and found to last for a year."""
    password = Secrets(home.secrets).get("database.tw_owner")
    url = f"postgresql://tw_owner:{password}@127.0.0.1:{state.ports['database']}/towerwatch"
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT door FROM certificates WHERE problem = '' AND ends_at > now() + INTERVAL '360 days'"
        ).fetchall()
    return {str(door) for (door,) in rows}


@pytest.mark.timeout(300)
def test_the_platform_starts_survives_a_kill_and_stops_cleanly(home: Home) -> None:
    with _up(home) as first:
        before = _wait_until_up(home, first)
        assert {child.name for child in before.children} == _EXPECTED
        status = json.loads(_command(home, "status", "--json").stdout)
        assert all(child["is_alive"] for child in status[0]["children"])
        findings = json.loads(_command(home, "doctor", "--json").stdout)
        judged = {one["subject"]: one["verdict"] for one in findings}
        assert (judged["broker"], judged["database"]) == ("good", "good")
        second = _command(home, "up")
        assert second.returncode == 1
        assert "already runs" in second.stderr
        first.send_signal(signal.SIGKILL)
        first.wait()
    gone = wait_until(lambda: not any(child.is_alive for child in before.children), within_s=30.0)
    assert gone, [child.name for child in before.children if child.is_alive]
    assert _command(home, "status").returncode == 1
    (home.root / "out.log").unlink()
    with _up(home, "--listen", "0.0.0.0", "--host", "localhost") as again:
        after = _wait_until_up(home, again)
        assert after.console_url == before.console_url
        _look_from_outside(home, after)
        again.send_signal(signal.SIGINT)
        assert again.wait(timeout=60) == 0, last_lines(home.root / "out.log", count=40)
    assert not any(child.is_alive for child in after.children)
    text = (home.root / "out.log").read_text(encoding="utf-8")
    assert "killed" not in text


@pytest.mark.long
@pytest.mark.timeout(200)
def test_existing_servers_are_used_instead_of_private_ones(
    home: Home, own_broker: TestBroker, own_database_server: TestDatabase
) -> None:
    urls = own_database_server.make()
    admin = own_database_server.server.admin_url.rpartition("/")[0]
    chosen = {
        "TOWERWATCH_DATABASE_URL": f"{admin}/{urls.name}",
        "TOWERWATCH_MQTT_URL": f"mqtt://127.0.0.1:{own_broker.ports.platform}",
    }
    secrets = Secrets(home.secrets)
    for user in ("tw-ingest-alarm", "tw-ingest-data-0"):
        secrets.set(f"mqtt.{user}", str(urlsplit(own_broker.user_url(user)).password))
    canary = own_broker.add_gateway("tw-canary")
    secrets.set(f"mqtt.{canary.alarm_user}", canary.alarm_password)
    secrets.set(f"mqtt.{canary.data_user}", canary.data_password)
    with _up(home, **chosen) as process:
        state = _wait_until_up(home, process)
        assert {child.name for child in state.children} == _EXPECTED - {"database", "broker"}
        with psycopg.connect(chosen["TOWERWATCH_DATABASE_URL"]) as connection:
            row = connection.execute("SELECT count(*) > 0 FROM schema_migrations").fetchone()
        assert row == (True,)
        log = home.logs / "towerwatch.log"
        connected = wait_until(
            lambda: last_lines(log, count=4000).count("broker_connected") >= 2, within_s=30
        )
        assert connected, last_lines(log)
        assert last_lines(log, count=4000).count("broker_disconnected") == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0, last_lines(home.root / "out.log", count=40)


def test_wrong_addresses_of_servers_are_one_sentence_and_status_2(home: Home) -> None:
    with _up(home, TOWERWATCH_MQTT_URL="http://broker") as process:
        assert process.wait(timeout=60) == 2
    said = (home.root / "out.log").read_text(encoding="utf-8")
    assert said.startswith("TOWERWATCH_MQTT_URL is mqtt://host:port without a user")
    assert said.count("\n") == 1
