"""Who is logged in changes the language of a page for everybody, too; another site changes none."""

import asyncio
from datetime import UTC, datetime
from typing import cast

import pytest
from starlette.requests import Request

from dashboards.console.errors import NotAllowed
from dashboards.console.role import User
from dashboards.console.routes import login
from dashboards.console.web import Services
from tests.unit.dashboards.builders import user

_NOW = datetime(2026, 11, 22, tzinfo=UTC)


def _who(site: str, *headers: tuple[bytes, bytes]) -> User | None:
    scope = {"type": "http", "method": "POST", "path": "/language/en"}
    sent = [(b"sec-fetch-site", site.encode()), *headers]
    request = Request(scope | {"headers": sent, "query_string": b""})
    return asyncio.run(login._whoever(request, cast("Services", None), _NOW))


@pytest.fixture(autouse=True)
def logged_in(monkeypatch: pytest.MonkeyPatch) -> User:
    somebody = user()
    monkeypatch.setattr(login, "user_of", lambda *_: somebody)
    return somebody


def test_a_page_without_a_token_changes_the_browser_alone(logged_in: User) -> None:
    assert _who("same-origin") is None
    token = (b"x-csrf-token", logged_in.csrf_token.encode())
    assert _who("same-origin", token) is logged_in


def test_another_site_changes_nothing() -> None:
    with pytest.raises(NotAllowed):
        _who("cross-site")
