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
What each field of a request or an answer means stands [below](#objects).

Log in with `POST /api/v1/sessions` and send the token as `Authorization: Bearer`; a browser's cookie does as well.

```sh
token=$(curl -s $HOST/api/v1/sessions --json '{"name": "operator", "password": "..."}' | jq -r .token)
curl -s $HOST/api/v1/alarms -H "Authorization: Bearer $token"                    # open ones, the most urgent first
curl -s $HOST/api/v1/alarms/4711/acts -H "Authorization: Bearer $token" \\
    -H "Idempotency-Key: $(uuidgen)" --json '{"kind": "acknowledge"}'             # {"state": "done", ...}
curl -sN $HOST/api/v1/live -H "Authorization: Bearer $token"                     # every change as it happens
```
"""

_METHODS: Final = ("get", "post", "put", "patch", "delete")


_OBJECTS: Final = """\
## Objects

Times are UTC with a zone (RFC 3339). Names that end in `_zh` are Chinese and shown to people, `_en` English. A field that
is marked with ? may be null; one that may be left out of a request shows its default.
"""
_REF: Final = "#/components/schemas/"
_PAGE: Final = "Page_"
_FORMATS: Final = {"date-time": "time", "date": "day"}


def routes_page() -> str:
    """The whole page."""
    settings = Settings.model_construct(database_url=SecretStr("postgresql:///none"))
    described = create_app(settings).openapi()
    about = described["info"]["description"]
    table = ["| route | what it does | takes | gives |", "|---|---|---|---|", *_rows(described), ""]
    return "\n".join(
        [_HEAD, about, *table, _OBJECTS, *_objects(described["components"]["schemas"])]
    )


def _rows(described: dict[str, Any]) -> Iterator[str]:
    for path, operations in sorted(described["paths"].items()):
        for method in _METHODS:
            if method in operations:
                operation = operations[method]
                takes = _link(operation.get("requestBody", {}))
                gives = _link(next(iter(operation["responses"].values())))
                summary = operation.get("summary", "")
                yield f"| `{method.upper()} {path}` | {summary} | {takes} | {gives} |"


def _link(body: dict[str, Any]) -> str:
    """The object of a request or an answer, as a link to its table; empty: it is none."""
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").removeprefix(_REF)
    if not name.startswith(_PAGE):
        return f"[{name}](#{name.lower()})" if name else ""
    item = name.removeprefix(_PAGE).removesuffix("_")
    return f"page of [{item}](#{item.lower()})"


def _objects(schemas: dict[str, Any]) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        if name.startswith(_PAGE):
            continue
        yield f"### {name}\n\n{schema['description'].splitlines()[0]}\n"
        if "enum" in schema:
            yield ", ".join(f"`{word}`" for word in schema["enum"]) + "\n"
        if "properties" in schema:
            yield "| field | type | meaning |\n|---|---|---|"
            yield from (_field(field, part) for field, part in schema["properties"].items())
            yield ""


def _field(name: str, part: dict[str, Any]) -> str:
    kinds = part.get("anyOf", [part])
    mark = "?" if {"type": "null"} in kinds else ""
    default = part.get("default")
    left_out = f" (default `{default}`)" if default not in (None, "") else ""
    meaning = part["description"].replace("|", "\\|")
    return f"| `{name}` | {_type(kinds[0])}{mark} | {meaning}{left_out} |"


def _type(part: dict[str, Any]) -> str:
    if "$ref" in part:
        name = part["$ref"].removeprefix(_REF)
        return f"[{name}](#{name.lower()})"
    if part.get("type") == "array":
        return f"list of {_type(part['items'])}"
    if "enum" in part:
        return ", ".join(part["enum"])
    return str(_FORMATS.get(part.get("format", ""), part.get("type", "")))
