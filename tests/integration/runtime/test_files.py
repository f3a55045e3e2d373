"""Secrets, certificates and broker files on a real disk."""

import shutil
import ssl
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from towerwatch.errors import RuntimeUnavailable, WrongSettings
from towerwatch.home import Home, current_home
from towerwatch.runtime.install import find_runtime, remove, require_runtime, running_from
from towerwatch.runtime.layout import read_runtime
from towerwatch.services.certificate import RENEW_BEFORE, SERVER_LIFE, ensure_tls
from towerwatch.services.secrets import Secrets, write_private

NOW = datetime(2026, 11, 22, tzinfo=UTC)
_HOSTS = ["127.0.0.1", "localhost"]


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets")
    first = secrets.get("database.tw_owner")
    assert Secrets(tmp_path / "secrets").get("database.tw_owner") == first
    assert stat.S_IMODE(secrets.path("database.tw_owner").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "", ".hidden"])
def test_a_secret_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongSettings):
        Secrets(tmp_path / "secrets").get(name)


def test_a_private_file_is_replaced_and_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "one"
    write_private(path, "a")
    write_private(path, "b")
    assert path.read_text(encoding="utf-8") == "b"
    assert [file.name for file in tmp_path.iterdir()] == ["one"]


def test_the_intakes_certificate_is_trusted_through_our_own_authority(tmp_path: Path) -> None:
    files = ensure_tls(tmp_path, _HOSTS, now=NOW)
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    certificate.verify_directly_issued_by(authority)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.certificate, files.key)
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600


def test_a_certificate_is_kept_until_it_ends_soon(tmp_path: Path) -> None:
    first = ensure_tls(tmp_path, _HOSTS, now=NOW).certificate.read_bytes()
    assert ensure_tls(tmp_path, _HOSTS, now=NOW).certificate.read_bytes() == first
    late = NOW + SERVER_LIFE - RENEW_BEFORE + timedelta(days=1)
    renewed = ensure_tls(tmp_path, _HOSTS, now=late)
    assert renewed.certificate.read_bytes() != first
    authority = x509.load_pem_x509_certificate(renewed.authority.read_bytes())
    again = x509.load_pem_x509_certificate(renewed.certificate.read_bytes())
    again.verify_directly_issued_by(authority)


def test_a_new_host_gets_a_new_certificate(tmp_path: Path) -> None:
    first = ensure_tls(tmp_path, _HOSTS, now=NOW).certificate.read_bytes()
    wider = ensure_tls(tmp_path, [*_HOSTS, "tower.example"], now=NOW)
    assert wider.certificate.read_bytes() != first


def test_the_runtime_says_what_it_is() -> None:
    runtime = require_runtime(current_home())
    assert runtime.version("postgresql-17").startswith("17.")
    assert runtime.version("mosquitto").startswith("2.0.")
    assert (runtime.postgres_bin / "postgres").is_file()


def test_no_runtime_is_no_error_and_a_broken_marker_says_what_to_do(tmp_path: Path) -> None:
    assert find_runtime(Home(root=tmp_path)) is None
    (tmp_path / "runtime.json").write_text("{", encoding="utf-8")
    with pytest.raises(RuntimeUnavailable, match="towerwatch runtime remove"):
        read_runtime(tmp_path)


def test_a_runtime_of_another_recipe_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "runtime.json").write_text('{"recipe": 0}', encoding="utf-8")
    assert read_runtime(tmp_path) is None


def test_a_runtime_that_is_in_use_is_not_removed(tmp_path: Path) -> None:
    runtime = tmp_path / "runtime"
    made = runtime / "20260101T000000-1"
    made.mkdir(parents=True)
    program = made / "sleep"
    shutil.copy(shutil.which("sleep") or "", program)
    (runtime / "current").symlink_to(made.name)
    with subprocess.Popen([str(program), "60"]) as process:
        assert running_from(made) == (process.pid,)
        with pytest.raises(RuntimeUnavailable, match=str(process.pid)):
            remove(Home(root=tmp_path))
        process.kill()
    assert remove(Home(root=tmp_path))
    assert not made.exists()
    assert not remove(Home(root=tmp_path))
