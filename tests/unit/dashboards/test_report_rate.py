"""Who guesses names of places is slowed down; who reports a fire never is."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse

from dashboards.console.routes import resident
from dashboards.console.routes.resident import send_form
from dashboards.console.web import Services

_NOW = datetime(2026, 11, 22, tzinfo=UTC)
SERVICES = cast("Services", SimpleNamespace(store=None))


def test_one_address_looks_for_only_so_many_names(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    statuses: list[int] = []

    def find(_: object, filled: resident._Filled) -> tuple[None, list[object]]:
        looked.append(filled.place)
        return None, []

    def form(*said: Any, **_: object) -> HTMLResponse:
        statuses.append(said[3])
        return HTMLResponse("")

    monkeypatch.setattr(resident, "_find", find)
    monkeypatch.setattr(resident, "_form", form)
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/report",
        "headers": [],
        "query_string": b"",
        "client": ("192.0.2.1", 1),
        "app": SimpleNamespace(state=SimpleNamespace()),
    }
    for number in range(61):
        send_form(Request(scope), SERVICES, _NOW, category="other", place=f"guess {number}")
    assert (len(looked), statuses[-2:]) == (60, [422, 429])
    send_form(Request(scope), SERVICES, _NOW, category="trapped", place="花园小区")
    assert looked[-1] == "花园小区", "somebody is in the lift"
    other = scope | {"client": ("192.0.2.2", 1)}
    send_form(Request(other), SERVICES, _NOW, category="other", place="own")
    assert looked[-1] == "own"
