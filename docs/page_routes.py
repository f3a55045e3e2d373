"""The page of the console's API, from its OpenAPI description."""  # noqa: INP001

from collections.abc import Iterator
from typing import Any, Final

from pydantic import SecretStr

from dashboards.console.app import create_app
from dashboards.console.settings import Settings

_HEAD: Final = """\
# The console's API

Written from the code by `python docs/generate.py`. A running console serves the full description, with examples for
every request and answer, at `/api/v1/openapi.json`; how other platforms use it stands in [exchange.md](exchange.md).

Log in with `POST /api/v1/sessions` and send the token as `Authorization: Bearer`; a browser's cookie does as well.
"""

_METHODS: Final = ("get", "post", "put", "patch", "delete")


def routes_page() -> str:
    """The whole page."""
    settings = Settings.model_construct(database_url=SecretStr("postgresql:///none"))
    described = create_app(settings).openapi()
    about = described["info"]["description"]
    table = ["| route | what it does |", "|---|---|", *_rows(described), ""]
    return "\n".join([_HEAD, about, *table])


def _rows(described: dict[str, Any]) -> Iterator[str]:
    for path, operations in sorted(described["paths"].items()):
        for method in _METHODS:
            if method in operations:
                summary = operations[method].get("summary", "")
                yield f"| `{method.upper()} {path}` | {summary} |"
