"""A link that nobody gave out costs the alarm process an act: one address sends only so many."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse

from analytics.act import ActKind
from dashboards.console.act import Outcome
from dashboards.console.errors import TooOften
from dashboards.console.routes import report
from dashboards.console.web import Services

_NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_one_address_sends_only_so_many_ratings(monkeypatch: pytest.MonkeyPatch) -> None:
    services = cast("Services", SimpleNamespace(store=None))
    asked: list[str] = []

    def rate(_: object, token: str, *__: object) -> Outcome:
        asked.append(token)
        return Outcome(kind=ActKind.ORDER_RATE, result=None)

    monkeypatch.setattr(report, "rate_order", rate)
    monkeypatch.setattr(report, "page", lambda *_, **__: HTMLResponse(""))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/rate/x",
        "headers": [],
        "query_string": b"",
        "client": ("192.0.2.1", 1),
        "app": SimpleNamespace(state=SimpleNamespace()),
    }
    for _ in range(60):
        report.send_rating(Request(scope), services, _NOW, "guess", 5)
    with pytest.raises(TooOften):
        report.send_rating(Request(scope), services, _NOW, "guess", 5)
    assert len(asked) == 60
    report.send_rating(Request(scope | {"client": ("192.0.2.2", 1)}), services, _NOW, "own", 5)
    assert asked[-1] == "own"
