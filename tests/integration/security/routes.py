"""Every route of the console with what a stranger would send to it; a new route is asked by itself."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from starlette.routing import Mount

from analytics.act import ActKind
from analytics.act.desk_kind import DESK_ACTS
from analytics.act.hold_kind import HOLD_ON_ALARM
from analytics.act.kind import ALARM_ACTS, ORDER_ACTS
from analytics.act.safety_kind import ELSEWHERE, ON_ALARM
from dashboards.console.openapi import example_of
from tests.integration.security.asgi import Ask
from tests.integration.security.stranger import Foreign

OPEN_BY_CODE: Final = {
    "/board/{code}": "the public notice board 公示栏 of a compound, for everybody by law",
    "/board/{code}/a3.pdf": "the same as one sheet",
    "/report": "the name on a plate for whoever stands before it and reads the code off it",
}
"""Routes that show something to whoever holds a code, and why."""
EMPTY: Final = {
    "/api/v1/notices/{notice_id}/messages": "a list of what there is not",
    "/alarms/{alarm_id}/behind": "rows of what there is not",
    "/admin/edit/{table}": "an empty form",
}
"""Routes that answer 200 with nothing about a thing outside the scope, as for one that is not."""
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "/alarms/{alarm_id}/{kind}": tuple(
        kind.value for kind in (*ALARM_ACTS, *HOLD_ON_ALARM, *DESK_ACTS)
    ),
    "/safety/alarms/{alarm_id}/{kind}": tuple(kind.value for kind in ON_ALARM),
    "/orders/{order_id}/{kind}": tuple(k.value.removeprefix("order_") for k in ORDER_ACTS),
    "/assets/{asset_id}/{kind}": (ActKind.TAKE_OUT_PROPOSE, ActKind.RETURN_TO_SERVICE),
    "/proposals/{proposal_id}/{kind}": (ActKind.PROPOSAL_APPROVE, ActKind.PROPOSAL_DECLINE),
    "/admin/walks/{walk_id}/{kind}": (ActKind.WALK_PASS, ActKind.WALK_FAIL),
    "/safety/{kind}": tuple(kind.value for kind in ELSEWHERE),
}
_WORDS: Final[Mapping[str, str]] = {
    "/sites/": "canaryyard",
    "/roster/desks/": "canaryyard",
    "/admin/edit/": "places",
    "/admin/registry/": "00000000-0000-4000-8000-0000000000ca",
    "/admin/": "canary-person",
    "/round/": "canary-point",
    "/agreements/": "canary-agreement",
    "/measures/": "canary-measure",
    "/cap/": "canary-cap",
    "/exchange/": "canary-case",
}
"""What a word in an address is, by what stands before it."""
_ALSO: Final[Mapping[str, Mapping[str, object]]] = {"/admin/edit/{table}": {"code": "canaryyard"}}
"""What a page reads from its address although it is not described: any column of a table."""
_NAMED: Final[Mapping[str, object]] = {
    "text": "x",
    "place": "canaryyard",
    "asset": "canary-lift",
    "point": "canary-point",
    "checkpoint": "canary-point",
    "code": "canaryyard",
    "subject": "canary-lift",
    "scope": "lift",
    "company": "canary-property_company",
    "organisation": "canary-property_company",
    "technician": "canary7q",
    "category": "other",
    "version": 1,
    "minutes": 10,
    "people": 0,
    "injured": 0,
    "stars": 1,
    "parties": ["power_company"],
    "step": "apply",
    "name": "nobody",
    "password": "nothing at all",
    "back": "/",
    "event": "overspeed",
    "asset_class": "lift",
    "language": "zh",
    "light": "dim",
    "digest": "ca" * 32,
    "passkey": "ca" * 32,
    "token": "no-such-token-of-anybody",
    "identifier": "canary-cap",
    "number": "canary-case",
    "system": "canary7q",
    "assets": ["canary-lift"],
    "who": "canary-person",
    "week": "1 08:00 20:00",
    "form": "csv",
    "places": "canaryyard",
    "role": "operator",
    "since": "2026-01-01T00:00:00Z",
    "to": "canary-property_company",
    "metric": "lift.speed",
    "value": 3.0,
    "side": "above",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route with one method.

    Attributes:
        names: Names of the parts of its address.
        query: Names of what it takes after the question mark.
        fields: Names of the fields of its form; empty: it takes none, or JSON.
        has_body: Whether it takes JSON.
    """

    method: str
    path: str
    names: tuple[str, ...]
    query: tuple[str, ...]
    fields: tuple[str, ...]
    has_body: bool

    @property
    def is_about_one(self) -> bool:
        """Whether its address names a thing."""
        return bool(set(self.names) - {"language", "light", "kind", "token", "form"})


def routes_of(app: FastAPI) -> list[Route]:
    """Every route of the application, described or not; files of the page are no route."""
    return list(_routes(app))


def _routes(app: FastAPI) -> Iterator[Route]:
    for part in app.routes:
        if isinstance(part, Mount):
            assert part.path == "/static", (
                f"{part.path}: a mounted application is looked at by nobody"
            )
            continue
        contexts = getattr(part, "effective_route_contexts", None)
        if contexts is None:
            assert getattr(part, "path", "") == "/api/v1/openapi.json", f"what is {part}?"
            continue
        for found in contexts():
            bodies = [field.name for field in found.dependant.body_params]
            for method in sorted(found.methods - {"HEAD", "OPTIONS"}):
                yield Route(
                    method=method,
                    path=found.path,
                    names=tuple(field.name for field in found.dependant.path_params),
                    query=tuple(
                        field.field_info.alias or field.name
                        for field in found.dependant.query_params
                    ),
                    fields=() if bodies == ["body"] else tuple(bodies),
                    has_body=bodies == ["body"],
                )


class Stranger:
    """Asks every route for what stands in the other street."""

    def __init__(self, app: FastAPI, foreign: Foreign) -> None:
        self._described: dict[str, Any] = app.openapi()
        self._foreign = foreign

    def asks(self, route: Route, token: str | None, turn: int) -> list[Ask]:
        """The requests that a route gets of one person; of the kinds of acts, each in its turn."""
        kinds = _KINDS.get(route.path, ("",))
        assert "kind" not in route.names or kinds != ("",), (
            f"{route.path}: which kinds does it take?"
        )
        path = self._address(route).replace("{kind}", kinds[turn % len(kinds)])
        form = {name: self._value(name) for name in route.fields} if route.fields else None
        plain = Ask(
            method=route.method,
            path=path,
            token=token,
            form=form,
            body=self._body(route),
            query=self._required(route),
            headers={"accept": "application/json" if turn % 2 else "text/html"},
        )
        narrowed = {name: self._value(name) for name in route.query if self._is_known(name)}
        if route.method == "GET":
            narrowed |= _ALSO.get(route.path, {})
        if not narrowed or narrowed == plain.query:
            return [plain]
        return [plain, Ask(method=route.method, path=path, token=token, query=narrowed)]

    def _address(self, route: Route) -> str:
        path = route.path
        for name in route.names:
            if name != "kind":
                path = path.replace(f"{{{name}}}", str(self._part(route, name)))
        return path

    def _part(self, route: Route, name: str) -> object:
        word = next((word for front, word in _WORDS.items() if front in route.path), None)
        if name in {"code", "number", "identifier", "name", "table"} and word is not None:
            return word
        assert self._is_known(name), f"{route.path}: what is {name} of another street?"
        return self._value(name)

    def _is_known(self, name: str) -> bool:
        return name in self._foreign.ids or name in _NAMED or name == "ids"

    def _value(self, name: str) -> object:
        if name == "ids":
            return self._foreign.first("alarm_id")
        if name in self._foreign.ids:
            return self._foreign.first(name)
        return _NAMED.get(name, "1")

    def _required(self, route: Route) -> dict[str, object]:
        operation = self._described["paths"].get(route.path, {}).get(route.method.lower(), {})
        return {
            one["name"]: self._value(one["name"])
            for one in operation.get("parameters", [])
            if one["in"] == "query" and one.get("required")
        }

    def _body(self, route: Route) -> object:
        if not route.has_body:
            return None
        operation = self._described["paths"].get(route.path, {}).get(route.method.lower(), {})
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        example = content.get("example") or example_of(
            content.get("schema", {}), self._described["components"]["schemas"]
        )
        return self._turned(json.loads(json.dumps(example)))

    def _turned(self, value: object) -> object:
        """An example that asks for the other street's things instead of its own."""
        if not isinstance(value, dict):
            return value
        strange = {"place", "asset", "subject", "point", "checkpoint", "company", "technician"}
        return {
            name: self._value(name)
            if name in self._foreign.ids or name in strange
            else self._turned(part)
            for name, part in value.items()
        }
