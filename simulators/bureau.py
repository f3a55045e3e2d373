"""A stand-in for the emergency bureau's endpoint, for the demo and for tests; loopback only.

It takes what Standard Webhooks describes (https://www.standardwebhooks.com, unverified): a
delivery is known by `webhook-id`, signed over `id.timestamp.body` with HMAC-SHA256. A good one is
answered with a receipt, the same one again when it is delivered twice. GET /received shows all.
"""

import base64
import binascii
import hashlib
import hmac
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from types import TracebackType
from typing import Any, Final, Self

from gateway.clock import now_ms

TOLERANCE_S: Final = 300
"""A timestamp farther from now than this is refused, against replay [s]."""
MAX_BODY_BYTES: Final = 64 * 1024
MAX_THREADS: Final = 16
MAX_KEPT: Final = 10_000
"""Deliveries kept in memory; the oldest go first."""
_KEY_PREFIX: Final = "whsec_"
_TIMEOUT_S: Final = 10.0


class Refusal(StrEnum):
    """Why a delivery is not taken."""

    NO_HEADERS = "webhook-id, webhook-timestamp or webhook-signature is missing"
    BAD_TIMESTAMP = "webhook-timestamp is not a number of seconds"
    STALE = "webhook-timestamp is more than five minutes from now"
    BAD_SIGNATURE = "no signature fits"
    OTHER_BODY = "the same webhook-id came before with another body"
    BUSY = "not now, deliver again"


_STATUS: Final = {
    Refusal.NO_HEADERS: HTTPStatus.BAD_REQUEST,
    Refusal.BAD_TIMESTAMP: HTTPStatus.BAD_REQUEST,
    Refusal.STALE: HTTPStatus.BAD_REQUEST,
    Refusal.BAD_SIGNATURE: HTTPStatus.UNAUTHORIZED,
    Refusal.OTHER_BODY: HTTPStatus.CONFLICT,
    Refusal.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request as it came: its three headers and its body."""

    id: str
    timestamp: str
    signatures: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A delivery that was taken, with its receipt; `times` counts how often it came."""

    id: str
    receipt: str
    received_at_ms: int
    body: bytes
    times: int = 1


def secret_key(text: str) -> bytes:
    """The key in a secret `whsec_<base64>`.

    Raises:
        ValueError: It is not written so, or too short to be a secret.
    """
    text = text.strip()
    if not text.startswith(_KEY_PREFIX):
        raise ValueError(f"the secret does not begin with {_KEY_PREFIX}")
    try:
        key = base64.b64decode(text.removeprefix(_KEY_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError(f"the secret is not base64: {error}") from error
    if len(key) < 16:
        raise ValueError("the secret is shorter than 16 bytes")
    return key


def sign(key: bytes, delivery_id: str, timestamp: str, body: bytes) -> str:
    """The signature `v1,<base64>` of a delivery."""
    content = b".".join((delivery_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def refusal(delivery: Delivery, key: bytes, now_s: float) -> Refusal | None:
    """Why the delivery must not be taken, or None.

    Args:
        now_s: The receiver's clock [s since 1970].
    """
    if not (delivery.id and delivery.timestamp and delivery.signatures):
        return Refusal.NO_HEADERS
    if not (delivery.timestamp.isascii() and delivery.timestamp.isdigit()):
        return Refusal.BAD_TIMESTAMP
    if len(delivery.timestamp) > 12 or abs(now_s - int(delivery.timestamp)) > TOLERANCE_S:
        return Refusal.STALE
    expected = sign(key, delivery.id, delivery.timestamp, delivery.body).encode()
    given = delivery.signatures.encode().split()
    # Every one is compared, so that the time taken tells nothing.
    fits = [hmac.compare_digest(expected, one) for one in given]
    return None if any(fits) else Refusal.BAD_SIGNATURE


class Inbox:
    """What the bureau holds, each delivery once. Safe to use from any thread."""

    def __init__(self, fail_first: int = 0) -> None:
        """An empty inbox; the first `fail_first` good deliveries are put off."""
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Received] = OrderedDict()
        self._to_fail, self._taken = fail_first, 0

    def take(self, delivery: Delivery, at_ms: int) -> Received | Refusal:
        """Keep a verified delivery; one that came before gets its former receipt."""
        with self._lock:
            if self._to_fail > 0:
                self._to_fail -= 1
                return Refusal.BUSY
            known = self._kept.get(delivery.id)
            if known is not None and known.body != delivery.body:
                return Refusal.OTHER_BODY
            if known is None:
                self._taken += 1
            kept = Received(
                id=delivery.id,
                receipt=known.receipt if known else f"R{self._taken:08d}",
                received_at_ms=known.received_at_ms if known else at_ms,
                body=delivery.body,
                times=known.times + 1 if known else 1,
            )
            self._kept[delivery.id] = kept
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
            return kept

    def received(self) -> tuple[Received, ...]:
        """All that is held, oldest first."""
        with self._lock:
            return tuple(self._kept.values())


class _BoundedServer(ThreadingHTTPServer):
    """A thread a request, at most MAX_THREADS; beyond that a connection waits to be accepted."""

    daemon_threads = True
    inbox: Inbox
    key: bytes
    to_mute: int

    def __init__(self, address: tuple[str, int]) -> None:
        self._free = threading.BoundedSemaphore(MAX_THREADS)
        self._count = threading.Lock()
        super().__init__(address, _Exchange)

    def mutes(self) -> bool:
        """Whether a delivery that was taken gets no answer."""
        with self._count:
            self.to_mute -= 1
            return self.to_mute >= 0

    def process_request(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        self._free.acquire()
        try:
            super().process_request(request, client_address)
        except RuntimeError:
            self._free.release()
            raise

    def process_request_thread(
        self, request: socket | tuple[bytes, socket], client_address: Any
    ) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()


class _Exchange(BaseHTTPRequestHandler):
    """One connection."""

    timeout = _TIMEOUT_S
    server: _BoundedServer

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            self._answer(HTTPStatus.LENGTH_REQUIRED, {"error": "content-length is missing"})
            return
        if int(length) > MAX_BODY_BYTES:
            error = f"at most {MAX_BODY_BYTES} bytes are taken"
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": error})
            return
        delivery = Delivery(
            id=self.headers.get("webhook-id", ""),
            timestamp=self.headers.get("webhook-timestamp", ""),
            signatures=self.headers.get("webhook-signature", ""),
            body=self.rfile.read(int(length)),
        )
        at_ms = now_ms()
        why_not = refusal(delivery, self.server.key, at_ms / 1000)
        outcome = why_not or self.server.inbox.take(delivery, at_ms)
        if isinstance(outcome, Refusal):
            self._answer(_STATUS[outcome], {"error": str(outcome)})
        else:
            if self.server.mutes():
                self.close_connection = True
                return
            self._answer(HTTPStatus.OK, {"receipt": outcome.receipt})

    def do_GET(self) -> None:
        if self.path != "/received":
            self._answer(HTTPStatus.NOT_FOUND, {"error": "there is GET /received"})
            return
        held = [
            {
                "id": one.id,
                "receipt": one.receipt,
                "received_at": one.received_at_ms,
                "times": one.times,
                "body": one.body.decode("utf-8", "replace"),
            }
            for one in self.server.inbox.received()
        ]
        self._answer(HTTPStatus.OK, {"received": held})

    def _answer(self, status: HTTPStatus, content: dict[str, Any]) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing: what came is seen at /received."""


class Bureau:
    """A running endpoint on loopback, for the time of a `with`."""

    def __init__(
        self, key: bytes, port: int = 0, fail_first: int = 0, *, mute_first: int = 0
    ) -> None:
        """An endpoint that opens on entering; port 0 takes a free one.

        Args:
            key: Checks signatures.
            port: TCP port on loopback.
            fail_first: So many good deliveries are put off (503).
            mute_first: So many are taken and never answered: whoever sent them cannot know.
        """
        self._key, self._port, self._mute_first = key, port, mute_first
        self._inbox = Inbox(fail_first)
        self._server: _BoundedServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Open the port and serve in a thread."""
        self._server = _BoundedServer(("127.0.0.1", self._port))
        self._server.inbox, self._server.key = self._inbox, self._key
        self._server.to_mute = self._mute_first
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="bureau"
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving and close the port."""
        assert self._server is not None
        assert self._thread is not None
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where to deliver."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}/alarms"

    def received(self) -> tuple[Received, ...]:
        """All that it holds, oldest first."""
        return self._inbox.received()
