"""What lies outside: gateways, robots behind TLS and a proxy, all real servers on loopback."""

import json
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Outside:
    """A server that answers as told: (status, body), or seconds of silence before it hangs up."""

    url: str = ""
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[tuple[int, object] | float]] = field(default_factory=dict)

    def of(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.path.startswith(path)]


@contextmanager
def outside(certificate: Path | None = None) -> Iterator[Outside]:
    told, release = Outside(), threading.Event()

    class Exchange(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body = json.loads(self.rfile.read(length) or b"{}")
            told.asked.append(
                Asked(
                    path=self.path,
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=body,
                )
            )
            waiting = next(
                (own for path, own in told.answers.items() if self.path.startswith(path)), []
            )
            answer = waiting.pop(0) if waiting else (200, {})
            if isinstance(answer, float):
                release.wait(answer)
                return
            content = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Exchange)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    told.port = server.server_port
    told.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield told
    finally:
        release.set()
        server.shutdown()
        thread.join()
        server.server_close()


def own_certificate(folder: Path) -> Path:
    """A key and a certificate of its own, as a file; nobody has to believe it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "outside")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "outside.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def proxy_to(port: int) -> Iterator[str]:
    """A proxy that leads every CONNECT to one port of loopback, whatever host was asked for."""
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def carry(left: socket.socket) -> None:
        with left, socket.create_connection(("127.0.0.1", port)) as right:
            head = b""
            while b"\r\n\r\n" not in head:
                head += left.recv(4096)
            left.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not stop.is_set():
                ready, _, _ = select.select([left, right], [], [], 0.05)
                for one in ready:
                    part = one.recv(65_536)
                    if not part:
                        return
                    (right if one is left else left).sendall(part)

    def accept() -> None:
        while not stop.is_set():
            try:
                left, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=carry, args=(left,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        stop.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)
