"""The console on a free port of loopback, and people and machines that talk to it."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import niquests
import uvicorn
from pydantic import SecretStr

from dashboards.console.app import create_app
from dashboards.console.settings import Settings
from tests.integration.dashboards.site import PASSWORD, Site
from towerwatch.process import free_port

_READY_S = 15.0


@dataclass(slots=True, kw_only=True)
class ConsoleServer:
    """A console that serves a site."""

    site: Site
    address: str
    server: uvicorn.Server
    people: list["Person"] = field(default_factory=list)

    def visit(self) -> "Person":
        person = Person(self.address)
        self.people.append(person)
        return person

    def log_in(self, name: str) -> "Person":
        person = self.visit()
        answer = person.post("/login", {"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return person


class Person:
    """A browser without a screen."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = niquests.Session()
        self.session.headers["Accept"] = "text/html"

    def get(self, path: str, **headers: str) -> niquests.Response:
        return self.session.get(
            f"{self.address}{path}", headers=headers, timeout=20, allow_redirects=False
        )

    def post(
        self, path: str, data: dict[str, str], *, origin: str | None = None, **headers: str
    ) -> niquests.Response:
        return self.session.post(
            f"{self.address}{path}",
            data=data,
            headers={"Origin": origin or self.address, **headers},
            timeout=20,
            allow_redirects=False,
        )

    def api(self, path: str) -> Any:
        answer = self.get(f"/api/v1{path}", Accept="application/json")
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def token(self) -> str:
        return str(dict(self.session.cookies)["towerwatch_session"])

    @property
    def csrf(self) -> str:
        text = self.get("/me").headers.get("location")
        page = self.get(str(text)).text or ""
        return page.split('data-csrf="')[1].split('"')[0]

    @contextmanager
    def listening(self, path: str = "/api/v1/live?after=0", **headers: str) -> Iterator["Ear"]:
        answer = self.session.get(
            f"{self.address}{path}", headers=headers, stream=True, timeout=(10, 30)
        )
        assert answer.status_code == 200, answer.text
        ear = Ear(answer)
        ear.thread.start()
        try:
            yield ear
        finally:
            ear.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One event of a stream."""

    name: str
    id: int | None
    body: dict[str, Any]


class Ear:
    """Collects a stream in a thread."""

    def __init__(self, answer: niquests.Response) -> None:
        self._answer = answer
        self.heard: list[Heard] = []
        self.comments: list[str] = []
        self.has_ended = False
        self.thread = threading.Thread(target=self._collect, daemon=True)

    def stop(self) -> None:
        self.has_ended = True
        self._answer.close()
        self.thread.join(timeout=5)

    def named(self, name: str) -> list[Heard]:
        return [item for item in self.heard if item.name == name]

    def _collect(self) -> None:
        fields: dict[str, str] = {}
        try:
            for raw in self._answer.iter_lines():
                line = raw.decode() if isinstance(raw, bytes) else str(raw)
                if line.startswith(":"):
                    self.comments.append(line[1:].strip())
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "data" in fields:
                    number = fields.get("id")
                    self.heard.append(
                        Heard(
                            name=fields.get("event", "message"),
                            id=None if number is None else int(number),
                            body=json.loads(fields["data"]),
                        )
                    )
                    fields = {}
        except Exception:
            if not self.has_ended:
                raise
        self.has_ended = True


def until(is_true: Callable[[], object], *, within_s: float = 5.0) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if is_true():
            return True
        time.sleep(0.02)
    return bool(is_true())


def settings_of(site: Site, port: int) -> Settings:
    return Settings(
        database_url=SecretStr(site.urls.console_url),
        console_host="127.0.0.1",
        console_port=port,
        metrics_port=0,
    )


async def _serve(server: uvicorn.Server) -> None:
    """Serves, and leaves no connection behind for another test to be blamed for."""
    await server.serve()
    for connection in list(server.server_state.connections):
        if connection.transport is not None:
            connection.transport.abort()
    await asyncio.sleep(0.05)


@contextmanager
def serving(site: Site, port: int | None = None) -> Iterator[ConsoleServer]:
    port = port or free_port()
    app = create_app(settings_of(site, port))
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(_serve(server)), name="console under test")
    thread.start()
    assert until(lambda: server.started, within_s=_READY_S)
    made = ConsoleServer(site=site, address=f"http://127.0.0.1:{port}", server=server)
    assert until(lambda: app.state.services.hub.is_fresh, within_s=_READY_S)
    try:
        yield made
    finally:
        for person in made.people:
            person.session.close()
        app.state.services.hub.stop()
        server.should_exit = True
        thread.join(timeout=15)
