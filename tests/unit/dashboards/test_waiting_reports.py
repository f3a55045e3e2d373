"""Where the alarm process has not answered, no page says that somebody was told."""

from types import SimpleNamespace
from typing import cast

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse

from analytics.act import ActKind
from analytics.duties.matrix import Party
from analytics.orders.report import LIFE_SAFETY, Category
from dashboards.console.act import Outcome
from dashboards.console.routes import report, resident
from dashboards.console.web import Services
from tests.unit.dashboards.builders import user

_SETTINGS = SimpleNamespace(photo_folder=None)
SERVICES = cast("Services", SimpleNamespace(store=None, settings=_SETTINGS))


def _request(path: str) -> Request:
    headers = [(b"accept", b"text/html")]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    return Request(scope | {"query_string": b""})


def _waiting(kind: ActKind) -> Outcome:
    return Outcome(kind=kind, result=None)


@pytest.mark.parametrize("category", LIFE_SAFETY)
def test_a_round_that_waits_is_told_to_call(
    category: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: dict[str, object] = {}

    def point(*_: object, **more: object) -> HTMLResponse:
        said.update(more)
        return HTMLResponse("")

    monkeypatch.setattr(report, "file_report", lambda *_: _waiting(ActKind.REPORT))
    monkeypatch.setattr(report, "_point", point)
    report.pass_point(_request("/round/x"), SERVICES, user(), "x", category=category)
    assert said == {"waits": report.WAITS, "status": 202}


def test_a_resident_whose_report_waits_is_told_to_call(monkeypatch: pytest.MonkeyPatch) -> None:
    said: dict[str, object] = {}

    def form(*_: object, **more: object) -> HTMLResponse:
        said.update(more)
        return HTMLResponse("")

    monkeypatch.setattr(resident, "_form", form)
    filled = resident._Filled(place="garden", category="trapped", text="三个人")
    resident._filed(_request("/report"), SERVICES, filled, _waiting(ActKind.REPORT))
    assert said == {"trouble": report.WAITS}


def test_departments_that_were_not_told_yet_are_said_not_to_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: dict[str, object] = {}

    def call(*_: object, **more: object) -> HTMLResponse:
        said.update(more)
        return HTMLResponse("")

    monkeypatch.setattr(report, "call_together", lambda *_: _waiting(ActKind.CALL_TOGETHER))
    monkeypatch.setattr(report, "_call", call)
    report.send_call(_request("/call"), SERVICES, user(), "garden", [Party.BUREAU], "堵塞")
    assert said == {"trouble": report.CALL_WAITS, "status": 202}
