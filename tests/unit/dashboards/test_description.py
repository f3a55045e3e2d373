"""The API's description of itself: who makes a client from it gets names, and meanings to read."""

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
