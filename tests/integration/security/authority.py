"""Certificates of a test: an authority, and what it signs, well or badly."""

import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


@dataclass(slots=True)
class Authority:
    """Signs certificates; its own stands in `folder/name.crt`."""

    folder: Path
    name: str
    _key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def __post_init__(self) -> None:
        now = datetime.now(UTC)
        made = (
            _builder(self.name, self.name, self._key, now - _DAY, now + _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.crt"

    def sign(
        self, common_name: str, *, file: str, host: str = "127.0.0.1", is_expired: bool = False
    ) -> Path:
        """Write a certificate with its key into one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        end = now - timedelta(hours=1) if is_expired else now + _DAY
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
        made = (
            _builder(common_name, self.name, key, now - _DAY, end)
            .add_extension(alternative, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        path = self.folder / f"{file}.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
        path.chmod(0o600)
        return path

    def revoke(self, certificate: Path, *, file: str) -> Path:
        """Write a list of revocations with one certificate."""
        gone = x509.load_pem_x509_certificate(certificate.read_bytes())
        now = datetime.now(UTC)
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(gone.serial_number)
            .revocation_date(now - _DAY / 2)
            .build()
        )
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(_name(self.name))
            .last_update(now - _DAY / 2)
            .next_update(now + _DAY)
            .add_revoked_certificate(entry)
            .sign(self._key, hashes.SHA256())
        )
        path = self.folder / f"{file}.crl"
        path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        return path


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
