"""What may stand at the doors to other machines, and what is refused before anything starts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from ingest.door import doors_of
from towerwatch.errors import WrongSettings
from towerwatch.outside import (
    BROKER,
    CONSOLE,
    INTAKE,
    Outside,
    check_tls,
    in_url,
    is_named,
    outside_of,
    require_own_address,
    tls_doors,
)
from towerwatch.services.certificate import TlsFiles, ensure_tls
from towerwatch.services.secrets import write_private

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOST = "tower.example.org"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@pytest.fixture
def good(tmp_path: Path) -> TlsFiles:
    return ensure_tls(tmp_path / "tls", [HOST], now=NOW)


def _signed(folder: Path, key: Key, name: str = HOST) -> TlsFiles:
    """A certificate of one's own key, signed by itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(folder / "own.crt", made.public_bytes(serialization.Encoding.PEM).decode())
    write_private(folder / "own.key", private.decode())
    return TlsFiles(
        authority=folder / "own.crt", certificate=folder / "own.crt", key=folder / "own.key"
    )


def test_a_sound_certificate_for_the_right_name_is_shown(good: TlsFiles, tmp_path: Path) -> None:
    check_tls(good, HOST, NOW)
    check_tls(_signed(tmp_path, ec.generate_private_key(ec.SECP256R1())), HOST, NOW)


def test_one_that_is_over_keeps_no_alarm_of_this_machine_waiting(
    good: TlsFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    check_tls(good, HOST, NOW + timedelta(days=400))
    assert "certificate_is_over" in capsys.readouterr().out


def test_one_of_the_future_or_for_another_name_is_refused(good: TlsFiles) -> None:
    with pytest.raises(WrongSettings, match="valid from"):
        check_tls(good, HOST, NOW - timedelta(days=400))
    with pytest.raises(WrongSettings, match="not for other"):
        check_tls(good, "other.example.org", NOW)


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(public_exponent=65537, key_size=1024),
        ec.generate_private_key(ec.SECP192R1()),
    ],
    ids=["rsa", "ec"],
)
def test_a_weak_key_is_refused(tmp_path: Path, key: Key) -> None:
    with pytest.raises(WrongSettings, match=r"weak|small|KEY_TOO_SMALL"):
        check_tls(_signed(tmp_path, key), HOST, NOW)


def test_anothers_key_and_one_that_is_open_to_others_are_refused(
    good: TlsFiles, tmp_path: Path
) -> None:
    other = ensure_tls(tmp_path / "other", [HOST], now=NOW)
    with pytest.raises(WrongSettings, match=r"intake\.crt"):
        check_tls(replace(good, key=other.key), HOST, NOW)
    good.key.chmod(0o644)
    with pytest.raises(WrongSettings):
        check_tls(good, HOST, NOW)


@pytest.mark.parametrize(
    ("listen", "host", "word"),
    [
        ("127.0.0.1", "", "loopback"),
        ("tower", "", "IP address"),
        ("0.0.0.0", "", "--host"),
        ("0.0.0.0", "0.0.0.0", "--host"),
        ("", "tower", "--listen"),
    ],
)
def test_where_nobody_would_arrive_is_refused(listen: str, host: str, word: str) -> None:
    with pytest.raises(WrongSettings, match=word):
        outside_of(listen, host, None, None, None)


def test_half_a_certificate_is_refused(good: TlsFiles) -> None:
    with pytest.raises(WrongSettings, match="go together"):
        outside_of("192.0.2.7", HOST, good.certificate, good.key, None)
    with pytest.raises(WrongSettings, match="--listen"):
        outside_of("", "", good.certificate, good.key, good.authority)


def test_an_address_is_its_own_name_and_is_asked_itself() -> None:
    one = outside_of("192.0.2.7", "", None, None, None)
    assert one == Outside(address="192.0.2.7", host="192.0.2.7")
    assert one.reachable == "192.0.2.7"
    assert Outside(address="0.0.0.0", host=HOST).reachable == "127.0.0.1"
    assert outside_of("", "", None, None, None) is None


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    assert [in_url(host) for host in ("fd00::5", "192.0.2.7", HOST)] == [
        "[fd00::5]",
        "192.0.2.7",
        HOST,
    ]
    assert urlsplit(f"mqtts://{in_url('fd00::5')}:8883").hostname == "fd00::5"


@pytest.mark.parametrize(
    ("host", "name", "is_its"),
    [
        ("tower.example.org", "tower.example.org", True),
        ("Tower.example.org", "tower.EXAMPLE.org", True),
        ("tower.example.org", "*.example.org", True),
        ("a.tower.example.org", "*.example.org", False),
        ("example.org", "*.org", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
    ],
)
def test_a_star_stands_for_one_label_alone(host: str, name: str, is_its: bool) -> None:
    assert is_named(host, {name}) is is_its


_PORTS = {"intake": 8443, BROKER: 8883, INTAKE: 8444, CONSOLE: 8445}


def test_every_door_of_the_platform_is_watched_and_those_the_operator_adds() -> None:
    inside = tls_doors(None, _PORTS, "mqtt://a:1883 mqtts://b.example.org mqtts://[::1]:8900", "")
    assert inside == "127.0.0.1:8443 b.example.org:8883 [::1]:8900"
    outside = Outside(address="0.0.0.0", host=HOST)
    assert tls_doors(outside, _PORTS, "", "proxy:443").split() == [
        "127.0.0.1:8443",
        *(f"{HOST}@127.0.0.1:{port}" for port in (8883, 8444, 8445)),
        "proxy:443",
    ]
    assert len(doors_of(tls_doors(outside, _PORTS, "", ""))) == 4


def test_a_door_that_is_none_is_refused_before_the_alarm_lane_would_be() -> None:
    with pytest.raises(WrongSettings, match="'proxy'"):
        tls_doors(None, _PORTS, "", "proxy")


def test_an_address_of_another_machine_is_refused_before_anything_starts() -> None:
    require_own_address("0.0.0.0")
    with pytest.raises(WrongSettings, match=r"no such address.*0\.0\.0\.0 --host"):
        require_own_address("192.0.2.7")
