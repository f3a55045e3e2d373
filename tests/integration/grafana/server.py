"""A stand-in for Grafana's HTTP API, for machines without one: what it answers, it remembers.

It keeps organisations, data sources, folders and dashboards with their versions, and refuses as the
real one does: 401 without a known token, 403 for a viewer, 404 for what is absent, 409 and 412 for
what stands in the way. Shapes of the answers follow Grafana's HTTP API documentation (9 to 13).
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, TypeVar

Json = dict[str, object]
T = TypeVar("T")
TOKEN: Final = "editor-token"
VIEWER: Final = "viewer-token"
ADMIN: Final = ("admin", "admin-password")
_RENAMED: Final = (10, 2, 3)
_NEW_NAME: Final = "grafana-postgresql-datasource"
_MIGRATING: Final = (13, 0, 0)


@dataclass(slots=True, kw_only=True)
class Organisation:
    """What one organisation holds."""

    name: str
    sources: dict[str, Json] = field(default_factory=dict)
    folders: dict[str, Json] = field(default_factory=dict)
    boards: dict[str, tuple[Json, str]] = field(default_factory=dict)
    annotations: list[Json] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class State:
    """The whole server.

    Attributes:
        version: Of Grafana. Since 10.2.3 the data source is told by its new name; 13 brings what it keeps
            to its own version of the layout.
        writes: Paths of all that was written, in order.
        interfere: How many writes of dashboards somebody else still forestalls.
        is_broken: Whether every answer is 500.
    """

    organisations: dict[int, Organisation] = field(
        default_factory=lambda: {1: Organisation(name="Main Org.")}
    )
    version: tuple[int, int, int] = (12, 4, 5)
    writes: list[str] = field(default_factory=list)
    interfere: int = 0
    is_broken: bool = False


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, **({"status": reason} if reason else {})}


class Answering(BaseHTTPRequestHandler):
    """One request."""

    state: State

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body: Json = json.loads(self.rfile.read(length)) if length else {}
        try:
            answer, status = self._answer(self.path.split("?")[0], body), 200
        except Refusal as refusal:
            answer, status = refusal.body, refusal.status
        payload = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _answer(self, path: str, body: Json) -> object:
        if self.state.is_broken:
            raise Refusal(500, "database is locked")
        is_admin = self._log_in()
        if self.command != "GET":
            self.state.writes.append(path)
        if path == "/api/frontend/settings":
            version = ".".join(map(str, self.state.version))
            return {"buildInfo": {"commit": "stand-in", "database": "ok", "version": version}}
        if path == "/api/orgs":
            return self._organisations(body, is_admin=is_admin)
        here = self.state.organisations[int(self.headers.get("X-Grafana-Org-Id") or 1)]
        if self.command == "GET":
            return self._read(here, path)
        return self._write(here, path, body)

    def _read(self, here: Organisation, path: str) -> Json:
        match path.removeprefix("/api/").split("/"):
            case ["datasources", "uid", uid]:
                found = _found(here.sources.get(uid), "Data source not found")
                told = {key: value for key, value in found.items() if key != "secureJsonData"}
                return {**told, "type": _NEW_NAME} if self.state.version >= _RENAMED else told
            case ["folders", uid]:
                return _found(here.folders.get(uid), "folder not found")
            case ["dashboards", "uid", uid]:
                return self._board(here, uid)
        raise Refusal(404, "Not found")

    def _write(self, here: Organisation, path: str, body: Json) -> Json:
        match path.removeprefix("/api/").split("/"):
            case ["datasources"]:
                return self._make_source(here, body)
            case ["datasources", "uid", uid]:
                found = _found(here.sources.get(uid), "Data source not found")
                here.sources[uid] = {**body, "id": found["id"]}
                return {"message": "Datasource updated"}
            case ["folders"]:
                return self._make_folder(here, body)
            case ["dashboards", "db"]:
                return self._write_board(here, body)
            case ["annotations"]:
                here.annotations.append(body)
                return {"message": "Annotation added", "id": len(here.annotations)}
        raise Refusal(404, "Not found")

    def _log_in(self) -> bool:
        """Whether a server administrator asks; a viewer may only read."""
        kind, _, secret = str(self.headers.get("Authorization")).partition(" ")
        if kind == "Basic" and base64.b64decode(secret).decode() == ":".join(ADMIN):
            return True
        if kind != "Bearer" or secret not in (TOKEN, VIEWER):
            raise Refusal(401, "Invalid API key")
        if secret == VIEWER and self.command != "GET":
            raise Refusal(403, "You'll need additional permissions to perform this action.")
        return False

    def _organisations(self, body: Json, *, is_admin: bool) -> object:
        if not is_admin:
            raise Refusal(403, "You'll need additional permissions to perform this action.")
        known = self.state.organisations
        if self.command == "GET":
            return [{"id": number, "name": one.name} for number, one in known.items()]
        if any(one.name == body["name"] for one in known.values()):
            raise Refusal(409, "Organization name taken")
        number = max(known) + 1
        known[number] = Organisation(name=str(body["name"]))
        return {"orgId": number, "message": "Organization created"}

    def _make_source(self, here: Organisation, body: Json) -> Json:
        if body["uid"] in here.sources:
            raise Refusal(409, "data source with the same name already exists")
        here.sources[str(body["uid"])] = {**body, "id": len(here.sources) + 1}
        return {"message": "Datasource added", "datasource": body}

    def _make_folder(self, here: Organisation, body: Json) -> Json:
        uid = str(body["uid"])
        if uid in here.folders:
            raise Refusal(
                412, "the folder has been changed by someone else", reason="version-mismatch"
            )
        here.folders[uid] = {**body, "id": len(here.folders) + 1, "version": 1}
        return here.folders[uid]

    def _board(self, here: Organisation, uid: str) -> Json:
        model, folder = _found(here.boards.get(uid), "Dashboard not found")
        if self.state.version >= _MIGRATING:
            model = {**model, "schemaVersion": 42}
        return {"dashboard": model, "meta": {"folderUid": folder, "slug": uid, "isFolder": False}}

    def _write_board(self, here: Organisation, body: Json) -> Json:
        model = body["dashboard"]
        assert isinstance(model, dict)
        uid, folder = str(model["uid"]), str(body["folderUid"])
        if folder not in here.folders:
            raise Refusal(400, "folder not found")
        if self.state.interfere and uid in here.boards:
            self.state.interfere -= 1
            former, place = here.boards[uid]
            here.boards[uid] = ({**former, "version": int(str(former["version"])) + 1}, place)
        standing = here.boards.get(uid)
        version = int(str(standing[0]["version"])) if standing else 0
        if standing and not body.get("overwrite") and int(str(model["version"])) != version:
            raise Refusal(
                412, "The dashboard has been changed by someone else", reason="version-mismatch"
            )
        here.boards[uid] = ({**model, "id": len(here.boards) + 1, "version": version + 1}, folder)
        return {"uid": uid, "status": "success", "version": version + 1}


def _found(value: T | None, message: str) -> T:
    if value is None:
        raise Refusal(404, message)
    return value


@contextmanager
def serving(state: State) -> Iterator[str]:
    """The address of a server with this state."""
    answering = type("Answering", (Answering,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
