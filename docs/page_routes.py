"""The page of the console's API, from its OpenAPI description."""  # noqa: INP001

from collections.abc import Iterator
from typing import Any, Final

from pydantic import SecretStr

from dashboards.console.app import create_app
from dashboards.console.settings import Settings

_HEAD: Final = """\
# The console's API

Written from the code by `python docs/generate.py`. A running console serves the full description with examples at
`/api/v1/openapi.json`.

Log in with `POST /login` (form fields `name`, `password`) and keep the cookie. What a person may see is decided in
the database by the person's scope; what is out of scope does not exist for them. Errors are
`application/problem+json`. Lists have a limit and a cursor. Acts need an `Idempotency-Key`.
"""

_METHODS: Final = ("get", "post", "put", "patch", "delete")


def routes_page() -> str:
    """The whole page."""
    settings = Settings.model_construct(database_url=SecretStr("postgresql:///none"))
    described = create_app(settings).openapi()
    return "\n".join([_HEAD, "| route | what it does |", "|---|---|", *_rows(described), ""])


def _rows(described: dict[str, Any]) -> Iterator[str]:
    for path, operations in sorted(described["paths"].items()):
        for method in _METHODS:
            if method in operations:
                summary = operations[method].get("summary", "")
                yield f"| `{method.upper()} {path}` | {summary} |"
