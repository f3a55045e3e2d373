"""What strangers see of a fault of ours, and of asking too often."""

import asyncio
import json
from typing import Any

from fastapi import FastAPI, Request
from starlette.types import Message

from dashboards.bulletin.errors import NoChineseFont
from dashboards.console import problem
from dashboards.console.guard import Guard


def answer_to_a_fault(
    fault: Exception, *, behind_tls: bool = False
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a route that breaks; no server, no socket."""
    app = FastAPI()
    problem.install(app)
    app.add_middleware(Guard, behind_tls=behind_tls)

    @app.get("/broken")
    async def broken(_: Request) -> None:
        raise fault

    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/broken",
        "raw_path": b"/broken",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"console.test")],
    }

    async def ask() -> None:
        try:
            await app(scope, receive, send)
        except RuntimeError:
            return

    asyncio.run(ask())
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[1]["body"]


def test_the_answer_to_a_fault_is_as_guarded_as_any_other() -> None:
    status, headers, body = answer_to_a_fault(RuntimeError("the secret cause"), behind_tls=True)
    assert status == 500
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" in headers
    assert b"secret cause" not in body
    assert json.loads(body)["status"] == 500


def test_without_https_nobody_is_told_to_insist_on_it() -> None:
    _, headers, _ = answer_to_a_fault(RuntimeError("the secret cause"))
    assert "strict-transport-security" not in headers


def test_a_server_without_a_font_says_so_instead_of_breaking() -> None:
    status, headers, body = answer_to_a_fault(NoChineseFont("install fonts-noto-cjk"))
    assert status == 501
    assert "content-security-policy" in headers
    assert b"fonts-noto-cjk" in body
