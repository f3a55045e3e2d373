"""Requests to the console's application inside this process: no socket, the same code."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message

_ENOUGH = b"event: ready"
"""A stream is heard until it has replayed what was missed."""
_ANSWER_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request.

    Attributes:
        form: Fields of a form; `body` is JSON instead.
    """

    method: str
    path: str
    token: str | None = None
    query: Mapping[str, object] = field(default_factory=dict)
    form: Mapping[str, object] | None = None
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}?{urlencode(self.query)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back; headers and body as one text, so that nothing is looked at in parts."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return f"{dict(self.headers)}\n{self.body.decode('utf-8', 'replace')}"


async def ask(app: ASGIApp, request: Ask) -> Reply:
    """Ask the application and hear the whole answer, or what a stream has ready."""
    content, kind = _content(request)
    headers = {"host": "console.test", "accept": "text/html", "content-type": kind}
    if request.token is not None:
        headers["authorization"] = f"Bearer {request.token}"
    headers |= {name.lower(): value for name, value in request.headers.items()}
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode(),
        "root_path": "",
        "query_string": urlencode(request.query).encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("console.test", 80),
    }
    exchange = _Exchange(content)
    try:
        await asyncio.wait_for(app(scope, exchange.receive, exchange.send), _ANSWER_S)
    except Exception:
        # A fault is answered with 500 and raised again for the server's log.
        if exchange.reply().status < 500:
            raise
    return exchange.reply()


def _content(request: Ask) -> tuple[bytes, str]:
    if request.form is not None:
        return urlencode(request.form, doseq=True).encode(), "application/x-www-form-urlencoded"
    if request.body is not None:
        return json.dumps(request.body).encode(), "application/json"
    return b"", "application/octet-stream"


class _Exchange:
    """Both directions of one request."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._is_sent = False
        self._is_over = asyncio.Event()
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body = bytearray()

    async def receive(self) -> Message:
        if not self._is_sent:
            self._is_sent = True
            return {"type": "http.request", "body": self._content, "more_body": False}
        await self._is_over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            for name, value in message["headers"]:
                key = name.decode()
                before = f"{self._headers[key]}\n" if key in self._headers else ""
                self._headers[key] = before + value.decode("latin-1")
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False) or _ENOUGH in self._body:
            self._is_over.set()

    def reply(self) -> Reply:
        return Reply(status=self._status, headers=self._headers, body=bytes(self._body))
