"""What a door shows becomes an alarm, a row and a metric: a real TLS server, the real database."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ingest.door import doors_of
from ingest.door_watch import DoorWatch
from ingest.metrics import Metrics
from tests.integration.ingest.parts import rows
from towerwatch.services.certificate import SERVER_LIFE, TlsFiles, ensure_tls
from towerwatch.services.database import DatabaseUrls

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Server:
    """Shakes hands with whoever comes, by the certificate that it was told last."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain
        self.shown: TlsFiles | None = None

    def serve(self) -> None:
        with suppress(OSError):  # the listener is closed at the end
            while True:
                came, _ = self._plain.accept()
                with closing(came), suppress(OSError):
                    self._shake(came)

    def _shake(self, came: socket.socket) -> None:
        if self.shown is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.shown.certificate, self.shown.key)
            context.wrap_socket(came, server_side=True).close()


@contextmanager
def serving() -> Iterator[tuple[Server, str]]:
    plain = socket.create_server(("127.0.0.1", 0))
    server = Server(plain)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server, f"tower.example.org@127.0.0.1:{plain.getsockname()[1]}"
    finally:
        plain.shutdown(socket.SHUT_RDWR)
        plain.close()
        thread.join()


def made(folder: Path, ends_in: timedelta) -> TlsFiles:
    return ensure_tls(folder, ["tower.example.org"], now=NOW + ends_in - SERVER_LIFE)


def made_by_a_proxy(folder: Path, begins_at: datetime) -> TlsFiles:
    """A certificate of twelve hours, as Caddy makes one for a name that is not public."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    shown = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins_at)
        .not_valid_after(begins_at + 12 * HOUR)
        .sign(key, hashes.SHA256())
    )
    files = TlsFiles(
        authority=folder / "web.crt", certificate=folder / "web.crt", key=folder / "web.key"
    )
    files.certificate.write_bytes(shown.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def told(database: DatabaseUrls) -> list[tuple[object, ...]]:
    return rows(database, "SELECT state, text FROM events WHERE gateway = 'platform' ORDER BY id")


def test_a_door_whose_certificate_ends_is_told_until_it_shows_another(
    database: DatabaseUrls, tmp_path: Path
) -> None:
    metrics = Metrics()
    with serving() as (server, address):
        watch = DoorWatch(doors_of(address), database.ingest_url, metrics)
        assert not watch.look(NOW), "it shows nothing yet"
        [(ends_at, problem)] = rows(database, "SELECT ends_at, problem FROM certificates")
        assert ends_at is None
        assert problem
        server.shown = made(tmp_path / "ending", 13 * DAY)
        assert watch.look(NOW)
        assert watch.look(NOW), "said once"
        [(state, text)] = told(database)
        assert state == "raise"
        assert f"{NOW + 13 * DAY:%Y-%m-%d}" in str(text)
        server.shown = None
        assert not watch.look(NOW)
        assert len(told(database)) == 1, "what cannot be seen is not over"
        server.shown = made(tmp_path / "renewed", 90 * DAY)
        assert watch.look(NOW)
    assert [state for state, _ in told(database)] == ["raise", "clear"]
    found = rows(database, "SELECT ends_at, looked_at, problem FROM certificates")
    assert found == [(NOW + 90 * DAY, NOW, "")]
    seconds = metrics.registry.get_sample_value(
        "towerwatch_ingest_certificate_seconds", {"door": str(doors_of(address)[0])}
    )
    assert seconds == pytest.approx(90 * DAY.total_seconds(), abs=3600)


def test_a_proxy_that_renews_its_twelve_hours_in_time_is_no_alarm_and_one_that_does_not_is(
    database: DatabaseUrls, tmp_path: Path
) -> None:
    with serving() as (server, address):
        watch = DoorWatch(doors_of(address), database.ingest_url, Metrics())
        server.shown = made_by_a_proxy(tmp_path, NOW)
        watch.look(NOW)
        watch.look(NOW + 8 * HOUR)
        watch.look(NOW + 10 * HOUR)
        assert told(database) == []
        watch.look(NOW + 11 * HOUR)
        assert [state for state, _ in told(database)] == ["raise"]
        server.shown = made_by_a_proxy(tmp_path, NOW + 11 * HOUR)
        watch.look(NOW + 12 * HOUR)
    assert [state for state, _ in told(database)] == ["raise", "clear"]


def test_a_second_door_is_told_although_the_first_is_no_news(
    database: DatabaseUrls, tmp_path: Path
) -> None:
    with serving() as (first, address), serving() as (second, other):
        first.shown = made(tmp_path / "first", 3 * DAY)
        second.shown = made(tmp_path / "second", 16 * DAY)
        watch = DoorWatch(doors_of(f"{address} {other}"), database.ingest_url, Metrics())
        watch.look(NOW)
        watch.look(NOW + DAY)
        assert [state for state, _ in told(database)] == ["raise"]
        watch.look(NOW + 3 * DAY)
        watch.look(NOW + 3 * DAY)
    *_, (cleared, _), (raised, text) = told(database)
    assert len(told(database)) == 3
    assert (cleared, raised) == ("clear", "raise")
    assert str(doors_of(other)[0]) in str(text)


def test_a_door_that_is_no_longer_watched_is_forgotten(
    database: DatabaseUrls, tmp_path: Path
) -> None:
    with serving() as (server, address):
        server.shown = made(tmp_path / "ending", 2 * DAY)
        DoorWatch(doors_of(address), database.ingest_url, Metrics()).look(NOW)
        assert [state for state, _ in told(database)] == ["raise"]
        DoorWatch((), database.ingest_url, Metrics()).look(NOW)
    assert [state for state, _ in told(database)] == ["raise", "clear"]
    assert rows(database, "SELECT door FROM certificates") == []


def test_the_list_of_doors_is_for_those_who_see_the_platform(database: DatabaseUrls) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO certificates (door, ends_at, seen_at, looked_at) VALUES ('a:1', now(), now(), now())"
        )
    for scope, seen in (("hf", 0), ("platform", 1), (",", 1), ("", 0)):
        with psycopg.connect(database.console_url, autocommit=True) as reader:
            reader.execute("SELECT set_config('towerwatch.scope', %s, false)", [scope])
            row = reader.execute("SELECT count(*) FROM certificates").fetchone()
            assert row == (seen,), scope
