"""Whoever was let begin a sign-in at the provider is let end it."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from starlette.requests import Request

from dashboards.console.errors import TooOften
from dashboards.console.routes.sign_in import _TRIES, _require_patience

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_those_who_begin_keep_nobody_from_coming_back() -> None:
    scope = {
        "type": "http",
        "app": SimpleNamespace(state=SimpleNamespace()),
        "client": ("203.0.113.7", 1),
        "headers": [],
    }
    request = Request(scope)
    for _ in range(_TRIES):
        _require_patience(request, AT)
    with pytest.raises(TooOften):
        _require_patience(request, AT)
    for _ in range(_TRIES):
        _require_patience(request, AT, "back")
    with pytest.raises(TooOften):
        _require_patience(request, AT, "back")
