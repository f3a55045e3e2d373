"""Where a printed code leads: to the address that people reach, not to the printer's own machine."""

from types import SimpleNamespace

import pytest
from starlette.requests import Request

from dashboards.console.web import own_url


@pytest.mark.parametrize(
    ("public", "printed"),
    [
        ("", "http://127.0.0.1:8080"),
        ("https://tower.example.org", "https://tower.example.org"),
        ("https://tower.example.org/", "https://tower.example.org"),
    ],
)
def test_a_printed_code_leads_to_the_address_that_is_set(public: str, printed: str) -> None:
    settings = SimpleNamespace(console_public_url=public)
    app = SimpleNamespace(state=SimpleNamespace(services=SimpleNamespace(settings=settings)))
    scope = {
        "type": "http",
        "app": app,
        "scheme": "http",
        "path": "/",
        "server": ("127.0.0.1", 8080),
        "headers": [],
    }
    assert own_url(Request(scope)) == printed
