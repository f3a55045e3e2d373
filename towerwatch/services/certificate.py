"""A small certificate authority of our own, so that the second path is always encrypted."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from towerwatch.home import make_folder
from towerwatch.services.secrets import write_private

CA_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)
_EARLY = timedelta(minutes=5)
"""Certificates begin a little in the past: the clocks of gateways differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Files of the intake: what gateways trust, and what the intake shows and signs with."""

    authority: Path
    certificate: Path
    key: Path


def ensure_tls(folder: Path, hosts: Sequence[str], *, now: datetime) -> TlsFiles:
    """Return the intake's certificate, made or renewed when it is absent or ends soon.

    Args:
        folder: Where the files are kept.
        hosts: Names and addresses that gateways connect to.
        now: The present time, with a zone.
    """
    make_folder(folder, mode=0o700)
    files = TlsFiles(
        authority=folder / "ca.crt", certificate=folder / "intake.crt", key=folder / "intake.key"
    )
    authority_key_file = folder / "ca.key"
    if not (authority_key_file.is_file() and _lasts(files.authority, now)):
        _make_authority(files.authority, authority_key_file, now)
        files.certificate.unlink(missing_ok=True)
    is_good = files.key.is_file() and _lasts(files.certificate, now)
    if not is_good or set(hosts) - _hosts_of(files.certificate):
        _make_server(files, authority_key_file, hosts, now)
    return files


def _make_authority(certificate: Path, key_file: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Towerwatch local authority")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        _builder(name, name, key.public_key(), now, CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_private(key_file, _pem(key))
    write_private(certificate, made.public_bytes(serialization.Encoding.PEM).decode("ascii"))


def _make_server(files: TlsFiles, key_file: Path, hosts: Sequence[str], now: datetime) -> None:
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    signer = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Towerwatch intake")])
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    made = (
        _builder(name, authority.subject, key.public_key(), now, SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_name(host) for host in hosts]), critical=False)
        .add_extension(issuer_id, critical=False)
        .sign(signer, hashes.SHA256())
    )
    write_private(files.key, _pem(key))
    write_private(files.certificate, made.public_bytes(serialization.Encoding.PEM).decode("ascii"))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLY)
        .not_valid_after(now + life)
    )


def _lasts(certificate: Path, now: datetime) -> bool:
    if not certificate.is_file():
        return False
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return found.not_valid_before_utc <= now < found.not_valid_after_utc - RENEW_BEFORE


def _hosts_of(certificate: Path) -> set[str]:
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return addresses | set(names.get_values_for_type(x509.DNSName))


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")
