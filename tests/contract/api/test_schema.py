"""Every route with whatever its own description permits, and with what it does not."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from pydantic import SecretStr
from schemathesis.config import SchemathesisConfig
from schemathesis.transport import requests as transport

from dashboards.console.app import create_app
from dashboards.console.settings import Settings
from tests.contract.api.conftest import Api

_MOST_OBJECTS = 4
"""Numbers are folded to these, so that many requests meet something that is there."""
_SETTINGS = Settings.model_construct(database_url=SecretStr("postgresql:///none"))
_DESCRIBED = create_app(_SETTINGS).openapi()
_CHECKS = {
    # What fits the schema may still not fit the state: 404, 409, 412, 428 and 422 are words of the
    # loop, each documented, and told by tests of their own.
    "positive_data_acceptance": {"enabled": False},
    "ensure_resource_availability": {"enabled": False},
}


def described(*, every_edge: bool) -> schemathesis.BaseSchema:
    """The routes to try; with every edge of every parameter, or with a few values."""
    config = {"checks": _CHECKS, "phases": {"coverage": {"enabled": every_edge}}}
    schema = schemathesis.openapi.from_dict(_DESCRIBED, config=SchemathesisConfig.from_dict(config))
    return schema.exclude(path=["/api/v1/live", "/health/line", "/health/ready"])


_FEW = described(every_edge=False)
_ALL = described(every_edge=True)
_QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.fixture(autouse=True)
def _without_a_count_of_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks into the pools of urllib3, in whose place niquests brings one that is made otherwise."""
    monkeypatch.setattr(transport, "_count_opened_connections", lambda _session: 0)


def token_for(api: Api, path: str) -> str:
    match path.removeprefix("/api/v1/").split("/"):
        case ["exchange", "export"]:
            return api.tokens["reader"]
        case ["exchange", *_]:
            return api.tokens["sender"]
        case ["cap", *_]:
            return api.tokens["bureau"]
        case ["measures" | "inspections" | "agreements" | "calls", *_]:
            return api.tokens["supervisor"]
        case _:
            return api.tokens["project_manager"]


def meet_something(values: dict[str, Any] | None) -> None:
    for name, value in (values or {}).items():
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31:
            values[name] = 1 + value % _MOST_OBJECTS  # type: ignore[index]


def call(api: Api, case: schemathesis.Case[Any]) -> None:
    meet_something(case.path_parameters)
    token = token_for(api, case.operation.path)
    case.call_and_validate(
        base_url=api.console.address,
        headers={"Authorization": f"Bearer {token}"},
        timeout=20,
    )


@_FEW.parametrize()
@settings(
    max_examples=2,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=_QUIET,
    phases=[Phase.explicit, Phase.generate],
)
def test_a_route_keeps_to_its_description(api: Api, case: schemathesis.Case[Any]) -> None:
    call(api, case)


@pytest.mark.long
@pytest.mark.timeout(1800)
@_ALL.parametrize()
@settings(max_examples=50, deadline=None, suppress_health_check=_QUIET)
def test_a_route_keeps_to_its_description_whatever_is_sent(
    api: Api, case: schemathesis.Case[Any]
) -> None:
    call(api, case)
