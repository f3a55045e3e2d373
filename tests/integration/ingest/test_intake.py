"""The second path as a process: real HTTPS, real database."""

import hashlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import niquests
import pytest
from pydantic import SecretStr

from gateway import wire
from gateway.topic import Lane
from ingest.__main__ import main
from ingest.alarm_process import run_alarm
from ingest.intake import run_intake
from ingest.settings import AlarmSettings, IntakeSettings, read
from tests.integration.ingest.parts import (
    PATIENCE_S,
    Site,
    alarm_bytes,
    event,
    one,
    process_of,
    register,
    rows,
    running,
    wait_for,
)
from tests.services import TestBroker, TestDatabase
from towerwatch.process import free_port, is_listening
from towerwatch.services.access import hash_password
from towerwatch.services.certificate import TlsFiles, ensure_tls
from towerwatch.services.database import DatabaseUrls

SECRET = "a-secret-of-this-test-alone"
_ANSWER_S = 30.0


class Caller:
    """A gateway at the second path."""

    def __init__(self, port: int, tls: TlsFiles) -> None:
        self.port = port
        self._session = niquests.Session()
        self._session.verify = str(tls.authority)
        self._session.trust_env = False

    def post(
        self,
        payload: bytes,
        gateway: str = "gw-second",
        secret: str = SECRET,
        user: str | None = None,
    ) -> niquests.Response:
        return self._session.post(
            f"https://127.0.0.1:{self.port}/v1/{gateway}/alarm",
            data=payload,
            auth=(user or f"{gateway}.alarm", secret),
            timeout=_ANSWER_S,
        )

    def close(self) -> None:
        self._session.close()

    def health(self) -> niquests.Response:
        return self._session.get(f"https://127.0.0.1:{self.port}/health", timeout=_ANSWER_S)


def settings(tmp_path: Path, database_url: str) -> tuple[dict[str, str], TlsFiles]:
    """The environment of the process, and its certificate."""
    tls = ensure_tls(tmp_path / "tls", ["127.0.0.1"], now=datetime.now(UTC))
    keys = tmp_path / "keys.json"
    hashes = {
        "gw-second": hash_password(SECRET),
        "gw-third": hashlib.sha256(SECRET.encode()).hexdigest(),
        "gw-loud": hash_password(SECRET),
    }
    keys.write_text(json.dumps(hashes))
    environment = {
        "TOWERWATCH_DATABASE_URL": database_url,
        "TOWERWATCH_INTAKE_HOST": "127.0.0.1",
        "TOWERWATCH_INTAKE_PORT": str(free_port()),
        "TOWERWATCH_TLS_CERT": str(tls.certificate),
        "TOWERWATCH_TLS_KEY": str(tls.key),
        "TOWERWATCH_GATEWAY_KEYS": str(keys),
        "TOWERWATCH_INTAKE_PER_MINUTE": "200",
    }
    return environment, tls


@contextmanager
def serving(tmp_path: Path, database_url: str) -> Iterator[Caller]:
    environment, tls = settings(tmp_path, database_url)
    port = int(environment["TOWERWATCH_INTAKE_PORT"])
    with process_of(["intake"], environment) as process:
        wait_for(lambda: process.poll() is not None or is_listening(port))
        assert process.poll() is None, "the intake ended before it listened"
        caller = Caller(port, tls)
        yield caller
        caller.close()


@pytest.fixture(scope="module")
def door(
    database_server: TestDatabase, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Caller]:
    """A second path that several tests knock at, each under gateways of its own."""
    urls = database_server.make(template)
    try:
        with serving(tmp_path_factory.mktemp("door"), urls.ingest_url) as found:
            yield found
    finally:
        database_server.drop(urls)


@pytest.fixture
def caller(database: DatabaseUrls, tmp_path: Path) -> Iterator[Caller]:
    with serving(tmp_path, database.ingest_url) as found:
        yield found


def test_the_answer_is_the_receipt_after_the_commit(database: DatabaseUrls, caller: Caller) -> None:
    register(database, "gw-second", {"P1-1": "fire_panel"})
    answer = caller.post(alarm_bytes(1))
    assert answer.status_code == 200
    assert wire.decode_receipt(answer.content or b"") == wire.Receipt(stream=7, through=1)
    found = rows(database, "SELECT event, 'second_path' = ANY (flags) FROM events ORDER BY id")
    assert found == [("fire_alarm", True), ("second_path_used", False)]
    assert caller.post(alarm_bytes(1)).status_code == 200
    assert one(database, "SELECT count(*) FROM events") == 2


def test_both_paths_have_one_effect(
    database: DatabaseUrls, broker: TestBroker, caller: Caller
) -> None:
    register(database, "gw-second", {"P1-1": "fire_panel"})
    alarm = AlarmSettings(
        database_url=SecretStr(database.ingest_url),
        mqtt_url=SecretStr(broker.user_url("tw-ingest-alarm")),
        metrics_port=0,
        log_format="console",
        mqtt_ca=None,
    )
    site = Site(broker, "gw-second", Lane.ALARM)
    with running(partial(run_alarm, alarm)):
        site.send_until_receipted(alarm_bytes(1))
        assert caller.post(alarm_bytes(1)).status_code == 200
        assert caller.post(alarm_bytes(2)).status_code == 200
        site.send(alarm_bytes(2))
        site.send_until_receipted(alarm_bytes(3))
    fires = "SELECT array_agg(seq ORDER BY seq) FROM events WHERE event = 'fire_alarm'"
    assert one(database, fires) == [1, 2, 3]
    site.close()


def test_the_same_number_with_another_content_is_kept_and_told(
    database: DatabaseUrls, caller: Caller
) -> None:
    register(database, "gw-second", {"P1-1": "fire_panel"})
    caller.post(alarm_bytes(1, event("P1-1")))
    caller.post(alarm_bytes(1, event("P1-1", "pre_alarm")))
    assert rows(database, "SELECT reason, seq FROM quarantine") == [("identity_conflict", 1)]
    assert one(database, "SELECT count(*) FROM events WHERE event = 'identity_conflict'") == 1


@pytest.mark.parametrize(
    ("gateway", "secret", "user", "status"),
    [
        ("gw-second", "wrong", None, 401),
        ("gw-second", SECRET, "gw-third.alarm", 401),
        ("gw-nobody", SECRET, None, 401),
        ("GW!", SECRET, None, 404),
        ("gw-third", SECRET, None, 200),
    ],
)
def test_a_gateway_comes_in_under_its_own_name_alone(
    door: Caller, gateway: str, secret: str, user: str | None, status: int
) -> None:
    answer = door.post(alarm_bytes(1), gateway, secret, user)
    assert answer.status_code == status
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"


def test_what_nobody_can_read_is_kept_and_not_receipted(
    database: DatabaseUrls, caller: Caller
) -> None:
    assert caller.post(b"{fire").status_code == 422
    assert rows(database, "SELECT reason, payload FROM quarantine") == [("bad_json", b"{fire")]
    found = rows(database, "SELECT event, place_path::text FROM events")
    assert found == [("alarm_unreadable", "unregistered")]


def test_a_neighbour_with_wrong_secrets_closes_no_other_gateways_door(caller: Caller) -> None:
    seen = {caller.post(alarm_bytes(1), "gw-third", f"wrong {n}").status_code for n in range(62)}
    assert seen == {401, 429}
    assert caller.post(alarm_bytes(1)).status_code == 200
    assert caller.post(alarm_bytes(1), "gw-third").status_code == 200


def test_too_long_and_too_often_are_refused(door: Caller) -> None:
    assert door.post(b" " * 70_000, "gw-loud").status_code == 413
    seen = {door.post(b" " * 70_000, "gw-loud").status_code for _ in range(201)}
    assert seen == {413, 429}


def test_without_a_database_nothing_is_promised(
    own_database_server: TestDatabase, tmp_path: Path
) -> None:
    own_database_server.make_template("away")
    urls = own_database_server.make("away")
    with serving(tmp_path, urls.ingest_url) as caller:
        assert caller.post(alarm_bytes(1)).status_code == 200
        own_database_server.stop()
        answer = caller.post(alarm_bytes(2))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert caller.health().status_code == 503
        own_database_server.start()
        wait_for(lambda: caller.post(alarm_bytes(2)).status_code == 200)
        assert caller.health().status_code == 200


def test_a_crowd_that_only_connects_keeps_no_alarm_out(
    database: DatabaseUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.intake_connection.MOST_CONNECTIONS", 4)
    monkeypatch.setattr("ingest.intake_connection.REQUEST_S", 1.0)
    environment, tls = settings(tmp_path, database.ingest_url)
    for key, text in environment.items():
        monkeypatch.setenv(key, text)
    port = int(environment["TOWERWATCH_INTAKE_PORT"])
    known, new = Caller(port, tls), Caller(port, tls)
    with running(partial(run_intake, read(IntakeSettings))), ExitStack() as left:
        wait_for(lambda: is_listening(port))
        assert known.post(alarm_bytes(1)).status_code == 200
        silent = [left.enter_context(_stranger(port)) for _ in range(12)]
        assert known.post(alarm_bytes(2)).status_code == 200
        assert new.post(alarm_bytes(3)).status_code == 200
        slow = left.enter_context(_stranger(port))
        slow.sendall(b"POST /v1/gw-second/alarm HTTP/1.1\r\n")
        for one_of_them in (*silent, slow):
            with suppress(OSError):
                assert one_of_them.recv(1) == b"", "it may wait for ever"
        known.close()
        new.close()


def _stranger(port: int) -> ssl.SSLSocket:
    """Somebody who connects, proves nothing and waits."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    return trusting.wrap_socket(plain)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOWERWATCH_GATEWAY_KEYS", "/nowhere/keys.json"),
        ("TOWERWATCH_TLS_CERT", "/nowhere/cert.pem"),
        ("TOWERWATCH_INTAKE_PORT", "many"),
        ("TOWERWATCH_DATABASE_URL", ""),
    ],
)
def test_wrong_settings_are_one_sentence_and_status_2(
    tmp_path: Path,
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment, _ = settings(tmp_path, "postgresql://127.0.0.1:1/none")
    for key, text in (environment | {name: value}).items():
        monkeypatch.setenv(key, text)
    monkeypatch.setattr("ingest.__main__.stop_on_signal", threading.Event)
    assert main(["intake"]) == 2
    said = capsys.readouterr().err
    assert name in said
    assert len(said.strip().splitlines()) == 1
