"""What `towerwatch up --listen` offers beyond this machine: three doors, each with TLS.

Beside what listens on loopback stand a second listener of the broker for gateways, a second process
of the intake and a second one of the console. What comes from outside fills their room, not that of
the parts that stand on loopback.
"""

import ipaddress
import socket
import ssl
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.secret_file import UnsafeSecret, require_closed
from ingest.door import doors_of
from ingest.errors import BadSettings
from towerwatch.errors import WrongSettings
from towerwatch.home import Home
from towerwatch.services.certificate import TlsFiles
from towerwatch.services.secrets import write_private

_log = structlog.get_logger(__name__)

BROKER: Final = "outside.broker"
INTAKE: Final = "outside.intake"
CONSOLE: Final = "outside.console"
PREFERRED: Final = {BROKER: 8883, INTAKE: 8444, CONSOLE: 8445}
"""Ports beyond loopback that are tried first; the intake on loopback prefers 8443."""
INTAKE_NAME: Final = "ingest-intake-outside"
CONSOLE_NAME: Final = "console-outside"
_LEAST_RSA_BITS: Final = 2048
_LEAST_EC_BITS: Final = 256
_WEAK_DIGESTS: Final = frozenset({"md5", "sha1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Where the platform is offered to other machines.

    Attributes:
        address: IP address that is listened on; 0.0.0.0 for all of this machine.
        host: Name or address that gateways and browsers use.
        tls: Certificate of one's own instead of the one that is made here; its authority is what
            gateways are told to trust.
    """

    address: str
    host: str
    tls: TlsFiles | None = None

    def __post_init__(self) -> None:
        """Refuse what nobody could reach."""
        try:
            found = ipaddress.ip_address(self.address)
        except ValueError as error:
            raise WrongSettings(
                f"--listen {self.address}: an IP address of this machine."
            ) from error
        if found.is_loopback:
            raise WrongSettings("--listen is for other machines; on loopback all listens anyway.")
        if not self.host or _is_anywhere(self.host):
            raise WrongSettings("--host says by which name or address the platform is reached.")

    @property
    def reachable(self) -> str:
        """An address of this machine that the doors answer on."""
        found = ipaddress.ip_address(self.address)
        if not found.is_unspecified:
            return self.address
        return "127.0.0.1" if found.version == 4 else "::1"


def outside_of(
    listen: str, host: str, certificate: Path | None, key: Path | None, authority: Path | None
) -> Outside | None:
    """What the options of the command choose; None: this machine alone.

    Raises:
        WrongSettings: An option is missing, or the certificate is none to be shown.
    """
    given = (certificate, key, authority)
    if not listen:
        if host or any(given):
            raise WrongSettings("--host and --tls-.. go with --listen ADDRESS.")
        return None
    name = host or ("" if _is_anywhere(listen) else listen)
    if not any(given):
        return Outside(address=listen, host=name)
    if certificate is None or key is None or authority is None:
        raise WrongSettings("--tls-cert, --tls-key and --tls-ca go together.")
    files = TlsFiles(
        authority=authority.resolve(), certificate=certificate.resolve(), key=key.resolve()
    )
    chosen = Outside(address=listen, host=name, tls=files)
    check_tls(files, name, datetime.now(UTC))
    return chosen


def require_own_address(address: str) -> None:
    """Look whether this machine has an address, before anything is started that would listen on it.

    Raises:
        WrongSettings: It has not.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as tried:
            tried.bind((address, 0))
    except OSError as error:
        raise WrongSettings(
            f"--listen {address}: this machine has no such address (`ip address` shows them);"
            " --listen 0.0.0.0 --host NAME listens on all of them."
        ) from error


def check_tls(files: TlsFiles, host: str, now: datetime) -> None:
    """Look whether a certificate may stand at the door.

    Raises:
        WrongSettings: It cannot be read, is not begun, is for another name, is weak, or its key is
            another's or open to others. One that is over is shown all the same, and said aloud: the
            alarms of this machine do not wait for a certificate.
    """
    try:
        require_closed(files.key)
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.key)
        found = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        x509.load_pem_x509_certificate(files.authority.read_bytes())
        key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsafeSecret) as error:
        raise WrongSettings(f"{files.certificate} with {files.key}: {error}") from error
    for problem in _problems(found, key, host, now):
        raise WrongSettings(f"{files.certificate}: {problem}.")
    if now >= found.not_valid_after_utc:
        _log.error(
            "certificate_is_over",
            file=str(files.certificate),
            ended=f"{found.not_valid_after_utc:%Y-%m-%d}",
            effect="gateways and browsers elsewhere refuse it",
        )


def _problems(found: x509.Certificate, key: object, host: str, now: datetime) -> Sequence[str]:
    problems = []
    if now < found.not_valid_before_utc:
        problems.append(f"it is valid from {found.not_valid_before_utc:%Y-%m-%d} on")
    if not is_named(host, _names_of(found)):
        problems.append(f"it is not for {host}")
    match key:
        case rsa.RSAPrivateKey() if key.key_size < _LEAST_RSA_BITS:
            problems.append(f"an RSA key of {key.key_size} bits is weak")
        case ec.EllipticCurvePrivateKey() if key.key_size < _LEAST_EC_BITS:
            problems.append(f"an elliptic key of {key.key_size} bits is weak")
    digest = found.signature_hash_algorithm
    if digest is not None and digest.name in _WEAK_DIGESTS:
        problems.append(f"it is signed with {digest.name}, which is weak")
    return problems


def is_named(host: str, names: Collection[str]) -> bool:
    """Whether one of a certificate's names is a host's; a star stands for its first label (RFC 9525)."""
    known = {name.lower() for name in names}
    _, _, rest = host.lower().partition(".")
    return host.lower() in known or ("." in rest and f"*.{rest}" in known)


def _names_of(found: x509.Certificate) -> set[str]:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return addresses | set(names.get_values_for_type(x509.DNSName))


def _is_anywhere(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def in_url(host: str) -> str:
    """A host as an address holds it: one of IPv6 stands in brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def keep_authority(home: Home, chosen: Outside | None) -> None:
    """Keep what `towerwatch gateway add` writes into a gateway's folder as its authority."""
    kept = home.secrets / "outside_ca.crt"
    if chosen is None or chosen.tls is None:
        kept.unlink(missing_ok=True)
    else:
        write_private(kept, chosen.tls.authority.read_text("ascii"))


def tls_doors(chosen: Outside | None, ports: Mapping[str, int], mqtt_url: str, more: str) -> str:
    """Where certificates are shown whose end is watched, as TOWERWATCH_TLS_DOORS says it.

    Args:
        mqtt_url: Addresses of existing brokers; those with TLS are watched too.
        more: Doors of the operator's own, such as a proxy's.

    Raises:
        WrongSettings: One of them is no door; said here, or the alarm lane alone would not start.
    """
    try:
        doors_of(more)
    except BadSettings as error:
        raise WrongSettings(str(error)) from error
    found = [f"127.0.0.1:{ports['intake']}"]
    if chosen is not None:
        address = in_url(chosen.reachable)
        found += [f"{chosen.host}@{address}:{ports[name]}" for name in (BROKER, INTAKE, CONSOLE)]
    for url in map(urlsplit, mqtt_url.split()):
        if url.scheme == "mqtts" and url.hostname:
            found.append(f"{in_url(url.hostname)}:{url.port or PREFERRED[BROKER]}")
    return " ".join([*found, *more.split()])


def answers_https(host: str, port: int, path: str, certificate: Path) -> bool:
    """Whether a server with just this certificate answers a GET with a status below 400.

    The certificate is compared, not judged: one that has ended is no reason to end its server.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = HTTPSConnection(host, port, timeout=2.0, context=context)
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        connection.connect()
        if _shown_by(connection) != found.public_bytes(serialization.Encoding.DER):
            return False
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
    except (OSError, ValueError, HTTPException):
        return False
    else:
        return answer.status < HTTPStatus.BAD_REQUEST
    finally:
        connection.close()


def _shown_by(connection: HTTPSConnection) -> bytes | None:
    """The certificate that a server has shown (DER)."""
    return connection.sock.getpeercert(binary_form=True)
