"""The configuration file as JSON Schema, with the options of every installed driver.

An editor that knows the schema completes and checks the file while it is written; `check` says more.
"""

import json
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from pydantic import BaseModel

from gateway.agent import DRIVERS
from gateway.settings import DriverSection, GatewaySettings

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_OPTIONS: Final = "OPTIONS"
"""A driver's module names the model of its options so."""


def json_schema() -> str:
    """The schema, as it stands in `docs/gateway.schema.json`."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def schema() -> dict[str, Any]:
    """The schema of the whole file."""
    whole = GatewaySettings.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = whole.setdefault("$defs", {})
    definitions.pop(DriverSection.__name__, None)
    forms = [_driver_form(entry, definitions) for entry in _drivers()]
    whole["properties"]["drivers"]["items"] = {"anyOf": forms}
    return {"$schema": _DRAFT, **whole}


def _drivers() -> list[EntryPoint]:
    return sorted(entry_points(group=DRIVERS), key=lambda entry: entry.name)


def _driver_form(entry: EntryPoint, definitions: dict[str, Any]) -> dict[str, Any]:
    """One driver's part of the file; drivers that name no model take any option."""
    section = DriverSection.model_json_schema()["properties"]
    named = section | {"driver": {"const": entry.name, "description": "which driver"}}
    model: type[BaseModel] | None = getattr(import_module(entry.module), _OPTIONS, None)
    form: dict[str, Any] = {
        "type": "object",
        "title": entry.name,
        "properties": named,
        "required": ["name", "driver"],
    }
    if model is None:
        return form
    options = model.model_json_schema(ref_template=f"#/$defs/{entry.name}.{{model}}")
    for name, one in options.pop("$defs", {}).items():
        definitions[f"{entry.name}.{name}"] = one
    # The assets of a driver stand in the file's own list.
    properties = {
        name: one for name, one in options.get("properties", {}).items() if name != "assets"
    }
    form["properties"] = properties | named
    needed = [name for name in options.get("required", []) if name != "assets"]
    form["required"] = ["name", "driver", *needed]
    form["additionalProperties"] = False
    return form
