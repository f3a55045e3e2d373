"""The description of the API: problems, log-in and an example for everything, in one place."""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import compile_path

from dashboards.console.auth import COOKIE

PROBLEM_TYPE: Final = "application/problem+json"
_WHEN: Final[Mapping[int, str]] = {
    400: "The cursor is none of ours, or the body is no JSON",
    401: "There is no session or key, or it has ended",
    403: "The role or the key may not do this",
    404: "There is no such thing within the scope",
    409: "The act does not fit the present state; `code` says why",
    412: "Somebody was faster than the version in If-Match",
    422: "The request is wrong, or its Idempotency-Key was used for another one",
    428: "The act needs the version that was seen: If-Match, or a field of the body",
    429: "Too many failed log-ins; Retry-After says how long to wait",
    503: "The database does not answer; try again after Retry-After",
}
_OF_ALL: Final = (401, 403, 422, 503)
_PARAMETERS: Final[Mapping[str, str]] = {
    "alarm_id": "Number of an alarm",
    "asset_id": "Number of an asset",
    "case_id": "Number of a case here",
    "code": "Code of the agreement",
    "drill_id": "Number of a drill or test",
    "identifier": "Identifier of a document, as the feed has it",
    "incident_id": "Number of an incident",
    "notice_id": "Number of a notice",
    "number": "Number of the case or measure",
    "order_id": "Number of an order",
    "plan_id": "Number of a plan",
    "proposal_id": "Number of a proposal that waits for a second person",
    "rescue_id": "Number of a rescue",
    "If-None-Match": "ETag of what is known already: 304 when nothing is newer",
    "asset_class": "Class of the asset, where the event is known in several",
    "event": "Wire name of an event",
    "format": "How records are written",
    "group": "Group of events, such as fire",
    "limit": "Entries at most",
    "open": "Only what is not closed",
    "period": "Day, week, month, quarter, half-year or year, such as 2026-11",
    "rater": "Who is asked for a rating",
    "source": "Who reported it",
    "state": "How far it is",
    "system": "Code of the platform that sent it",
    "unacknowledged": "Only what nobody has acknowledged",
    "waiting": "Only what nobody has answered",
}
"""What a parameter means wherever its route does not say it itself."""
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_PROBLEM: Final[Mapping[str, Any]] = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457)",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "urn:towerwatch:problem: with its code; about:blank: the status says all",
            "examples": ["urn:towerwatch:problem:version_needed"],
        },
        "title": {
            "type": "string",
            "description": "The kind in words: Chinese, or English by Accept-Language",
            "examples": ["与当前状态不符，未执行"],
        },
        "status": {
            "type": "integer",
            "minimum": 400,
            "maximum": 599,
            "description": "The same as the answer's",
            "examples": [409],
        },
        "detail": {
            "type": "string",
            "description": "What is wrong, in the same language; for a programmer in brackets",
            "examples": ["当前状态下不能进行此操作"],
        },
        "code": {
            "type": "string",
            "description": "The kind, or why an act was refused, in a word that never changes",
            "examples": ["not_now"],
        },
        "errors": {
            "type": "array",
            "description": "Of code `invalid`: each part of the request that is wrong",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "examples": ["body.minutes"]},
                    "code": {"type": "string", "examples": ["greater_than_equal"]},
                    "message": {"type": "string", "examples": ["不能小于 1"]},
                },
            },
        },
        "first_by": {"type": "string", "description": "Who was faster", "examples": ["zhang"]},
        "first_at": {
            "type": "string",
            "format": "date-time",
            "description": "When that was",
            "examples": ["2026-11-22T03:00:00Z"],
        },
    },
}
_NEVER_ANSWERED: Final = ("HTTPValidationError", "ValidationError")
"""What FastAPI would answer to a wrong request; here that is a problem like any other."""
_SECURITY: Final[Mapping[str, Any]] = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "description": "Token of POST /api/v1/sessions",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Of a browser; changes then need the header X-CSRF-Token",
    },
    "exchangeKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "Key of another platform: `towerwatch cases key`, `towerwatch agreements`",
    },
}
_TAGS: Final[Mapping[str, str]] = {
    "session": "Log-in",
    "alarms": "报警: open alarms, their history, what people do to them",
    "incidents": "Alarms with one cause; running clocks",
    "rescues": "困人救援",
    "drills": "演练/测试",
    "duty checks": "查岗",
    "holds": "What is kept from the desk, and what waits for a second person",
    "orders": "工单: work orders, reports, joint calls, the maintenance fund",
    "plans": "Duties by the calendar, rounds, hand-overs",
    "duties": "权责清单: who answers for what",
    "notices": "What was sent to whom, with receipts",
    "supervision": "Scores, measures, inspections",
    "cases": "案件: cases of other platforms as our people see them",
    "agreements": "What other platforms may read, and what they have read",
    "exchange": "For other platforms, each with its own key",
    "warnings": "Early warnings",
    "assets": "Assets and what they measured",
    "places": "The tree of places",
    "events": "What devices said",
    "feeds": "CAP 1.2 for the bureau",
    "live": "Changes as they happen",
    "health": "Whether the process lives and makes progress",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented problems of a route, beside those that every route has."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    example = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _WHEN[status],
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": _WHEN[status],
        "content": {PROBLEM_TYPE: {"schema": schema, "example": example}},
    }


def describe(app: FastAPI) -> None:
    """Let the application describe itself with all of that."""
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(_described(app))
        return made

    app.openapi = openapi  # type: ignore[method-assign]


def methods_of(app: FastAPI, path: str) -> list[str]:
    """The methods that a path of the API takes; none for one that is not described."""
    found: set[str] = set()
    for template, operations in app.openapi()["paths"].items():
        if compile_path(template)[0].match(path):
            found |= {method.upper() for method in _METHODS if method in operations}
    return sorted(found)


def _described(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=_ABOUT,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
    )
    parts = found.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    schemas["Problem"] = dict(_PROBLEM)
    parts["securitySchemes"] = dict(_SECURITY)
    for name in _NEVER_ANSWERED:
        schemas.pop(name, None)
    for path, operation in _operations(found):
        _add_problems(path, operation)
        _add_meanings(operation)
        _add_examples(operation, schemas)
    return found


def _operations(described: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield path, methods[method]


def _add_problems(path: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    if path.startswith("/health/"):
        operation["security"] = []
        answers["503"] = _problem(503)
        return
    operation.setdefault("security", [{"session": []}, {"cookie": []}])
    is_open = not operation["security"]
    if "requestBody" in operation:
        answers["400"] = _problem(400)
    for status in _OF_ALL:
        if not (is_open and status in (401, 403) and str(status) not in answers):
            answers[str(status)] = _problem(status)


def _add_meanings(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        meaning = _PARAMETERS.get(parameter["name"])
        if meaning is not None:
            parameter.setdefault("description", meaning)


def _add_examples(operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    bodies += [answer for status, answer in operation["responses"].items() if status < "300"]
    for body in bodies:
        content = body.get("content", {}).get("application/json")
        if content is not None and "example" not in content:
            content["example"] = example_of(content.get("schema", {}), schemas)


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> object:
    """A value that fits a schema: its own example, default or constant, else a plain one."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas)
    return _PLAIN.get(schema.get("type", ""), _nothing)(schema, schemas)


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> object:
    properties = schema.get("properties", {})
    return {name: example_of(part, schemas) for name, part in properties.items()}


def _array(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> object:
    return [example_of(schema["items"], schemas)] if "items" in schema else []


def _string(schema: Mapping[str, Any], _schemas: Mapping[str, Any]) -> object:
    return {"date-time": "2026-11-22T03:00:00Z", "date": "2026-11-22"}.get(
        schema.get("format", ""), "示例"
    )


def _number(schema: Mapping[str, Any], _schemas: Mapping[str, Any]) -> object:
    return max(1, schema.get("minimum", 1))


def _nothing(_schema: Mapping[str, Any], _schemas: Mapping[str, Any]) -> object:
    return None


_PLAIN: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], object]]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _number,
    "number": _number,
    "boolean": lambda _schema, _schemas: True,
}
_ABOUT: Final = """\
What a person may see is decided in the database by the person's scope; what is out of scope does not
exist for them.

**Lists** have a limit of at most 500 and a cursor: `next` of a page is `after` of the next one. What
is added meanwhile moves nothing to another page. A cursor of one's own making is a problem 400.

**Changes** are acts: asked for here, carried out by the alarm process, in one transaction with what
they change. 200: done; 202: kept, and not carried out yet. Every POST takes an `Idempotency-Key` (a
UUID): the key is the act's own number in the database, so the same request under it acts once and
answers alike, however often it is sent and whatever is killed meanwhile; another request under it is
a problem 422. A key is good for as long as its act is kept.

**Versions**: an ETag says which version was seen. Judgements on alarms and steps of orders and
measures need it in `If-Match` (or `version` in the body): without it the answer is 428, and 412 (409
for the body) when somebody was faster. To acknowledge, and the steps of a rescue, need none.

**Errors** are `application/problem+json` (RFC 9457); `code` says why an act was refused.
"""
