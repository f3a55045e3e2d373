"""The API's description of itself: who makes a client from it gets names, and meanings to read."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pydantic import SecretStr

from dashboards.console.app import create_app
from dashboards.console.settings import Settings

DESCRIBED = create_app(
    Settings.model_construct(database_url=SecretStr("postgresql:///none"))
).openapi()


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DESCRIBED["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_every_operation_has_a_short_name_of_its_own() -> None:
    names = Counter(operation["operationId"] for _, operation in operations())
    assert [name for name, count in names.items() if count > 1 or "_api_" in name] == []


def test_every_operation_and_parameter_says_what_it_means() -> None:
    silent = [
        f"{where}: {parameter['name']}"
        for where, operation in operations()
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ]
    silent += [
        where
        for where, operation in operations()
        if not (operation.get("summary") and operation.get("description"))
    ]
    assert silent == []


def test_every_field_says_what_it_means() -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in DESCRIBED["components"]["schemas"].items()
        for field, part in schema.get("properties", {}).items()
        if not part.get("description")
    ]
    assert silent == []


def test_no_schema_is_missing_and_none_is_never_used() -> None:
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(DESCRIBED)))
    assert named == set(DESCRIBED["components"]["schemas"])
