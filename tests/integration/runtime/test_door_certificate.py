"""What a door shows is compared with its file: one that has ended still answers, another does not."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from towerwatch.outside import answers_https
from towerwatch.services.certificate import TlsFiles, ensure_tls


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health/live" else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def door(shown: TlsFiles) -> Iterator[int]:
    """A server that shows a certificate; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.certificate, shown.key)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answer) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def test_a_door_whose_certificate_has_ended_goes_on_answering(tmp_path: Path) -> None:
    at = datetime.now(UTC)
    ended = ensure_tls(tmp_path / "ended", ["tower"], now=at - timedelta(days=500))
    other = ensure_tls(tmp_path / "other", ["tower"], now=at)
    with door(ended) as port:
        assert answers_https("127.0.0.1", port, "/health/live", ended.certificate)
        assert not answers_https("127.0.0.1", port, "/health/ready", ended.certificate)
        assert not answers_https("127.0.0.1", port, "/health/live", other.certificate)
        other.certificate.write_text("half a file", "ascii")
        assert not answers_https("127.0.0.1", port, "/health/live", other.certificate)
    assert not answers_https("127.0.0.1", port, "/health/live", ended.certificate)
